//! Every SQL statement of this feature, one module for each kind of thing.

pub(crate) mod device;
pub(crate) mod map_layer;
pub(crate) mod organisation;
pub(crate) mod point;
pub(crate) mod point_detail;
pub(crate) mod region;
pub(crate) mod site;
pub(crate) mod snapshot;

pub(crate) use access::ScopeFilter;
use access::{Actor, AuditEntry, RegionCode};
use beijing_time::Timestamp;
pub(crate) use database::search_pattern as pattern;
use database::{Database, DatabaseError, Transaction, audit, on_database, on_transaction};

use crate::SitesError;
use crate::model::Position;

/// Writes the audit entry of a change and counts the transaction, so that every process reloads.
pub(crate) async fn record_change(
    transaction: &mut Transaction,
    at: Timestamp,
    entry: AuditEntry,
) -> Result<(), SitesError> {
    const COUNT: &str = "UPDATE sites_version SET version = version + 1 WHERE id = 1";
    if transaction.is_first("sites_version") {
        on_transaction!(transaction, |connection| {
            sqlx::query(COUNT).execute(connection).await?;
        });
    }
    audit::append(transaction, at, entry).await?;
    Ok(())
}

/// Writes the audit entry of an export; nothing changed.
pub(crate) async fn record_export(
    database: &Database,
    at: Timestamp,
    actor: &Actor,
    subject: &str,
) -> Result<(), SitesError> {
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(actor, "sites.export_sites", subject);
    audit::append(&mut transaction, at, entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// How many changes there were.
pub(crate) async fn load_version(database: &Database) -> Result<i64, SitesError> {
    const LOAD: &str = "SELECT version FROM sites_version WHERE id = 1";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(LOAD).fetch_one(pool).await?
    }))
}

/// Turns a violated unique constraint into a duplicate and a violated foreign key into a use.
pub(crate) fn explain(
    error: sqlx::Error,
    what: &'static str,
    key: impl FnOnce() -> String,
) -> SitesError {
    match &error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => {
            SitesError::Duplicate { what, key: key() }
        }
        sqlx::Error::Database(inner) if inner.is_foreign_key_violation() => SitesError::InUse {
            what,
            key: key(),
            needed_by: "kept data".to_owned(),
        },
        _ => SitesError::Database(DatabaseError::from(error)),
    }
}

pub(crate) fn position(longitude: Option<f64>, latitude: Option<f64>) -> Option<Position> {
    Some(Position {
        longitude: longitude?,
        latitude: latitude?,
    })
}

/// A word or code as kept in a column; anything else means the database is newer than we are.
pub(crate) fn read<T: std::str::FromStr>(
    column: &'static str,
    value: &str,
) -> Result<T, SitesError> {
    value.parse().map_err(|_unknown| SitesError::Unreadable {
        column,
        value: value.to_owned(),
    })
}

pub(crate) fn region_code(column: &'static str, value: &str) -> Result<RegionCode, SitesError> {
    read(column, value)
}
