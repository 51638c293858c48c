//! A database of its own for each test, made from a migrated template.

use std::ops::Deref;

use database::{Database, DatabaseSettings};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use postgres_server::{PostgresServer, Stop};

use crate::{TestFolder, shared_server};

/// A PostgreSQL server that belongs to one test; it is ended with it.
#[derive(Debug)]
pub struct OwnServer {
    server: PostgresServer,
    folder: TestFolder,
}

impl OwnServer {
    /// Stops it, as for an update.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        self.server.stop(Stop::Fast).expect("the server stops");
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&self) {
        self.server.start().expect("the server starts");
    }

    /// The server itself.
    pub fn server(&self) -> &PostgresServer {
        &self.server
    }

    /// Where it keeps its data.
    pub fn folder(&self) -> &TestFolder {
        &self.folder
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // it may have been stopped by the test
        let _gone = self.server.kill();
    }
}

/// A migrated database that belongs to one test. Dereferences to [`Database`].
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    url: String,
    folder: Option<TestFolder>,
}

impl TestDatabase {
    /// On SQLite, in a temporary folder.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn sqlite() -> Self {
        let folder = TestFolder::new();
        let url = folder
            .path()
            .join("test.sqlite")
            .to_str()
            .expect("UTF-8 path")
            .to_owned();
        let database = Database::open(&DatabaseSettings::new(&url))
            .await
            .expect("a SQLite database");
        database.migrate().await.expect("migrations apply");
        Self {
            database,
            url,
            folder: Some(folder),
        }
    }

    /// On PostgreSQL, copied from a template that was migrated once.
    ///
    /// # Panics
    /// When there is no server and none can be started: an absent PostgreSQL fails the test.
    pub async fn postgres() -> Self {
        Self::postgres_on(&shared_server::server_url().await).await
    }

    /// The URL of a PostgreSQL database without anything in it.
    ///
    /// # Panics
    /// When there is no server and none can be started.
    pub async fn empty_postgres() -> String {
        let server = shared_server::server_url().await;
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let mut admin = PgConnection::connect(&format!("{server}/postgres"))
            .await
            .expect("a connection to the test server");
        admin
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .expect("a new database");
        format!("{server}/{name}")
    }

    /// On a PostgreSQL server that may be stopped and started again: it belongs to the test alone.
    ///
    /// # Panics
    /// When there are no server programs or the server does not start.
    pub async fn own_postgres() -> (Self, OwnServer) {
        let folder = TestFolder::new();
        // the server's own user must be able to go in
        let is_open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), is_open).expect("an open folder");
        let path = folder.path().to_owned();
        let server = tokio::task::spawn_blocking(move || shared_server::own_server(&path))
            .await
            .expect("the server's starter ran");
        let database = Self::postgres_on(&server.url()).await;
        (database, OwnServer { server, folder })
    }

    async fn postgres_on(server: &str) -> Self {
        let template = shared_server::template(server).await;
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let mut admin = PgConnection::connect(&format!("{server}/postgres"))
            .await
            .expect("a connection to the test server");
        admin
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} TEMPLATE {template}"
            )))
            .await
            .expect("a database from the template");
        let url = format!("{server}/{name}");
        let settings = DatabaseSettings {
            url: url.clone(),
            connections: 4,
        };
        let database = Database::open(&settings)
            .await
            .expect("a PostgreSQL database");
        Self {
            database,
            url,
            folder: None,
        }
    }

    /// The URL, for programs under test.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A handle to keep.
    pub fn handle(&self) -> Database {
        self.database.clone()
    }

    /// The folder of a SQLite test database.
    pub fn folder(&self) -> Option<&TestFolder> {
        self.folder.as_ref()
    }
}

impl Deref for TestDatabase {
    type Target = Database;
    fn deref(&self) -> &Database {
        &self.database
    }
}
