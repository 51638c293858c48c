//! A database of its own for each test, made from a migrated template.

use std::ops::Deref;

use database::{Database, DatabaseSettings};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{TestFolder, postgres_server};

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
        let server = postgres_server::server_url().await;
        let template = postgres_server::template(&server).await;
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
