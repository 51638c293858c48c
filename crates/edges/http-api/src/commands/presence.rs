//! A device as it is at this moment.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;

/// Whether a device is connected, and what was heard of it since the start.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct PresenceBody {
    pub(crate) is_online: bool,
    /// Since when, without a break.
    online_since: Option<String>,
    /// The other end of the connection that gets commands.
    peer: Option<String>,
    /// How many connections speak for this device; more than one is worth a look.
    connections: usize,
    last_packet_at: Option<String>,
    /// By how much its clock is ahead (behind when negative).
    clock_skew_ms: Option<i64>,
    /// Packets since the start.
    packets: u64,
}

impl PresenceBody {
    /// What is known of a device now.
    pub(crate) fn of(state: &ApiState, device_id: i64) -> Self {
        state
            .connections
            .find(device_id)
            .map(|presence| presence.snapshot())
            .map_or_else(Self::default, |live| Self {
                is_online: live.is_online,
                online_since: live.online_since.map(|at| at.to_string()),
                peer: live.peer.map(|peer| peer.to_string()),
                connections: live.connections,
                last_packet_at: live.last_packet_at.map(|at| at.to_string()),
                clock_skew_ms: live.clock_skew_ms,
                packets: live.packets,
            })
    }
}
