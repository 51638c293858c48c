//! One target's sender: reads the journal behind its checkpoint, sends, takes acknowledgements in,
//! writes down how far it is, and tells how it goes.

use std::sync::Arc;
use std::time::Duration;

use beijing_time::Timestamp;
use forwarding::{
    ForwardingError, LastError, LinkState, Plan, Queue, QueueSettings, TargetReport, TargetTrouble,
    load_target, read_acknowledgement,
};
use hj212::Frame;
use monitoring::PacketId;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::ForwarderParts;
use super::superior::{Superior, Turn, connect};
use super::upward::{Heartbeat, Upwards};

/// Why a sender's connection ended.
pub(super) type Ended = (TargetTrouble, String);

pub(super) struct Sender {
    pub(super) parts: ForwarderParts,
    pub(super) plan: Plan,
    stop: CancellationToken,
    pub(super) queue: Queue,
    /// The checkpoint as it is in the database.
    pub(super) saved: PacketId,
    /// The journal is counted up to this batch.
    pub(super) counted_to: i64,
    /// Packets in batches that were counted and not read.
    pub(super) unread: u64,
    /// Whether the journal may hold more.
    pub(super) may_read: bool,
    /// Since a failed read: not before.
    pub(super) read_after: Instant,
    pub(super) last_save: Instant,
    pub(super) last_again: Instant,
    started: Instant,
    pub(super) upwards: Upwards,
    heartbeat: Heartbeat,
}

/// Why the work on a queue ended.
enum Over {
    Stopped,
    /// The checkpoint is elsewhere: begin again from there.
    Moved,
}

