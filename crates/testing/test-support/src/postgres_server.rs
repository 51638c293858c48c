//! A private PostgreSQL server for tests.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use database::{Database, DatabaseSettings};
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
    let programs = programs();
    let data = folder.join("data");
    let is_root = fs::metadata("/proc/self").is_ok_and(|entry| {
        use std::os::unix::fs::MetadataExt;
        entry.uid() == 0
    });
    let run = |program: &str, arguments: &[&str]| {
        let path = programs.join(program);
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(&path);
            command
        } else {
            Command::new(&path)
        };
        let output = command
            .args(arguments)
            .current_dir("/")
            .stdout(File::create(folder.join(format!("{program}.out"))).expect("a log"))
            .stderr(File::create(folder.join(format!("{program}.err"))).expect("a log"))
            .status()
            .unwrap_or_else(|error| unable(&format!("{} did not run: {error}", path.display())));
        if !output.success() {
            let log = fs::read_to_string(folder.join(format!("{program}.err"))).unwrap_or_default();
            unable(&format!("{program} failed: {log}"));
        }
    };
    let data_text = data.to_str().expect("UTF-8 path").to_owned();
    if data.exists() {
        fs::remove_dir_all(&data).expect("the old server's data can go");
    }
    fs::create_dir_all(&data).expect("the data folder");
    if is_root {
        let status = Command::new("chown")
            .arg("postgres:postgres")
            .arg(&data)
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "chown of the data folder"
        );
    }
    run(
        "initdb",
        &[
            "-D",
            &data_text,
            "-U",
            "qingshan",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ],
    );
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
        .to_string();
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
         -c max_connections=300 -c shared_buffers=64MB"
    );
    run(
        "pg_ctl",
        &[
            "-D",
            &data_text,
            "-w",
            "-l",
            "/dev/null",
            "-o",
            &options,
            "start",
        ],
    );
    fs::write(&port_file, &port).expect("the port file");
    url(&port)
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

/// The folder of PostgreSQL's server programs.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    versions.retain(|path| path.join("initdb").exists());
    versions.sort();
    versions.pop().unwrap_or_else(|| {
        unable("no PostgreSQL server under /usr/lib/postgresql");
    })
}

#[expect(clippy::panic, reason = "a test without its database must fail")]
fn unable(why: &str) -> ! {
    panic!("{why}\nhint: install the package postgresql, or set TEST_POSTGRES_URL");
}
