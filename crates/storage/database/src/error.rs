//! What can go wrong with a database.

/// A failure of the database or of its set-up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Sqlx(#[from] sqlx::Error),
    /// A migration failed.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The URL is neither a SQLite path nor a PostgreSQL URL.
    #[error("`{url}` is no database: use a file path, `sqlite:PATH` or `postgres://…`")]
    UnknownUrl {
        /// The URL as given, without its password.
        url: String,
    },
    /// The database does not keep what it commits.
    #[error("the database is not durable: {setting} is `{value}`, must be `{wanted}`")]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// The value needed.
        wanted: &'static str,
    },
    /// A file of SQLite could not be copied.
    #[error("copy of the database: {0}")]
    Copy(#[from] rusqlite::Error),
    /// Whoever asked for something long wants it no more.
    #[error("stopped before the end")]
    Interrupted,
    /// A column of which nobody has said how it goes from one database to the other.
    #[error("{table}.{column} is of type `{declared}`, for which there is no rule")]
    UnknownColumn {
        /// Its table.
        table: String,
        /// Its name.
        column: String,
        /// Its type as the database names it.
        declared: String,
    },
    /// Two databases do not have the same tables or columns.
    #[error("the two databases differ in {what}")]
    DifferentSchema {
        /// The table, or table and column.
        what: String,
    },
    /// The schema is older than the program.
    #[error("the schema misses {missing} migration(s); run `qingshan migrate`")]
    StaleSchema {
        /// How many are missing.
        missing: usize,
    },
}

impl DatabaseError {
    /// Whether a unique constraint refused the change.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sqlx(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
