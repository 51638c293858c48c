//! The private PostgreSQL server that all tests share.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use database::{Database, DatabaseSettings};
use postgres_server::PostgresServer;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The folder of the private server.
pub fn server_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/test-postgres")
}

/// `postgres://user@host:port` without a database name.
pub(crate) async fn server_url() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests take their server from the environment"
    )]
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return url.trim_end_matches('/').to_owned();
    }
    tokio::task::spawn_blocking(start_server)
        .await
        .expect("the server's starter ran")
}

/// The name of a migrated template database, made once for each set of migrations.
pub(crate) async fn template(server: &str) -> String {
    let mut hasher = DefaultHasher::new();
    let migrations =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../storage/database/migrations");
    for folder in ["postgres", "postgres_raw"] {
        let mut files: Vec<PathBuf> = fs::read_dir(migrations.join(folder))
            .expect("the migrations")
            .map(|entry| entry.expect("a folder entry").path())
            .collect();
        files.sort();
        for file in files {
            file.file_name().hash(&mut hasher);
            fs::read(&file).expect("a migration").hash(&mut hasher);
        }
    }
    let name = format!("template_{:016x}", hasher.finish());
    let mut admin = PgConnection::connect(&format!("{server}/postgres"))
        .await
        .expect("a connection to the test server");
    // one process at a time makes the template
    admin
        .execute("SELECT pg_advisory_lock(727274)")
        .await
        .expect("the template lock");
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await
            .expect("the list of databases");
    if !exists {
        let making = format!("making_{}", uuid::Uuid::now_v7().simple());
        admin
            .execute(AssertSqlSafe(format!("CREATE DATABASE {making}")))
            .await
            .expect("a new database");
        let settings = DatabaseSettings {
            url: format!("{server}/{making}"),
            connections: 2,
        };
        let database = Database::open(&settings).await.expect("the new database");
        database.migrate().await.expect("migrations apply");
        database.close().await;
        admin
            .execute(AssertSqlSafe(format!(
                "ALTER DATABASE {making} RENAME TO {name}"
            )))
            .await
            .expect("the template's name");
    }
    admin
        .execute("SELECT pg_advisory_unlock(727274)")
        .await
        .expect("the template unlock");
    name
}

/// Starts the private server when it does not run and returns its URL.
fn start_server() -> String {
    let folder = server_folder();
    fs::create_dir_all(&folder).expect("the server's folder");
    let lock = File::create(folder.join("lock")).expect("the server's lock file");
    lock.lock().expect("the server's lock");
    let port_file = folder.join("port");
    if let Ok(port) = fs::read_to_string(&port_file)
        && std::net::TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap_or(1))).is_ok()
    {
        return url(port.trim());
    }
    let server = own_server(&folder);
    fs::write(&port_file, server.port().to_string()).expect("the port file");
    server.url()
}

/// A running server in a folder, with room for the connections of many tests.
pub(crate) fn own_server(folder: &Path) -> PostgresServer {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let server = PostgresServer::new(folder, port)
        .with_setting("max_connections=300")
        .with_setting("shared_buffers=64MB");
    server.create().unwrap_or_else(|error| unable(&error));
    server.start().unwrap_or_else(|error| unable(&error));
    server
}

/// Stops the private server, if it runs.
///
/// # Errors
/// The system's error when `pg_ctl` cannot be run.
pub fn stop_server() -> std::io::Result<()> {
    let folder = server_folder();
    let pid_file = folder.join("data/postmaster.pid");
    if let Ok(text) = fs::read_to_string(&pid_file)
        && let Some(pid) = text.lines().next()
    {
        Command::new("kill").args(["-INT", pid]).status()?;
    }
    match fs::remove_file(folder.join("port")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn url(port: &str) -> String {
    format!("postgres://qingshan@127.0.0.1:{port}")
}

#[expect(clippy::panic, reason = "a test without its database must fail")]
fn unable(why: &std::io::Error) -> ! {
    panic!("{why}\nhint: install the package postgresql, or set TEST_POSTGRES_URL");
}
