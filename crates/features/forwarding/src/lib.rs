//! Forwarding of packets to superior platforms, with a queue that survives outages.
