//! `qingshan hj212 send`: packets to an address, and the answers explained.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use clap::Args;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::LanguageOption;
use super::decode::{Reading, Side, show_on};

/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Files of this size are read at once at most; a packet has ten thousand bytes at the most.
const MOST_FILE_BYTES: u64 = 64 << 20;

/// Options of `qingshan hj212 send`.
#[derive(Debug, Args)]
pub(crate) struct SendOptions {
    /// Host and port, such as `127.0.0.1:8213`.
    address: String,
    /// A file with packets, whatever stands between them; `-` reads standard input.
    #[arg(required_unless_present = "segment")]
    file: Option<PathBuf>,
    /// A data segment to be framed and sent, such as `QN=…;ST=32;CN=2011;…;CP=&&…&&`; more than
    /// one is sent in order.
    #[arg(long, conflicts_with = "file")]
    segment: Vec<String>,
    /// Send the file as it is, in one piece, and listen.
    #[arg(long, conflicts_with = "segment")]
    raw: bool,
    /// Seconds to wait for the answer to a packet that asks for one, and for more at the end.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait: u64,
    /// One JSON object a line for each packet sent and received.
    #[arg(long)]
    json: bool,
    /// The language of explanations.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
}

impl SendOptions {
    /// What is to be sent, each packet by itself; with `--raw` the whole file.
    fn read(&self) -> anyhow::Result<Vec<Bytes>> {
        if let Some(path) = &self.file {
            let mut bytes = Vec::new();
            let most = MOST_FILE_BYTES + 1;
            if path.as_os_str() == "-" {
                std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
            } else {
                let file = std::fs::File::open(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                file.take(most).read_to_end(&mut bytes)?;
            }
            anyhow::ensure!(
                bytes.len() as u64 <= MOST_FILE_BYTES,
                "the file has more than {} MiB: split it",
                MOST_FILE_BYTES >> 20
            );
            if self.raw {
                return Ok(vec![bytes.into()]);
            }
            let packets = find_packets(&bytes);
            anyhow::ensure!(
                !packets.is_empty(),
                "there is no packet in {}: a packet begins with ## and its length",
                path.display()
            );
            return Ok(packets);
        }
        let mut packets = Vec::new();
        for segment in &self.segment {
            super::check_segment(segment.as_bytes())?;
            packets.push(hj212::encode_frame(segment.as_bytes()));
        }
        Ok(packets)
    }
}

/// The packets of some bytes as they stand, damaged ones too: that they are damaged may be what is
/// to be tried.
fn find_packets(bytes: &[u8]) -> Vec<Bytes> {
    let mut decoder = FrameDecoder::new(FrameSettings::tolerant());
    let mut buffer = BytesMut::from(bytes);
    let mut packets = Vec::new();
    let mut take = |found: Decoded| {
        if let Decoded::Frame(frame) = found {
            let mut packet = BytesMut::from(&frame.raw()[..]);
            if !packet.ends_with(b"\n") {
                packet.extend_from_slice(b"\r\n");
            }
            packets.push(packet.freeze());
        }
    };
    while let Some(found) = decoder.decode(&mut buffer) {
        take(found);
    }
    while let Some(found) = decoder.finish(&mut buffer) {
        take(found);
    }
    packets
}

/// A connection that shows what it carries.
struct Line<'a> {
    stream: TcpStream,
    decoder: FrameDecoder,
    buffer: BytesMut,
    reading: Reading,
    out: &'a mut dyn Write,
    numbers: [u64; 2],
}

/// What was waited for.
enum Heard {
    Packet(Frame),
    /// Nothing came in time.
    Silence,
    /// The other side closed the connection.
    Closed,
}

/// Sends, shows what comes back, and says by its code whether every packet that asked for an
/// answer got one.
///
/// # Errors
/// When there is nothing to send, no connection, or the output cannot be written.
pub(crate) async fn send(options: &SendOptions, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let packets = options.read()?;
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect(&options.address)).await;
    let stream = connected
        .map_err(|_elapsed| anyhow::anyhow!("no answer within {} s", CONNECT.as_secs()))
        .and_then(|connected| connected.map_err(anyhow::Error::from))
        .with_context(|| format!("cannot connect to {}", options.address))?;
    stream.set_nodelay(true)?;
    let mut line = Line {
        stream,
        decoder: FrameDecoder::new(FrameSettings::tolerant()),
        buffer: BytesMut::new(),
        reading: Reading {
            is_strict: false,
            is_json: options.json,
            language: options.language,
        },
        out,
        numbers: [0; 2],
    };
    let talk = line.talk(&packets, options);
    tokio::select! {
        done = talk => done,
        // what was shown stays shown; the connection ends with the program
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            Ok(ExitCode::from(130))
        }
    }
}

