//! One device in the live table.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use beijing_time::Timestamp;
use sites::DevicePassword;

use super::Connection;

/// A device heard since the start: its connections, and what its packets tell.
#[derive(Debug)]
pub struct DevicePresence {
    /// Which device.
    pub device_id: i64,
    /// Oldest first; the last gets commands.
    links: Mutex<Vec<Link>>,
    last_packet_ms: AtomicI64,
    clock_skew_ms: AtomicI64,
    packets: AtomicU64,
    online_since_ms: AtomicI64,
    /// Whether a command waits for what the device says.
    is_expecting: AtomicBool,
    /// The password that it is being given, accepted beside its own.
    pending_password: Mutex<Option<DevicePassword>>,
}

#[derive(Debug)]
struct Link {
    connection: Arc<dyn Connection>,
}

/// A device as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceSnapshot {
    /// Which device.
    pub device_id: i64,
    /// Whether it has an open connection.
    pub is_online: bool,
    /// Since when, without a break.
    pub online_since: Option<Timestamp>,
    /// The other end of the connection that gets commands.
    pub peer: Option<SocketAddr>,
    /// The number of that connection.
    pub connection_id: Option<i64>,
    /// How many connections speak for this device; more than one is worth a look.
    pub connections: usize,
    /// When its last packet came.
    pub last_packet_at: Option<Timestamp>,
    /// By how much its clock is ahead (behind when negative), from the last QN that could be read.
    pub clock_skew_ms: Option<i64>,
    /// Packets since the start.
    pub packets: u64,
}

const UNKNOWN: i64 = i64::MIN;

impl DevicePresence {
    pub(super) fn new(device_id: i64) -> Self {
        Self {
            device_id,
            links: Mutex::default(),
            last_packet_ms: AtomicI64::new(UNKNOWN),
            clock_skew_ms: AtomicI64::new(UNKNOWN),
            packets: AtomicU64::new(0),
            online_since_ms: AtomicI64::new(UNKNOWN),
            is_expecting: AtomicBool::new(false),
            pending_password: Mutex::default(),
        }
    }

    /// `true` when this is its first connection.
    pub(super) fn link(&self, connection: Arc<dyn Connection>, at: Timestamp) -> bool {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = links.is_empty();
        if is_first {
            self.online_since_ms.store(at.epoch_ms(), Ordering::Relaxed);
        }
        if !links
            .iter()
            .any(|link| link.connection.id() == connection.id())
        {
            links.push(Link { connection });
        }
        is_first
    }

    /// `true` when it was the last connection.
    pub(super) fn unlink(&self, connection_id: i64) -> bool {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let before = links.len();
        links.retain(|link| link.connection.id() != connection_id);
        let is_last = before > 0 && links.is_empty();
        if is_last {
            self.online_since_ms.store(UNKNOWN, Ordering::Relaxed);
            links.shrink_to_fit();
        }
        is_last
    }

    /// Notes a packet and, when it told the device's time, by how much its clock is ahead.
    pub fn note_packet(&self, at: Timestamp, skew_ms: Option<i64>) {
        self.last_packet_ms.store(at.epoch_ms(), Ordering::Relaxed);
        self.packets.fetch_add(1, Ordering::Relaxed);
        if let Some(skew) = skew_ms {
            self.clock_skew_ms.store(skew, Ordering::Relaxed);
        }
    }

    /// The connection that gets commands: the one on which the device showed its password last.
    pub fn newest(&self) -> Option<Arc<dyn Connection>> {
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .map(|link| Arc::clone(&link.connection))
    }

    /// Whether it has an open connection.
    pub fn is_online(&self) -> bool {
        !self
            .links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Whether a command waits for what the device says.
    pub fn is_expecting(&self) -> bool {
        self.is_expecting.load(Ordering::Relaxed)
    }

    /// Sets whether a command waits for what the device says.
    pub fn set_expecting(&self, is_expecting: bool) {
        self.is_expecting.store(is_expecting, Ordering::Relaxed);
    }

    /// Sets the password that the device is being given: until the change has ended the device
    /// may use it or the one it had, and its 9012 often bears the new one already.
    pub fn set_pending_password(&self, password: Option<DevicePassword>) {
        *self
            .pending_password
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = password;
    }

    /// Whether a password is the one that the device is being given.
    pub fn accepts_pending(&self, sent: &[u8]) -> bool {
        self.pending_password
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|password| password.matches(sent))
    }

    /// The device as it is now.
    pub fn snapshot(&self) -> PresenceSnapshot {
        let known = |value: &AtomicI64| {
            let value = value.load(Ordering::Relaxed);
            (value != UNKNOWN).then_some(value)
        };
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = links.last();
        PresenceSnapshot {
            device_id: self.device_id,
            is_online: !links.is_empty(),
            online_since: known(&self.online_since_ms).map(Timestamp::from_epoch_ms),
            peer: newest.map(|link| link.connection.peer()),
            connection_id: newest.map(|link| link.connection.id()),
            connections: links.len(),
            last_packet_at: known(&self.last_packet_ms).map(Timestamp::from_epoch_ms),
            clock_skew_ms: known(&self.clock_skew_ms),
            packets: self.packets.load(Ordering::Relaxed),
        }
    }
}
