//! The socket to a superior: connecting, and what is read and written.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use forwarding::TargetTrouble;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Instant;

/// Bytes that wait to be written at the most before no more packets are taken from the queue.
const MOST_OUTGOING: usize = 64 << 10;

/// Connects to a superior.
pub(super) async fn connect(
    host: &str,
    port: u16,
    connect_timeout: Duration,
    stall: Duration,
) -> io::Result<Superior> {
    let connecting = TcpStream::connect((host, port));
    let stream = tokio::time::timeout(connect_timeout, connecting)
        .await
        .map_err(|_late| io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))??;
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(stall)
        .with_interval(Duration::from_secs(10))
        .with_retries(3);
    let socket = SockRef::from(&stream);
    socket.set_tcp_keepalive(&keepalive)?;
    // what was sent and not received by the other side in this time ends a half-open connection
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(stall))?;
    let peer = stream.peer_addr()?;
    let (reader, writer) = stream.into_split();
    Ok(Superior {
        peer,
        reader,
        writer,
        input: BytesMut::new(),
        output: BytesMut::new(),
        decoder: FrameDecoder::new(FrameSettings {
            max_segment: 9999,
            ..FrameSettings::tolerant()
        }),
        last_progress: Instant::now(),
        last_sent: Instant::now(),
    })
}

/// A connection to a superior.
pub(super) struct Superior {
    pub(super) peer: SocketAddr,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    input: BytesMut,
    output: BytesMut,
    decoder: FrameDecoder,
    /// When the other side took something last, or had nothing to take.
    last_progress: Instant,
    last_sent: Instant,
}

/// What a connection did.
pub(super) enum Turn {
    /// Packets came.
    Heard(Vec<Frame>),
    /// Something was written.
    Written,
}

impl Superior {
    /// Whether more may be put into the output.
    pub(super) fn has_room(&self) -> bool {
        self.output.len() < MOST_OUTGOING
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.output.is_empty()
    }

    pub(super) fn put(&mut self, packet: &[u8]) {
        if self.output.is_empty() {
            self.last_progress = Instant::now();
        }
        self.last_sent = Instant::now();
        self.output.extend_from_slice(packet);
    }

    /// Whether the other side takes nothing any more.
    pub(super) fn is_stalled(&self, stall: Duration) -> bool {
        !self.output.is_empty() && self.last_progress.elapsed() > stall
    }

    /// How long nothing was sent.
    pub(super) fn idle(&self) -> Duration {
        self.last_sent.elapsed()
    }

    /// Reads or writes, whichever is possible first. Nothing is lost when the future is dropped.
    pub(super) async fn turn(&mut self) -> Result<Turn, (TargetTrouble, String)> {
        let broken = |error: io::Error| (TargetTrouble::Broken, error.to_string());
        let has_output = !self.output.is_empty();
        tokio::select! {
            read = self.reader.read_buf(&mut self.input) => {
                if read.map_err(broken)? == 0 {
                    return Err((TargetTrouble::ClosedBySuperior, String::new()));
                }
            }
            written = self.writer.write_buf(&mut self.output), if has_output => {
                if written.map_err(broken)? > 0 {
                    self.last_progress = Instant::now();
                }
                if !self.output.has_remaining() {
                    self.output = BytesMut::new();
                }
                return Ok(Turn::Written);
            }
        }
        let mut frames = Vec::new();
        while let Some(decoded) = self.decoder.decode(&mut self.input) {
            match decoded {
                Decoded::Frame(frame) => frames.push(frame),
                Decoded::Garbage(garbage) if garbage.can_continue() => {
                    tracing::debug!(peer = %self.peer, bytes = garbage.count, "bytes between packets from a superior");
                }
                Decoded::Garbage(garbage) => {
                    return Err((
                        TargetTrouble::NotSpeaking,
                        format!("{} bytes without a packet", garbage.count),
                    ));
                }
            }
        }
        Ok(Turn::Heard(frames))
    }

    /// Says good-bye.
    pub(super) async fn close(mut self) {
        // the other side may be gone already
        let _ = self.writer.shutdown().await;
    }
}
