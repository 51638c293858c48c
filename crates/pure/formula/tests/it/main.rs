//! The language of formulas: what it computes, what it refuses and that it is bounded.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod evaluation;
mod refusal;
