//! The client against a provider of the tests: what it believes and what it does not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod flow;
mod lies;
mod provider;
