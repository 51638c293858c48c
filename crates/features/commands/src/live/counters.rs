//! What the gateway has counted since its start.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Something counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Counter { $($(#[$doc])* $name,)* }

        impl Counter {
            /// All counters.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

counters! {
    /// Connections accepted.
    ConnectionsAccepted = "connections_accepted";
    /// Connections refused because too many are open.
    ConnectionsRefusedTotal = "connections_refused_total";
    /// Connections refused because the address has too many.
    ConnectionsRefusedAddress = "connections_refused_address";
    /// Connections closed by the other end.
    ConnectionsClosedByPeer = "connections_closed_by_peer";
    /// Connections closed because nothing came for too long.
    ConnectionsIdle = "connections_idle";
    /// Connections closed because a packet was not finished in time.
    ConnectionsSlow = "connections_slow";
    /// Connections closed because the other end does not take answers.
    ConnectionsNotReading = "connections_not_reading";
    /// Connections closed because they held the most when memory ran short.
    ConnectionsCutForMemory = "connections_cut_for_memory";
    /// Connections closed because the other end does not speak HJ 212.
    ConnectionsNotSpeaking = "connections_not_speaking";
    /// Connections that broke.
    ConnectionsBroken = "connections_broken";
    /// Times that accepting failed, such as for want of file descriptors.
    AcceptFailures = "accept_failures";
    /// Bytes received.
    BytesReceived = "bytes_received";
    /// Packets of known devices handed to the journal.
    PacketsReceived = "packets_received";
    /// Packets that the journal has committed.
    PacketsCommitted = "packets_committed";
    /// Answers 9013 and 9014 sent.
    AnswersSent = "answers_sent";
    /// Packets from an unknown MN.
    PacketsUnknownDevice = "packets_unknown_device";
    /// Packets of a known MN with a wrong password.
    PacketsWrongPassword = "packets_wrong_password";
    /// Packets of a known MN whose device is switched off or whose validity is over.
    PacketsDeviceDisabled = "packets_device_disabled";
    /// Packets that could not be decrypted.
    PacketsNotDecrypted = "packets_not_decrypted";
    /// Packets that went neither to the journal nor whole into quarantine, because it was full.
    PacketsQuarantineFull = "packets_quarantine_full";
    /// Frames with a wrong checksum or another fault.
    FramesRejected = "frames_rejected";
    /// Runs of bytes between frames.
    GarbageRuns = "garbage_runs";
    /// Bytes between frames.
    GarbageBytes = "garbage_bytes";
    /// Times that reading stopped because the journal was full.
    WaitsForJournal = "waits_for_journal";
    /// Times that reading stopped because the buffers were full.
    WaitsForMemory = "waits_for_memory";
    /// Commands sent to devices, counting each re-send.
    CommandsSent = "commands_sent";
}

/// The counters. Adding is cheap and never blocks.
#[derive(Debug)]
pub struct GatewayCounters(Vec<AtomicU64>);

impl Default for GatewayCounters {
    fn default() -> Self {
        Self(
            Counter::ALL
                .iter()
                .map(|_counter| AtomicU64::new(0))
                .collect(),
        )
    }
}

impl GatewayCounters {
    /// Adds one.
    pub fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    /// Adds `more`.
    pub fn add(&self, counter: Counter, more: u64) {
        if let Some(value) = self.0.get(counter as usize) {
            value.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// The present value.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0
            .get(counter as usize)
            .map_or(0, |value| value.load(Ordering::Relaxed))
    }

    /// All names and values.
    pub fn list(&self) -> Vec<(&'static str, u64)> {
        Counter::ALL
            .iter()
            .map(|counter| (counter.name(), self.get(*counter)))
            .collect()
    }
}