impl Sender {
    pub(super) fn new(parts: ForwarderParts, plan: Plan, stop: CancellationToken) -> Self {
        let queue = Queue::new(QueueSettings::default(), PacketId(0), None);
        let now = Instant::now();
        Self {
            parts,
            plan,
            stop,
            queue,
            saved: PacketId(0),
            counted_to: 0,
            unread: 0,
            may_read: true,
            read_after: now,
            last_save: now,
            last_again: now,
            started: now,
            upwards: Upwards::default(),
            heartbeat: Heartbeat::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn tell(&self, change: impl FnOnce(&mut TargetReport)) {
        let target = &self.plan.target;
        self.parts
            .handle
            .report(target.id, &target.details.name, change);
    }

    /// Works until told to stop.
    pub(super) async fn run(mut self) {
        let name = self.plan.target.details.name.clone();
        self.tell(|report| {
            report.name = name;
            report.state = LinkState::Connecting;
        });
        loop {
            match self.restore().await {
                Ok(()) => {
                    if matches!(self.work().await, Over::Stopped) {
                        return;
                    }
                }
                Err(error) => self.note(TargetTrouble::Storage, error.to_string()),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(self.parts.settings.first_pause) => {}
            }
        }
    }

    /// Begins at the checkpoint in the database.
    async fn restore(&mut self) -> Result<(), ForwardingError> {
        let actor = access::Actor::system("forwarding");
        let target = load_target(&self.parts.database, &actor, self.plan.target.id).await?;
        let details = &self.plan.target.details;
        let settings = QueueSettings {
            timeout_ms: u64::from(details.acknowledgement_timeout_s) * 1000,
            resends: details.resends,
            ..QueueSettings::default()
        };
        let progress = target.progress;
        self.queue = Queue::new(settings, progress.done, progress.done_received_at);
        self.saved = progress.done;
        self.counted_to = progress.done.batch_id();
        self.unread = 0;
        self.may_read = true;
        Ok(())
    }

    /// Connects again and again, with pauses that grow while nothing is delivered.
    async fn work(&mut self) -> Over {
        let settings = self.parts.settings;
        let mut pause = settings.first_pause;
        loop {
            let delivered_before = self.delivered();
            let details = &self.plan.target.details;
            self.tell(|report| {
                report.state = LinkState::Connecting;
                report.retry_at = None;
            });
            let connecting = connect(
                &details.host,
                details.port,
                settings.connect_timeout,
                settings.stall,
            );
            let connected = tokio::select! {
                () = self.stop.cancelled() => return self.save_last().await,
                connected = connecting => connected,
            };
            let ended = match connected {
                Ok(superior) => match self.serve(superior).await {
                    Ok(over) => return over,
                    Err(ended) => ended,
                },
                Err(error) => (TargetTrouble::CannotConnect, error.to_string()),
            };
            self.queue.disconnect();
            self.note(ended.0, ended.1);
            if self.delivered() > delivered_before {
                pause = settings.first_pause;
            }
            let retry_at = self
                .now()
                .plus_ms(i64::try_from(pause.as_millis()).unwrap_or(0));
            self.tell(|report| {
                report.state = LinkState::Waiting;
                report.connected_since = None;
                report.peer = None;
                report.retry_at = Some(retry_at);
            });
            if let Some(over) = self.wait(pause).await {
                return over;
            }
            pause = (pause * 2).min(settings.longest_pause);
        }
    }

    fn delivered(&self) -> u64 {
        self.parts
            .handle
            .find(self.plan.target.id)
            .map_or(0, |report| report.delivered)
    }

    /// Something went wrong: said in the log when it is news.
    pub(super) fn note(&self, trouble: TargetTrouble, detail: String) {
        let at = self.now();
        let target = &self.plan.target;
        let known = self.parts.handle.find(target.id);
        let is_news = known
            .and_then(|report| report.last_error)
            .is_none_or(|known| known.trouble != trouble);
        if is_news {
            tracing::warn!(
                target.id = target.id.0,
                trouble = trouble.as_str(),
                detail,
                "forwarding to {}: {} {detail}",
                target.details.name,
                trouble.as_str()
            );
        }
        self.tell(|report| {
            report.last_error = Some(LastError {
                at,
                trouble,
                detail,
            });
        });
    }

    /// Waits for the next attempt; the window fills and the lag stays true meanwhile.
    async fn wait(&mut self, pause: Duration) -> Option<Over> {
        let until = Instant::now() + pause;
        let mut tick = tokio::time::interval(self.parts.settings.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < until {
            tokio::select! {
                () = self.stop.cancelled() => return Some(self.save_last().await),
                _ = tick.tick() => {}
            }
            self.look_at_journal();
            self.read_on().await;
            if self.save_sometimes().await.is_err() {
                return Some(Over::Moved);
            }
        }
        None
    }

    async fn save_last(&mut self) -> Over {
        match self.save().await {
            Err(ForwardingError::CheckpointMoved { .. }) => {
                tracing::warn!("the checkpoint of a forwarding target was moved by another server");
            }
            Err(error) => tracing::error!(
                %error,
                "how far forwarding came could not be written down; packets may go out twice: {error}"
            ),
            Ok(()) => {}
        }
        Over::Stopped
    }

    /// Uses a connection until it ends.
    async fn serve(&mut self, mut superior: Superior) -> Result<Over, Ended> {
        let (now, peer) = (self.now(), superior.peer.to_string());
        tracing::info!(
            target.id = self.plan.target.id.0,
            peer,
            "forwarding to {} ({peer})",
            self.plan.target.details.name
        );
        self.tell(|report| {
            report.state = LinkState::Connected;
            report.connected_since = Some(now);
            report.peer = Some(peer);
        });
        self.upwards.look_again();
        self.heartbeat = Heartbeat::default();
        let mut committed = self.parts.journal_committed.clone();
        let mut tick = tokio::time::interval(self.parts.settings.tick);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_journal_here = true;
        let mut stop_at: Option<Instant> = None;
        loop {
            if stop_at.is_none() {
                self.read_on().await;
                self.pump(&mut superior);
            }
            tokio::select! {
                () = self.stop.cancelled(), if stop_at.is_none() => {
                    stop_at = Some(Instant::now() + self.parts.settings.stop_grace);
                }
                turn = superior.turn() => {
                    if let Turn::Heard(frames) = turn? {
                        for frame in frames {
                            self.hear(&mut superior, &frame).await;
                        }
                    }
                }
                grown = committed.changed(), if is_journal_here && !self.may_read => {
                    // without a journal in this process it is looked at with the tick
                    is_journal_here = grown.is_ok();
                    self.may_read = true;
                }
                _ = tick.tick() => {
                    if let Some(over) = self.keep_house(&mut superior).await? {
                        return Ok(over);
                    }
                }
            }
            if let Some(until) = stop_at
                && (Instant::now() >= until
                    || (self.queue.under_way() == 0 && superior.is_flushed()))
            {
                superior.close().await;
                return Ok(self.save_last().await);
            }
        }
    }

    /// What is due now and then.
    async fn keep_house(&mut self, superior: &mut Superior) -> Result<Option<Over>, Ended> {
        let now = self.elapsed_ms();
        for packet in self.queue.tick(now) {
            superior.put(&packet);
        }
        if self.queue.is_silent(now) {
            return Err((TargetTrouble::NotAcknowledging, String::new()));
        }
        if superior.is_stalled(self.parts.settings.stall) {
            return Err((TargetTrouble::NotReading, String::new()));
        }
        let details = &self.plan.target.details;
        self.heartbeat.keep(
            &self.plan,
            &self.parts.directory.current(),
            self.parts.clock.now(),
            Duration::from_secs(u64::from(details.acknowledgement_timeout_s)),
            superior,
        )?;
        self.send_answers(superior).await;
        self.look_at_journal();
        if self.save_sometimes().await.is_err() {
            return Ok(Some(Over::Moved));
        }
        Ok(None)
    }

    /// Puts what may go out into the output.
    fn pump(&mut self, superior: &mut Superior) {
        let now = self.elapsed_ms();
        let directory = self.parts.directory.current();
        while superior.has_room() {
            let plan = &self.plan;
            let next = self
                .queue
                .next(now, |packet| plan.encode(packet, &directory));
            let Some(packet) = next else { break };
            superior.put(&packet);
        }
    }

    /// A packet of the superior.
    async fn hear(&mut self, superior: &mut Superior, frame: &Frame) {
        if let Some(acknowledgement) = read_acknowledgement(frame) {
            if !self.heartbeat.take(acknowledgement.qn.as_deref()) {
                let now = self.elapsed_ms();
                self.queue.acknowledge(&acknowledgement, now);
            }
            return;
        }
        self.hear_request(superior, frame).await;
    }

    /// Everything up to this packet has gone out and is written down.
    pub(super) fn done(&self) -> PacketId {
        self.saved
    }

    pub(super) fn directory(&self) -> Arc<sites::DeviceDirectory> {
        self.parts.directory.current()
    }
}
