//! A sender's window on the journal: reading on, writing down what became of packets, counting what
//! is behind.

use std::time::Duration;

use forwarding::{
    ForwardingError, TargetTrouble, list_queued_failures, mark_gone, read_journal, save_outcome,
};
use monitoring::{PacketId, journal};
use tokio::time::Instant;

use super::sender::Sender;

/// Packets passed over that are sent again at a time.
const MOST_AGAIN: u32 = 200;
/// Packets passed over are looked for so often.
const AGAIN_PAUSE: Duration = Duration::from_secs(1);
/// Journal pages counted at a time for the lag.
const MOST_PAGES: usize = 20;

/// Another server has moved the checkpoint.
pub(super) struct Moved;

impl Sender {
    /// The journal may have grown by another process, or not have told yet.
    pub(super) fn look_at_journal(&mut self) {
        if Instant::now() >= self.read_after {
            self.may_read = true;
        }
    }

    /// Reads one more piece of the journal when there is room.
    pub(super) async fn read_on(&mut self) {
        if !self.may_read || !self.queue.has_room() || Instant::now() < self.read_after {
            return;
        }
        match read_journal(&self.parts.database, self.queue.read_to()).await {
            Ok(None) => {
                self.may_read = false;
                self.read_after = Instant::now() + Duration::from_millis(20);
            }
            Ok(Some(piece)) => {
                let batch_id = piece.read_to.batch_id();
                let last = piece.packets.last().map(|packet| packet.received_at);
                for packet in piece.packets {
                    if self.plan.goes_out(&packet) {
                        self.queue.offer(packet);
                    }
                }
                self.queue.note_read(piece.read_to, last);
                if batch_id > self.counted_to {
                    self.counted_to = batch_id;
                } else {
                    let read = u64::try_from(piece.batch_packets).unwrap_or(0);
                    self.unread = self.unread.saturating_sub(read);
                }
            }
            Err(error) => {
                self.note(TargetTrouble::Storage, error.to_string());
                self.read_after = Instant::now() + Duration::from_secs(1);
            }
        }
    }

    pub(super) async fn save_sometimes(&mut self) -> Result<(), Moved> {
        if self.last_save.elapsed() < self.parts.settings.save {
            return Ok(());
        }
        self.last_save = Instant::now();
        self.count_unread().await;
        match self.save().await {
            Ok(()) => self.take_again().await,
            Err(ForwardingError::CheckpointMoved { .. }) => return Err(Moved),
            Err(error) => self.note(TargetTrouble::Storage, error.to_string()),
        }
        Ok(())
    }

    /// Writes down what became of packets, and shows it.
    pub(super) async fn save(&mut self) -> Result<(), ForwardingError> {
        let now = self.now();
        let outcome = self.queue.take_outcome(now);
        let delivered = outcome.delivery.delivered + outcome.delivery.redelivered.len() as u64;
        if outcome.done != self.saved || !outcome.delivery.is_empty() {
            let target = self.plan.target.id;
            let saved = save_outcome(&self.parts.database, target, self.saved, &outcome).await;
            if let Err(error) = saved {
                self.queue.restore(outcome.delivery);
                return Err(error);
            }
            self.saved = outcome.done;
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (waiting, in_flight) = (count(self.queue.len()), count(self.queue.in_flight()));
        let (oldest, unread) = (self.queue.oldest_received_at(), self.unread);
        self.tell(|report| {
            report.waiting_packets = waiting;
            report.unread_packets = unread;
            report.oldest_received_at = oldest;
            report.in_flight = in_flight;
            report.delivered += delivered;
            if delivered > 0 {
                report.last_delivered_at = Some(now);
            }
        });
        Ok(())
    }

    /// Counts what the journal holds beyond what was read.
    async fn count_unread(&mut self) {
        for _page in 0..MOST_PAGES {
            match journal::list_batches(&self.parts.database, self.counted_to, 1000).await {
                Ok(batches) => {
                    let Some(last) = batches.last() else { return };
                    self.counted_to = last.id;
                    let count: i64 = batches.iter().map(|batch| batch.packet_count).sum();
                    self.unread += u64::try_from(count).unwrap_or(0);
                    if batches.len() < 1000 {
                        return;
                    }
                }
                Err(error) => return self.note(TargetTrouble::Storage, error.to_string()),
            }
        }
    }

    /// Takes in what somebody asked to send again. Only right after everything was written down:
    /// otherwise what was delivered a moment ago would be found again.
    async fn take_again(&mut self) {
        if self.last_again.elapsed() < AGAIN_PAUSE {
            return;
        }
        self.last_again = Instant::now();
        let (database, target) = (self.parts.database.clone(), self.plan.target.id);
        let listed = list_queued_failures(
            &database,
            &self.parts.directory,
            target,
            PacketId(0),
            MOST_AGAIN,
        )
        .await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return self.note(TargetTrouble::Storage, error.to_string()),
        };
        for (failure, packet) in listed {
            if self.queue.is_again(failure.packet_id) {
                continue;
            }
            if let Some(packet) = packet {
                self.queue.offer_again(packet, failure.attempts);
                continue;
            }
            let now = self.now();
            if let Err(error) = mark_gone(&database, target, &failure, now).await {
                return self.note(TargetTrouble::Storage, error.to_string());
            }
        }
    }
}
