//! Everything worth telling, as types: a log line and a counter together.

use std::net::{IpAddr, SocketAddr};

use commands::{Counter, GatewayCounters};
use monitoring::QuarantineReason;

/// Something that happened.
pub(crate) trait Event {
    /// Counts and logs it.
    fn emit(self, counters: &GatewayCounters);
}

/// A connection was accepted.
pub(crate) struct ConnectionOpened {
    pub(crate) connection_id: i64,
    pub(crate) peer: SocketAddr,
}

impl Event for ConnectionOpened {
    fn emit(self, counters: &GatewayCounters) {
        counters.count(Counter::ConnectionsAccepted);
        tracing::debug!(connection.id = self.connection_id, peer = %self.peer, "connection {} from {} opened", self.connection_id, self.peer);
    }
}

/// A connection was turned away.
pub(crate) struct ConnectionRefused {
    pub(crate) address: IpAddr,
    pub(crate) is_by_address: bool,
}

impl Event for ConnectionRefused {
    fn emit(self, counters: &GatewayCounters) {
        let (counter, why) = if self.is_by_address {
            (
                Counter::ConnectionsRefusedAddress,
                "the address has too many",
            )
        } else {
            (Counter::ConnectionsRefusedTotal, "too many are open")
        };
        counters.count(counter);
        // A flood must not fill the log: each doubling is told.
        let count = counters.get(counter);
        if count.is_power_of_two() {
            tracing::warn!(address = %self.address, count, "connection from {} refused, {why} ({count} refused so far)", self.address);
        }
    }
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum EndReason {
    /// Not ended yet.
    Open = 0,
    /// The other end closed it.
    ClosedByPeer,
    /// Nothing came for too long.
    Idle,
    /// A packet was not finished in time.
    Slow,
    /// It does not take answers.
    NotReading,
    /// It held the most when memory ran short.
    CutForMemory,
    /// It does not speak HJ 212.
    NotSpeaking,
    /// It broke.
    Broken,
    /// The gateway stops.
    Stopped,
}

impl EndReason {
    pub(crate) fn from_number(number: u8) -> Self {
        [
            Self::Open,
            Self::ClosedByPeer,
            Self::Idle,
            Self::Slow,
            Self::NotReading,
            Self::CutForMemory,
            Self::NotSpeaking,
            Self::Broken,
            Self::Stopped,
        ]
        .get(usize::from(number))
        .copied()
        .unwrap_or(Self::Broken)
    }

    /// The stable name, as kept with a device's session.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ClosedByPeer => "closed_by_peer",
            Self::Idle => "idle",
            Self::Slow => "slow",
            Self::NotReading => "not_reading",
            Self::CutForMemory => "cut_for_memory",
            Self::NotSpeaking => "not_speaking",
            Self::Broken => "broken",
            Self::Stopped => "stopped",
        }
    }

    const fn counter(self) -> Option<Counter> {
        Some(match self {
            Self::Open | Self::Stopped => return None,
            Self::ClosedByPeer => Counter::ConnectionsClosedByPeer,
            Self::Idle => Counter::ConnectionsIdle,
            Self::Slow => Counter::ConnectionsSlow,
            Self::NotReading => Counter::ConnectionsNotReading,
            Self::CutForMemory => Counter::ConnectionsCutForMemory,
            Self::NotSpeaking => Counter::ConnectionsNotSpeaking,
            Self::Broken => Counter::ConnectionsBroken,
        })
    }
}

/// A connection ended.
pub(crate) struct ConnectionClosed {
    pub(crate) connection_id: i64,
    pub(crate) peer: SocketAddr,
    pub(crate) reason: EndReason,
    pub(crate) packets: u64,
}

impl Event for ConnectionClosed {
    fn emit(self, counters: &GatewayCounters) {
        if let Some(counter) = self.reason.counter() {
            counters.count(counter);
        }
        let reason = self.reason.name();
        match self.reason {
            EndReason::Slow
            | EndReason::NotReading
            | EndReason::CutForMemory
            | EndReason::NotSpeaking => {
                tracing::info!(connection.id = self.connection_id, peer = %self.peer, reason, packets = self.packets, "connection {} from {} was cut: {reason}", self.connection_id, self.peer);
            }
            _ => {
                tracing::debug!(connection.id = self.connection_id, peer = %self.peer, reason, packets = self.packets, "connection {} from {} ended: {reason}", self.connection_id, self.peer);
            }
        }
    }
}

/// Accepting failed.
pub(crate) struct AcceptFailed<'a> {
    pub(crate) error: &'a std::io::Error,
}

impl Event for AcceptFailed<'_> {
    fn emit(self, counters: &GatewayCounters) {
        counters.count(Counter::AcceptFailures);
        tracing::warn!(error = %self.error, "a connection could not be accepted: {}", self.error);
    }
}

/// A packet comes from an MN that is not registered or switched off, or has a wrong password.
pub(crate) struct TurnedAway<'a> {
    pub(crate) mn: &'a str,
    pub(crate) peer: SocketAddr,
    pub(crate) reason: QuarantineReason,
}

impl Event for TurnedAway<'_> {
    fn emit(self, counters: &GatewayCounters) {
        let counter = match self.reason {
            QuarantineReason::WrongPassword => Counter::PacketsWrongPassword,
            QuarantineReason::DeviceDisabled => Counter::PacketsDeviceDisabled,
            QuarantineReason::UnknownDevice | QuarantineReason::NoDevice => {
                Counter::PacketsUnknownDevice
            }
        };
        counters.count(counter);
        // A flood must not fill the log: each doubling is told.
        let count = counters.get(counter);
        if count.is_power_of_two() {
            let reason = self.reason.as_str();
            // What a stranger calls himself goes into the log escaped and cut short.
            let mn: String = self.mn.chars().take(64).collect();
            tracing::warn!(device.mn = ?mn, peer = %self.peer, reason, count, "a packet of {mn:?} from {} goes into quarantine: {reason} ({count} such packets so far)", self.peer);
        }
    }
}

/// Connections were closed because memory ran short.
pub(crate) struct MemoryShort {
    pub(crate) used: usize,
    pub(crate) limit: usize,
    pub(crate) cut: usize,
}

impl Event for MemoryShort {
    fn emit(self, _counters: &GatewayCounters) {
        tracing::warn!(
            used_bytes = self.used,
            limit_bytes = self.limit,
            connections.cut = self.cut,
            "buffers hold {} of {} bytes: {} connections with the most unfinished bytes are cut",
            self.used,
            self.limit,
            self.cut
        );
    }
}
