//! Use cases of forwarding on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod passing;
mod progress;
mod targets;
mod world;
