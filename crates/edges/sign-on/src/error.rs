//! Why somebody could not be signed on.

/// Why somebody could not be signed on. No variant holds a secret or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignOnError {
    /// A setting is of no use.
    #[error("sign_on.{setting}: {reason}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// The provider cannot be asked, or answers what no provider answers.
    #[error("the sign-on at {issuer} cannot be used: {reason}")]
    Unavailable {
        /// Which.
        issuer: String,
        /// Why.
        reason: String,
    },
    /// The provider says no, or the person did.
    #[error("the sign-on refused: {code}")]
    Refused {
        /// Its code (RFC 6749, 4.1.2.1).
        code: String,
    },
    /// What came back does not belong to what was begun, or is not to be believed.
    #[error("the answer of the sign-on is not to be believed: {reason}")]
    NotBelieved {
        /// Why.
        reason: String,
    },
}

impl SignOnError {
    pub(crate) fn not_believed(reason: &(impl ToString + ?Sized)) -> Self {
        Self::NotBelieved {
            reason: reason.to_string(),
        }
    }
}
