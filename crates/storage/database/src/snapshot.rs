//! Everything as it was at one moment: a reading of both stores that no later change touches.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use crate::catalogue::{self, Store, Table};
use crate::{Database, DatabaseError, Pool};

/// A reading of both stores as they were when it began. Dropping it ends it.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) inner: Inner,
}

#[derive(Debug)]
pub(crate) enum Inner {
    Sqlite {
        main: sqlx::Transaction<'static, Sqlite>,
        raw: sqlx::Transaction<'static, Sqlite>,
    },
    Postgres {
        transaction: sqlx::Transaction<'static, Postgres>,
        name: String,
    },
}

/// Where the chains of evidence and of the audit trail stand: who keeps these values elsewhere can
/// tell later whether a copy begins the same way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainHeads {
    /// The last batch of the journal.
    pub journal_batch: i64,
    /// SM3 of the journal's chain there.
    pub journal_hash: Vec<u8>,
    /// The last window of the vault; 0 for none.
    pub vault_window: i64,
    /// The vault's seal there.
    pub vault_seal: Vec<u8>,
    /// The last entry of the audit trail.
    pub audit_sequence: i64,
    /// SM3 of the audit trail's chain there.
    pub audit_hash: Vec<u8>,
}

/// Versions of the migrations that a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationVersions {
    /// Of the main store.
    pub main: Vec<i64>,
    /// Of the raw store.
    pub raw: Vec<i64>,
}

impl Snapshot {
    /// Begins to read. On SQLite nothing is written to the main store between the two files'
    /// moments, so that no packet names a device that the other file does not know.
    ///
    /// # Errors
    /// [`DatabaseError`] when a connection cannot be had.
    pub async fn begin(database: &Database) -> Result<Self, DatabaseError> {
        const FIX: &str = "SELECT COUNT(*) FROM sqlite_schema";
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let inner = match (database.main(), database.raw()) {
            (
                Pool::Sqlite {
                    reader: main,
                    writer,
                },
                Pool::Sqlite { reader: raw, .. },
            ) => {
                let hold = writer.begin_with("BEGIN IMMEDIATE").await?;
                let mut main = main.begin().await?;
                let _tables: i64 = sqlx::query_scalar(FIX).fetch_one(&mut *main).await?;
                let mut raw = raw.begin().await?;
                let _tables: i64 = sqlx::query_scalar(FIX).fetch_one(&mut *raw).await?;
                hold.rollback().await?;
                Inner::Sqlite { main, raw }
            }
            (Pool::Postgres(pool), _) | (_, Pool::Postgres(pool)) => {
                let mut transaction = pool.begin_with(BEGIN).await?;
                let name = sqlx::query_scalar("SELECT pg_export_snapshot()")
                    .fetch_one(&mut *transaction)
                    .await?;
                Inner::Postgres { transaction, name }
            }
        };
        Ok(Self { inner })
    }

    /// The name under which other connections to PostgreSQL can read the same moment.
    pub fn name(&self) -> Option<&str> {
        match &self.inner {
            Inner::Sqlite { .. } => None,
            Inner::Postgres { name, .. } => Some(name),
        }
    }

    /// Lists all tables of both stores, each after those it refers to.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read or has a column of an unknown kind.
    pub async fn list_tables(&mut self) -> Result<Vec<Table>, DatabaseError> {
        match &mut self.inner {
            Inner::Sqlite { main, raw } => {
                let mut tables = catalogue::list_sqlite(&mut *main, Store::Main).await?;
                tables.extend(catalogue::list_sqlite(&mut *raw, Store::Raw).await?);
                Ok(tables)
            }
            Inner::Postgres { transaction, .. } => catalogue::list_postgres(transaction).await,
        }
    }

    /// Counts the rows of every table.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn count_rows(&mut self) -> Result<BTreeMap<String, i64>, DatabaseError> {
        let mut counts = BTreeMap::new();
        for table in self.list_tables().await? {
            let count = self.count_rows_of(&table).await?;
            counts.insert(table.name, count);
        }
        Ok(counts)
    }

    /// Counts the rows of a table.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn count_rows_of(&mut self, table: &Table) -> Result<i64, DatabaseError> {
        let statement = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{}\"", table.name));
        Ok(match &mut self.inner {
            Inner::Sqlite { main, raw } => {
                let store = match table.store {
                    Store::Main => main,
                    Store::Raw => raw,
                };
                sqlx::query_scalar(statement)
                    .fetch_one(&mut **store)
                    .await?
            }
            Inner::Postgres { transaction, .. } => {
                sqlx::query_scalar(statement)
                    .fetch_one(&mut **transaction)
                    .await?
            }
        })
    }

    /// Where the chains stand.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn load_heads(&mut self) -> Result<ChainHeads, DatabaseError> {
        const JOURNAL: &str = "SELECT last_batch_id, last_hash FROM raw_journal_head WHERE id = 1";
        const VAULT: &str = "SELECT id, seal FROM raw_window ORDER BY id DESC LIMIT 1";
        const AUDIT: &str = "SELECT sequence, hash FROM audit_head WHERE id = 1";
        let (journal, vault, audit): Heads = match &mut self.inner {
            Inner::Sqlite { main, raw } => (
                sqlx::query_as(JOURNAL).fetch_one(&mut **raw).await?,
                sqlx::query_as(VAULT).fetch_optional(&mut **raw).await?,
                sqlx::query_as(AUDIT).fetch_one(&mut **main).await?,
            ),
            Inner::Postgres { transaction, .. } => (
                sqlx::query_as(JOURNAL)
                    .fetch_one(&mut **transaction)
                    .await?,
                sqlx::query_as(VAULT)
                    .fetch_optional(&mut **transaction)
                    .await?,
                sqlx::query_as(AUDIT).fetch_one(&mut **transaction).await?,
            ),
        };
        let (vault_window, vault_seal) = vault.unwrap_or_default();
        Ok(ChainHeads {
            journal_batch: journal.0,
            journal_hash: journal.1,
            vault_window,
            vault_seal,
            audit_sequence: audit.0,
            audit_hash: audit.1,
        })
    }

    /// Which migrations the database has.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn list_migrations(&mut self) -> Result<MigrationVersions, DatabaseError> {
        const MAIN: &str = "SELECT version FROM _sqlx_migrations WHERE success = TRUE \
             ORDER BY version";
        const RAW: &str = "SELECT version FROM _sqlx_migrations_raw WHERE success = TRUE \
             ORDER BY version";
        Ok(match &mut self.inner {
            Inner::Sqlite { main, raw } => MigrationVersions {
                main: sqlx::query_scalar(MAIN).fetch_all(&mut **main).await?,
                raw: sqlx::query_scalar(MAIN).fetch_all(&mut **raw).await?,
            },
            Inner::Postgres { transaction, .. } => MigrationVersions {
                main: sqlx::query_scalar(MAIN)
                    .fetch_all(&mut **transaction)
                    .await?,
                raw: sqlx::query_scalar(RAW)
                    .fetch_all(&mut **transaction)
                    .await?,
            },
        })
    }
}

