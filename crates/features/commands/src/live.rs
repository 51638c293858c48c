//! Who is connected at the moment: the live table that the gateway keeps and others read.
//!
//! Nothing here is durable: after a restart the table is empty and fills again as devices speak.
//! What was is kept as sessions.

mod counters;
mod presence;

pub use counters::{Counter, GatewayCounters};
pub use presence::{DevicePresence, PresenceSnapshot};

use std::collections::HashMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use beijing_time::Timestamp;
use bytes::Bytes;
use hj212::Frame;
use hj212::encryption::Key;
use tokio::sync::broadcast;

/// One open connection, as the gateway offers it.
pub trait Connection: Send + Sync + Debug {
    /// Its number, unique over restarts.
    fn id(&self) -> i64;
    /// The other end.
    fn peer(&self) -> SocketAddr;
    /// Since when it is open.
    fn opened_at(&self) -> Timestamp;
    /// Puts a packet into its outgoing buffer; `false` when it is closing or the buffer is full.
    fn send(&self, packet: Bytes) -> bool;
    /// What it has carried.
    fn traffic(&self) -> Traffic;
}

/// What a connection has carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Packets in.
    pub packets: u64,
    /// Bytes in.
    pub bytes: u64,
    /// When the last packet came, epoch milliseconds; 0 before the first.
    pub last_packet_ms: i64,
}

/// A packet that may concern a command: an answer of a device, or what it sends while a command
/// waits for it. The gateway puts it into a bounded channel; read it with
/// [`rules::Saying::read`](crate::rules::Saying::read).
#[derive(Debug, Clone)]
pub struct DeviceSaying {
    /// Which device.
    pub device_id: i64,
    /// On which connection.
    pub connection_id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// The packet as it came.
    pub frame: Frame,
    /// The keys it may be encrypted with.
    pub keys: Arc<[Key]>,
}

/// A device came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEvent {
    /// Which device.
    pub device_id: i64,
    /// Whether it is now connected.
    pub is_online: bool,
    /// When.
    pub at: Timestamp,
    /// The connection that came or went.
    pub connection_id: i64,
    /// Its other end.
    pub peer: SocketAddr,
}

/// The live table. Shared as an `Arc` between the gateway, which writes, and those who ask.
#[derive(Debug)]
pub struct LiveConnections {
    connections: RwLock<HashMap<i64, Arc<dyn Connection>>>,
    devices: RwLock<HashMap<i64, Arc<DevicePresence>>>,
    events: broadcast::Sender<DeviceEvent>,
    /// Counters since the start.
    pub counters: GatewayCounters,
}

impl Default for LiveConnections {
    fn default() -> Self {
        Self {
            connections: RwLock::default(),
            devices: RwLock::default(),
            events: broadcast::Sender::new(4096),
            counters: GatewayCounters::default(),
        }
    }
}

impl LiveConnections {
    /// An empty table.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Adds an open connection.
    pub fn add(&self, connection: Arc<dyn Connection>) {
        self.connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(connection.id(), connection);
    }

    /// Takes a connection out, and with it every device that was heard on it.
    pub fn remove(&self, id: i64, devices: &[Arc<DevicePresence>], at: Timestamp) {
        let removed = self
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        let Some(connection) = removed else { return };
        for presence in devices {
            if presence.unlink(id) {
                self.tell(presence, false, at, connection.as_ref());
            }
        }
    }

    /// Notes that a device has shown its MN and password on a connection. The newest such
    /// connection gets the commands to the device.
    pub fn authenticate(
        &self,
        device_id: i64,
        connection: &Arc<dyn Connection>,
        at: Timestamp,
    ) -> Arc<DevicePresence> {
        let presence = self.presence(device_id);
        if presence.link(Arc::clone(connection), at) {
            self.tell(&presence, true, at, connection.as_ref());
        }
        presence
    }

    /// Notes that a device is not heard on a connection any more, although that stays open.
    pub fn forget(&self, connection_id: i64, presence: &DevicePresence, at: Timestamp) {
        let connection = self
            .connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&connection_id)
            .cloned();
        if let Some(connection) = connection
            && presence.unlink(connection_id)
        {
            self.tell(presence, false, at, connection.as_ref());
        }
    }

    fn tell(
        &self,
        presence: &DevicePresence,
        is_online: bool,
        at: Timestamp,
        connection: &dyn Connection,
    ) {
        // Nobody may be listening.
        let _ = self.events.send(DeviceEvent {
            device_id: presence.device_id,
            is_online,
            at,
            connection_id: connection.id(),
            peer: connection.peer(),
        });
    }

    /// The device's entry, made when it is not there yet.
    pub fn presence(&self, device_id: i64) -> Arc<DevicePresence> {
        if let Some(presence) = self.find(device_id) {
            return presence;
        }
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        let entry = devices
            .entry(device_id)
            .or_insert_with(|| Arc::new(DevicePresence::new(device_id)));
        Arc::clone(entry)
    }

    /// The device's entry, if it was ever heard since the start.
    pub fn find(&self, device_id: i64) -> Option<Arc<DevicePresence>> {
        self.devices
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&device_id)
            .cloned()
    }

    /// All devices heard since the start, by id.
    pub fn list_devices(&self) -> Vec<PresenceSnapshot> {
        let mut all: Vec<_> = self
            .devices
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|presence| presence.snapshot())
            .collect();
        all.sort_by_key(|snapshot| snapshot.device_id);
        all
    }

    /// How many connections are open.
    pub fn count_connections(&self) -> usize {
        self.connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// How many devices are connected.
    pub fn count_online(&self) -> usize {
        self.devices
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .filter(|presence| presence.is_online())
            .count()
    }

    /// Sends a packet on the newest connection of a device; `false` when it has none that takes it.
    pub fn send_to_device(&self, device_id: i64, packet: &Bytes) -> bool {
        self.find(device_id)
            .and_then(|presence| presence.newest())
            .is_some_and(|connection| connection.send(packet.clone()))
    }

    /// Devices that come and go, from now on.
    pub fn watch(&self) -> broadcast::Receiver<DeviceEvent> {
        self.events.subscribe()
    }
}
