//! Every SQL statement of accounts.

pub(crate) mod account;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod token;

use std::collections::BTreeSet;

use access::Permission;
use beijing_time::Timestamp;

use crate::{AccountsError, parse_permission};

pub(crate) fn damaged(reason: impl Into<String>) -> AccountsError {
    AccountsError::Damaged {
        reason: reason.into(),
    }
}

/// A violated unique constraint is a duplicate.
pub(crate) fn explain(error: sqlx::Error, what: &'static str, key: &str) -> AccountsError {
    match &error {
        // SQLite names the columns, PostgreSQL the constraint after them
        sqlx::Error::Database(inner)
            if inner.is_unique_violation() && inner.message().contains("subject") =>
        {
            AccountsError::invalid(
                "subject",
                "taken",
                "another account is linked to this identity",
            )
        }
        sqlx::Error::Database(inner) if inner.is_unique_violation() => AccountsError::Duplicate {
            what,
            key: key.to_owned(),
        },
        _ => error.into(),
    }
}

pub(crate) fn instant(milliseconds: Option<i64>) -> Option<Timestamp> {
    milliseconds.map(Timestamp::from_epoch_ms)
}

/// Permissions as one text. A name that this program does not know any more is left out: it allows
/// nothing.
pub(crate) fn read_permissions(text: &str) -> BTreeSet<Permission> {
    text.split(',').filter_map(parse_permission).collect()
}

pub(crate) fn write_permissions(permissions: &BTreeSet<Permission>) -> String {
    let names: Vec<_> = permissions.iter().map(|one| one.as_str()).collect();
    names.join(",")
}
