#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

mod check;
mod error;
mod evaluate;
mod exact;
mod functions;
mod source;

pub use check::{Formula, FormulaKind};
pub use error::{EvaluationError, FormulaError};
pub use evaluate::{Evaluation, InputUsed, MeasureValue, Measures, Outcome};
