//! Loggers that speak over TCP: they connect, send, wait for acknowledgements, send again, keep
//! what they could not send, and answer commands.

mod answers;
mod stray;

use std::collections::VecDeque;
use std::time::Duration;

use beijing_time::{Clock, SystemClock, Timestamp};
use bytes::{Bytes, BytesMut};
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings, ParseSettings, parse_message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

pub use stray::run_strays;

use crate::city::{City, Memory};
use crate::noise::Noise;
use crate::packet::{PacketKind, RequestNumbers, Sending, Upload, build_uploads};
use crate::schedule::{Backfill, Schedule};
use crate::signal::Signals;

/// Unacknowledged packets of one logger at a time.
const WINDOW: usize = 16;
/// Uploads held while the line is down; the oldest live values go first.
const MOST_HELD: usize = 4_096;
/// How long a packet waits for its acknowledgement (超时时间), and how often it is sent again
/// (重发次数): the standard's defaults are 5 s and 3 times.
const TIMEOUT_MS: i64 = 10_000;
const MOST_TRIES: u32 = 3;
/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Pause between two looks at the schedule.
const STEP: Duration = Duration::from_millis(250);

/// What all devices share.
#[derive(Debug)]
pub struct World {
    /// The city.
    pub city: City,
    /// Its signals.
    pub signals: Signals,
    /// Host and port of the gateway.
    pub server: String,
    /// How far back the loggers have data when they start.
    pub backfill: Backfill,
}

/// A packet that waits for its acknowledgement.
#[derive(Debug)]
struct Waiting {
    upload: Upload,
    is_live: bool,
    sent_at: Timestamp,
    tries: u32,
}

/// A logger at work.
struct Device<'a> {
    world: &'a World,
    logger: usize,
    schedule: Schedule,
    numbers: RequestNumbers,
    /// To be sent, in order.
    held: VecDeque<(Upload, bool)>,
    waiting: VecDeque<Waiting>,
    is_live_on: bool,
    /// Since when the line has been down.
    down_since: Option<Timestamp>,
}

