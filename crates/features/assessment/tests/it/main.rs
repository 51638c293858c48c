//! Assessments from draft to published and verified, and the documents made of them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod course;
mod documents;
mod signed;
mod world;
