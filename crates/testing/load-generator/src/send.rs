//! Loggers on connections of their own, each sending at its times.

mod connection;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::acknowledged::AcknowledgedLog;
use crate::tally::{SendReport, Tally, read};
use connection::{Connection, Pace};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(10);
/// Connections with one loopback address.
const CONNECTIONS_OF_ADDRESS: usize = 1000;
/// The first address of loggers, 127.0.1.1, by its last two bytes.
const FIRST_ADDRESS: usize = 0x0101;
/// How long the server may take to come up before the first connection.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// The options of `load-generator send`.
#[derive(Debug, Args)]
pub(crate) struct SendOptions {
    /// Where the gateway listens.
    #[arg(long, default_value = "127.0.0.1:8213")]
    server: SocketAddr,
    /// Connections, each with the logger of its number.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Packets a second from all of them together.
    #[arg(long, default_value_t = 20_000)]
    packets_per_second: u64,
    /// How long, in seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Instead: each logger's minute packets of so many hours, in an order of their own, as fast
    /// as they are acknowledged.
    #[arg(long)]
    history_hours: Option<u32>,
    /// The day (epoch milliseconds of its start) of the history.
    #[arg(long, default_value_t = 1_789_920_000_000)]
    history_start_ms: i64,
    /// Chooses the order of the history; the packets are the same for every seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Packets of one connection under way at a time.
    #[arg(long, default_value_t = 64)]
    window: usize,
    /// Write QN and MN of each acknowledged packet to this file.
    #[arg(long)]
    acknowledged: Option<PathBuf>,
    /// Connect again when the server goes away.
    #[arg(long)]
    reconnect: bool,
    /// How long the connections are held open and idle before the first packet and again after the
    /// last, in seconds.
    #[arg(long, default_value_t = 0)]
    hold_s: u64,
    /// How long the last acknowledgements are waited for, in seconds.
    #[arg(long, default_value_t = 30)]
    patience_s: u64,
}

/// Runs all connections to their end, or until SIGINT or SIGTERM.
pub(crate) async fn send(options: SendOptions) -> anyhow::Result<SendReport> {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        eprintln!("the limit of open files cannot be raised: {error}");
    }
    let tally = Arc::new(Tally::default());
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let log = match &options.acknowledged {
        Some(path) => Some(AcknowledgedLog::create(path)?),
        None => None,
    };
    let mut streams = Vec::with_capacity(options.connections);
    let patience = Instant::now() + START_PATIENCE;
    for number in 0..options.connections {
        let stream = connect_patiently(options.server, number, patience)
            .await
            .with_context(|| format!("connection {number}"))?;
        streams.push(stream);
    }
    eprintln!("{} connections are open", streams.len());
    let hold = Duration::from_secs(options.hold_s);
    let start = Instant::now() + hold + Duration::from_millis(200);
    let mut tasks = JoinSet::new();
    for (number, stream) in streams.into_iter().enumerate() {
        let connection = Connection {
            server: options.server,
            number,
            pace: pace_of(&options, start, number),
            window: options.window.max(1),
            may_reconnect: options.reconnect,
            patience: Duration::from_secs(options.patience_s),
            tally: Arc::clone(&tally),
            log: log.as_ref().map(AcknowledgedLog::sender),
            stop: stop.clone(),
            start,
            hold,
        };
        tasks.spawn(connection.run(stream));
    }
    let progress = tokio::spawn(tell_progress(Arc::clone(&tally)));
    let mut packet_bytes = 0;
    while let Some(result) = tasks.join_next().await {
        packet_bytes = packet_bytes.max(result.context("a connection's task broke off")?);
    }
    let took = start.elapsed().saturating_sub(hold);
    progress.abort();
    if let Some(log) = log {
        log.finish()?;
    }
    Ok(tally.report(
        options.connections,
        options.packets_per_second,
        took,
        packet_bytes,
    ))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of connections and rates are far below 2^52"
)]
fn pace_of(options: &SendOptions, start: Instant, number: usize) -> Pace {
    if let Some(hours) = options.history_hours {
        return Pace::History {
            start_ms: options.history_start_ms,
            minutes: hours * 60,
            seed: options.seed,
        };
    }
    let connections = options.connections.max(1) as f64;
    let interval = Duration::from_secs_f64(connections / options.packets_per_second.max(1) as f64);
    Pace::Realtime {
        first: start + interval.mul_f64(number as f64 / connections),
        interval,
        end: start + Duration::from_secs(options.seconds),
    }
}

async fn connect_patiently(
    server: SocketAddr,
    number: usize,
    until: Instant,
) -> anyhow::Result<TcpStream> {
    loop {
        match connect(server, number).await {
            Ok(stream) => return Ok(stream),
            Err(error) if Instant::now() >= until => {
                return Err(error).with_context(|| format!("cannot connect to {server}"));
            }
            Err(_not_yet) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Opens the connection of a logger. On loopback each thousand loggers have an address of their
/// own, so that neither ports nor the gateway's limit for an address run out. None of them is that
/// of a server: while it is down a socket could be given its very port, and be connected to itself.
async fn connect(server: SocketAddr, number: usize) -> std::io::Result<TcpStream> {
    let is_loopback = matches!(server.ip(), IpAddr::V4(address) if address.is_loopback());
    if !is_loopback {
        return TcpStream::connect(server).await;
    }
    let [third, fourth] = u16::try_from(number / CONNECTIONS_OF_ADDRESS + FIRST_ADDRESS)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let socket = TcpSocket::new_v4()?;
    // A connection that was broken off must not keep its port from the next.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(
        Ipv4Addr::new(127, 0, third, fourth).into(),
        0,
    ))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn tell_progress(tally: Arc<Tally>) {
    let mut before = 0;
    loop {
        tokio::time::sleep(PROGRESS).await;
        let acknowledged = read(&tally.acknowledged);
        eprintln!(
            "{} acknowledged, {}/s, {} under way, {} connections ended",
            acknowledged,
            (acknowledged - before) / PROGRESS.as_secs(),
            read(&tally.sent).saturating_sub(acknowledged + read(&tally.given_up)),
            read(&tally.disconnections),
        );
        before = acknowledged;
    }
}

fn stop_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