/// Runs one logger until `stop`.
pub async fn run_device(world: &World, logger: usize, stop: CancellationToken) {
    let now = SystemClock.now();
    let mut device = Device {
        world,
        logger,
        schedule: Schedule::new(&world.city, logger, now, world.backfill),
        numbers: RequestNumbers::default(),
        held: VecDeque::new(),
        waiting: VecDeque::new(),
        is_live_on: true,
        down_since: None,
    };
    let noise = Noise::new(world.city.seed, "reconnect").of(&logger.to_string());
    // a whole city does not dial in the same instant
    let mut pause_ms = 20 + noise.number(0) % 3_000;
    for attempt in 1.. {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
        }
        if device.is_cut_off() {
            pause_ms = 5_000;
            continue;
        }
        let connected = tokio::time::timeout(CONNECT, TcpStream::connect(&world.server)).await;
        match connected {
            Ok(Ok(stream)) => {
                device.leave_out_what_was_missed();
                if let Err(error) = device.talk(stream, &stop).await {
                    tracing::debug!(logger, %error, "connection ended");
                }
                device.hold_what_waits();
                device.down_since = Some(SystemClock.now());
                pause_ms = 1_000 + noise.number(attempt) % 4_000;
            }
            Ok(Err(_)) | Err(_) => {
                pause_ms = (pause_ms * 2).clamp(1_000, 30_000) + noise.number(attempt) % 1_000;
            }
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

impl Device<'_> {
    fn is_cut_off(&self) -> bool {
        let now = SystemClock.now();
        self.world
            .city
            .loggers
            .get(self.logger)
            .is_some_and(|logger| {
                logger
                    .points
                    .iter()
                    .any(|point| self.world.signals.condition(*point, now).is_cut_off)
            })
    }

    /// A logger that does not send by itself goes on with the present.
    fn leave_out_what_was_missed(&mut self) {
        let Some(since) = self.down_since.take() else {
            return;
        };
        if self.memory() != Memory::SendsByItself {
            self.schedule.leave_out(since, SystemClock.now());
            self.held.clear();
        }
    }

    fn memory(&self) -> Memory {
        let logger = self.world.city.loggers.get(self.logger);
        logger.map_or(Memory::SendsByItself, |logger| logger.memory)
    }

    async fn talk(
        &mut self,
        mut stream: TcpStream,
        stop: &CancellationToken,
    ) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut decoder = FrameDecoder::new(FrameSettings::standard());
        let mut buffer = BytesMut::with_capacity(4 * 1024);
        let mut ticks = tokio::time::interval(STEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks = 0_u64;
        loop {
            tokio::select! {
                () = stop.cancelled() => return stream.shutdown().await,
                count = stream.read_buf(&mut buffer) => {
                    if count? == 0 {
                        return Ok(());
                    }
                    let mut out = BytesMut::new();
                    while let Some(found) = decoder.decode(&mut buffer) {
                        if let Decoded::Frame(frame) = found
                            // 9014 of 2005 names no MN, so only the frame itself is judged
                            && frame.is_accepted()
                        {
                            self.hear(&frame, &mut out);
                        }
                    }
                    self.fill_window(&mut out);
                    stream.write_all(&out).await?;
                }
                _instant = ticks.tick() => {
                    looks += 1;
                    if looks.is_multiple_of(40) && self.is_cut_off() {
                        return stream.shutdown().await;
                    }
                    let mut out = BytesMut::new();
                    if !self.send_again(&mut out) {
                        // nobody acknowledges: a fresh connection may help
                        return stream.shutdown().await;
                    }
                    self.fill_window(&mut out);
                    if !out.is_empty() {
                        stream.write_all(&out).await?;
                    }
                }
            }
        }
    }

    /// Takes what the host says: acknowledgements and requests.
    fn hear(&mut self, frame: &Frame, out: &mut BytesMut) {
        let text = frame.text();
        let (message, _defects) = parse_message(&text, &ParseSettings::default());
        if matches!(message.cn, Some("9014" | "9013")) {
            let number = message.qn.or_else(|| message.data_area.value("QN"));
            if let Some(place) = self
                .waiting
                .iter()
                .position(|waiting| Some(waiting.upload.request.as_str()) == number)
            {
                self.waiting.remove(place);
            }
            return;
        }
        self.answer(frame, &message, out);
    }

    /// Sends until the window is full or nothing is due.
    fn fill_window(&mut self, out: &mut BytesMut) {
        let now = SystemClock.now();
        while self.waiting.len() < WINDOW {
            if self.held.is_empty() {
                self.take_due(now);
            }
            let Some((upload, is_live)) = self.held.pop_front() else {
                return;
            };
            out.extend_from_slice(&upload.frame);
            self.waiting.push_back(Waiting {
                upload,
                is_live,
                sent_at: now,
                tries: 1,
            });
        }
    }

    fn take_due(&mut self, now: Timestamp) {
        let Some(due) = self.schedule.take_due(now) else {
            return;
        };
        let is_live = due.kind == PacketKind::Realtime;
        if is_live && !self.is_live_on {
            return;
        }
        let sending = Sending {
            at: now,
            is_resent: due.is_history,
        };
        let uploads = build_uploads(
            &self.world.city,
            &self.world.signals,
            due.point,
            (due.kind, due.start),
            &mut self.numbers,
            sending,
        );
        self.held
            .extend(uploads.into_iter().map(|upload| (upload, is_live)));
        while self.held.len() > MOST_HELD {
            self.held.pop_front();
        }
    }

    /// Sends again what was not acknowledged in time; `false` when that was tried too often.
    fn send_again(&mut self, out: &mut BytesMut) -> bool {
        let now = SystemClock.now();
        for waiting in &mut self.waiting {
            if now.ms_since(waiting.sent_at) < TIMEOUT_MS {
                continue;
            }
            if waiting.tries > MOST_TRIES {
                return false;
            }
            waiting.tries += 1;
            waiting.sent_at = now;
            out.extend_from_slice(&waiting.upload.frame);
        }
        true
    }

    /// After a lost connection: periods are sent again, live values are gone.
    fn hold_what_waits(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for waiting in waiting.into_iter().rev() {
            if !waiting.is_live {
                self.held.push_front((waiting.upload, false));
            }
        }
        self.held.retain(|(_, is_live)| !is_live);
    }
}

fn put(frames: impl IntoIterator<Item = Bytes>, out: &mut BytesMut) {
    for frame in frames {
        out.extend_from_slice(&frame);
    }
}
