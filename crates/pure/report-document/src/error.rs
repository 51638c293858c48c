//! What can go wrong while a document is made.

/// A document could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// There is no font for Chinese.
    #[error("no font with Chinese characters was found")]
    NoChineseFont,
    /// The typesetter refused.
    #[error("the report cannot be typeset: {reason}")]
    Typesetting {
        /// What it said.
        reason: String,
    },
    /// A drawing cannot be read back.
    #[error("a drawing cannot be turned into a picture: {reason}")]
    Drawing {
        /// What was said.
        reason: String,
    },
    /// A file could not be packed.
    #[error("the {kind} cannot be written: {reason}")]
    Writing {
        /// Which kind of file.
        kind: &'static str,
        /// What was said.
        reason: String,
    },
}
