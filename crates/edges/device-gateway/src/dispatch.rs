//! Which packets the dispatcher of commands is told of.

use std::sync::Arc;

use commands::{Connection, DevicePresence, DeviceSaying};
use hj212::encryption::Key;
use hj212::{Envelope, Frame};

use beijing_time::Timestamp;

use crate::gateway::Shared;
use crate::link::Link;

/// Whether a packet is told to the dispatcher: answers and what a device asks always, other
/// packets while a command waits for them. A 9014 answers only what we never ask to be
/// acknowledged, so it is told only while a command waits.
fn is_told(envelope: &Envelope<'_>, presence: &DevicePresence) -> bool {
    matches!(
        envelope.cn,
        Some("9011" | "9012" | "9013" | "1013" | "1014")
    ) || presence.is_expecting()
}

/// Tells the dispatcher of a packet. A full channel loses it: the command's time-out takes care.
pub(crate) fn tell(
    shared: &Shared,
    link: &Link,
    presence: &DevicePresence,
    keys: &Arc<[Key]>,
    (frame, envelope): (&Frame, &Envelope<'_>),
    received_at: Timestamp,
) {
    if !is_told(envelope, presence) {
        return;
    }
    let saying = DeviceSaying {
        device_id: presence.device_id,
        connection_id: link.id(),
        received_at,
        frame: frame.clone(),
        keys: Arc::clone(keys),
    };
    if shared.sayings.try_send(saying).is_err() {
        tracing::debug!(
            device.id = presence.device_id,
            "the dispatcher of commands did not take a packet of device {}",
            presence.device_id
        );
    }
}
