//! One connection: reads, lets the session decide, writes. An idle connection holds no buffer.

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Poll, ready};

use bytes::BytesMut;
use commands::Counter;
use hj212::FrameDecoder;
use monitoring::{ArrivedPacket, JournalRoom, NotTaken};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Instant;

use crate::events::EndReason;
use crate::gateway::Shared;
use crate::link::Link;
use crate::session::Session;

/// The most bytes read at a time; on the stack, so that nothing is held between reads.
const READ_BYTES: usize = 8192;
pub(crate) struct ConnectionTask {
    shared: Arc<Shared>,
    link: Arc<Link>,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: FrameDecoder,
    buffer: BytesMut,
    session: Session,
    /// A packet that the full journal did not take.
    blocked: Option<ArrivedPacket>,
    /// Answers on their way out, and how much of them is out.
    output: Vec<u8>,
    written: usize,
    is_read_closed: bool,
}

/// Appends what has come to the buffer. Nothing is held while nothing comes, and nothing is lost
/// when the future is dropped.
async fn read(reader: &mut OwnedReadHalf, buffer: &mut BytesMut) -> std::io::Result<usize> {
    poll_fn(|context| {
        let mut space = [MaybeUninit::uninit(); READ_BYTES];
        let mut chunk = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *reader).poll_read(context, &mut chunk))?;
        let chunk = chunk.filled();
        // An empty buffer takes exactly what came: packets go on as slices of it.
        if buffer.is_empty() {
            *buffer = BytesMut::from(chunk);
        } else {
            buffer.extend_from_slice(chunk);
        }
        Poll::Ready(Ok(chunk.len()))
    })
    .await
}

impl ConnectionTask {
    /// On the heap, for a future holds what it was given twice.
    pub(crate) fn new(shared: Arc<Shared>, link: Arc<Link>, stream: TcpStream) -> Box<Self> {
        let decoder = FrameDecoder::new(shared.frame_settings.clone());
        let session = Session::new(Arc::clone(&shared), Arc::clone(&link));
        let (reader, writer) = stream.into_split();
        Box::new(Self {
            shared,
            link,
            reader,
            writer,
            decoder,
            buffer: BytesMut::new(),
            session,
            blocked: None,
            output: Vec::new(),
            written: 0,
            is_read_closed: false,
        })
    }

    /// Runs until the connection has ended; returns why, and the session for its farewell.
    pub(crate) async fn run(mut self: Box<Self>) -> (EndReason, Session) {
        let reason = loop {
            if let Err(_broken) = self.write() {
                break EndReason::Broken;
            }
            match self.link.end_reason() {
                EndReason::Open => {}
                EndReason::Stopped => {
                    self.finish().await;
                    break EndReason::Stopped;
                }
                reason => break reason,
            }
            if self.is_read_closed && self.is_idle() {
                break EndReason::ClosedByPeer;
            }
            if let Err(reason) = self.turn().await {
                break reason;
            }
        };
        if self.blocked.is_none() && !self.buffer.is_empty() {
            // What never became a packet is counted and sampled like any bad frame.
            let _ = self.decode(true);
        }
        self.set_buffered(0);
        let _ = self.writer.shutdown().await;
        (reason, self.session)
    }

    /// Whether nothing is under way.
    fn is_idle(&self) -> bool {
        self.blocked.is_none()
            && self.link.in_flight() == 0
            && self.output.is_empty()
            && !self.link.has_outgoing()
    }

    /// Waits for the next thing to do and does it.
    async fn turn(&mut self) -> Result<(), EndReason> {
        let is_blocked = self.blocked.is_some();
        let may_read = !is_blocked && !self.is_read_closed;
        if may_read && self.shared.budget.is_exhausted() {
            self.shared.live.counters.count(Counter::WaitsForMemory);
            tokio::select! {
                () = self.link.wake.notified() => {}
                () = self.shared.budget.wait() => {}
                writable = self.writer.writable(), if !self.output.is_empty() => {
                    writable.map_err(|_broken| EndReason::Broken)?;
                }
            }
            return Ok(());
        }
        tokio::select! {
            biased;
            // First, so that room that was waited for is not given back unused.
            room = self.shared.journal.reserve(), if is_blocked => self.unblock(room),
            () = self.link.wake.notified() => {}
            writable = self.writer.writable(), if !self.output.is_empty() => {
                writable.map_err(|_broken| EndReason::Broken)?;
            }
            count = read(&mut self.reader, &mut self.buffer), if may_read => {
                self.take_in(count.map_err(|_broken| EndReason::Broken)?)?;
            }
        }
        Ok(())
    }

