//! Use cases of alarms on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod duty;
mod keeping;
mod parts;
mod world;
