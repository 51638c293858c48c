//! The one task that writes the quarantine.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use database::Database;
use tokio::sync::{mpsc, watch};

use super::{QuarantineSettings, Rejected};
use crate::MonitoringError;
use crate::store::quarantine as store;

pub(super) struct Task {
    pub(super) database: Database,
    pub(super) settings: QuarantineSettings,
    pub(super) receiver: mpsc::Receiver<Rejected>,
    pub(super) closing: watch::Receiver<bool>,
    /// Counts of (MN, peer, reason) since the last flush.
    pub(super) counts: HashMap<(Box<str>, Arc<str>, &'static str), Seen>,
    /// Counts of (peer, defect) since the last flush.
    pub(super) defects: HashMap<(Arc<str>, &'static str), Seen>,
}

/// What was seen of one sender since the last flush.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
    pub(crate) times: i64,
    pub(crate) bytes: i64,
}

impl Seen {
    fn add(&mut self, at_ms: i64, bytes: usize) {
        if self.times == 0 {
            self.first_ms = at_ms;
        }
        self.first_ms = self.first_ms.min(at_ms);
        self.last_ms = self.last_ms.max(at_ms);
        self.times += 1;
        self.bytes = self
            .bytes
            .saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

/// Completes when the task is to end; never when nobody is left to say so.
async fn closed(closing: &mut watch::Receiver<bool>) {
    if closing.wait_for(|is_closing| *is_closing).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What is kept already.
#[derive(Debug, Default)]
struct Kept {
    packets: HashMap<Arc<str>, u64>,
    packets_in_total: u64,
    beyond: HashMap<Arc<str>, u64>,
    samples: HashMap<(Arc<str>, String), u64>,
    samples_in_total: u64,
    senders: usize,
    is_loaded: bool,
}

impl Task {
    pub(super) async fn run(mut self) {
        let mut kept = Kept::default();
        let mut waiting = Vec::new();
        loop {
            tokio::select! {
                biased;
                got = self.receiver.recv_many(&mut waiting, 4_096) => {
                    if got == 0 {
                        return;
                    }
                }
                () = closed(&mut self.closing) => {
                    // what is still in the channel comes out, then nothing
                    self.receiver.close();
                    continue;
                }
            }
            self.count(&waiting);
            loop {
                match self.write(&mut kept, &waiting).await {
                    Ok(()) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the quarantine cannot be written; trying again");
                        kept = Kept::default();
                        tokio::time::sleep(self.settings.flush).await;
                    }
                }
            }
            waiting.clear();
            self.counts.clear();
            self.defects.clear();
            // a pause, so that much is written at once; a stop does not wait for it
            let _ended = tokio::time::timeout(self.settings.flush, closed(&mut self.closing)).await;
        }
    }

    fn count(&mut self, rejected: &[Rejected]) {
        for one in rejected {
            match one {
                Rejected::Packet {
                    mn,
                    peer,
                    reason,
                    received_at,
                    bytes,
                } => self
                    .counts
                    .entry((mn.clone(), Arc::clone(peer), reason.as_str()))
                    .or_default()
                    .add(received_at.epoch_ms(), bytes.len()),
                Rejected::Defect {
                    peer,
                    defect,
                    received_at,
                    bytes,
                } => self
                    .defects
                    .entry((Arc::clone(peer), defect))
                    .or_default()
                    .add(received_at.epoch_ms(), bytes.len()),
            }
        }
    }

    async fn write(&self, kept: &mut Kept, rejected: &[Rejected]) -> Result<(), MonitoringError> {
        // what was replayed or discarded since has made room: where none seems left, count again
        if !kept.is_loaded || self.is_full(kept, rejected) {
            let beyond = std::mem::take(&mut kept.beyond);
            *kept = self.load().await?;
            kept.beyond = beyond;
        }
        let ignored: HashSet<String> = store::list_ignored_names(&self.database)
            .await?
            .into_iter()
            .collect();
        let mut transaction = self.database.begin_raw().await?;
        for one in rejected {
            match one {
                Rejected::Packet {
                    mn,
                    peer,
                    reason,
                    received_at,
                    bytes,
                } => {
                    if ignored.contains(&**mn) {
                        continue;
                    }
                    let of_peer = kept.packets.entry(Arc::clone(peer)).or_default();
                    let has_room = *of_peer < self.settings.packets_per_address
                        && kept.packets_in_total < self.settings.packets_in_total;
                    let beyond = kept.beyond.entry(Arc::clone(peer)).or_default();
                    if has_room {
                        *of_peer += 1;
                        kept.packets_in_total += 1;
                    } else {
                        *beyond += 1;
                        if *of_peer == 0
                            || !(*beyond).is_multiple_of(self.settings.sample_every.max(1))
                        {
                            continue;
                        }
                        store::delete_oldest_packet(&mut transaction, peer).await?;
                    }
                    let at = received_at.epoch_ms();
                    store::insert_packet(&mut transaction, mn, peer, reason.as_str(), at, bytes)
                        .await?;
                }
                Rejected::Defect {
                    peer,
                    defect,
                    received_at,
                    bytes,
                } => {
                    let key = (Arc::clone(peer), (*defect).to_owned());
                    let of_peer = kept.samples.entry(key).or_default();
                    if *of_peer < self.settings.defect_samples
                        && kept.samples_in_total < self.settings.defect_samples_in_total
                    {
                        *of_peer += 1;
                        kept.samples_in_total += 1;
                        let at = received_at.epoch_ms();
                        store::insert_sample(&mut transaction, peer, defect, at, bytes).await?;
                    }
                }
            }
        }
        let is_full = kept.senders >= self.settings.counted_senders;
        for ((mn, peer, reason), seen) in &self.counts {
            // an attacker may invent names without end: beyond the bound they are one
            let (mn, peer) = if is_full { ("", "") } else { (&**mn, &**peer) };
            store::add_count(&mut transaction, mn, peer, reason, seen).await?;
        }
        for ((peer, defect), seen) in &self.defects {
            let peer = if is_full { "" } else { &**peer };
            store::add_defect(&mut transaction, peer, defect, seen).await?;
        }
        transaction.commit().await?;
        kept.senders = store::count_senders(&self.database).await?;
        Ok(())
    }

    /// Whether one of these has no room as far as is known.
    fn is_full(&self, kept: &Kept, rejected: &[Rejected]) -> bool {
        let settings = &self.settings;
        rejected.iter().any(|one| match one {
            Rejected::Packet { peer, .. } => {
                kept.packets_in_total >= settings.packets_in_total
                    || kept.packets.get(peer).copied().unwrap_or(0) >= settings.packets_per_address
            }
            Rejected::Defect { .. } => kept.samples_in_total >= settings.defect_samples_in_total,
        })
    }

    async fn load(&self) -> Result<Kept, MonitoringError> {
        let mut kept = Kept {
            is_loaded: true,
            senders: store::count_senders(&self.database).await?,
            ..Kept::default()
        };
        for (peer, count) in store::count_packets(&self.database).await? {
            let count = u64::try_from(count).unwrap_or(0);
            kept.packets_in_total += count;
            kept.packets.insert(peer.into(), count);
        }
        for (peer, defect, count) in store::count_samples(&self.database).await? {
            let count = u64::try_from(count).unwrap_or(0);
            kept.samples_in_total += count;
            kept.samples.insert((peer.into(), defect), count);
        }
        Ok(kept)
    }
}
