//! `qingshan hj212 listen`: a small server that explains what devices send, and answers if asked.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use clap::Args;
use device_gateway::choose_answer;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings, build_reply};
use sites::Acknowledgement;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::LanguageOption;
use super::decode::{Reading, Side, show_on};

/// A connection on which nothing comes for so long is closed.
const IDLE: Duration = Duration::from_hours(1);
/// An answer must be taken within so long.
const WRITE: Duration = Duration::from_secs(10);
/// Packets that wait to be shown; reading stops while it is full.
const QUEUE: usize = 256;
/// How long connections are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Options of `qingshan hj212 listen`.
#[derive(Debug, Args)]
pub(crate) struct ListenOptions {
    /// Address and port to listen on.
    #[arg(default_value = "127.0.0.1:8213")]
    address: SocketAddr,
    /// Answer as a host does: 9014 to uploads that ask for it, 9013 to notices. Without it nothing
    /// is sent.
    #[arg(long)]
    acknowledge: bool,
    /// Stop after so many packets.
    #[arg(long)]
    count: Option<u64>,
    /// Connections at a time; more are closed at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// One JSON object a line; the first names the address.
    #[arg(long)]
    json: bool,
    /// The language of explanations.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
}

/// What a connection tells the one that writes.
enum Told {
    Came(SocketAddr),
    Found(SocketAddr, Decoded, Option<Bytes>),
    Went(SocketAddr),
    Refused(SocketAddr),
}

/// Listens until Ctrl-C, SIGTERM or the last packet wanted.
///
/// # Errors
/// When the address cannot be listened on or the output not be written.
pub(crate) async fn listen(
    options: &ListenOptions,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(options.address)
        .await
        .with_context(|| format!("cannot listen on {}", options.address))?;
    let address = listener.local_addr()?;
    let mut shown = Shown {
        reading: Reading {
            is_strict: false,
            is_json: options.json,
            language: options.language,
        },
        out,
        packets: 0,
    };
    shown.begin(address)?;
    let (tell, mut told) = mpsc::channel(QUEUE);
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let accepting = Accepting {
        listener,
        room: Arc::new(Semaphore::new(usize::from(options.connections))),
        is_answering: options.acknowledge,
        tell,
        stop: stop.clone(),
        tasks: tasks.clone(),
    };
    tasks.spawn(accepting.run());
    tasks.close();
    let interrupted = stop_requested();
    tokio::pin!(interrupted);
    let is_enough = |packets: u64| options.count.is_some_and(|count| packets >= count);
    while !is_enough(shown.packets) {
        tokio::select! {
            () = &mut interrupted => break,
            event = told.recv() => match event {
                Some(event) => shown.show(event)?,
                None => break,
            },
        }
    }
    stop.cancel();
    drop(told);
    let _in_time = tokio::time::timeout(PATIENCE, tasks.wait()).await;
    shown.end()?;
    Ok(ExitCode::SUCCESS)
}

/// The one that writes.
struct Shown<'a> {
    reading: Reading,
    out: &'a mut dyn Write,
    packets: u64,
}

