//! What tables there are, as the database itself says: nothing that walks all data keeps a list of
//! its own, so that a new table is never forgotten.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, SqliteConnection};

use crate::DatabaseError;

/// Which of the two stores a table belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// What the features keep.
    Main,
    /// Packets as they came.
    Raw,
}

/// What a column holds, on either database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Whole numbers, instants, identifiers.
    Integer,
    /// Yes or no; an integer on SQLite.
    Boolean,
    /// Coordinates.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID; 16 bytes on SQLite.
    Uuid,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub column_type: ColumnType,
}

/// A table with its columns, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The store it belongs to.
    pub store: Store,
    /// Its columns, sorted by name.
    pub columns: Vec<TableColumn>,
    /// The column that the database itself numbers, and never gives a number out twice.
    pub numbered: Option<String>,
}

/// Tables of the raw store. PostgreSQL keeps both stores in one database, so that they must be told
/// apart there by name; a test compares the list with SQLite's file.
const RAW_TABLES: [&str; 9] = [
    "raw_batch",
    "raw_journal_head",
    "raw_block",
    "raw_window",
    "raw_chain",
    "quarantined_packet",
    "quarantine_count",
    "defect_count",
    "defect_sample",
];

/// Lists the tables of one SQLite file, each after those it refers to.
pub(crate) async fn list_sqlite(
    connection: &mut SqliteConnection,
    store: Store,
) -> Result<Vec<Table>, DatabaseError> {
    const COLUMNS: &str = "SELECT m.name, c.name, c.type FROM sqlite_schema m, \
         pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
         AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid";
    const REFERENCES: &str = "SELECT m.name, f.\"table\" FROM sqlite_schema m, \
         pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
    const NUMBERED: &str = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.pk = 1 AND m.sql LIKE '%AUTOINCREMENT%'";
    let columns: Vec<(String, String, String)> =
        sqlx::query_as(COLUMNS).fetch_all(&mut *connection).await?;
    let references: Vec<(String, String)> = sqlx::query_as(REFERENCES)
        .fetch_all(&mut *connection)
        .await?;
    let numbered: Vec<(String, String)> =
        sqlx::query_as(NUMBERED).fetch_all(&mut *connection).await?;
    collect(columns, &references, &numbered, |_table| store)
}

/// Lists the tables of a PostgreSQL database, each after those it refers to.
pub(crate) async fn list_postgres(
    connection: &mut PgConnection,
) -> Result<Vec<Table>, DatabaseError> {
    const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.data_type::text \
         FROM information_schema.columns c JOIN information_schema.tables t \
         ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
         WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' \
         AND c.table_name NOT LIKE '\\_%' ORDER BY c.table_name, c.ordinal_position";
    const REFERENCES: &str = "SELECT f.relname::text, t.relname::text FROM pg_constraint k \
         JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid \
         JOIN pg_namespace n ON n.oid = k.connamespace \
         WHERE k.contype = 'f' AND n.nspname = current_schema()";
    const NUMBERED: &str = "SELECT table_name::text, column_name::text \
         FROM information_schema.columns WHERE table_schema = current_schema() \
         AND is_identity = 'YES'";
    let columns: Vec<(String, String, String)> =
        sqlx::query_as(COLUMNS).fetch_all(&mut *connection).await?;
    let references: Vec<(String, String)> = sqlx::query_as(REFERENCES)
        .fetch_all(&mut *connection)
        .await?;
    let numbered: Vec<(String, String)> =
        sqlx::query_as(NUMBERED).fetch_all(&mut *connection).await?;
    collect(columns, &references, &numbered, |table| {
        if RAW_TABLES.contains(&table) {
            Store::Raw
        } else {
            Store::Main
        }
    })
}

fn collect(
    columns: Vec<(String, String, String)>,
    references: &[(String, String)],
    numbered: &[(String, String)],
    store: impl Fn(&str) -> Store,
) -> Result<Vec<Table>, DatabaseError> {
    let mut tables = BTreeMap::<String, Table>::new();
    for (table, column, declared) in columns {
        let column_type = match declared.to_ascii_lowercase().as_str() {
            "integer" | "bigint" => ColumnType::Integer,
            "boolean" => ColumnType::Boolean,
            "real" | "double precision" => ColumnType::Real,
            "text" => ColumnType::Text,
            "blob" | "bytea" => ColumnType::Bytes,
            "uuid" => ColumnType::Uuid,
            _ => {
                return Err(DatabaseError::UnknownColumn {
                    table,
                    column,
                    declared,
                });
            }
        };
        let entry = tables.entry(table.clone()).or_insert_with(|| Table {
            store: store(&table),
            numbered: numbered
                .iter()
                .find(|(of, _)| *of == table)
                .map(|(_, column)| column.clone()),
            name: table,
            columns: Vec::new(),
        });
        entry.columns.push(TableColumn {
            name: column,
            column_type,
        });
    }
    // the two databases may have them in different orders
    for table in tables.values_mut() {
        table
            .columns
            .sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(sort(tables, references))
}

/// Each table after those it refers to; a circle, of which there is none but of tables with
/// themselves, comes last in the order of names.
fn sort(mut tables: BTreeMap<String, Table>, references: &[(String, String)]) -> Vec<Table> {
    let mut sorted = Vec::with_capacity(tables.len());
    let mut done = BTreeSet::<String>::new();
    while !tables.is_empty() {
        let free: Vec<String> = tables
            .keys()
            .filter(|name| {
                references.iter().all(|(from, to)| {
                    from != *name || to == *name || done.contains(to) || !tables.contains_key(to)
                })
            })
            .cloned()
            .collect();
        let next = if free.is_empty() {
            tables.keys().cloned().collect()
        } else {
            free
        };
        for name in next {
            sorted.extend(tables.remove(&name));
            done.insert(name);
        }
    }
    sorted
}
