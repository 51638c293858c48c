//! Assessments from draft to published and verified, and the documents made of them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod course;
mod documents;
mod signed;
mod works;
mod world;
