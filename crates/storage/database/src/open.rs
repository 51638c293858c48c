//! Opening the two stores and beginning transactions.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::{DatabaseError, audit};

/// Where the database is and how many connections it may use.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// A path or `sqlite:PATH`, or a `postgres://` URL.
    pub url: String,
    /// Reading connections (SQLite) or all connections (PostgreSQL).
    pub connections: u32,
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Embedded SQLite.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// The connections of one store.
#[derive(Debug, Clone)]
pub enum Pool {
    /// One writing connection and several reading ones.
    Sqlite {
        /// Reads only.
        reader: SqlitePool,
        /// The one connection that writes.
        writer: SqlitePool,
    },
    /// A server's pool.
    Postgres(PgPool),
}

/// The main and the raw store of one installation. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Database {
    main: Pool,
    raw: Pool,
}

/// A change under way; dropped without [`Transaction::commit`] it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    open: OpenTransaction,
    /// Where the audit trail stands after the entries of this change.
    pub(crate) trail: Option<audit::TrailPlace>,
    /// What is done once in a change, however large it is, and has been done.
    done: Vec<&'static str>,
}

/// A change under way, by kind of database.
#[derive(Debug)]
pub enum OpenTransaction {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl DatabaseSettings {
    /// Settings for a URL with the usual number of connections.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connections: 8,
        }
    }
}

