//! Copies of the two files of SQLite while a server writes to them, by SQLite's own online backup.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::DatabaseError;

/// Pages copied before progress is told.
const PAGES_OF_STEP: i32 = 2_000;
/// How often, and how long each time, a file that is locked is waited for.
const MOST_WAITS: u32 = 1_500;
const WAIT: Duration = Duration::from_millis(20);
/// How long a writer of the server may hold the database up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The two files of an installation on SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteFiles {
    /// What the features keep.
    pub main: PathBuf,
    /// Packets as they came.
    pub raw: PathBuf,
}

impl SqliteFiles {
    /// The files of a database URL; `None` when it names a server.
    pub fn of_url(url: &str) -> Option<Self> {
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        if path.contains("://") {
            return None;
        }
        Some(Self::of_path(Path::new(path)))
    }

    /// The files of a main file's path.
    pub fn of_path(path: &Path) -> Self {
        Self {
            main: path.to_owned(),
            raw: path.with_extension("raw.sqlite"),
        }
    }

    /// Both files with what SQLite keeps beside them while they are open.
    pub fn with_logs(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for file in [&self.main, &self.raw] {
            all.push(file.clone());
            for ending in ["-wal", "-shm"] {
                let mut name = file.clone().into_os_string();
                name.push(ending);
                all.push(PathBuf::from(name));
            }
        }
        all
    }

    /// The bytes of both files and of their logs.
    ///
    /// # Errors
    /// The system's error when a file cannot be looked at.
    pub fn size_bytes(&self) -> std::io::Result<u64> {
        let mut bytes = 0;
        for file in self.with_logs() {
            match std::fs::metadata(&file) {
                Ok(found) => bytes += found.len(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    /// Whether another process has the files open.
    ///
    /// # Errors
    /// [`DatabaseError`] when a file is there and cannot be opened.
    pub fn are_open_elsewhere(&self) -> Result<bool, DatabaseError> {
        for file in [&self.main, &self.raw] {
            if !file.exists() {
                continue;
            }
            let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(Duration::ZERO)?;
            // in this mode SQLite takes the whole file, which it does not get beside anybody else
            let taken = connection
                .pragma_update(None, "locking_mode", "EXCLUSIVE")
                .and_then(|()| connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK"));
            match taken {
                Ok(()) => {}
                Err(error) if is_busy(&error) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}

/// Copies both files as they were at one moment. Writers of other connections and processes go on
/// meanwhile; only at the very beginning they wait for a moment, so that the two copies belong
/// together. `tell` hears how many of how many pages are done, and says whether to go on.
///
/// # Errors
/// [`DatabaseError`] when a file cannot be read or written; what was written is then half a copy.
pub fn copy_files(
    from: &SqliteFiles,
    to: &SqliteFiles,
    tell: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<(), DatabaseError> {
    let open = |path: &Path| -> Result<Connection, DatabaseError> {
        // a file that is only read still needs its log, which SQLite makes when it is not there
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    };
    let hold = open(&from.main)?;
    let (main, raw) = (open(&from.main)?, open(&from.raw)?);
    hold.execute_batch("BEGIN IMMEDIATE")?;
    let mut pages = Vec::new();
    for connection in [&main, &raw] {
        // a backup of a connection that reads already keeps to what that reading sees
        connection.execute_batch("BEGIN")?;
        let _tables: i64 =
            connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let count: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        pages.push(u64::try_from(count).unwrap_or(0));
    }
    hold.execute_batch("ROLLBACK")?;
    drop(hold);
    let all: u64 = pages.iter().sum();
    let mut before = 0;
    for ((connection, file), count) in [(&main, &to.main), (&raw, &to.raw)].into_iter().zip(pages) {
        copy_file(connection, file, &mut |done| tell(before + done, all))?;
        before += count;
    }
    Ok(())
}

fn copy_file(
    from: &Connection,
    to: &Path,
    tell: &mut dyn FnMut(u64) -> bool,
) -> Result<(), DatabaseError> {
    let mut copy = Connection::open(to)?;
    // the copy is worth something only when it is whole, and is made durable then
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    let backup = Backup::new(from, &mut copy)?;
    let mut waits = 0;
    loop {
        let step = backup.step(PAGES_OF_STEP)?;
        let progress = backup.progress();
        if !tell(u64::try_from(progress.pagecount - progress.remaining).unwrap_or(0)) {
            return Err(DatabaseError::Interrupted);
        }
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ if waits < MOST_WAITS => {
                waits += 1;
                std::thread::sleep(WAIT);
            }
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None).into());
            }
        }
    }
    drop(backup);
    copy.close().map_err(|(_connection, error)| error)?;
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| DatabaseError::Sqlx(error.into()))?;
    Ok(())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}
