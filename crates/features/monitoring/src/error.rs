//! What can go wrong with packets and records.

use access::Refusal;
use database::DatabaseError;

/// A failure of monitoring.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitoringError {
    /// The database refused or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A point that does not exist, or is outside the actor's scope.
    #[error("no monitoring point {point_id}")]
    NoSuchPoint {
        /// The id asked for.
        point_id: i64,
    },
    /// A packet that does not exist.
    #[error("no packet {packet_id}")]
    NoSuchPacket {
        /// The id asked for.
        packet_id: i64,
    },
    /// Nothing in the quarantine under that number.
    #[error("nothing in the quarantine under {id}")]
    NotInQuarantine {
        /// The id asked for.
        id: i64,
    },
    /// A mark to which a review refers does not exist.
    #[error("no mark {mark_id}")]
    NoSuchMark {
        /// The id asked for.
        mark_id: i64,
    },
    /// No such gap, or it lies outside the actor's scope.
    #[error("no gap {id}")]
    NoSuchGap {
        /// The id asked for.
        id: uuid::Uuid,
    },
    /// A gap that is filled or excused is not asked for again.
    #[error("gap {id} has ended: nothing is missing")]
    GapEnded {
        /// The id asked for.
        id: uuid::Uuid,
    },
    /// Somebody else has changed how long records of a kind are kept.
    #[error("the retention of {} records was changed in between", kind.as_str())]
    StaleRetention {
        /// The kind.
        kind: crate::RecordKind,
    },
    /// What is stored cannot be read back: the store is damaged.
    #[error("stored {what} is damaged: {detail}")]
    Damaged {
        /// What is damaged.
        what: &'static str,
        /// How.
        detail: String,
    },
    /// A request that makes no sense.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// Why not.
        detail: String,
    },
    /// The journal has been closed.
    #[error("the journal is closed")]
    JournalClosed,
}

impl From<database::sqlx::Error> for MonitoringError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(DatabaseError::from(error))
    }
}

impl MonitoringError {
    pub(crate) fn damaged(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Damaged {
            what,
            detail: detail.to_string(),
        }
    }
}
