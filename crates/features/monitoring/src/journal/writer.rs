//! The one task that commits packets.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use beijing_time::Clock;
use database::Database;
use tokio::sync::{mpsc, watch};

use super::batch::{EncodedBatch, compute_batch_hash, encode_batch};
use super::{Counters, JournalHealth, JournalSettings};
use crate::model::PacketId;
use crate::store::journal::{self as store, Head};
use crate::{ArrivedPacket, MonitoringError};

pub(crate) struct Writer {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: JournalSettings,
    pub(crate) receiver: mpsc::Receiver<ArrivedPacket>,
    pub(crate) health: watch::Sender<JournalHealth>,
    pub(crate) committed: watch::Sender<i64>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) closing: watch::Receiver<bool>,
}

impl Writer {
    pub(crate) async fn run(mut self) {
        let mut head = None;
        let mut packets = Vec::with_capacity(self.settings.batch_packets.min(4096));
        while self.gather(&mut packets).await {
            let batch_id = self.commit_until_done(&mut head, &packets).await;
            self.committed.send_replace(batch_id);
            for (place, packet) in packets.drain(..).enumerate() {
                let id = PacketId::new(batch_id, place).expect("a batch has at most 65,536");
                packet.sink.committed(packet.tag, id);
            }
        }
    }

    /// Waits for packets; false when none will come any more.
    async fn gather(&mut self, packets: &mut Vec<ArrivedPacket>) -> bool {
        let most = self
            .settings
            .batch_packets
            .clamp(1, PacketId::MOST_IN_BATCH);
        if packets.is_empty() {
            loop {
                if *self.closing.borrow_and_update() {
                    self.receiver.close();
                }
                tokio::select! {
                    biased;
                    got = self.receiver.recv_many(packets, most) => {
                        if got == 0 {
                            return false;
                        }
                        break;
                    }
                    changed = self.closing.changed() => {
                        if changed.is_err() {
                            self.receiver.close();
                        }
                    }
                }
            }
        }
        let until = tokio::time::Instant::now() + self.settings.linger;
        let mut bytes: usize = packets.iter().map(|packet| packet.bytes.len()).sum();
        while packets.len() < most && bytes < self.settings.batch_bytes {
            if tokio::time::Instant::now() < until && !self.receiver.is_closed() {
                tokio::time::sleep_until(until).await;
            }
            let before = packets.len();
            let Ok(first) = self.receiver.try_recv() else {
                break;
            };
            packets.push(first);
            while packets.len() < most {
                match self.receiver.try_recv() {
                    Ok(packet) => packets.push(packet),
                    Err(_) => break,
                }
            }
            bytes += packets
                .iter()
                .skip(before)
                .map(|packet| packet.bytes.len())
                .sum::<usize>();
        }
        true
    }

    /// Commits the packets, however long the database takes to accept them.
    async fn commit_until_done(&self, head: &mut Option<Head>, packets: &[ArrivedPacket]) -> i64 {
        let mut encoded = None;
        // a batch that we tried to commit without learning whether it was
        let mut attempted = None;
        loop {
            let started = Instant::now();
            let commit = self.commit(head, &mut encoded, &mut attempted, packets);
            match self.watch(commit).await {
                Ok(batch_id) => {
                    self.count(started, packets, encoded.as_ref());
                    if *self.health.borrow() != JournalHealth::Committing {
                        tracing::info!("the journal commits packets again");
                        self.health.send_replace(JournalHealth::Committing);
                    }
                    return batch_id;
                }
                Err(error) => {
                    *head = None;
                    self.counters.failures.fetch_add(1, Ordering::Relaxed);
                    self.refuse(error.to_string());
                    tokio::time::sleep(self.settings.retry).await;
                }
            }
        }
    }

    async fn commit(
        &self,
        head: &mut Option<Head>,
        encoded: &mut Option<EncodedBatch>,
        attempted: &mut Option<(i64, Vec<u8>)>,
        packets: &[ArrivedPacket],
    ) -> Result<i64, MonitoringError> {
        if encoded.is_none() {
            *encoded = Some(encode_batch(packets)?);
        }
        let Some(batch) = encoded.as_ref() else {
            return Err(MonitoringError::JournalClosed);
        };
        let known = if let Some(head) = head.take() {
            head
        } else {
            // the commit before may have gone through although we were told otherwise
            if let Some((id, hash)) = attempted.as_ref()
                && store::find_batch_hash(&self.database, *id).await?.as_ref() == Some(hash)
            {
                let id = *id;
                *head = attempted
                    .take()
                    .map(|(batch_id, hash)| Head { batch_id, hash });
                return Ok(id);
            }
            store::load_head(&self.database).await?
        };
        let batch_id = known.batch_id + 1;
        let hash = compute_batch_hash(&known.hash, batch_id, &batch.content);
        *attempted = Some((batch_id, hash.clone()));
        store::insert_batch(&self.database, &known, batch_id, batch, &hash).await?;
        *head = Some(Head { batch_id, hash });
        Ok(batch_id)
    }

    /// Waits for a commit, and says so when the database keeps it waiting.
    async fn watch<T>(&self, commit: impl Future<Output = T>) -> T {
        tokio::pin!(commit);
        let patience = self.settings.patience;
        if let Ok(result) = tokio::time::timeout(patience, &mut commit).await {
            return result;
        }
        self.refuse(format!(
            "the database has not answered for {} s",
            patience.as_secs_f64()
        ));
        commit.await
    }

    fn refuse(&self, reason: String) {
        self.health.send_if_modified(|health| match health {
            JournalHealth::Committing => {
                tracing::error!(
                    reason,
                    "the journal cannot commit packets; none is acknowledged until it can"
                );
                *health = JournalHealth::Refusing {
                    since: self.clock.now(),
                    reason,
                };
                true
            }
            JournalHealth::Refusing { reason: shown, .. } if *shown != reason => {
                *shown = reason;
                true
            }
            JournalHealth::Refusing { .. } => false,
        });
    }

    fn count(&self, started: Instant, packets: &[ArrivedPacket], batch: Option<&EncodedBatch>) {
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let size = |value: i64| u64::try_from(value).unwrap_or(0);
        let counters = &self.counters;
        counters
            .packets
            .fetch_add(packets.len() as u64, Ordering::Relaxed);
        counters.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(batch) = batch {
            counters
                .bytes
                .fetch_add(size(batch.size_bytes), Ordering::Relaxed);
            counters
                .stored_bytes
                .fetch_add(batch.content.len() as u64, Ordering::Relaxed);
        }
        counters.last_commit_us.store(took, Ordering::Relaxed);
        counters
            .longest_commit_us
            .fetch_max(took, Ordering::Relaxed);
        counters
            .last_commit_ms
            .store(self.clock.now().epoch_ms(), Ordering::Relaxed);
    }
}
