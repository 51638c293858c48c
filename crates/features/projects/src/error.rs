//! What can go wrong with the project pool.

use access::Refusal;
use database::DatabaseError;
use sites::SitesError;
use uuid::Uuid;

use crate::model::ProjectState;
use crate::rules::Condition;

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// Both sentences.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectsError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A site, a region or a file.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// A field is wrong.
    #[error("{field}: {}", words.en)]
    Invalid {
        /// Which.
        field: String,
        /// What is wrong with it.
        words: Words,
    },
    /// There is no such project, or it lies outside the actor's region.
    #[error("there is no project {key}")]
    NotFound {
        /// By which key.
        key: String,
    },
    /// The same id was used for another project.
    #[error("the id {id} belongs to another project")]
    IdTaken {
        /// The id.
        id: Uuid,
    },
    /// Another project has the number.
    #[error("there is a project {code} already")]
    CodeTaken {
        /// The number.
        code: String,
    },
    /// The project that the plan names is in the pool already.
    #[error("the plan's project {named} is in the pool already")]
    NamedTaken {
        /// The plan's project.
        named: String,
    },
    /// The life cycle knows no such step.
    #[error("a project does not go from {} to {}", from.as_str(), to.as_str())]
    NoSuchPassage {
        /// Where it is.
        from: ProjectState,
        /// Where it was to go.
        to: ProjectState,
    },
    /// Conditions of a step are not met.
    #[error("{} condition(s) of the step are not met", unmet.len())]
    ConditionsUnmet {
        /// Each with what is missing.
        unmet: Vec<(Condition, Words)>,
    },
    /// Somebody else changed it in the meantime.
    #[error("the project was changed by somebody else")]
    Stale,
    /// What is kept cannot be read.
    #[error("a kept project cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for ProjectsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

pub(crate) fn invalid(
    field: impl Into<String>,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> ProjectsError {
    ProjectsError::Invalid {
        field: field.into(),
        words: Words::new(zh, en),
    }
}

pub(crate) fn damaged(reason: impl core::fmt::Display) -> ProjectsError {
    ProjectsError::Damaged {
        reason: reason.to_string(),
    }
}
