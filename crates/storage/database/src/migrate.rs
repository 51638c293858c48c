//! Applying the embedded migrations and asking how far a database has come.

use std::collections::HashSet;

use sqlx::migrate::Migrator;

use crate::snapshot::MigrationVersions;
use crate::{Database, DatabaseError, Pool};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static SQLITE_RAW: Migrator = sqlx::migrate!("migrations/sqlite_raw");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static POSTGRES_RAW: Migrator = sqlx::migrate!("migrations/postgres_raw");

/// How far a database's schema has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations of this program that the database has.
    pub applied: usize,
    /// Migrations of this program that the database misses.
    pub missing: usize,
}

impl Database {
    /// Applies what is missing.
    ///
    /// # Errors
    /// [`DatabaseError::Migrate`] when a migration fails or one already applied was altered.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        match (self.main(), self.raw()) {
            (Pool::Sqlite { writer: main, .. }, Pool::Sqlite { writer: raw, .. }) => {
                SQLITE.run(main).await?;
                SQLITE_RAW.run(raw).await?;
            }
            (Pool::Postgres(main), _) | (_, Pool::Postgres(main)) => {
                POSTGRES.run(main).await?;
                raw_postgres().run(main).await?;
            }
        }
        Ok(())
    }

    /// Checks that no migration is missing.
    ///
    /// # Errors
    /// [`DatabaseError::StaleSchema`] when one is.
    pub async fn check_schema(&self) -> Result<(), DatabaseError> {
        let state = self.schema_state().await?;
        if state.missing == 0 {
            Ok(())
        } else {
            Err(DatabaseError::StaleSchema {
                missing: state.missing,
            })
        }
    }

    /// How far the schema has come. A database without any is all missing.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn schema_state(&self) -> Result<SchemaState, DatabaseError> {
        let (main, raw) = match self.main() {
            Pool::Sqlite { .. } => (&SQLITE, &SQLITE_RAW),
            Pool::Postgres(_) => (&POSTGRES, &POSTGRES_RAW),
        };
        let mut state = SchemaState {
            applied: 0,
            missing: 0,
        };
        let have_main = self.applied_versions(self.main(), MAIN_TABLE).await?;
        let raw_table = if matches!(self.raw(), Pool::Postgres(_)) {
            RAW_TABLE
        } else {
            MAIN_TABLE
        };
        let have_raw = self.applied_versions(self.raw(), raw_table).await?;
        for (migrator, have) in [(main, have_main), (raw, have_raw)] {
            for migration in migrator.iter() {
                if have.contains(&migration.version) {
                    state.applied += 1;
                } else {
                    state.missing += 1;
                }
            }
        }
        Ok(state)
    }

    async fn applied_versions(
        &self,
        pool: &Pool,
        table: &'static str,
    ) -> Result<HashSet<i64>, DatabaseError> {
        let statement = if table == RAW_TABLE {
            "SELECT version FROM _sqlx_migrations_raw WHERE success = TRUE"
        } else {
            "SELECT version FROM _sqlx_migrations WHERE success = TRUE"
        };
        let versions: Result<Vec<i64>, sqlx::Error> = match pool {
            Pool::Sqlite { reader, .. } => sqlx::query_scalar(statement).fetch_all(reader).await,
            Pool::Postgres(pool) => sqlx::query_scalar(statement).fetch_all(pool).await,
        };
        match versions {
            Ok(versions) => Ok(versions.into_iter().collect()),
            // no such table: nothing was ever applied
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some("42P01")
                    || error.message().contains("no such table") =>
            {
                Ok(HashSet::new())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The migrations that this program knows; they have the same numbers on both databases.
pub fn list_known_migrations() -> MigrationVersions {
    let versions = |migrator: &Migrator| migrator.iter().map(|known| known.version).collect();
    MigrationVersions {
        main: versions(&SQLITE),
        raw: versions(&SQLITE_RAW),
    }
}

const MAIN_TABLE: &str = "_sqlx_migrations";
const RAW_TABLE: &str = "_sqlx_migrations_raw";

fn raw_postgres() -> Migrator {
    let mut migrator = Migrator::with_migrations(POSTGRES_RAW.iter().cloned().collect());
    migrator.dangerous_set_table_name(RAW_TABLE);
    migrator
}