    /// Takes in what a read has put into the buffer; no bytes mean that the other end is done.
    fn take_in(&mut self, count: usize) -> Result<(), EndReason> {
        if count == 0 {
            self.is_read_closed = true;
        } else {
            self.link.note_bytes(count, self.shared.monotonic_ms());
        }
        self.decode(self.is_read_closed)
    }

    /// Takes the packets out of the buffer until it needs more bytes or the journal is full.
    fn decode(&mut self, is_end: bool) -> Result<(), EndReason> {
        let received_at = self.shared.clock.now();
        self.session.refresh(received_at);
        let mut reason = None;
        while self.blocked.is_none() {
            let decoded = if is_end {
                self.decoder.finish(&mut self.buffer)
            } else {
                self.decoder.decode(&mut self.buffer)
            };
            let Some(decoded) = decoded else { break };
            match self.session.handle(decoded, received_at) {
                Ok(None) => {}
                Ok(Some(packet)) => self.offer(packet),
                Err(end) => {
                    reason = Some(end);
                    break;
                }
            }
        }
        let held = self.buffer.len();
        if held == 0 {
            self.buffer = BytesMut::new();
        }
        self.set_buffered(held);
        reason.map_or(Ok(()), Err)
    }

    fn offer(&mut self, packet: ArrivedPacket) {
        match self.shared.journal.try_put(packet) {
            Ok(()) => {}
            Err(NotTaken::Full(packet)) => {
                self.shared.live.counters.count(Counter::WaitsForJournal);
                self.blocked = Some(packet);
            }
            Err(NotTaken::Closed(packet)) => self.give_up(&packet),
        }
    }

    /// The journal has ended: the packet is not acknowledged, so the device sends it again.
    fn give_up(&self, packet: &ArrivedPacket) {
        self.link.settle_unkept(packet.tag);
        self.link.end(EndReason::Stopped);
    }

    fn unblock(&mut self, room: Option<JournalRoom>) {
        let Some(packet) = self.blocked.take() else {
            return;
        };
        let Some(room) = room else {
            return self.give_up(&packet);
        };
        room.put(packet);
        if let Err(reason) = self.decode(self.is_read_closed) {
            self.link.end(reason);
        }
    }

    /// Notes how many bytes of an unfinished packet are held, for the budget and housekeeping.
    fn set_buffered(&mut self, held: usize) {
        let before = self.link.buffered.swap(held, Ordering::AcqRel);
        self.shared.budget.change(before, held);
        let is_waiting = held > 0 && self.blocked.is_none();
        let since = self.link.frame_since.load(Ordering::Relaxed);
        // A packet is late by its own first byte: progress of earlier packets starts anew.
        if !is_waiting {
            self.link.frame_since.store(0, Ordering::Relaxed);
        } else if since == 0 || self.session.take_progress() {
            self.link
                .frame_since
                .store(self.shared.monotonic_ms().max(1), Ordering::Relaxed);
        }
    }

    /// Writes as much as the other end takes at once.
    fn write(&mut self) -> std::io::Result<()> {
        loop {
            if self.output.is_empty() {
                self.output = self.link.take_outgoing();
                self.written = 0;
                if self.output.is_empty() {
                    self.link.write_since.store(0, Ordering::Relaxed);
                    return Ok(());
                }
            }
            let rest = self.output.get(self.written..).unwrap_or_default();
            match self.writer.try_write(rest) {
                Ok(count) => {
                    self.written += count;
                    self.link.write_since.store(0, Ordering::Relaxed);
                    if self.written >= self.output.len() {
                        self.output = Vec::new();
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    let now = self.shared.monotonic_ms().max(1);
                    let _ = self.link.write_since.compare_exchange(
                        0,
                        now,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    );
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The gateway stops: what is half read may become whole, commits and answers under way are
    /// waited for, nothing else is begun.
    async fn finish(&mut self) {
        let deadline = Instant::now() + self.shared.settings.stop_grace();
        while !(self.is_idle() && (self.buffer.is_empty() || self.is_read_closed)) {
            let may_read =
                !self.buffer.is_empty() && self.blocked.is_none() && !self.is_read_closed;
            tokio::select! {
                biased;
                room = self.shared.journal.reserve(), if self.blocked.is_some() => {
                    self.unblock(room);
                }
                () = self.link.wake.notified() => {}
                writable = self.writer.writable(), if !self.output.is_empty() => {
                    if writable.is_err() { return }
                }
                count = read(&mut self.reader, &mut self.buffer), if may_read => {
                    let Ok(count) = count else { return };
                    if self.take_in(count).is_err() { return }
                }
                () = tokio::time::sleep_until(deadline) => return,
            }
            if self.write().is_err() {
                return;
            }
        }
    }
}
