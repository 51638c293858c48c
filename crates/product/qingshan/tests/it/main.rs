//! The built program from the outside: its commands, real sockets, a simulated city.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod air;
mod backup;
mod config;
mod device;
mod evaluate;
mod hj212;
mod installation;
mod life;
mod outage;
mod program;
mod records;
mod refusals;
mod relocation;
mod retention;
mod tls;
mod verdicts;
