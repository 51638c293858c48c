//! What can go wrong with a plan at work.

use access::Refusal;
use city_plan::progress::ReductionError;
use database::DatabaseError;
use uuid::Uuid;
use verdicts::VerdictsError;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The verdicts that measures are computed from.
    #[error(transparent)]
    Verdicts(#[from] VerdictsError),
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
    /// There is no such thing, or it lies outside the actor's region.
    #[error("there is no {what} {key}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which key.
        key: String,
    },
    /// The same id was used for another value.
    #[error("the id {id} belongs to another value")]
    IdTaken {
        /// The id.
        id: Uuid,
    },
    /// The value is not in a state that allows it.
    #[error("the value is {state}; {wanted}")]
    WrongState {
        /// Its state.
        state: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Who reported a value neither checks nor accepts it.
    #[error("who reported a value may not check or accept it")]
    SamePerson,
    /// With it the reduction account would contradict itself.
    #[error("the reduction account would not be right: {0}")]
    Account(#[from] ReductionError),
    /// A project whose reduction is to be counted is not built.
    #[error("the project {code} is not built yet")]
    NotBuilt {
        /// Its number.
        code: String,
    },
    /// A simulated value would take the place of a real one.
    #[error("a simulated value does not take the place of a real one")]
    RealStands,
    /// Somebody else changed it in the meantime.
    #[error("the value was changed by somebody else")]
    Stale,
    /// What is kept cannot be read.
    #[error("a kept value cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<database::sqlx::Error> for PlanError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
