//! The arithmetic of progress: expected path, status, projection, reduction accounting, ranking.
//!
//! Statutory figures are exact decimals; the projection alone uses binary floating point, for it
//! is an estimate and says so.

mod path;
mod projection;
mod ranking;
mod reduction;
mod status;

pub use path::{ExpectedPath, PathError};
pub use projection::{Observation, Projection, project};
pub use ranking::{Direction, Ranked, rank};
pub use reduction::{
    Credit, Increment, ReductionAccount, ReductionBook, ReductionError, ReductionYear, account,
};
pub use status::{Margin, Status, StatusInput, YearShare, judge};
