//! What can go wrong with commands.

use access::Refusal;
use database::DatabaseError;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandsError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A parameter is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such command, or it lies outside the actor's region.
    #[error("there is no command {id}")]
    NotFound {
        /// Its id.
        id: uuid::Uuid,
    },
    /// The command has ended already.
    #[error("the command {id} has ended")]
    Ended {
        /// Its id.
        id: uuid::Uuid,
    },
    /// The same id was used for another command.
    #[error("the id {id} belongs to another command")]
    IdTaken {
        /// The id.
        id: uuid::Uuid,
    },
    /// The command was sent already and cannot be taken back.
    #[error("the command {id} was sent already")]
    SentAlready {
        /// Its id.
        id: uuid::Uuid,
    },
    /// There is no such device, or it lies outside the actor's region.
    #[error("there is no device {id}")]
    NoDevice {
        /// Its id.
        id: i64,
    },
    /// What belongs to sites and devices failed.
    #[error(transparent)]
    Sites(#[from] sites::SitesError),
    /// The secret could not be sealed or opened.
    #[error(transparent)]
    Sealing(#[from] sites::SealingError),
    /// What is kept cannot be read.
    #[error("a kept command cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<database::sqlx::Error> for CommandsError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
