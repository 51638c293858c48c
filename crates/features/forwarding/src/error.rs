//! What can go wrong with forwarding.

use access::Refusal;
use database::DatabaseError;

use crate::TargetId;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardingError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A field is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
        /// The same in Chinese.
        reason_zh: String,
    },
    /// There is no such target.
    #[error("there is no forwarding target {id}")]
    NoTarget {
        /// Its id.
        id: TargetId,
    },
    /// There is no such device, or it lies outside the actor's region.
    #[error("there is no device {id}")]
    NoDevice {
        /// Its id.
        id: i64,
    },
    /// It was changed since the caller read it.
    #[error(
        "the forwarding target {id} was changed in the meantime: revision {found}, not {expected}"
    )]
    Stale {
        /// Its id.
        id: TargetId,
        /// The revision the caller named.
        expected: i64,
        /// The revision it has.
        found: i64,
    },
    /// Another target has this name.
    #[error("there is a forwarding target named {name} already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Another device goes to the target under the same MN at the same time.
    #[error("the MN {mn} is used by another device there")]
    IdentifierTaken {
        /// The MN.
        mn: String,
    },
    /// Somebody else moved the checkpoint: two servers forward to one target.
    #[error("the checkpoint of target {id} was moved by somebody else")]
    CheckpointMoved {
        /// The target.
        id: TargetId,
    },
    /// What belongs to sites and devices failed.
    #[error(transparent)]
    Sites(#[from] sites::SitesError),
    /// What belongs to the journal failed.
    #[error(transparent)]
    Monitoring(#[from] monitoring::MonitoringError),
    /// What belongs to commands failed.
    #[error(transparent)]
    Commands(#[from] commands::CommandsError),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Sealing(#[from] sites::SealingError),
    /// What is kept cannot be read.
    #[error("a kept forwarding row cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<database::sqlx::Error> for ForwardingError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl ForwardingError {
    pub(crate) fn invalid(
        field: &'static str,
        reason: impl Into<String>,
        reason_zh: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
            reason_zh: reason_zh.into(),
        }
    }

    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged {
            reason: reason.into(),
        }
    }
}