impl Line<'_> {
    async fn talk(&mut self, packets: &[Bytes], options: &SendOptions) -> anyhow::Result<ExitCode> {
        let wait = Duration::from_secs(options.wait);
        let mut unanswered = 0;
        let mut is_closed = false;
        for packet in packets {
            self.show_sent(packet, options.raw)?;
            let sending = tokio::time::timeout(wait.max(CONNECT), self.stream.write_all(packet));
            sending
                .await
                .context("the other side does not take what is sent")??;
            let question = (!options.raw).then(|| find_question(packet)).flatten();
            let Some(question) = question else { continue };
            match self.wait_for(&question, wait).await? {
                Heard::Packet(_) => {}
                Heard::Silence => unanswered += 1,
                Heard::Closed => {
                    unanswered += 1;
                    is_closed = true;
                    break;
                }
            }
        }
        // what the other side asks by itself, or sends on
        while !is_closed {
            match self.hear(wait).await? {
                Heard::Packet(_) => {}
                Heard::Silence => break,
                Heard::Closed => is_closed = true,
            }
        }
        self.conclude(unanswered, is_closed)?;
        Ok(if unanswered == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Listens until the answer to a request number has come.
    async fn wait_for(&mut self, question: &str, wait: Duration) -> anyhow::Result<Heard> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            match self.hear(left).await? {
                Heard::Packet(frame) if answers(&frame, question) => {
                    return Ok(Heard::Packet(frame));
                }
                Heard::Packet(_) => {}
                other => return Ok(other),
            }
        }
    }

    /// The next packet, shown.
    async fn hear(&mut self, wait: Duration) -> anyhow::Result<Heard> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            while let Some(found) = self.decoder.decode(&mut self.buffer) {
                let frame = match &found {
                    Decoded::Frame(frame) => Some(frame.clone()),
                    Decoded::Garbage(_) => None,
                };
                let [_, received] = &mut self.numbers;
                show_on(Side::Received, found, self.reading, received, self.out)?;
                if let Some(frame) = frame {
                    self.out.flush()?;
                    return Ok(Heard::Packet(frame));
                }
            }
            let read = self.stream.read_buf(&mut self.buffer);
            match tokio::time::timeout_at(deadline, read).await {
                Err(_elapsed) => return Ok(Heard::Silence),
                Ok(Ok(0) | Err(_)) => return Ok(Heard::Closed),
                Ok(Ok(_)) => {}
            }
        }
    }

    fn show_sent(&mut self, bytes: &Bytes, is_raw: bool) -> anyhow::Result<()> {
        let [sent, _] = &mut self.numbers;
        if is_raw && !self.reading.is_json {
            let said = self
                .reading
                .language
                .pick("原样发送字节", "bytes sent as they are");
            writeln!(self.out, ">> {said}: {}\n", bytes.len())?;
            return Ok(self.out.flush()?);
        }
        let mut decoder = FrameDecoder::new(FrameSettings::tolerant());
        let mut buffer = BytesMut::from(&bytes[..]);
        while let Some(found) = decoder.decode(&mut buffer) {
            show_on(Side::Sent, found, self.reading, sent, self.out)?;
        }
        while let Some(found) = decoder.finish(&mut buffer) {
            show_on(Side::Sent, found, self.reading, sent, self.out)?;
        }
        Ok(self.out.flush()?)
    }

    fn conclude(&mut self, unanswered: u64, is_closed: bool) -> anyhow::Result<()> {
        let [sent, received] = self.numbers;
        if self.reading.is_json {
            let line = serde_json::json!({
                "sent": sent,
                "received": received,
                "unanswered": unanswered,
                "closed_by_peer": is_closed,
            });
            writeln!(self.out, "{line}")?;
            return Ok(self.out.flush()?);
        }
        let pick = |zh, en| self.reading.language.pick(zh, en);
        let ending = if is_closed {
            pick("；对方已关闭连接", "; the other side closed the connection")
        } else {
            ""
        };
        let (out, of_sent, of_received, of_unanswered) = (
            &mut self.out,
            pick("已发送", "sent"),
            pick("收到", "received"),
            pick("未获应答", "unanswered"),
        );
        writeln!(
            out,
            "{of_sent} {sent}, {of_received} {received}, {of_unanswered} {unanswered}{ending}"
        )?;
        Ok(out.flush()?)
    }
}

/// The request number of a packet that asks for an answer; its code when it has none.
fn find_question(packet: &Bytes) -> Option<String> {
    let mut decoder = FrameDecoder::new(FrameSettings::tolerant());
    let Some(Decoded::Frame(frame)) = decoder.decode(&mut BytesMut::from(&packet[..])) else {
        return None;
    };
    let envelope = frame.envelope();
    envelope
        .wants_answer()
        .then(|| envelope.qn.unwrap_or_default().to_owned())
}

/// Whether a packet bears a request number, in its head or (2005) in its data area.
fn answers(frame: &Frame, question: &str) -> bool {
    let text = frame.text();
    let (message, _) = hj212::parse_message(&text, &hj212::ParseSettings::default());
    let number = message.qn.or_else(|| message.data_area.value("QN"));
    question.is_empty() || number == Some(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_in_a_log_as_they_stand() {
        let packet = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;\
            MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80";
        let damaged = packet.replace("1C80", "1C81");
        let log = format!("rx {packet}\nnothing\nrx {damaged}\n");
        let found = find_packets(log.as_bytes());
        assert_eq!(found.len(), 2);
        assert_eq!(&found[0][..], format!("{packet}\r\n").as_bytes());
        assert!(found[1].starts_with(damaged.as_bytes()));
        assert_eq!(
            find_question(&found[0]).as_deref(),
            Some("20160801085857223")
        );
        assert!(find_packets(b"nothing at all").is_empty());
    }
}
