//! Where packets of known devices go: the seam between the gateway and the journal.

use std::future::Future;
use std::pin::Pin;

use monitoring::{ArrivedPacket, Journal};

/// Keeps packets durably and tells each packet's own sink when it is kept.
pub trait PacketSink: Send + Sync + 'static {
    /// Takes a packet if there is room, and gives it back if not.
    ///
    /// # Errors
    /// The packet, when there is no room.
    fn try_accept(&self, packet: ArrivedPacket) -> Result<(), ArrivedPacket>;

    /// Completes when there may be room.
    fn wait_for_room(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

impl PacketSink for Journal {
    fn try_accept(&self, packet: ArrivedPacket) -> Result<(), ArrivedPacket> {
        self.try_put(packet)
    }

    fn wait_for_room(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.wait_for_room())
    }
}
