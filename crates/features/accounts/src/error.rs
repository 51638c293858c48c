//! What can go wrong with accounts.

use access::Refusal;
use beijing_time::Timestamp;
use database::DatabaseError;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which field.
    pub field: &'static str,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub reason: String,
}

/// A use case of this feature failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Fields are wrong.
    #[error("{}", .fields.iter().map(|field| field.reason.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// Each of them.
        fields: Vec<FieldError>,
    },
    /// There is no such thing, or it is not the actor's.
    #[error("there is no {what} {key}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// It was changed since the caller read it.
    #[error("{what} {key} was changed in the meantime")]
    Stale {
        /// The kind of thing.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// Something else has this name already.
    #[error("there is a {what} {key} already")]
    Duplicate {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        key: String,
    },
    /// Name or password is wrong, the account is off, or the code is wrong: not told which.
    #[error("the name, the password or the code is wrong")]
    WrongCredentials,
    /// The password was right; the second factor's code is needed too.
    #[error("the code of the second factor is needed")]
    SecondFactorNeeded,
    /// Too many failures under this name.
    #[error("too many failed attempts: try again after {until}")]
    Locked {
        /// When it ends.
        until: Timestamp,
    },
    /// The bureau's own sign-on knows somebody for whom no account is linked.
    #[error("no account is linked to `{subject}` of the sign-on")]
    NotLinked {
        /// The person there.
        subject: String,
    },
    /// The account is switched off, or no role follows from the person's groups.
    #[error("the sign-on's account may not come in here: {reason}")]
    NotAdmitted {
        /// Stable code.
        reason: &'static str,
    },
    /// The session or token is unknown, ended or too old.
    #[error("not signed in, or the session has ended")]
    NotSignedIn,
    /// The one-time link was used, is too old or not one of ours.
    #[error("this link was used already, is too old or not valid")]
    InvitationEnded,
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Sealing(#[from] sites::SealingError),
    /// Passwords could not be hashed.
    #[error("the password could not be hashed: {reason}")]
    Hashing {
        /// Why.
        reason: String,
    },
    /// What is kept cannot be read.
    #[error("a kept account cannot be read: {reason}")]
    Damaged {
        /// Why.
        reason: String,
    },
}

impl AccountsError {
    pub(crate) fn invalid(
        field: &'static str,
        code: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            fields: vec![FieldError {
                field,
                code,
                reason: reason.into(),
            }],
        }
    }

    pub(crate) fn not_found(what: &'static str, key: &(impl ToString + ?Sized)) -> Self {
        Self::NotFound {
            what,
            key: key.to_string(),
        }
    }
}

impl From<sqlx::Error> for AccountsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
