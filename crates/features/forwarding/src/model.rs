//! Targets, their devices and what could not be delivered, as plain types.

use std::fmt;

use beijing_time::Timestamp;
use monitoring::PacketId;
use sites::{DevicePassword, SecretChange};

/// A target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub i64);

impl fmt::Display for TargetId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// In which form packets go out.
    Encoding {
        /// The bytes as received.
        Original = "original";
        /// With the MN and password of the device map, and the checksum made anew.
        ReEncoded = "re_encoded";
    }
}

words! {
    /// Why a packet was passed over.
    FailureReason {
        /// The superior acknowledged others and not this one.
        NotAcknowledged = "not_acknowledged";
        /// The superior refused it; the detail is its `QnRtn`.
        RefusedBySuperior = "refused";
        /// It could not be written under the MN and password of the map.
        NotEncodable = "not_encodable";
        /// Its device was passed over for being unacknowledged several times in a row; sent again
        /// by itself when the superior takes a packet of this device.
        DeviceUnanswered = "device_unanswered";
        /// It is no longer kept.
        Gone = "gone";
    }
}

words! {
    /// What is to become of a packet that was passed over.
    FailureState {
        /// It waits for somebody to decide.
        Failed = "failed";
        /// It will be sent again.
        Queued = "queued";
    }
}

/// A superior platform as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Identifier.
    pub id: TargetId,
    /// Counts the changes of the target and its device map.
    pub revision: i64,
    /// What can be changed.
    pub details: TargetDetails,
    /// How far it has come.
    pub progress: TargetProgress,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What can be changed of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings of one superior"
)]
pub struct TargetDetails {
    /// Name for people, unique.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether packets go there at present. The queue stays while they do not.
    pub is_enabled: bool,
    /// In which form packets go out.
    pub encoding: Encoding,
    /// Whether a packet is delivered only when the superior has acknowledged it.
    pub waits_for_acknowledgement: bool,
    /// How long an acknowledgement is waited for, seconds.
    pub acknowledgement_timeout_s: u32,
    /// How often a packet is sent again before it is passed over.
    pub resends: u32,
    /// Which CN go out; none for all uploads of data.
    pub commands: Vec<String>,
    /// Whether devices without a row in the map go out too.
    pub forwards_all_devices: bool,
    /// Whether the superior's requests are passed down to devices.
    pub passes_commands_down: bool,
    /// Which CN the superior may send; none for all that can be passed.
    pub allowed_commands: Vec<String>,
    /// A heartbeat (9015 of HJ 212-2025) goes out when nothing else did for so long; 0 for none.
    pub heartbeat_interval_s: u32,
}

/// How far a target has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetProgress {
    /// Everything up to this packet is done.
    pub done: PacketId,
    /// When that packet was received.
    pub done_received_at: Option<Timestamp>,
    /// Packets delivered.
    pub sent: i64,
    /// Packets passed over and not delivered since.
    pub given_up: i64,
}

/// Where a new target begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// With what comes from now on.
    Now,
    /// With the first packet that is kept.
    Beginning,
}

/// A target as somebody makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// Its settings.
    pub details: TargetDetails,
    /// Where it begins.
    pub start_at: StartAt,
}

/// What a change does to the password under which a device is known to a superior.
pub type PasswordChange = SecretChange<DevicePassword>;

/// What can be changed of a device in a target's map, its password apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MappingDetails {
    /// The MN the superior knows it by; none for its own.
    pub superior_mn: Option<String>,
    /// Whether it goes out.
    pub is_enabled: bool,
}

/// A device and what becomes of it at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceMapping {
    /// Which device.
    pub device_id: i64,
    /// Its own MN.
    pub mn: String,
    /// Its name.
    pub name: String,
    /// Whether it is a device of the simulation.
    pub is_simulated: bool,
    /// Its row in the map; none when it is treated as the target treats all.
    pub mapping: Option<MappingDetails>,
    /// Whether a password of its own is kept for this superior.
    pub has_password: bool,
    /// Whether its packets go out, by its row or by the target.
    pub is_forwarded: bool,
}

/// A packet that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which packet.
    pub packet_id: PacketId,
    /// Of which device.
    pub device_id: i64,
    /// When it was given up last.
    pub at: Timestamp,
    /// Why.
    pub reason: FailureReason,
    /// More, such as the superior's result code.
    pub detail: String,
    /// How often it was given up.
    pub attempts: i64,
    /// What is to become of it.
    pub state: FailureState,
}

/// Which failures to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailureFilter {
    /// Of one device.
    pub device_id: Option<i64>,
    /// Older than this packet.
    pub after: Option<PacketId>,
    /// At most so many.
    pub limit: u32,
}

/// What became of packets since it was asked last, to be written down in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Packets of the journal that were delivered.
    pub delivered: u64,
    /// Packets that were passed over.
    pub failures: Vec<Failure>,
    /// Packets passed over earlier and delivered now.
    pub redelivered: Vec<PacketId>,
    /// Devices that the superior takes again.
    pub revived: Vec<i64>,
}

impl Delivery {
    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.delivered == 0
            && self.failures.is_empty()
            && self.redelivered.is_empty()
            && self.revived.is_empty()
    }
}
