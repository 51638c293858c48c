//! From one database to the other: every row of every table, in batches, with a digest of each
//! table that comes out the same on both.

mod rows;

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sm3::{Digest, Sm3};
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use crate::catalogue::{Store, Table};
use crate::snapshot::{Inner, Snapshot};
use crate::{Database, DatabaseError, Pool};
use rows::{Batch, Value};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableSummary {
    /// Its rows.
    pub rows: i64,
    /// The sum of the SM3 of each row: it does not depend on their order, since the two databases
    /// sort texts differently.
    pub digest: [u128; 2],
}

impl TableSummary {
    fn add(&mut self, row: &[Value]) {
        let mut hasher = Sm3::new();
        for value in row {
            value.feed(&mut hasher);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let (first, second) = hash.split_at(16);
        for (sum, half) in self.digest.iter_mut().zip([first, second]) {
            let half = half
                .iter()
                .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
            *sum = sum.wrapping_add(half);
        }
        self.rows += 1;
    }

    /// The digest as text.
    pub fn digest_text(&self) -> String {
        let [first, second] = self.digest;
        format!("{first:032x}{second:032x}")
    }
}

/// Summaries by table.
pub type Summaries = BTreeMap<String, TableSummary>;

/// Copies everything of a snapshot into a database that was just migrated and holds nothing else;
/// all of it is committed at the end or nothing is (on SQLite, where there are two files, the raw
/// one is committed first). `tell` hears of each table and how many of its rows are done, and says
/// whether to go on.
///
/// # Errors
/// [`DatabaseError`] when the two have different tables, or a row is refused.
pub async fn copy_everything(
    from: &mut Snapshot,
    to: &Database,
    tell: &mut (dyn FnMut(&str, i64) -> bool + Send),
) -> Result<Summaries, DatabaseError> {
    let mut target = Target::begin(to).await?;
    let tables = from.list_tables().await?;
    let wanted = target.list_tables().await?;
    check_same(&tables, &wanted)?;
    // what a new database begins with comes from the other one, too
    for table in wanted.iter().rev() {
        target.clear(table).await?;
    }
    let mut summaries = Summaries::new();
    for table in &wanted {
        let Some(source) = tables.iter().find(|source| source.name == table.name) else {
            continue;
        };
        let summary = copy_table(from, &mut target, (source, table), tell).await?;
        if let Some(column) = &table.numbered {
            let last = from.find_last_number(source, column).await?;
            target.continue_numbers(&table.name, column, last).await?;
        }
        summaries.insert(table.name.clone(), summary);
    }
    target.commit().await?;
    Ok(summaries)
}

fn check_same(one: &[Table], other: &[Table]) -> Result<(), DatabaseError> {
    let names = |tables: &[Table]| -> BTreeMap<String, Vec<String>> {
        tables
            .iter()
            .map(|table| {
                let mut columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect();
                columns.sort();
                (table.name.clone(), columns)
            })
            .collect()
    };
    let (one, other) = (names(one), names(other));
    let different = one
        .iter()
        .find(|(table, columns)| other.get(*table) != Some(*columns))
        .or_else(|| other.iter().find(|(table, _)| !one.contains_key(*table)));
    match different {
        Some((table, _)) => Err(DatabaseError::DifferentSchema {
            what: format!("the table {table}"),
        }),
        None => Ok(()),
    }
}

async fn copy_table(
    from: &mut Snapshot,
    target: &mut Target,
    (source, table): (&Table, &Table),
    tell: &mut (dyn FnMut(&str, i64) -> bool + Send),
) -> Result<TableSummary, DatabaseError> {
    let mut summary = TableSummary::default();
    let mut batch = Batch::new(table);
    macro_rules! take {
        ($connection:expr, $read:path) => {{
            let statement = AssertSqlSafe(rows::select(source));
            let mut stream = sqlx::query(statement).fetch($connection);
            while let Some(row) = stream.try_next().await? {
                let values = $read(&row, source)?;
                summary.add(&values);
                batch.push(values);
                if batch.is_full() {
                    target.insert(table, &mut batch).await?;
                    if !tell(&table.name, summary.rows) {
                        return Err(DatabaseError::Interrupted);
                    }
                }
            }
        }};
    }
    match &mut from.inner {
        Inner::Sqlite { main, raw } => {
            let store = match source.store {
                Store::Main => main,
                Store::Raw => raw,
            };
            take!(&mut **store, rows::read_sqlite);
        }
        Inner::Postgres { transaction, .. } => {
            take!(&mut **transaction, rows::read_postgres);
        }
    }
    target.insert(table, &mut batch).await?;
    if !tell(&table.name, summary.rows) {
        return Err(DatabaseError::Interrupted);
    }
    Ok(summary)
}

impl Snapshot {
    /// Counts and sums up every table.
    ///
    /// # Errors
    /// [`DatabaseError`] when the database cannot be read.
    pub async fn summarise(
        &mut self,
        tell: &mut (dyn FnMut(&str, i64) -> bool + Send),
    ) -> Result<Summaries, DatabaseError> {
        let mut summaries = Summaries::new();
        for table in self.list_tables().await? {
            let mut summary = TableSummary::default();
            macro_rules! take {
                ($connection:expr, $read:path) => {{
                    let statement = AssertSqlSafe(rows::select(&table));
                    let mut stream = sqlx::query(statement).fetch($connection);
                    while let Some(row) = stream.try_next().await? {
                        summary.add(&$read(&row, &table)?);
                        if summary.rows % 10_000 == 0 && !tell(&table.name, summary.rows) {
                            return Err(DatabaseError::Interrupted);
                        }
                    }
                }};
            }
            match &mut self.inner {
                Inner::Sqlite { main, raw } => {
                    let store = match table.store {
                        Store::Main => main,
                        Store::Raw => raw,
                    };
                    take!(&mut **store, rows::read_sqlite);
                }
                Inner::Postgres { transaction, .. } => {
                    take!(&mut **transaction, rows::read_postgres);
                }
            }
            if !tell(&table.name, summary.rows) {
                return Err(DatabaseError::Interrupted);
            }
            summaries.insert(table.name, summary);
        }
        Ok(summaries)
    }

