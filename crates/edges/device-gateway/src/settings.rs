//! The settings of the gateway, each with its default.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The HJ 212 listener and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySettings {
    /// Whether devices are listened to at all.
    pub enabled: bool,
    /// Address and port for devices.
    pub listen: SocketAddr,
    /// Connections open at a time, at most.
    pub max_connections: usize,
    /// Connections open at a time from one address, at most. Many devices may share an address
    /// (mobile networks, relays), so it is generous.
    pub max_connections_per_address: usize,
    /// A connection on which nothing came for so long is closed. Loggers that send only hourly
    /// data need more than an hour.
    pub idle_timeout_s: u64,
    /// A connection on which no packet of a known device came for so long since it was opened is
    /// closed.
    pub first_packet_timeout_s: u64,
    /// A packet must be complete so long after its first byte; otherwise the connection is closed.
    pub frame_timeout_s: u64,
    /// Answers must be taken so long after they were ready; otherwise the connection is closed.
    pub write_timeout_s: u64,
    /// The longest data segment that is waited for. A length field of four digits says no more
    /// than 9999. What a device may send is set for each device.
    pub max_segment_bytes: usize,
    /// Received bytes held in memory by all connections together (unfinished packets and packets
    /// that wait for their commit). When it is used up reading stops; connections that hold the
    /// most unfinished bytes are closed.
    pub buffer_budget_bytes: usize,
    /// Answers held for one connection, at most.
    pub max_outgoing_bytes: usize,
    /// Devices remembered on one connection, at most; a relay with more works, only slower.
    pub max_devices_per_connection: usize,
    /// Whether a packet whose checksum is wrong is answered with 9011, `QnRtn=9`, as the tables of
    /// HJ 212-2017 provide; if not, it is passed over in silence, as its text says.
    pub answer_wrong_checksum: bool,
    /// How long a stop waits for commits and answers under way.
    pub stop_grace_s: u64,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8213),
            max_connections: 50_000,
            max_connections_per_address: 20_000,
            idle_timeout_s: 2 * 3600,
            first_packet_timeout_s: 15 * 60,
            frame_timeout_s: 30,
            write_timeout_s: 60,
            max_segment_bytes: 9999,
            buffer_budget_bytes: 64 << 20,
            max_outgoing_bytes: 64 << 10,
            max_devices_per_connection: 4096,
            answer_wrong_checksum: false,
            stop_grace_s: 10,
        }
    }
}

impl GatewaySettings {
    pub(crate) fn stop_grace(&self) -> Duration {
        Duration::from_secs(self.stop_grace_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_not_exist_are_refused() {
        let text = r#"{ "listen": "127.0.0.1:1", "max_sockets": 3 }"#;
        let error = serde_json::from_str::<GatewaySettings>(text).unwrap_err();
        assert!(error.to_string().contains("max_sockets"));
    }
}
