//! The built program from the outside: its commands, real sockets, a simulated city.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod config;
mod device;
mod evaluate;
mod hj212;
mod life;
mod outage;
mod program;
mod refusals;