    /// The greatest number that the database has ever given out for a column.
    async fn find_last_number(
        &mut self,
        table: &Table,
        column: &str,
    ) -> Result<i64, DatabaseError> {
        const OF_SQLITE: &str = "SELECT seq FROM sqlite_sequence WHERE name = $1";
        const OF_POSTGRES: &str =
            "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass)";
        let greatest = AssertSqlSafe(format!(
            "SELECT COALESCE(MAX(\"{column}\"), 0) FROM \"{}\"",
            table.name
        ));
        let (given, there): (Option<i64>, i64) = match &mut self.inner {
            Inner::Sqlite { main, raw } => {
                let store = match table.store {
                    Store::Main => main,
                    Store::Raw => raw,
                };
                let given = if table.numbered.is_some() {
                    sqlx::query_scalar(OF_SQLITE)
                        .bind(&table.name)
                        .fetch_optional(&mut **store)
                        .await?
                } else {
                    None
                };
                let there = sqlx::query_scalar(greatest).fetch_one(&mut **store).await?;
                (given, there)
            }
            Inner::Postgres { transaction, .. } => {
                let given = sqlx::query_scalar(OF_POSTGRES)
                    .bind(format!("\"{}\"", table.name))
                    .bind(column)
                    .fetch_one(&mut **transaction)
                    .await?;
                let there = sqlx::query_scalar(greatest)
                    .fetch_one(&mut **transaction)
                    .await?;
                (given, there)
            }
        };
        Ok(given.unwrap_or(0).max(there))
    }
}

/// Where everything goes, in transactions that are not committed yet.
enum Target {
    Sqlite {
        main: sqlx::Transaction<'static, Sqlite>,
        raw: sqlx::Transaction<'static, Sqlite>,
    },
    Postgres {
        transaction: sqlx::Transaction<'static, Postgres>,
        /// Table and name of each reference that is checked at the end only.
        references: Vec<(String, String)>,
    },
}

impl Target {
    async fn begin(database: &Database) -> Result<Self, DatabaseError> {
        const REFERENCES: &str = "SELECT t.relname::text, k.conname::text FROM pg_constraint k \
             JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = k.connamespace \
             WHERE k.contype = 'f' AND n.nspname = current_schema()";
        match (database.main(), database.raw()) {
            (Pool::Sqlite { writer: main, .. }, Pool::Sqlite { writer: raw, .. }) => {
                let mut main = main.begin_with("BEGIN IMMEDIATE").await?;
                let raw = raw.begin_with("BEGIN IMMEDIATE").await?;
                // a row may come before the one that it refers to
                sqlx::query("PRAGMA defer_foreign_keys = ON")
                    .execute(&mut *main)
                    .await?;
                Ok(Self::Sqlite { main, raw })
            }
            (Pool::Postgres(pool), _) | (_, Pool::Postgres(pool)) => {
                let mut transaction = pool.begin().await?;
                let references: Vec<(String, String)> = sqlx::query_as(REFERENCES)
                    .fetch_all(&mut *transaction)
                    .await?;
                for (table, name) in &references {
                    let statement = format!(
                        "ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" \
                         DEFERRABLE INITIALLY DEFERRED"
                    );
                    sqlx::query(AssertSqlSafe(statement))
                        .execute(&mut *transaction)
                        .await?;
                }
                Ok(Self::Postgres {
                    transaction,
                    references,
                })
            }
        }
    }

