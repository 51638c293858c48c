//! One logger: sends at its times, matches acknowledgements by QN, connects again.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use beijing_time::{Clock, SystemClock, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connect;
use crate::acknowledged::Acknowledged;
use crate::packets::{
    Content, Numbers, find_request_and_mn, is_acknowledgement, mn_of, write_segment,
};
use crate::tally::{Tally, one_more};

const MINUTE_MS: i64 = 60_000;

/// When packets are sent.
#[derive(Debug, Clone)]
pub(crate) enum Pace {
    /// One packet each interval.
    Realtime {
        first: Instant,
        interval: Duration,
        end: Instant,
    },
    /// Minutes of the past in an order chosen by the seed, at once.
    History {
        start_ms: i64,
        minutes: u32,
        seed: u64,
    },
}

/// One connection and what it needs.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) server: SocketAddr,
    pub(crate) number: usize,
    pub(crate) pace: Pace,
    pub(crate) window: usize,
    pub(crate) may_reconnect: bool,
    pub(crate) patience: Duration,
    pub(crate) tally: Arc<Tally>,
    pub(crate) log: Option<mpsc::Sender<Acknowledged>>,
    pub(crate) stop: CancellationToken,
    /// When the first packet may go out.
    pub(crate) start: Instant,
    /// How long the connection stays open after its last acknowledgement.
    pub(crate) hold: Duration,
}

/// What is still to be sent.
#[derive(Debug)]
struct Plan {
    pace: Pace,
    minutes: Vec<u32>,
    next: Instant,
    last_request_ms: i64,
}

impl Plan {
    fn new(pace: Pace, number: usize) -> Self {
        let (next, minutes) = match &pace {
            Pace::Realtime { first, .. } => (*first, Vec::new()),
            Pace::History { minutes, seed, .. } => {
                (Instant::now(), shuffle(*minutes, *seed, number as u64))
            }
        };
        Self {
            pace,
            minutes,
            next,
            last_request_ms: 0,
        }
    }

    /// How late the packet that is due now is.
    fn lateness(&self) -> Duration {
        match &self.pace {
            Pace::Realtime { .. } => self.next.elapsed(),
            Pace::History { .. } => Duration::ZERO,
        }
    }

    /// When the next packet is due; `None` at the end.
    fn due(&self) -> Option<Instant> {
        let is_left = match &self.pace {
            Pace::Realtime { end, .. } => self.next < *end,
            Pace::History { .. } => !self.minutes.is_empty(),
        };
        is_left.then_some(self.next)
    }

    /// The request's number, what is sent and the seed of its values.
    fn take(&mut self, number: usize) -> Option<(String, (Content, Timestamp), Numbers)> {
        match &self.pace {
            Pace::Realtime { interval, .. } => {
                self.next += *interval;
                let now = SystemClock.now();
                self.last_request_ms = now.epoch_ms().max(self.last_request_ms + 1);
                let at = Timestamp::from_epoch_ms(self.last_request_ms);
                let numbers = Numbers::new(self.last_request_ms.unsigned_abs() ^ number as u64);
                let request = at.civil().to_compact_milliseconds();
                Some((request, (Content::Realtime, at), numbers))
            }
            Pace::History { start_ms, .. } => {
                let minute = self.minutes.pop()?;
                let at = Timestamp::from_epoch_ms(*start_ms + i64::from(minute) * MINUTE_MS);
                let numbers = Numbers::new(u64::from(minute) << 32 ^ number as u64);
                let request = at.civil().to_compact_milliseconds();
                Some((request, (Content::Minute, at), numbers))
            }
        }
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The minutes in an order of their own for each seed and logger.
fn shuffle(minutes: u32, seed: u64, number: u64) -> Vec<u32> {
    let mut numbers = Numbers::new(seed ^ number << 20);
    let mut keyed: Vec<(u64, u32)> = (0..minutes)
        .map(|minute| (numbers.next(), minute))
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_key, minute)| minute).collect()
}

