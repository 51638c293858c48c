//! Rows between two databases: read as values that both know, written as columns of one.

use std::fmt::Write as _;

use sm3::{Digest, Sm3};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqliteConnection};

use crate::DatabaseError;
use crate::catalogue::{ColumnType, Table};

/// Rows of one batch at the most.
const MOST_ROWS: usize = 5_000;
/// Bytes of one batch, roughly, at the most.
const MOST_BYTES: usize = 8 << 20;
/// Values bound in one SQLite statement at the most.
const SQLITE_VALUES: usize = 2_400;

/// One value, the same whichever database it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    /// Also yes and no, as 1 and 0.
    Integer(i64),
    Real(f64),
    Text(String),
    /// Also UUIDs.
    Bytes(Vec<u8>),
}

impl Value {
    /// Each value begins with its kind and length, so that no two rows share their bytes.
    pub(super) fn feed(&self, hasher: &mut Sm3) {
        let mut long = |kind: u8, bytes: &[u8]| {
            hasher.update([kind]);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Null => long(0, &[]),
            Self::Integer(number) => long(1, &number.to_be_bytes()),
            Self::Real(number) => long(2, &number.to_bits().to_be_bytes()),
            Self::Text(text) => long(3, text.as_bytes()),
            Self::Bytes(bytes) => long(4, bytes),
        }
    }

    fn size(&self) -> usize {
        16 + match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

/// The statement that reads a table.
pub(super) fn select(table: &Table) -> String {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    format!("SELECT {} FROM \"{}\"", names.join(", "), table.name)
}

pub(super) fn read_sqlite(row: &SqliteRow, table: &Table) -> Result<Vec<Value>, DatabaseError> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        values.push(match column.column_type {
            ColumnType::Integer | ColumnType::Boolean => row
                .try_get::<Option<i64>, _>(at)?
                .map_or(Value::Null, Value::Integer),
            ColumnType::Real => row
                .try_get::<Option<f64>, _>(at)?
                .map_or(Value::Null, Value::Real),
            ColumnType::Text => row
                .try_get::<Option<String>, _>(at)?
                .map_or(Value::Null, Value::Text),
            ColumnType::Bytes | ColumnType::Uuid => row
                .try_get::<Option<Vec<u8>>, _>(at)?
                .map_or(Value::Null, Value::Bytes),
        });
    }
    Ok(values)
}

pub(super) fn read_postgres(row: &PgRow, table: &Table) -> Result<Vec<Value>, DatabaseError> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        values.push(match column.column_type {
            ColumnType::Integer => row
                .try_get::<Option<i64>, _>(at)?
                .map_or(Value::Null, Value::Integer),
            ColumnType::Boolean => row
                .try_get::<Option<bool>, _>(at)?
                .map_or(Value::Null, |is_so| Value::Integer(i64::from(is_so))),
            ColumnType::Real => row
                .try_get::<Option<f64>, _>(at)?
                .map_or(Value::Null, Value::Real),
            ColumnType::Text => row
                .try_get::<Option<String>, _>(at)?
                .map_or(Value::Null, Value::Text),
            ColumnType::Bytes => row
                .try_get::<Option<Vec<u8>>, _>(at)?
                .map_or(Value::Null, Value::Bytes),
            ColumnType::Uuid => row
                .try_get::<Option<Uuid>, _>(at)?
                .map_or(Value::Null, |id| Value::Bytes(id.as_bytes().to_vec())),
        });
    }
    Ok(values)
}

/// Rows waiting to be written.
#[derive(Debug)]
pub(super) struct Batch {
    rows: Vec<Vec<Value>>,
    size: usize,
    columns: usize,
}

impl Batch {
    pub(super) fn new(table: &Table) -> Self {
        Self {
            rows: Vec::new(),
            size: 0,
            columns: table.columns.len(),
        }
    }

    pub(super) fn push(&mut self, row: Vec<Value>) {
        self.size += row.iter().map(Value::size).sum::<usize>();
        self.rows.push(row);
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MOST_ROWS || self.size >= MOST_BYTES
    }

    fn head(table: &Table) -> String {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        format!("INSERT INTO \"{}\" ({})", table.name, names.join(", "))
    }

    pub(super) async fn insert_sqlite(
        &mut self,
        table: &Table,
        connection: &mut SqliteConnection,
    ) -> Result<(), DatabaseError> {
        let step = (SQLITE_VALUES / self.columns.max(1)).max(1);
        for rows in self.rows.chunks(step) {
            let mut text = Self::head(table);
            text.push_str(" VALUES ");
            for row in 0..rows.len() {
                text.push_str(if row == 0 { "(" } else { ",(" });
                for column in 0..self.columns {
                    text.push_str(if column == 0 { "?" } else { ",?" });
                }
                text.push(')');
            }
            let mut query = sqlx::query(AssertSqlSafe(text));
            for value in rows.iter().flatten() {
                query = match value {
                    Value::Null => query.bind(None::<i64>),
                    Value::Integer(number) => query.bind(*number),
                    Value::Real(number) => query.bind(*number),
                    Value::Text(text) => query.bind(text.as_str()),
                    Value::Bytes(bytes) => query.bind(bytes.as_slice()),
                };
            }
            query.execute(&mut *connection).await?;
        }
        self.clear();
        Ok(())
    }

    pub(super) async fn insert_postgres(
        &mut self,
        table: &Table,
        connection: &mut PgConnection,
    ) -> Result<(), DatabaseError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut text = Self::head(table);
        text.push_str(" OVERRIDING SYSTEM VALUE SELECT * FROM UNNEST(");
        for (at, column) in table.columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let kind = match column.column_type {
                ColumnType::Integer => "bigint",
                ColumnType::Boolean => "boolean",
                ColumnType::Real => "double precision",
                ColumnType::Text => "text",
                ColumnType::Bytes => "bytea",
                ColumnType::Uuid => "uuid",
            };
            let _ = write!(text, "{comma}${}::{kind}[]", at + 1);
        }
        text.push(')');
        let mut query = sqlx::query(AssertSqlSafe(text));
        for (at, column) in table.columns.iter().enumerate() {
            let values = self.rows.iter().map(|row| row.get(at));
            query = match column.column_type {
                ColumnType::Integer => query.bind(values.map(integer).collect::<Vec<_>>()),
                ColumnType::Boolean => query.bind(
                    values
                        .map(|value| integer(value).map(|number| number != 0))
                        .collect::<Vec<_>>(),
                ),
                ColumnType::Real => query.bind(values.map(real).collect::<Vec<_>>()),
                ColumnType::Text => query.bind(values.map(text_of).collect::<Vec<_>>()),
                ColumnType::Bytes => query.bind(values.map(bytes).collect::<Vec<_>>()),
                ColumnType::Uuid => query.bind(
                    values
                        .map(|value| bytes(value).map(Uuid::from_slice).transpose())
                        .collect::<Result<Vec<_>, _>>()
                        .map_err(|error| sqlx::Error::Decode(error.into()))?,
                ),
            };
        }
        query.execute(connection).await?;
        self.clear();
        Ok(())
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.size = 0;
    }
}

fn integer(value: Option<&Value>) -> Option<i64> {
    match value {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

fn real(value: Option<&Value>) -> Option<f64> {
    match value {
        Some(Value::Real(number)) => Some(*number),
        _ => None,
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn bytes(value: Option<&Value>) -> Option<&[u8]> {
    match value {
        Some(Value::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}
