//! `cargo xtask bench ingest`: thousands of loggers send real-time packets at a pace; every
//! acknowledgement is measured, and afterwards every acknowledged packet is looked up.

mod report;
mod samples;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::machine::Machine;
use super::results::write_report;
use crate::project::Project;
use crate::rig::{
    self, DatabaseKind, Profile, Rig, Server, SyncProbe, measure_sync, read_resident_bytes,
};
use report::{Held, Kept, Report};
use samples::{Sampler, Samples};

/// The options of `cargo xtask bench ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestArguments {
    /// How long packets are sent.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Connections, each of a logger of its own.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Packets a second from all of them together, each with ten factors.
    #[arg(long, default_value_t = 20_000)]
    rate: u64,
    /// Packets of one connection under way at a time: a device waits for its acknowledgements, and
    /// in overload so many of each wait in sockets.
    #[arg(long, default_value_t = 8)]
    window: usize,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// How long the interpreter may take to catch up afterwards, in seconds.
    #[arg(long, default_value_t = 1800)]
    patience: u64,
    /// Leaves the data where it is.
    #[arg(long)]
    keep: bool,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

/// How long the disk is measured in peace.
const DISK: Duration = Duration::from_secs(3);
/// How long connections are held idle while their memory is read, in seconds.
const HOLD_S: u64 = 12;
/// Within how many seconds each connection sends one packet before memory is read; shorter than they
/// are held, so that all are there together.
const GREETING_S: u64 = 6;

/// Connections that fill the store's caches before memory is read.
const WARM_CONNECTIONS: usize = 50;

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &IngestArguments) -> Result<()> {
    if !arguments.no_build {
        Profile::Release.build(project, &rig::PACKAGES)?;
    }
    let mut is_short = false;
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, kind)?;
        let name = format!("ingest-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
        is_short |= !report.is_whole();
    }
    if is_short {
        bail!("an acknowledged packet is missing, or the journal's chain is broken");
    }
    Ok(())
}

fn measure(project: &Project, arguments: &IngestArguments, kind: DatabaseKind) -> Result<Report> {
    let machine = Machine::read();
    let rig = Rig::open(project, "bench-ingest", (kind, Profile::Release))?;
    println!(
        "{}: {} connections, {} packets/s, {} s",
        kind.name(),
        arguments.connections,
        arguments.rate,
        arguments.seconds
    );
    let sync_alone = measure_sync(&rig.folder, DISK)?;
    println!("fdatasync of 16 KiB alone: {sync_alone:?}");
    rig.register(arguments.connections)?;
    let server = rig.serve()?;
    println!("the server is ready after {:?}", server.ready_after);
    let held = hold(&rig, &server, arguments.connections)?;
    println!("{held:?}");

    let before = server.read_system()?;
    let probe = SyncProbe::start(&rig.folder);
    let acknowledged = rig.folder.join("acknowledged.log");
    let mut sender = rig.sender();
    sender
        .args(["--connections", &arguments.connections.to_string()])
        .args(["--packets-per-second", &arguments.rate.to_string()])
        .args(["--seconds", &arguments.seconds.to_string()])
        .args(["--window", &arguments.window.to_string()])
        .arg("--acknowledged")
        .arg(&acknowledged);
    let (output, samples) = watch(sender, &rig, &server, arguments.seconds)?;
    let sync_beside = probe.finish()?;
    let after = server.read_system()?;
    let drained_after = server.wait_until_interpreted(Duration::from_secs(arguments.patience))?;
    let longest_commit_us = server.read_system()?.journal.longest_commit_us;
    let stopped_after = server.stop()?;
    let kept = look_up(&rig, &acknowledged)?;
    let report = Report {
        database: rig.kind.name(),
        machine,
        sync_alone,
        sync_beside,
        held,
        send: serde_json::from_str(&output).with_context(|| format!("the generator: {output}"))?,
        commits: after.journal.commits - before.journal.commits,
        packets_of_commit: ratio(
            after.journal.packets - before.journal.packets,
            after.journal.commits - before.journal.commits,
        ),
        stored_share: ratio(
            after.journal.stored_bytes - before.journal.stored_bytes,
            after.journal.bytes - before.journal.bytes,
        ),
        longest_commit_ms: ratio(longest_commit_us, 1000),
        lag: samples.lag(
            before.interpreter.packets,
            after.interpreter.packets,
            drained_after,
        ),
        cpu: samples.cpu(),
        peak_resident_mb: samples.peak_resident_mb(),
        samples: samples.rows,
        stopped_after_s: stopped_after.as_secs_f64(),
        kept,
        errors_in_log: list_errors(&rig.folder.join("server.log"))?,
    };
    if !arguments.keep {
        rig.clear()?;
    }
    Ok(report)
}

