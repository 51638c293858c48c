//! What the server's tables take up, asked of the database itself.

use std::collections::BTreeMap;

use anyhow::Context;
use database::{Database, Pool, on_transaction, sqlx};

/// Bytes of each table with its indexes, in the main and the raw store, smaller ones left out.
pub(crate) async fn list_table_bytes(database: &Database) -> anyhow::Result<BTreeMap<String, i64>> {
    const SQLITE: &str = "SELECT s.tbl_name, SUM(d.pgsize) FROM dbstat AS d \
         JOIN sqlite_schema AS s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY s.tbl_name";
    const POSTGRES: &str = "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut tables = BTreeMap::new();
    for pool in [database.main(), database.raw()] {
        let rows: Vec<(String, i64)> = match pool {
            Pool::Sqlite { reader, .. } => sqlx::query_as(SQLITE).fetch_all(reader).await?,
            Pool::Postgres(pool) => sqlx::query_as(POSTGRES).fetch_all(pool).await?,
        };
        tables.extend(
            rows.into_iter()
                .filter(|(_name, bytes)| *bytes >= LEAST_BYTES),
        );
    }
    Ok(tables)
}

/// Records in rows, records in blocks, and what the latter hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordCounts {
    pub(crate) rows: i64,
    pub(crate) blocks: i64,
    pub(crate) compacted: i64,
    pub(crate) compacted_values: i64,
    pub(crate) content_bytes: i64,
}

/// Counts records, newly received and compacted.
pub(crate) async fn count_records(database: &Database) -> anyhow::Result<RecordCounts> {
    const COUNT: &str = "SELECT (SELECT COUNT(*) FROM record) AS rows, COUNT(*) AS blocks, \
         CAST(COALESCE(SUM(row_count), 0) AS BIGINT) AS compacted, \
         CAST(COALESCE(SUM(value_count), 0) AS BIGINT) AS compacted_values, \
         CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) AS content_bytes FROM record_block";
    let counted: Result<(i64, i64, i64, i64, i64), _> = match database.main() {
        Pool::Sqlite { reader, .. } => sqlx::query_as(COUNT).fetch_one(reader).await,
        Pool::Postgres(pool) => sqlx::query_as(COUNT).fetch_one(pool).await,
    };
    let (rows, blocks, compacted, compacted_values, content_bytes) =
        counted.context("records cannot be counted")?;
    Ok(RecordCounts {
        rows,
        blocks,
        compacted,
        compacted_values,
        content_bytes,
    })
}

/// Periods whose derived figures are to be computed again.
pub(crate) async fn count_dirty_periods(database: &Database) -> anyhow::Result<i64> {
    const COUNT: &str = "SELECT COUNT(*) FROM dirty_period";
    let count = match database.main() {
        Pool::Sqlite { reader, .. } => sqlx::query_scalar(COUNT).fetch_one(reader).await,
        Pool::Postgres(pool) => sqlx::query_scalar(COUNT).fetch_one(pool).await,
    };
    count.context("dirty periods cannot be counted")
}

/// Deletes records and what is derived from them, and how far the journal was read.
pub(crate) async fn delete_derived(database: &Database) -> anyhow::Result<()> {
    const DELETE: [&str; 6] = [
        "DELETE FROM record",
        "DELETE FROM record_block",
        "DELETE FROM last_record",
        "DELETE FROM dirty_period",
        "DELETE FROM derived_period",
        "DELETE FROM journal_checkpoint",
    ];
    let mut transaction = database.begin().await?;
    for statement in DELETE {
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(statement).execute(connection).await?;
        });
    }
    transaction.commit().await?;
    Ok(())
}

const LEAST_BYTES: i64 = 1 << 16;
