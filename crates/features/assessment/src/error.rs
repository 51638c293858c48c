//! What can go wrong with assessments.

use access::Refusal;
use city_plan::assessment::ScoreError;
use city_plan::progress::PathError;
use database::DatabaseError;
use plan::PlanError;
use projects::ProjectsError;
use report_document::DocumentError;
use tasks::TasksError;
use uuid::Uuid;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssessmentError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The tasks.
    #[error(transparent)]
    Tasks(#[from] TasksError),
    /// The project pool.
    #[error(transparent)]
    Projects(#[from] ProjectsError),
    /// A score.
    #[error("a score cannot be computed: {0}")]
    Score(#[from] ScoreError),
    /// A path.
    #[error("an expected path cannot be computed: {0}")]
    Path(#[from] PathError),
    /// A document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A parameter is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such assessment.
    #[error("there is no assessment {id}")]
    NotFound {
        /// Its id.
        id: Uuid,
    },
    /// The same id was used for another assessment.
    #[error("the id {id} belongs to another assessment")]
    IdTaken {
        /// The id.
        id: Uuid,
    },
    /// The plan has no rule to assess by.
    #[error("the plan has no [assessment] rule; write one into its folder")]
    NoRule,
    /// The assessment is not in a state that allows it.
    #[error("the assessment is {state}; {wanted}")]
    WrongState {
        /// Its state.
        state: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Who took the figures neither reviews nor publishes them.
    #[error("who took the figures may not review or publish them")]
    SamePerson,
    /// Somebody else changed it in the meantime.
    #[error("the assessment was changed by somebody else")]
    Stale,
    /// The signing key cannot be made or opened.
    #[error("the signing key cannot be used: {reason}")]
    Key {
        /// Why.
        reason: String,
    },
    /// What is kept cannot be read.
    #[error("a kept assessment cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<database::sqlx::Error> for AssessmentError {
    fn from(error: database::sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<exact_decimal::DecimalError> for AssessmentError {
    fn from(error: exact_decimal::DecimalError) -> Self {
        Self::Score(ScoreError::Number(error))
    }
}