/// Reads the server's memory without connections, with all of them silent, and when each of them
/// has sent a packet.
fn hold(rig: &Rig, server: &Server, connections: usize) -> Result<Held> {
    warm_up(rig, server, connections)?;
    let alone_bytes = read_resident_bytes(server.id())?;
    let mut sender = rig.sender();
    sender
        .args(["--connections", &connections.to_string()])
        .args([
            "--packets-per-second",
            &(connections as u64).div_ceil(GREETING_S).to_string(),
        ])
        .args(["--seconds", &GREETING_S.to_string()])
        .args(["--hold-s", &HOLD_S.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let before = server.read_system()?.journal.packets;
    let mut child = sender.spawn()?;
    let (mut silent_bytes, mut spoken_bytes, mut most_open) = (0, 0, 0);
    while child.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(500));
        let figures = server.read_system()?;
        most_open = most_open.max(figures.connections.open);
        if figures.connections.open < connections as u64 {
            continue;
        }
        let bytes = read_resident_bytes(server.id())?;
        let packets = figures.journal.packets - before;
        if packets == 0 {
            silent_bytes = bytes;
        } else if packets >= connections as u64 && figures.journal.waiting == 0 {
            spoken_bytes = bytes;
        }
    }
    let figures = server.read_system()?;
    if most_open < connections as u64 || spoken_bytes == 0 {
        let said = std::io::read_to_string(child.stdout.take().context("a piped stdout")?)?;
        bail!(
            "{most_open} of {connections} connections were held, of {} packets {} were committed: {said}",
            connections,
            figures.journal.packets - before
        );
    }
    server.wait_until_interpreted(Duration::from_mins(2))?;
    Ok(Held::new(
        connections,
        alone_bytes,
        silent_bytes,
        spoken_bytes,
    ))
}

/// Sends as many packets on few connections, so that the store's caches are full and do not count as
/// the connections' own.
fn warm_up(rig: &Rig, server: &Server, packets: usize) -> Result<()> {
    let mut sender = rig.sender();
    sender
        .args(["--connections", &WARM_CONNECTIONS.to_string()])
        .args(["--packets-per-second", &(packets / 5).max(100).to_string()])
        .args(["--seconds", "5"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    rig::finish(sender)?;
    server.wait_until_interpreted(Duration::from_mins(2))?;
    Ok(())
}

/// Runs the generator and takes samples until it ends; returns what it said.
fn watch(
    mut sender: Command,
    rig: &Rig,
    server: &Server,
    seconds: u64,
) -> Result<(String, Samples)> {
    let said = rig.folder.join("generator.json");
    let mut child: Child = sender.stdout(std::fs::File::create(&said)?).spawn()?;
    let mut sampler = Sampler::new(rig, server, child.id());
    let pause = Duration::from_secs((seconds / 120).max(1));
    loop {
        std::thread::sleep(pause);
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("the generator failed: {status}");
            }
            return Ok((std::fs::read_to_string(&said)?, sampler.finish()));
        }
        sampler.take()?;
    }
}

fn look_up(rig: &Rig, acknowledged: &Path) -> Result<Kept> {
    let log = rig::path_text(acknowledged)?;
    let verified = rig.ask("verify", &["--acknowledged", log])?;
    let measured = rig.ask("measure", &[])?;
    Ok(Kept::new(verified, measured))
}

/// Lines of the server's log that tell of something wrong.
fn list_errors(log: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(log)?;
    Ok(text
        .lines()
        .filter(|line| line.contains("ERROR") || line.contains("WARN") || line.contains("panicked"))
        .take(20)
        .map(str::to_owned)
        .collect())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