impl Shown<'_> {
    fn begin(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        if self.reading.is_json {
            let line = serde_json::json!({ "listening": address.to_string() });
            writeln!(self.out, "{line}")?;
        } else {
            let pick = self.reading.language.pick("正在监听", "listening on");
            let stop = self.reading.language.pick("Ctrl-C 结束", "Ctrl-C ends");
            writeln!(self.out, "-- {pick} {address} ({stop})\n")?;
        }
        Ok(self.out.flush()?)
    }

    fn show(&mut self, told: Told) -> anyhow::Result<()> {
        let language = self.reading.language;
        let (peer, said) = match told {
            Told::Found(peer, found, answer) => {
                let side = Side::From(peer);
                show_on(side, found, self.reading, &mut self.packets, self.out)?;
                if let Some(answer) = answer {
                    let text = String::from_utf8_lossy(&answer);
                    let text = text.trim_end();
                    if self.reading.is_json {
                        let line = serde_json::json!({
                            "direction": "sent", "peer": peer.to_string(), "raw": text,
                        });
                        writeln!(self.out, "{line}")?;
                    } else {
                        let said = language.pick("已应答", "answered");
                        writeln!(self.out, ">> {said} {text}\n")?;
                    }
                }
                return Ok(self.out.flush()?);
            }
            Told::Came(peer) => (peer, language.pick("连接", "connected")),
            Told::Went(peer) => (peer, language.pick("断开", "gone")),
            Told::Refused(peer) => (
                peer,
                language.pick("连接数已满，拒绝", "refused: too many connections"),
            ),
        };
        if !self.reading.is_json {
            writeln!(self.out, "-- {peer} {said}\n")?;
        }
        Ok(self.out.flush()?)
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.reading.is_json {
            writeln!(
                self.out,
                "{}",
                serde_json::json!({ "packets": self.packets })
            )?;
        } else {
            let said = self.reading.language.pick("共收到报文", "packets received");
            writeln!(self.out, "-- {said}: {}", self.packets)?;
        }
        Ok(self.out.flush()?)
    }
}

struct Accepting {
    listener: TcpListener,
    room: Arc<Semaphore>,
    is_answering: bool,
    tell: mpsc::Sender<Told>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Accepting {
    async fn run(self) {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            // out of open files, or the peer went at once: neither lasts
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
                if self.tell.send(Told::Refused(peer)).await.is_err() {
                    return;
                }
                continue;
            };
            let (tell, stop) = (self.tell.clone(), self.stop.clone());
            let is_answering = self.is_answering;
            self.tasks.spawn(async move {
                let _place = place;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = serve(stream, peer, is_answering, tell) => {}
                }
            });
        }
    }
}

/// One connection, until it is closed, silent, or nobody listens any more.
async fn serve(
    mut stream: TcpStream,
    peer: SocketAddr,
    is_answering: bool,
    tell: mpsc::Sender<Told>,
) {
    if tell.send(Told::Came(peer)).await.is_err() {
        return;
    }
    let mut decoder = FrameDecoder::new(FrameSettings::tolerant());
    let mut buffer = BytesMut::new();
    'open: loop {
        while let Some(found) = decoder.decode(&mut buffer) {
            let answer = match &found {
                Decoded::Frame(frame) if is_answering => find_answer(frame),
                _ => None,
            };
            let is_lost = matches!(&found, Decoded::Garbage(garbage) if !garbage.can_continue());
            let shown = tell.send(Told::Found(peer, found, answer.clone())).await;
            if shown.is_err() || is_lost {
                break 'open;
            }
            if let Some(answer) = answer {
                let writing = tokio::time::timeout(WRITE, stream.write_all(&answer)).await;
                if !matches!(writing, Ok(Ok(()))) {
                    break 'open;
                }
            }
        }
        match tokio::time::timeout(IDLE, stream.read_buf(&mut buffer)).await {
            Ok(Ok(count)) if count > 0 => {}
            _ => break,
        }
    }
    while let Some(found) = decoder.finish(&mut buffer) {
        if tell.send(Told::Found(peer, found, None)).await.is_err() {
            return;
        }
    }
    // nobody may be left to hear it
    let _ = tell.send(Told::Went(peer)).await;
}

/// The answer that a host gives, in the edition of the packet; none to damaged packets.
fn find_answer(frame: &Frame) -> Option<Bytes> {
    if !frame.is_accepted() {
        return None;
    }
    let envelope = frame.envelope();
    let reply = choose_answer(&envelope, envelope.edition(), Acknowledgement::AsAsked)?;
    Some(build_reply(&envelope, reply))
}

/// Completes on Ctrl-C or SIGTERM.
async fn stop_requested() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_cannot_be_heard) => {
            let _interrupted = interrupt.await;
        }
    }
}