type Heads = ((i64, Vec<u8>), Option<(i64, Vec<u8>)>, (i64, Vec<u8>));

impl Database {
    /// What SQLite itself finds wrong with its files: damaged pages, indexes that miss rows, rows
    /// that refer to nothing. PostgreSQL checks its pages itself and is not asked.
    ///
    /// # Errors
    /// [`DatabaseError`] when a file cannot be read at all.
    pub async fn find_damage(&self) -> Result<Vec<String>, DatabaseError> {
        let mut damage = Vec::new();
        for (name, pool) in [("main", self.main()), ("raw", self.raw())] {
            let Pool::Sqlite { reader, .. } = pool else {
                continue;
            };
            let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(20)")
                .fetch_all(reader)
                .await?;
            let orphans: Vec<(String, String)> =
                sqlx::query_as("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 20")
                    .fetch_all(reader)
                    .await?;
            damage.extend(
                said.into_iter()
                    .filter(|said| said != "ok")
                    .map(|said| format!("{name}: {said}")),
            );
            damage.extend(orphans.into_iter().map(|(table, parent)| {
                format!("{name}: a row of {table} refers to a row of {parent} that is not there")
            }));
        }
        Ok(damage)
    }

    /// Whether there is nothing in it, not even a table.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn is_empty(&self) -> Result<bool, DatabaseError> {
        const SQLITE: &str = "SELECT COUNT(*) FROM sqlite_schema";
        const POSTGRES: &str = "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema()";
        let mut objects = 0;
        for pool in [self.main(), self.raw()] {
            let found: i64 = match pool {
                Pool::Sqlite { reader, .. } => sqlx::query_scalar(SQLITE).fetch_one(reader).await?,
                Pool::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
            };
            objects += found;
        }
        Ok(objects == 0)
    }

    /// Puts everything that is in a PostgreSQL database aside, into a schema of the given name, and
    /// leaves an empty one in its place.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database refuses; nothing is changed then.
    pub async fn set_aside(&self, name: &str) -> Result<(), DatabaseError> {
        let Pool::Postgres(pool) = self.main() else {
            return Ok(());
        };
        let mut transaction = pool.begin().await?;
        let schema: String = sqlx::query_scalar("SELECT current_schema()::text")
            .fetch_one(&mut *transaction)
            .await?;
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let rename = format!(
            "ALTER SCHEMA {} RENAME TO {}",
            quoted(&schema),
            quoted(name)
        );
        let create = format!("CREATE SCHEMA {}", quoted(&schema));
        for statement in [rename, create] {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Removes everything that migrations have made in a PostgreSQL database.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database refuses; nothing is changed then.
    pub async fn drop_tables(&self) -> Result<(), DatabaseError> {
        const TABLES: &str = "SELECT tablename::text FROM pg_tables \
             WHERE schemaname = current_schema()";
        const FUNCTIONS: &str = "SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n \
             ON n.oid = p.pronamespace WHERE n.nspname = current_schema()";
        let Pool::Postgres(pool) = self.main() else {
            return Ok(());
        };
        let mut transaction = pool.begin().await?;
        for (list, kind) in [(TABLES, "TABLE"), (FUNCTIONS, "FUNCTION")] {
            let names: Vec<String> = sqlx::query_scalar(list)
                .fetch_all(&mut *transaction)
                .await?;
            for name in names {
                sqlx::query(AssertSqlSafe(format!("DROP {kind} \"{name}\" CASCADE")))
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// How many other connections of this program a PostgreSQL database has: a running server.
    ///
    /// # Errors
    /// [`DatabaseError`] when it cannot be read.
    pub async fn count_other_connections(&self) -> Result<i64, DatabaseError> {
        const COUNT: &str = "SELECT COUNT(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'qingshan' \
             AND client_port IS NOT NULL AND backend_start < (SELECT backend_start \
             FROM pg_stat_activity WHERE pid = pg_backend_pid())";
        Ok(match self.main() {
            Pool::Sqlite { .. } => 0,
            Pool::Postgres(pool) => sqlx::query_scalar(COUNT).fetch_one(pool).await?,
        })
    }
}
