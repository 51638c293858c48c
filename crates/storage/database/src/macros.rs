//! One body for both databases: each macro expands it once for either kind of connection.

/// Runs a read on the main store; `|pool|` is bound to a `&SqlitePool` or a `&PgPool`.
#[macro_export]
macro_rules! on_database {
    ($database:expr, |$pool:ident| $body:expr) => {
        match $database.main() {
            $crate::Pool::Sqlite { reader: $pool, .. } => $body,
            $crate::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs a read on the raw store.
#[macro_export]
macro_rules! on_raw_database {
    ($database:expr, |$pool:ident| $body:expr) => {
        match $database.raw() {
            $crate::Pool::Sqlite { reader: $pool, .. } => $body,
            $crate::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs a statement in a [`Transaction`](crate::Transaction); `|connection|` is bound to a
/// `&mut SqliteConnection` or a `&mut PgConnection`.
#[macro_export]
macro_rules! on_transaction {
    ($transaction:expr, |$connection:ident| $body:expr) => {
        match $transaction.open_mut() {
            $crate::OpenTransaction::Sqlite(inner) => {
                let $connection = &mut **inner;
                $body
            }
            $crate::OpenTransaction::Postgres(inner) => {
                let $connection = &mut **inner;
                $body
            }
        }
    };
}
