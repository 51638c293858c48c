//! The web server over real sockets, with real clients.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod certificates;
mod handshakes;
mod proxies;
mod stop;
mod tls;
mod world;
