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
