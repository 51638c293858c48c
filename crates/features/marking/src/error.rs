//! What can go wrong with markings and samples.

use access::Refusal;
use attachment::AttachmentError;
use beijing_time::Timestamp;
use database::DatabaseError;
use monitoring::MonitoringError;
use standards::StandardError;
use uuid::Uuid;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkingError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The layers of values.
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// The rules and their parameters.
    #[error(transparent)]
    Standard(#[from] StandardError),
    /// A file of samples that cannot be read.
    #[error(transparent)]
    File(#[from] sites::SitesError),
    /// A parameter is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such thing, or it lies outside the actor's part of the city.
    #[error("there is no {what} {key}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which key.
        key: String,
    },
    /// The same id was used for something else.
    #[error("the id {id} belongs to another one")]
    IdTaken {
        /// The id.
        id: Uuid,
    },
    /// The marking is not in a state that allows it.
    #[error("the marking is {state}; {wanted}")]
    WrongState {
        /// Its state.
        state: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Who marks does not review.
    #[error("who made a marking may not review it")]
    SamePerson,
    /// Somebody else was first.
    #[error("{by} was first: the marking is {state} since {at}")]
    Stale {
        /// Its state now.
        state: &'static str,
        /// Who changed it.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The last day for late markings is over.
    #[error("markings of this time were taken until {until}")]
    TooLate {
        /// The last instant.
        until: Timestamp,
    },
    /// More bytes than are taken.
    #[error("the file has more than {most} bytes")]
    TooLarge {
        /// The most.
        most: usize,
    },
    /// Neither a photograph nor a document that browsers show.
    #[error("the file is neither JPEG, PNG nor PDF by its content")]
    UnknownFile,
    /// There is a sample of this point, factor and time already.
    #[error("there is a sample of {factor_code} at {at} already")]
    SampleTaken {
        /// The factor.
        factor_code: String,
        /// When it was taken.
        at: Timestamp,
    },
    /// What is kept cannot be read.
    #[error("a kept {what} cannot be read: {reason}")]
    Damaged {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl From<AttachmentError> for MarkingError {
    fn from(error: AttachmentError) -> Self {
        match error {
            AttachmentError::TooLarge { most } => Self::TooLarge { most },
            AttachmentError::UnknownFile => Self::UnknownFile,
            other => invalid("name", other.to_string()),
        }
    }
}

impl From<sqlx::Error> for MarkingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> MarkingError {
    MarkingError::Invalid {
        field,
        reason: reason.into(),
    }
}

pub(crate) fn not_found(what: &'static str, key: impl std::fmt::Display) -> MarkingError {
    MarkingError::NotFound {
        what,
        key: key.to_string(),
    }
}

pub(crate) fn damaged(what: &'static str, reason: impl std::fmt::Display) -> MarkingError {
    MarkingError::Damaged {
        what,
        reason: reason.to_string(),
    }
}
