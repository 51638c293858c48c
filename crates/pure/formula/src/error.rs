//! What is wrong with a formula, and what went wrong in one evaluation.

use crate::InputUsed;

/// Why a formula was refused, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}; {hint}")]
pub struct FormulaError {
    /// The character of the formula at which the trouble starts, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

/// Why a good formula has no result for these inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct EvaluationError {
    /// What went wrong: division by zero, a number outside the exact range.
    pub problem: String,
    /// The measures read until then.
    pub inputs: Vec<InputUsed>,
}
