//! Scores by a plan's published rule: exact decimals, each rounding named, no data never zero.

mod clauses;
mod groups;
mod score;
mod way;
mod work;

pub use clauses::Clause;
pub use score::{
    EntryInput, EntryScore, Grounds, GroupScore, ScoreError, ScoreSheet, TotalScore, compute_scores,
};
pub use work::{PartScore, WorkInput, WorkKind, WorkScore};
