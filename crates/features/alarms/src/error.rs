//! What can go wrong with alarms.

use access::Refusal;
use database::DatabaseError;

use crate::rules::RuleProblem;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlarmError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The journal.
    #[error(transparent)]
    Monitoring(#[from] monitoring::MonitoringError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing, or it lies outside the actor's region.
    #[error("there is no {what} {key}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// The state does not allow it.
    #[error("{detail}")]
    Conflict {
        /// Why.
        detail: String,
    },
    /// A rule makes no sense.
    #[error("the rule cannot be kept: {} problem(s)", problems.len())]
    BadRule {
        /// Everything that is wrong with it.
        problems: Vec<RuleProblem>,
    },
    /// A field of the request is wrong.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// What is kept cannot be read.
    #[error("`{column}` holds `{value}`, which is unknown")]
    Unreadable {
        /// The column.
        column: &'static str,
        /// Its content, at most the first 80 characters.
        value: String,
    },
    /// A workbook could not be written.
    #[error("workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl From<sqlx::Error> for AlarmError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl AlarmError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers make the key for this one call"
    )]
    pub(crate) fn not_found(what: &'static str, key: impl ToString) -> Self {
        Self::NotFound {
            what,
            key: key.to_string(),
        }
    }

    pub(crate) fn unreadable(column: &'static str, value: &str) -> Self {
        Self::Unreadable {
            column,
            value: value.chars().take(80).collect(),
        }
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict {
            detail: detail.into(),
        }
    }

    pub(crate) fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            detail: detail.into(),
        }
    }
}
