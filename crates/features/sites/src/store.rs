//! Every SQL statement of this feature, one module for each kind of thing.

pub(crate) mod device;
pub(crate) mod map_layer;
pub(crate) mod organisation;
pub(crate) mod point;
pub(crate) mod point_detail;
pub(crate) mod region;
pub(crate) mod site;
pub(crate) mod snapshot;

use access::{Actor, AuditEntry, RegionCode, Scope};
use beijing_time::Timestamp;
use database::{Database, DatabaseError, Transaction, audit, on_database, on_transaction};

use crate::SitesError;
use crate::model::Position;

/// The part of the city a list is held to, as bound to a statement.
pub(crate) struct ScopeFilter {
    /// What a region code must begin with.
    pub(crate) prefix: String,
    /// `,1,7,` for sites 1 and 7 only; empty for no such limit.
    pub(crate) sites: String,
}

impl ScopeFilter {
    pub(crate) fn of(scope: &Scope) -> Self {
        let sites = scope.site_ids().map_or_else(String::new, |sites| {
            sites
                .iter()
                .fold(",".to_owned(), |list, site| format!("{list}{site},"))
        });
        Self {
            prefix: scope.region_prefix().to_owned(),
            sites,
        }
    }
}

/// A search text as a pattern of `LIKE … ESCAPE '\'` on lower-cased columns.
pub(crate) fn pattern(search: Option<&str>) -> Option<String> {
    let search = search?.trim().to_lowercase();
    if search.is_empty() {
        return None;
    }
    let mut pattern = "%".to_owned();
    for character in search.chars().take(100) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Some(pattern)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_text_cannot_smuggle_in_a_wildcard() {
        assert_eq!(
            pattern(Some(" 50%_A\\ ")).as_deref(),
            Some("%50\\%\\_a\\\\%")
        );
        assert_eq!(pattern(Some("  ")), None);
        assert_eq!(pattern(None), None);
    }

    #[test]
    fn an_actor_of_no_sites_sees_none() {
        assert_eq!(ScopeFilter::of(&Scope::Sites([].into())).sites, ",");
        assert_eq!(ScopeFilter::of(&Scope::Sites([1, 7].into())).sites, ",1,7,");
        assert_eq!(ScopeFilter::of(&Scope::Everything).sites, "");
    }
}
