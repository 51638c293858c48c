//! What can go wrong with tasks at work.

use access::Refusal;
use attachment::AttachmentError;
use database::DatabaseError;
use sites::SitesError;
use uuid::Uuid;

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TasksError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A region or a file of rows.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// A file of evidence that is not taken.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// A field is wrong.
    #[error("{field}: {en}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// There is no such thing, or it lies outside the actor's region.
    #[error("there is no {what} {key}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which key.
        key: String,
    },
    /// The same id was used for another report.
    #[error("the id {id} belongs to another report")]
    IdTaken {
        /// The id.
        id: Uuid,
    },
    /// The report was decided on already.
    #[error("the report is {state}; only one that waits can be checked or returned")]
    WrongState {
        /// Its state.
        state: &'static str,
    },
    /// Who reported does not check.
    #[error("who reported may not check the report")]
    SamePerson,
    /// A task goes up the line only.
    #[error("the task lies with the {level} already")]
    NotUp {
        /// Where it lies.
        level: &'static str,
    },
    /// Somebody else changed it in the meantime.
    #[error("it was changed by somebody else")]
    Stale,
    /// What is kept cannot be read.
    #[error("a kept {what} cannot be read: {reason}")]
    Damaged {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for TasksError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

pub(crate) fn invalid(
    field: &'static str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> TasksError {
    TasksError::Invalid {
        field,
        zh: zh.into(),
        en: en.into(),
    }
}

pub(crate) fn not_found(what: &'static str, key: impl core::fmt::Display) -> TasksError {
    TasksError::NotFound {
        what,
        key: key.to_string().chars().take(60).collect(),
    }
}

pub(crate) fn damaged(what: &'static str, reason: impl core::fmt::Display) -> TasksError {
    TasksError::Damaged {
        what,
        reason: reason.to_string(),
    }
}