impl Database {
    /// Opens (and on SQLite creates) the two stores and checks that commits are durable. The
    /// schema is not touched: see [`Database::migrate`] and [`Database::check_schema`].
    ///
    /// # Errors
    /// [`DatabaseError`] when the URL is unknown, the database cannot be reached, or it does not
    /// keep what it commits.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let url = settings.url.as_str();
        let database = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(settings).await?
        } else if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(Path::new(path), settings.connections).await?
        } else if url.contains("://") {
            let shown = url.split('@').next_back().unwrap_or_default().to_owned();
            return Err(DatabaseError::UnknownUrl { url: shown });
        } else {
            Self::open_sqlite(Path::new(url), settings.connections).await?
        };
        database.check_durability().await?;
        Ok(database)
    }

    async fn open_sqlite(path: &Path, readers: u32) -> Result<Self, DatabaseError> {
        let raw_path: PathBuf = path.with_extension("raw.sqlite");
        Ok(Self {
            main: open_sqlite_store(path, readers, MAIN_CACHE).await?,
            raw: open_sqlite_store(&raw_path, readers.min(4), RAW_CACHE).await?,
        })
    }

    async fn open_postgres(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let options = PgConnectOptions::from_str(&settings.url)?
            .application_name("qingshan")
            .options([("synchronous_commit", "on")]);
        let pool = |most: u32| {
            PgPoolOptions::new()
                .max_connections(most.max(1))
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(options.clone())
        };
        Ok(Self {
            main: Pool::Postgres(pool(settings.connections).await?),
            raw: Pool::Postgres(pool(settings.connections.clamp(2, 4)).await?),
        })
    }

    /// The main store, for `on_database!`.
    pub fn main(&self) -> &Pool {
        &self.main
    }

    /// The raw store, for `on_raw_database!`.
    pub fn raw(&self) -> &Pool {
        &self.raw
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match self.main {
            Pool::Sqlite { .. } => Kind::Sqlite,
            Pool::Postgres(_) => Kind::Postgres,
        }
    }

    /// Begins a change of the main store.
    ///
    /// # Errors
    /// [`DatabaseError`] when no connection can be had or the write lock is not free in time.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        begin(&self.main).await
    }

    /// Begins a change of the raw store.
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn begin_raw(&self) -> Result<Transaction, DatabaseError> {
        begin(&self.raw).await
    }

    async fn check_durability(&self) -> Result<(), DatabaseError> {
        let expect = |setting: &'static str, value: String, wanted: &'static str| {
            if value.eq_ignore_ascii_case(wanted) {
                Ok(())
            } else {
                Err(DatabaseError::NotDurable {
                    setting,
                    value,
                    wanted,
                })
            }
        };
        for pool in [&self.main, &self.raw] {
            match pool {
                Pool::Sqlite { writer, .. } => {
                    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
                        .fetch_one(writer)
                        .await?;
                    expect("journal_mode", mode, "wal")?;
                    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
                        .fetch_one(writer)
                        .await?;
                    expect("synchronous", synchronous.to_string(), "2")?;
                }
                Pool::Postgres(pool) => {
                    for setting in ["synchronous_commit", "fsync"] {
                        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
                            .bind(setting)
                            .fetch_one(pool)
                            .await?;
                        expect(setting, value, "on")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Closes all connections; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        for pool in [&self.main, &self.raw] {
            match pool {
                Pool::Sqlite { reader, writer } => {
                    reader.close().await;
                    writer.close().await;
                }
                Pool::Postgres(pool) => pool.close().await,
            }
        }
    }
}

impl Transaction {
    /// The open transaction, for `on_transaction!`.
    pub const fn open_mut(&mut self) -> &mut OpenTransaction {
        &mut self.open
    }

    /// Whether this is the first time that something is to be done in this change. What counts
    /// changes is told once: a row that is written ten thousand times in one transaction is looked
    /// for among all its dead versions.
    pub fn is_first(&mut self, what: &'static str) -> bool {
        let is_first = !self.done.contains(&what);
        if is_first {
            self.done.push(what);
        }
        is_first
    }

    /// Makes the change durable.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database could not commit; nothing of the change stays.
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        audit::keep_head(&mut self).await?;
        match self.open {
            OpenTransaction::Sqlite(transaction) => transaction.commit().await?,
            OpenTransaction::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Undoes the change.
    ///
    /// # Errors
    /// [`DatabaseError`] when the connection broke; the database then undoes it by itself.
    pub async fn rollback(self) -> Result<(), DatabaseError> {
        match self.open {
            OpenTransaction::Sqlite(transaction) => transaction.rollback().await?,
            OpenTransaction::Postgres(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }
}

async fn begin(pool: &Pool) -> Result<Transaction, DatabaseError> {
    let open = match pool {
        Pool::Sqlite { writer, .. } => {
            OpenTransaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
        }
        Pool::Postgres(pool) => OpenTransaction::Postgres(pool.begin().await?),
    };
    Ok(Transaction {
        open,
        trail: None,
        done: Vec::new(),
    })
}

/// Pages kept by the connections of a SQLite store, as `PRAGMA cache_size`: negative KiB.
struct Cache {
    writer: &'static str,
    reader: &'static str,
}

/// Records of thousands of points are written all over their tables.
const MAIN_CACHE: Cache = Cache {
    writer: "-65536",
    reader: "-16384",
};
/// Packets are appended, and read where they were just written.
const RAW_CACHE: Cache = Cache {
    writer: "-8192",
    reader: "-4096",
};

async fn open_sqlite_store(path: &Path, readers: u32, cache: Cache) -> Result<Pool, DatabaseError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .page_size(8192)
        .pragma("cache_size", cache.writer)
        .pragma("temp_store", "MEMORY")
        .pragma("journal_size_limit", "134217728")
        .pragma("trusted_schema", "OFF");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        // SQLite undoes a transaction by itself when the disk is full or fails. sqlx cannot undo it
        // once more, believes it still open and would refuse every later one, also when there is
        // room again: such a connection is given up for a new one.
        .before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_usable) })
        })
        .connect_with(options.clone())
        .await?;
    let reader = SqlitePoolOptions::new()
        .max_connections(readers.max(1))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(
            options
                .pragma("query_only", "ON")
                .pragma("cache_size", cache.reader),
        )
        .await?;
    Ok(Pool::Sqlite { reader, writer })
}
