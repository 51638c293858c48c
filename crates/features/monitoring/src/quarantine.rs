//! What may not become data: packets of unknown devices or with a wrong password, frames that fail
//! their checksum, garbage between frames. Kept within bounds, counted beyond them.

mod ignored;
mod proposal;
mod task;
mod use_cases;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use beijing_time::Timestamp;
use bytes::Bytes;
use database::Database;
use tokio::sync::{mpsc, watch};

pub(crate) use task::Seen;

pub use ignored::{IgnoredSender, heed_sender, ignore_sender, list_ignored_senders};
pub use proposal::{RegistrationProposal, load_registration_proposal};
pub use use_cases::{
    DefectCount, DefectSample, DefectSampleFilter, QuarantineEntry, QuarantineFigures,
    QuarantinedPacket, discard_defects, discard_quarantine, list_defect_samples, list_defects,
    list_quarantine, list_quarantined_packets, load_quarantine_figures, load_quarantined_packet,
    replay_quarantine,
};

/// The bounds of the quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineSettings {
    /// Packets kept for one network address.
    pub packets_per_address: u64,
    /// Packets kept in total.
    pub packets_in_total: u64,
    /// Beyond the quota of its address, one packet of so many replaces the oldest kept.
    pub sample_every: u64,
    /// Samples of one sort of defect kept for one network address.
    pub defect_samples: u64,
    /// Samples of defects kept in total.
    pub defect_samples_in_total: u64,
    /// Bytes kept of one sample.
    pub sample_bytes: usize,
    /// Different senders counted by name; all further ones are counted together.
    pub counted_senders: usize,
    /// How often what came in is written.
    pub flush: Duration,
}

impl Default for QuarantineSettings {
    fn default() -> Self {
        Self {
            packets_per_address: 500,
            packets_in_total: 20_000,
            sample_every: 1_000,
            defect_samples: 20,
            defect_samples_in_total: 5_000,
            sample_bytes: 2_048,
            counted_senders: 10_000,
            flush: Duration::from_secs(1),
        }
    }
}

/// Why a packet is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuarantineReason {
    /// No device has this MN.
    UnknownDevice,
    /// The device has another password.
    WrongPassword,
    /// The device is switched off, or its validity is over.
    DeviceDisabled,
    /// The packet names no MN.
    NoDevice,
}

impl QuarantineReason {
    /// The stable name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownDevice => "unknown_device",
            Self::WrongPassword => "wrong_password",
            Self::DeviceDisabled => "device_disabled",
            Self::NoDevice => "no_device",
        }
    }
}

#[derive(Debug)]
pub(crate) enum Rejected {
    Packet {
        mn: Box<str>,
        peer: Arc<str>,
        reason: QuarantineReason,
        received_at: Timestamp,
        bytes: Bytes,
    },
    Defect {
        peer: Arc<str>,
        defect: &'static str,
        received_at: Timestamp,
        bytes: Bytes,
    },
}

/// The way into the quarantine; cloning is cheap. Putting something in never waits.
#[derive(Debug, Clone)]
pub struct Quarantine {
    sender: mpsc::Sender<Rejected>,
    uncounted: Arc<AtomicU64>,
    settings: QuarantineSettings,
}

/// The running writer of the quarantine.
#[derive(Debug)]
pub struct QuarantineTask {
    task: tokio::task::JoinHandle<()>,
    closing: watch::Sender<bool>,
}

impl Quarantine {
    /// Starts the quarantine's writer. It ends with [`QuarantineTask::finish`], or when all
    /// handles are dropped.
    pub fn start(database: Database, settings: QuarantineSettings) -> (Self, QuarantineTask) {
        let (sender, receiver) = mpsc::channel(4_096);
        let (closing, is_closing) = watch::channel(false);
        let uncounted = Arc::new(AtomicU64::new(0));
        let task = task::Task {
            database,
            settings,
            receiver,
            closing: is_closing,
            counts: HashMap::new(),
            defects: HashMap::new(),
        };
        let quarantine = Self {
            sender,
            uncounted,
            settings,
        };
        let task = tokio::spawn(task.run());
        (quarantine, QuarantineTask { task, closing })
    }

    /// Puts the packet of an unknown or wrong device in.
    pub fn put_packet(
        &self,
        mn: &str,
        peer: &Arc<str>,
        reason: QuarantineReason,
        received_at: Timestamp,
        bytes: &Bytes,
    ) {
        let mn: String = mn.chars().take(64).collect();
        self.put(Rejected::Packet {
            mn: mn.into(),
            peer: Arc::clone(peer),
            reason,
            received_at,
            bytes: bytes.clone(),
        });
    }

    /// Counts a frame with a defect, or garbage, and keeps the first bytes as a sample.
    pub fn put_defect(
        &self,
        peer: &Arc<str>,
        defect: &'static str,
        received_at: Timestamp,
        bytes: &[u8],
    ) {
        let kept = bytes.get(..self.settings.sample_bytes).unwrap_or(bytes);
        self.put(Rejected::Defect {
            peer: Arc::clone(peer),
            defect,
            received_at,
            bytes: Bytes::copy_from_slice(kept),
        });
    }

    /// Rejected packets and frames that came faster than they could be counted by sender.
    pub fn uncounted(&self) -> u64 {
        self.uncounted.load(Ordering::Relaxed)
    }

    /// The bounds it keeps to.
    pub const fn settings(&self) -> QuarantineSettings {
        self.settings
    }

    fn put(&self, rejected: Rejected) {
        if self.sender.try_send(rejected).is_err() {
            self.uncounted.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl QuarantineTask {
    /// Takes nothing more and waits until everything put in has been written.
    pub async fn finish(self, patience: Duration) {
        self.closing.send_replace(true);
        if tokio::time::timeout(patience, self.task).await.is_err() {
            tracing::warn!("the quarantine's last entries could not be written");
        }
    }
}
