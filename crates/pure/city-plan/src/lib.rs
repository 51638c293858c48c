#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

pub mod assessment;
mod check;
mod due;
mod finding;
mod links;
mod model;
pub mod progress;
mod read;
mod schema;
mod skeleton;
mod text;

pub use check::{check_plan, check_sources};
pub use due::{Due, DueError};
pub use finding::{Finding, Language, Rule, Severity, Tally};
pub use links::Link;
pub use model::*;
pub use read::{Entry, Place, Plan, PlanSource, read_plan};
pub use schema::{json_schema, schema_document};
pub use skeleton::skeleton;
pub use text::{PlanText, Sentence, SentenceKind, TextRange};
