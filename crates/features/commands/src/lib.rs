//! Commands to devices, each followed from request to result, and who is connected.
//!
//! What can be ordered with the checks of its parameters ([`Order`]), how a command goes on
//! ([`rules`]), the use cases ([`send_command`], [`list_commands`], [`load_command`],
//! [`cancel_command`]), the dispatcher that sends commands and follows them ([`run_dispatcher`]),
//! and the live table of connections ([`LiveConnections`]).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )
)]

mod dispatcher;
mod error;
mod live;
mod model;
mod order;
pub mod rules;
mod service;
mod store;

pub use dispatcher::{CommandsHandle, DispatcherParts, run_dispatcher};
pub use error::CommandsError;
pub use live::{
    Connection, Counter, DeviceEvent, DevicePresence, DeviceSaying, GatewayCounters,
    LiveConnections, PresenceSnapshot, Traffic,
};
pub use model::{
    Command, CommandFilter, CommandSettings, CommandState, CommandStep, DeviceSession, NewCommand,
    NewStep, Progress, SessionBegan, SessionEnded, StepKind,
};
pub use order::{Calibration, Course, HistoryKind, Order, Secret};
pub use service::{
    PreparedCommand, cancel_command, insert_command, list_commands, load_command, prepare_command,
    send_command,
};