impl Connection {
    /// Sends everything; returns the length of the longest packet.
    pub(crate) async fn run(self, stream: TcpStream) -> usize {
        tokio::time::sleep_until(self.start).await;
        let mut plan = Plan::new(self.pace.clone(), self.number);
        let mut session = Session::new(mn_of(self.number));
        let mut stream = Some(stream);
        let mut pause = Duration::from_millis(50);
        while !self.stop.is_cancelled() {
            let open = match stream.take() {
                Some(stream) => Some(stream),
                None => connect(self.server, self.number).await.ok(),
            };
            if let Some(open) = open {
                one_more(&self.tally.connected);
                if self.use_stream(open, &mut plan, &mut session).await {
                    break;
                }
                one_more(&self.tally.disconnections);
                pause = Duration::from_millis(50);
            }
            self.give_up(&mut session);
            if !self.may_reconnect {
                break;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(Duration::from_secs(2));
        }
        self.give_up(&mut session);
        session.longest
    }

    fn give_up(&self, session: &mut Session) {
        let count = session.under_way.len() as u64;
        self.tally.given_up.fetch_add(count, Ordering::Relaxed);
        session.under_way.clear();
        session.received.clear();
    }

    /// Whether everything was sent and answered; false when the connection ended before.
    async fn use_stream(
        &self,
        mut stream: TcpStream,
        plan: &mut Plan,
        session: &mut Session,
    ) -> bool {
        let mut last_sign = Instant::now();
        let mut buffer = vec![0; 2048];
        // one timer and one place in the list of those who stop, not one for each turn: the generator
        // shares its processors with the server
        let timer = tokio::time::sleep_until(last_sign);
        let stopped = self.stop.cancelled();
        tokio::pin!(timer, stopped);
        loop {
            let due = plan.due().filter(|_due| !self.stop.is_cancelled());
            if due.is_none() && session.under_way.is_empty() {
                tokio::time::sleep(self.hold).await;
                return true;
            }
            let may_send = due.is_some() && session.under_way.len() < self.window;
            let wake = match due {
                Some(due) if may_send => due,
                _ => last_sign + self.patience,
            };
            if timer.deadline() != wake {
                timer.as_mut().reset(wake);
            }
            tokio::select! {
                biased;
                read = stream.read(&mut buffer) => {
                    let Some(part) = read.ok().filter(|count| *count > 0)
                        .and_then(|count| buffer.get(..count)) else { return false };
                    last_sign = Instant::now();
                    self.take_answers(part, session);
                }
                () = &mut timer => {
                    if !may_send {
                        return false;
                    }
                    if session.under_way.is_empty() {
                        last_sign = Instant::now();
                    }
                    self.tally.late.add(microseconds(plan.lateness()));
                    let Some(frame) = session.make_packet(plan, self.number) else { return true };
                    if stream.write_all(frame.as_ref()).await.is_err() {
                        return false;
                    }
                    one_more(&self.tally.sent);
                }
                () = &mut stopped, if due.is_some() => {}
            }
        }
    }

    fn take_answers(&self, part: &[u8], session: &mut Session) {
        session.received.extend_from_slice(part);
        let mut used = 0;
        for line in session.received.split_inclusive(|byte| *byte == b'\n') {
            if line.last() != Some(&b'\n') {
                break;
            }
            used += line.len();
            let acknowledged = find_request_and_mn(line).filter(|_found| is_acknowledgement(line));
            let found = acknowledged.and_then(|(request, _mn)| {
                let place = session
                    .under_way
                    .iter()
                    .position(|(sent, _at)| *sent == request)?;
                session.under_way.remove(place)
            });
            let Some((request, at)) = found else {
                one_more(&self.tally.strange_answers);
                continue;
            };
            self.tally.latency.add(microseconds(at.elapsed()));
            one_more(&self.tally.acknowledged);
            if let Some(log) = &self.log
                && log.send((request, self.number)).is_err()
            {
                // the log's writer has gone: its error is reported when the log is finished
                self.stop.cancel();
            }
        }
        session.received.drain(..used);
    }
}

/// What is under way on a connection.
#[derive(Debug)]
struct Session {
    mn: String,
    segment: String,
    under_way: VecDeque<(u64, Instant)>,
    received: Vec<u8>,
    longest: usize,
}

impl Session {
    const fn new(mn: String) -> Self {
        Self {
            mn,
            segment: String::new(),
            under_way: VecDeque::new(),
            received: Vec::new(),
            longest: 0,
        }
    }

    fn make_packet(&mut self, plan: &mut Plan, number: usize) -> Option<impl AsRef<[u8]> + use<>> {
        let (request, content, mut numbers) = plan.take(number)?;
        write_segment(&mut self.segment, &self.mn, &request, content, &mut numbers).ok()?;
        let frame = hj212::encode_frame(self.segment.as_bytes());
        self.longest = self.longest.max(frame.len());
        self.under_way
            .push_back((request.parse().ok()?, Instant::now()));
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_the_same_for_every_seed_but_its_order() {
        let (one, other) = (shuffle(1440, 1, 3), shuffle(1440, 2, 3));
        assert_ne!(one, other);
        let sorted = |mut minutes: Vec<u32>| {
            minutes.sort_unstable();
            minutes
        };
        assert_eq!(sorted(one), sorted(other));
    }

    #[test]
    fn the_history_ends_and_repeats_its_packets() {
        let pace = |seed| Pace::History {
            start_ms: 1_789_920_000_000,
            minutes: 3,
            seed,
        };
        let all = |seed| {
            let (mut plan, mut session) = (Plan::new(pace(seed), 5), Session::new(mn_of(5)));
            let mut packets = Vec::new();
            while let Some(frame) = session.make_packet(&mut plan, 5) {
                packets.push(frame.as_ref().to_vec());
            }
            assert!(plan.due().is_none());
            packets.sort();
            packets
        };
        assert_eq!(all(1).len(), 3);
        assert_eq!(all(1), all(2));
    }
}
