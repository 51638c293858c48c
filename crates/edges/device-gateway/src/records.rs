//! What the gateway has written down off the way of packets: strangers, bad frames, sessions.

use std::net::SocketAddr;
use std::sync::Arc;

use beijing_time::Timestamp;
use bytes::Bytes;

use crate::link::Link;

/// Something to write down.
#[derive(Debug)]
pub enum GatewayRecord {
    /// A packet of an unknown MN, or with a wrong password: it goes into quarantine.
    Stranger(Stranger),
    /// A frame with a fault, or bytes between frames.
    Defect(DefectRecord),
    /// A device began to speak on a connection.
    SessionBegan(commands::SessionBegan),
    /// It stopped.
    SessionEnded(commands::SessionEnded),
}

/// Why a packet is a stranger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrangerReason {
    /// No device has this MN.
    UnknownDevice,
    /// The password is not the device's.
    WrongPassword,
}

/// A packet for the quarantine.
#[derive(Debug)]
pub struct Stranger {
    /// The MN it names; empty when it has none.
    pub mn: String,
    /// The packet.
    pub bytes: Bytes,
    /// When it came.
    pub received_at: Timestamp,
    /// From where.
    pub peer: SocketAddr,
    /// Why it is held.
    pub reason: StrangerReason,
    /// Tells the connection that it is kept.
    pub(crate) kept: Kept,
}

/// Releases the answer to a quarantined packet, if it has one.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) link: Arc<Link>,
    pub(crate) tag: u64,
    pub(crate) is_done: bool,
}

impl Kept {
    pub(crate) fn settle(mut self, is_kept: bool) {
        self.is_done = true;
        self.link.settle(self.tag, is_kept);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.is_done {
            self.link.settle(self.tag, false);
        }
    }
}

/// A bad frame or garbage.
#[derive(Debug, Clone)]
pub struct DefectRecord {
    /// The stable name of what is wrong.
    pub code: &'static str,
    /// The MN, if it could be read.
    pub mn: Option<String>,
    /// The bytes, or the first of them.
    pub sample: Bytes,
    /// How many bytes there were.
    pub size_bytes: u64,
    /// From where.
    pub peer: SocketAddr,
    /// When.
    pub received_at: Timestamp,
}
