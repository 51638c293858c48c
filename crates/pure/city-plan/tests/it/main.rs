//! Plans as a whole: Hengyang's, a made-up one, wrong ones; and the arithmetic of progress.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod assessment;
mod documents;
mod hengyang;
mod made_up;
mod progress;
mod support;
mod wrong;
