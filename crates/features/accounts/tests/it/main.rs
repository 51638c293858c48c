//! Accounts on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod demo;
mod external;
mod second_factor;
mod sessions;
mod tokens;
mod trail;
mod world;
