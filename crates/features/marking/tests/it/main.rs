//! Markings, reviews and samples on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod files;
mod markings;
mod reviews;
mod samples;
mod world;
