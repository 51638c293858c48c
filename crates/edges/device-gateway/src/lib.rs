#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod acceptance;
mod answers;
mod budget;
mod connection;
mod dispatch;
mod events;
mod forwarder;
mod gateway;
mod housekeeping;
mod link;
mod listener;
mod session;
mod settings;

pub use answers::choose_answer;
pub use forwarder::{ForwarderParts, ForwarderSettings, run_forwarder};
pub use gateway::{Gateway, GatewayHandle, GatewayParts};
pub use settings::GatewaySettings;
