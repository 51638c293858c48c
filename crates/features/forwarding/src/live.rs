//! Each target as it is now: kept by the senders, shown to whoever asks. Nothing here is durable.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use beijing_time::Timestamp;
use tokio::sync::Notify;

use crate::TargetId;

/// Whether there is a connection to a superior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It is being made.
    Connecting,
    /// It stands.
    Connected,
    /// It failed and is tried again later.
    Waiting,
}

impl LinkState {
    /// The stable name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Waiting => "waiting",
        }
    }
}

/// What went wrong with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetTrouble {
    /// No connection could be made.
    CannotConnect,
    /// The superior closed the connection.
    ClosedBySuperior,
    /// The connection broke.
    Broken,
    /// The superior acknowledges nothing.
    NotAcknowledging,
    /// What the superior sends is not HJ 212.
    NotSpeaking,
    /// The superior does not answer heartbeats.
    NoHeartbeat,
    /// The superior does not take what is sent to it.
    NotReading,
    /// The journal or the database cannot be used.
    Storage,
}

impl TargetTrouble {
    /// The stable name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CannotConnect => "cannot_connect",
            Self::ClosedBySuperior => "closed_by_superior",
            Self::Broken => "broken",
            Self::NotAcknowledging => "not_acknowledging",
            Self::NotSpeaking => "not_speaking",
            Self::NoHeartbeat => "no_heartbeat",
            Self::NotReading => "not_reading",
            Self::Storage => "storage",
        }
    }
}

/// The last thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// When.
    pub at: Timestamp,
    /// What.
    pub trouble: TargetTrouble,
    /// What the system said.
    pub detail: String,
}

/// A target as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetReport {
    /// Its name.
    pub name: String,
    /// Whether it is connected.
    pub state: LinkState,
    /// Since when.
    pub connected_since: Option<Timestamp>,
    /// The superior's address as it was resolved.
    pub peer: Option<String>,
    /// When the next attempt is made.
    pub retry_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<LastError>,
    /// Packets read from the journal that are to go out.
    pub waiting_packets: u64,
    /// Packets of the journal that were not looked at yet; not all of them need go out.
    pub unread_packets: u64,
    /// When the oldest packet that is not delivered was received; none when nothing is behind.
    pub oldest_received_at: Option<Timestamp>,
    /// Packets that wait for their acknowledgement.
    pub in_flight: u64,
    /// Packets delivered since the start.
    pub delivered: u64,
    /// When the last one was.
    pub last_delivered_at: Option<Timestamp>,
}

impl TargetReport {
    /// A target that begins to connect.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state: LinkState::Connecting,
            connected_since: None,
            peer: None,
            retry_at: None,
            last_error: None,
            waiting_packets: 0,
            unread_packets: 0,
            oldest_received_at: None,
            in_flight: 0,
            delivered: 0,
            last_delivered_at: None,
        }
    }

    /// Packets behind: those that wait and those that were not looked at.
    pub fn packets_behind(&self) -> u64 {
        self.waiting_packets.saturating_add(self.unread_packets)
    }

    /// How long ago the oldest packet that is not delivered was received; 0 when nothing is behind.
    pub fn lag_ms(&self, now: Timestamp) -> i64 {
        self.oldest_received_at
            .map_or(0, |oldest| now.ms_since(oldest).max(0))
    }
}

/// Shared by the senders, the API and the watch over the platform. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct ForwardingHandle {
    reports: Arc<RwLock<BTreeMap<TargetId, TargetReport>>>,
    changed: Arc<Notify>,
}

impl ForwardingHandle {
    /// Nothing is forwarded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the senders that targets have changed.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Waits until somebody has changed targets.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// A target as it is now; none when nothing goes there at present.
    pub fn find(&self, id: TargetId) -> Option<TargetReport> {
        self.reports
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    /// All targets that packets go to at present.
    pub fn list(&self) -> Vec<(TargetId, TargetReport)> {
        self.reports
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|(id, report)| (*id, report.clone()))
            .collect()
    }

    /// Changes a target's report, beginning it when it is not there.
    pub fn report(&self, id: TargetId, name: &str, change: impl FnOnce(&mut TargetReport)) {
        let mut reports = self.reports.write().unwrap_or_else(PoisonError::into_inner);
        let report = reports.entry(id).or_insert_with(|| TargetReport::new(name));
        change(report);
    }

    /// Nothing goes to a target any more.
    pub fn forget(&self, id: TargetId) {
        self.reports
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }
}
