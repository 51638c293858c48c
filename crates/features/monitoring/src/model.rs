//! The plain types of monitoring: packets, kinds of record.

use std::sync::Arc;

use beijing_time::Timestamp;
use bytes::Bytes;

/// A packet's id: batch id × 65,536 + its place in the batch. Ids grow in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PacketId(pub i64);

impl PacketId {
    /// Packets of one batch at the most.
    pub const MOST_IN_BATCH: usize = 65_536;

    /// The id of the packet at a place of a batch; `None` beyond the batch's most.
    pub fn new(batch_id: i64, place: usize) -> Option<Self> {
        if place >= Self::MOST_IN_BATCH {
            return None;
        }
        let place = i64::try_from(place).ok()?;
        batch_id.checked_mul(65_536)?.checked_add(place).map(Self)
    }

    /// What stands in the place of a packet for records of an import: they never came in one.
    pub(crate) const fn of_import(import_id: i64) -> Self {
        Self(-import_id)
    }

    /// The import that a record came with, if it came from no device.
    pub const fn import_id(self) -> Option<i64> {
        if self.0 < 0 { Some(-self.0) } else { None }
    }

    /// The batch it was committed with.
    pub const fn batch_id(self) -> i64 {
        self.0 >> 16
    }

    /// Its place in the batch.
    pub const fn place(self) -> usize {
        let [.., high, low] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low]) as usize
    }
}

impl std::fmt::Display for PacketId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How a packet came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketOrigin {
    /// From its device, as it was sent.
    Live,
    /// From the quarantine, after its device was registered: its values are history and raise no
    /// alarm as if they were measured now.
    Replayed,
}

impl PacketOrigin {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Replayed => 1,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Live),
            1 => Some(Self::Replayed),
            _ => None,
        }
    }
}

/// A packet of a known device on its way into the journal.
#[derive(Debug, Clone)]
pub struct ArrivedPacket {
    /// The whole frame as it came, from `##` to its end.
    pub bytes: Bytes,
    /// When it was read from the socket.
    pub received_at: Timestamp,
    /// The device it was found to be from.
    pub device_id: i64,
    /// How it came.
    pub origin: PacketOrigin,
    /// The sender's network address, one allocation for each connection.
    pub peer: Arc<str>,
    /// Given back with the commitment: the sender's own number of the packet.
    pub tag: u64,
    /// Who is told when the packet is durable, one allocation for each connection.
    pub sink: Arc<dyn CommitSink>,
}

/// Who waits for packets to become durable: a connection.
pub trait CommitSink: Send + Sync + std::fmt::Debug {
    /// Called once for each packet, in the order in which they were put into the journal, after
    /// the commit returned. Must not block: it runs on the journal's own task.
    fn committed(&self, tag: u64, packet_id: PacketId);
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

impl CommitSink for NoSink {
    fn committed(&self, _tag: u64, _packet_id: PacketId) {}
}

/// A packet as the journal or the vault keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPacket {
    /// Its id.
    pub id: PacketId,
    /// When it was read from the socket.
    pub received_at: Timestamp,
    /// The device it was found to be from.
    pub device_id: i64,
    /// How it came.
    pub origin: PacketOrigin,
    /// The sender's network address.
    pub peer: Arc<str>,
    /// The whole frame.
    pub bytes: Bytes,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// What sort of record a packet carries. The numbers are stored.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RecordKind { $($(#[$doc])* $name = $code,)* }

        impl RecordKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stored number.
            pub const fn code(self) -> i64 {
                self as i64
            }

            /// The kind of a stored number.
            pub const fn from_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// The name in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// Real-time values (实时数据, 2011).
    Realtime = 1, "realtime";
    /// Minute values (分钟数据, 2051).
    Minute = 2, "minute";
    /// Hour values (小时数据, 2061).
    Hour = 3, "hour";
    /// Day values (日数据, 2031).
    Day = 4, "day";
    /// States of treatment devices (2021).
    DeviceState = 5, "device_state";
    /// Running times of treatment devices in a day (2041).
    RunningTime = 6, "running_time";
    /// Automatic standard-sample checks and calibrations (2062).
    Check = 7, "check";
    /// Five-minute means of an incinerator's furnace temperature (2111).
    Furnace = 8, "furnace";
    /// Single noise measurements (2052).
    NoiseEvent = 9, "noise_event";
    /// Key production conditions (ST=45).
    Production = 10, "production";
    /// Electricity of production and treatment (ST=44).
    Electricity = 11, "electricity";
    /// Raw data of periodic analysers with sampling and completion time (2013).
    Periodic = 12, "periodic";
    /// Events, logs, instrument information, restarts and samples kept (2071, 2072, 2081, 3015,
    /// 3019, 3020, 3023).
    Event = 13, "event";
}

impl RecordKind {
    /// Whether `time` is the start of a period rather than a moment.
    pub const fn is_period(self) -> bool {
        matches!(
            self,
            Self::Minute | Self::Hour | Self::Day | Self::RunningTime | Self::Furnace
        )
    }
}