    async fn list_tables(&mut self) -> Result<Vec<Table>, DatabaseError> {
        match self {
            Self::Sqlite { main, raw } => {
                let mut tables = crate::catalogue::list_sqlite(main, Store::Main).await?;
                tables.extend(crate::catalogue::list_sqlite(raw, Store::Raw).await?);
                Ok(tables)
            }
            Self::Postgres { transaction, .. } => {
                crate::catalogue::list_postgres(transaction).await
            }
        }
    }

    async fn clear(&mut self, table: &Table) -> Result<(), DatabaseError> {
        let statement = AssertSqlSafe(format!("DELETE FROM \"{}\"", table.name));
        match self {
            Self::Sqlite { main, raw } => {
                let store = match table.store {
                    Store::Main => main,
                    Store::Raw => raw,
                };
                sqlx::query(statement).execute(&mut **store).await?;
            }
            Self::Postgres { transaction, .. } => {
                sqlx::query(statement).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }

    async fn insert(&mut self, table: &Table, batch: &mut Batch) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite { main, raw } => {
                let store = match table.store {
                    Store::Main => main,
                    Store::Raw => raw,
                };
                batch.insert_sqlite(table, store).await
            }
            Self::Postgres { transaction, .. } => batch.insert_postgres(table, transaction).await,
        }
    }

    /// The next number that the database gives out comes after one.
    async fn continue_numbers(
        &mut self,
        table: &str,
        column: &str,
        last: i64,
    ) -> Result<(), DatabaseError> {
        if last <= 0 {
            return Ok(());
        }
        match self {
            Self::Sqlite { main, .. } => {
                sqlx::query("DELETE FROM sqlite_sequence WHERE name = $1")
                    .bind(table)
                    .execute(&mut **main)
                    .await?;
                sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)")
                    .bind(table)
                    .bind(last)
                    .execute(&mut **main)
                    .await?;
            }
            Self::Postgres { transaction, .. } => {
                sqlx::query("SELECT setval(pg_get_serial_sequence($1, $2), $3)")
                    .bind(format!("\"{table}\""))
                    .bind(column)
                    .bind(last)
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite { main, raw } => {
                raw.commit().await?;
                main.commit().await?;
            }
            Self::Postgres {
                mut transaction,
                references,
            } => {
                sqlx::query("SET CONSTRAINTS ALL IMMEDIATE")
                    .execute(&mut *transaction)
                    .await?;
                for (table, name) in &references {
                    let statement = format!(
                        "ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" NOT DEFERRABLE"
                    );
                    sqlx::query(AssertSqlSafe(statement))
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
            }
        }
        Ok(())
    }
}
