//! Verdicts on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod air;
mod order;
mod simulation;
mod sources;
mod water;
mod world;
