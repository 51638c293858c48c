//! The gateway on real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod acknowledgement;
mod client;
mod commands;
mod dispatch;
mod forwarding;
mod gaps;
mod limits;
mod logger;
mod outage;
mod quirks;
mod refusal;
mod replay;
mod station;
mod stop;
mod strangers;
mod streams;
mod superior;
mod world;
