//! Commands to devices, each followed from request to result, and who is connected.
//!
//! Present so far: what can be ordered with the checks of its parameters ([`Order`]), how a command
//! goes on ([`rules`]), and the live table of connections ([`LiveConnections`]). Nothing is stored
//! or sent yet.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod error;
mod live;
mod model;
mod order;
pub mod rules;

pub use error::CommandsError;
pub use live::{
    Connection, Counter, DeviceEvent, DevicePresence, DeviceSaying, GatewayCounters,
    LiveConnections, PresenceSnapshot, Traffic,
};
pub use model::{
    Command, CommandFilter, CommandSettings, CommandState, CommandStep, DeviceSession, NewStep,
    Progress, SessionBegan, SessionEnded, StepKind,
};
pub use order::{Calibration, Course, HistoryKind, Order, Secret};
