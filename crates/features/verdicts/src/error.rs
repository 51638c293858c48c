//! What can go wrong with verdicts.

use access::Refusal;
use database::DatabaseError;
use monitoring::MonitoringError;
use standards::StandardError;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictsError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The records.
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A standard's table is damaged, or its arithmetic left its range.
    #[error(transparent)]
    Standard(#[from] StandardError),
    /// A parameter is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such thing, or it lies outside the actor's region.
    #[error("no {what} {key}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which key.
        key: String,
    },
    /// Somebody else changed it in the meantime.
    #[error("the setting was changed by somebody else")]
    Stale,
    /// What is kept cannot be read.
    #[error("a kept verdict cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<database::sqlx::Error> for VerdictsError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<exact_decimal::DecimalError> for VerdictsError {
    fn from(error: exact_decimal::DecimalError) -> Self {
        Self::Standard(error.into())
    }
}

impl VerdictsError {
    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged {
            reason: reason.into(),
        }
    }

    pub(crate) fn no_point(point_id: i64) -> Self {
        Self::NotFound {
            what: "monitoring point",
            key: point_id.to_string(),
        }
    }
}
