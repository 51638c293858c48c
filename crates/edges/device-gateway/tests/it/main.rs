//! The gateway on real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod acknowledgement;
mod client;
mod dispatch;
mod forwarding;
mod limits;
mod outage;
mod refusal;
mod replay;
mod stop;
mod strangers;
mod streams;
mod superior;
mod world;
