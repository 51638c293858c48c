//! The HJ 212 TCP server: listener, connections, acknowledgement, commands and forwarding clients.
