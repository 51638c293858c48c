//! Many rows in one statement: multi-row `VALUES` on SQLite, `UNNEST` of arrays on PostgreSQL.
//!
//! This is the one place that puts SQL text together; what it is given is `&'static str`, and
//! values are bound, never written into the text.

use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

use crate::{DatabaseError, OpenTransaction, Transaction};

/// Values bound in one SQLite statement at the most (its limit is 32,766).
const SQLITE_VALUES: usize = 2_400;
/// Rows of one PostgreSQL statement at the most.
const POSTGRES_ROWS: usize = 10_000;

/// One column of the rows to be inserted.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Integers, instants, identifiers.
    Integers(&'a [i64]),
    /// Texts.
    Texts(&'a [&'a str]),
    /// Bytes.
    Bytes(&'a [&'a [u8]]),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Integers(values) => Self::Integers(values.get(from..to).unwrap_or_default()),
            Self::Texts(values) => Self::Texts(values.get(from..to).unwrap_or_default()),
            Self::Bytes(values) => Self::Bytes(values.get(from..to).unwrap_or_default()),
        }
    }

    const fn array_type(&self) -> &'static str {
        match self {
            Self::Integers(_) => "::bigint[]",
            Self::Texts(_) => "::text[]",
            Self::Bytes(_) => "::bytea[]",
        }
    }
}

/// Inserts rows given by columns of equal length and returns how many rows the database took.
/// `head` is `INSERT INTO t (a, b)`, `tail` an `ON CONFLICT` clause or empty. No two rows of one
/// call may meet in the same `DO UPDATE`.
///
/// # Errors
/// [`DatabaseError`] when the database refuses; the caller must give up its transaction.
///
/// # Panics
/// When the columns have different lengths: that is a mistake in the calling code.
pub async fn insert_rows(
    transaction: &mut Transaction,
    head: &'static str,
    columns: &[Column<'_>],
    tail: &'static str,
) -> Result<u64, DatabaseError> {
    let rows = columns.first().map_or(0, Column::len);
    assert!(
        columns.iter().all(|column| column.len() == rows),
        "columns of one insert have one length"
    );
    let step = match transaction.open_mut() {
        OpenTransaction::Sqlite(_) => (SQLITE_VALUES / columns.len().max(1)).max(1),
        OpenTransaction::Postgres(_) => POSTGRES_ROWS,
    };
    let mut taken = 0;
    let mut at = 0;
    while at < rows {
        let to = (at + step).min(rows);
        let part: Vec<Column<'_>> = columns.iter().map(|column| column.slice(at, to)).collect();
        taken += match transaction.open_mut() {
            OpenTransaction::Sqlite(inner) => {
                insert_sqlite(inner, head, &part, to - at, tail).await?
            }
            OpenTransaction::Postgres(inner) => insert_postgres(inner, head, &part, tail).await?,
        };
        at = to;
    }
    Ok(taken)
}

async fn insert_sqlite(
    connection: &mut sqlx::SqliteConnection,
    head: &'static str,
    columns: &[Column<'_>],
    rows: usize,
    tail: &'static str,
) -> Result<u64, DatabaseError> {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * columns.len() * 2 + 64);
    let _ = write!(text, "{head} VALUES ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns.len() {
            text.push_str(if column == 0 { "?" } else { ",?" });
        }
        text.push(')');
    }
    let _ = write!(text, " {tail}");
    let mut query = sqlx::query(AssertSqlSafe(text));
    for row in 0..rows {
        for column in columns {
            query = match column {
                Column::Integers(values) => query.bind(values.get(row).copied()),
                Column::Texts(values) => query.bind(values.get(row).copied()),
                Column::Bytes(values) => query.bind(values.get(row).copied()),
            };
        }
    }
    Ok(query.execute(connection).await?.rows_affected())
}

async fn insert_postgres(
    connection: &mut sqlx::PgConnection,
    head: &'static str,
    columns: &[Column<'_>],
    tail: &'static str,
) -> Result<u64, DatabaseError> {
    let mut text = format!("{head} SELECT * FROM UNNEST(");
    for (at, column) in columns.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}${}{}", at + 1, column.array_type());
    }
    let _ = write!(text, ") {tail}");
    let mut query = sqlx::query(AssertSqlSafe(text));
    for column in columns {
        query = match column {
            Column::Integers(values) => query.bind(*values),
            Column::Texts(values) => query.bind(*values),
            Column::Bytes(values) => query.bind(*values),
        };
    }
    Ok(query.execute(connection).await?.rows_affected())
}
