//! Commands, their steps and the sessions of devices, as plain types.

use std::net::SocketAddr;

use beijing_time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::order::{Order, Secret};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// How far a command has come.
    CommandState {
        /// It waits for the device, or for another command to it.
        Queued = "queued";
        /// It was sent and not answered yet.
        Sent = "sent";
        /// The device has taken it (9011) and has not finished.
        Accepted = "accepted";
        /// The device has done it.
        Done = "done";
        /// The device refused it or failed.
        Failed = "failed";
        /// The device did not answer.
        TimedOut = "timed_out";
        /// It could not be sent in its time.
        Expired = "expired";
        /// It was taken back before it was sent.
        Cancelled = "cancelled";
    }
}

impl CommandState {
    /// Whether nothing more happens to it.
    pub const fn is_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Sent | Self::Accepted)
    }
}

words! {
    /// What happened to a command.
    StepKind {
        /// It was ordered.
        Ordered = "ordered";
        /// It was sent for the first time.
        Sent = "sent";
        /// It was sent again, for no answer came.
        Resent = "resent";
        /// 9011: the device takes it or refuses it.
        RequestAnswer = "request_answer";
        /// 9013.
        NoticeAnswer = "notice_answer";
        /// A packet of data.
        Data = "data";
        /// 9012: how it went.
        Result = "result";
        /// No answer came.
        TimedOut = "timed_out";
        /// It could not be sent in its time.
        Expired = "expired";
        /// It was taken back.
        Cancelled = "cancelled";
        /// The connection went before the end; the command waits for the device.
        Disconnected = "disconnected";
        /// The new password or key is in force here.
        SecretChanged = "secret_changed";
    }
}

/// A command to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its id, made by whoever ordered it.
    pub id: Uuid,
    /// To which device.
    pub device_id: i64,
    /// What.
    pub order: Order,
    /// Who ordered it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it is given up if it could not be sent.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub progress: Progress,
    /// Counts the writes, so that two writers do not undo each other.
    pub revision: i64,
}

/// A command as somebody orders it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommand {
    /// Its id, a UUID v7 made by whoever orders: ordering it twice makes one command.
    pub id: Uuid,
    /// To which device.
    pub device_id: i64,
    /// What.
    pub order: Order,
    /// The new password or key, where the order takes one.
    pub secret: Option<Secret>,
    /// Given up after so many seconds if it could not be sent; the setting if none.
    pub expires_after_s: Option<u32>,
}

/// How far a command has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its state.
    pub state: CommandState,
    /// The request number it was sent under.
    pub qn: Option<String>,
    /// How often it was sent.
    pub attempts: u32,
    /// When to send again or give up.
    pub due_at: Option<Timestamp>,
    /// `QnRtn` of 9011.
    pub request_result: Option<u16>,
    /// `ExeRtn` of 9012.
    pub execution_result: Option<u16>,
    /// Packets of data that came.
    pub data_packets: u32,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Progress {
    /// A command that waits to be sent.
    pub const fn queued() -> Self {
        Self {
            state: CommandState::Queued,
            qn: None,
            attempts: 0,
            due_at: None,
            request_result: None,
            execution_result: None,
            data_packets: 0,
            finished_at: None,
        }
    }
}

/// One thing that happened to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandStep {
    /// Its place, from 1.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: StepKind,
    /// The packet, with passwords and keys masked.
    pub packet: Option<String>,
    /// More in words.
    pub note: Option<String>,
}

/// A step that is not kept yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: StepKind,
    /// The packet, with passwords and keys masked.
    pub packet: Option<String>,
    /// More in words.
    pub note: Option<String>,
}

/// Which commands to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandFilter {
    /// Of one device.
    pub device_id: Option<i64>,
    /// In one state.
    pub state: Option<CommandState>,
    /// Of one kind, as the API names it.
    pub kind: Option<String>,
    /// Ordered by one actor.
    pub created_by: Option<String>,
    /// Older than this command.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// How long answers are waited for (HJ 212-2017, 6.7: over mobile networks 10 s and three
/// re-sends).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommandSettings {
    /// A request without 9011 is sent again after so long.
    pub over_time_s: u32,
    /// So often.
    pub resend_count: u32,
    /// After 9011, and after each packet of data, the next must come within so long.
    pub execution_timeout_s: u32,
    /// A command that cannot be sent is given up after so long, unless ordered otherwise.
    pub expires_after_s: u32,
}

impl Default for CommandSettings {
    fn default() -> Self {
        Self {
            over_time_s: 10,
            resend_count: 3,
            execution_timeout_s: 120,
            expires_after_s: 24 * 3600,
        }
    }
}

/// A device has shown its password on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionBegan {
    /// Which device.
    pub device_id: i64,
    /// On which connection.
    pub connection_id: i64,
    /// From where.
    pub peer: SocketAddr,
    /// When.
    pub at: Timestamp,
}

/// A device is heard no more on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnded {
    /// Which device.
    pub device_id: i64,
    /// On which connection.
    pub connection_id: i64,
    /// From where.
    pub peer: SocketAddr,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When its last packet came.
    pub last_packet_at: Timestamp,
    /// How many packets came.
    pub packets: u64,
    /// Why it ended.
    pub reason: &'static str,
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSession {
    /// On which connection.
    pub connection_id: i64,
    /// From where.
    pub peer: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When its last packet came, as last written down.
    pub last_packet_at: Timestamp,
    /// How many packets came, as last written down.
    pub packets: i64,
    /// Why it ended.
    pub end_reason: Option<String>,
}
