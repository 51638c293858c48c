//! `cargo xtask bench backfill`: a day of minute records of many loggers comes at once and out of
//! order, through the gateway; it must soon be in the records and the derived figures, and any order
//! and any repetition must leave the same.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::results::{Goal, write_report};
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile, Rig, SyncTimes, measure_sync};

/// The options of `cargo xtask bench backfill`.
#[derive(Debug, Args)]
pub(crate) struct BackfillArguments {
    /// Loggers, each with a connection of its own and ten factors.
    #[arg(long, default_value_t = 600)]
    loggers: usize,
    /// Hours of minute records that each of them sends.
    #[arg(long, default_value_t = 24)]
    hours: u32,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// How long records and derived figures may take, in seconds.
    #[arg(long, default_value_t = 900)]
    patience: u64,
    /// Leaves the data where it is.
    #[arg(long)]
    keep: bool,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

/// The goal for the whole of it.
const GOAL_S: f64 = 60.0;
/// How long the disk is measured in peace.
const DISK: Duration = Duration::from_secs(2);

/// What one pass took.
#[derive(Debug, Serialize)]
struct Pass {
    order: u64,
    /// Whether the same packets had been there before.
    is_repeated: bool,
    packets: u64,
    /// Until every packet was acknowledged.
    acknowledged_after_s: f64,
    /// Until every packet had its record.
    interpreted_after_s: f64,
    /// Until every derived figure was computed.
    derived_after_s: f64,
    records: u64,
    digest: String,
}

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    sync_alone: SyncTimes,
    loggers: usize,
    hours: u32,
    passes: Vec<Pass>,
    /// Whether all passes left the same effective and derived values.
    is_same: bool,
}

#[derive(Debug, Deserialize)]
struct Derived {
    digest: String,
    records: u64,
    dirty_periods: u64,
}

#[derive(Debug, Deserialize)]
struct Sent {
    acknowledged: u64,
    given_up: u64,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &BackfillArguments) -> Result<()> {
    if !arguments.no_build {
        Profile::Release.build(project, &rig::PACKAGES)?;
    }
    let mut differs = false;
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, kind)?;
        write_report(
            project,
            &format!("backfill-{}", kind.name()),
            &report,
            &report.markdown(),
        )?;
        differs |= !report.is_same;
    }
    if differs {
        bail!("the same packets in another order left other values");
    }
    Ok(())
}

fn measure(project: &Project, arguments: &BackfillArguments, kind: DatabaseKind) -> Result<Report> {
    let machine = Machine::read();
    let mut passes = Vec::new();
    let rig = Rig::open(project, "bench-backfill", (kind, Profile::Release))?;
    let sync_alone = measure_sync(&rig.folder, DISK)?;
    rig.register(arguments.loggers)?;
    for (order, is_repeated) in [(1, false), (2, true)] {
        passes.push(pass(&rig, arguments, order, is_repeated)?);
    }
    if !arguments.keep {
        rig.clear()?;
    }
    // a store of its own that never saw the first order
    let rig = Rig::open(project, "bench-backfill-other", (kind, Profile::Release))?;
    rig.register(arguments.loggers)?;
    passes.push(pass(&rig, arguments, 3, false)?);
    if !arguments.keep {
        rig.clear()?;
    }
    // values, not rows: a record that is sent again after its day was packed lies beside its block
    // until the next packing
    let is_same = passes
        .windows(2)
        .all(|two| matches!(two, [a, b] if a.digest == b.digest));
    Ok(Report {
        database: kind.name(),
        machine,
        sync_alone,
        loggers: arguments.loggers,
        hours: arguments.hours,
        passes,
        is_same,
    })
}

/// Sends everything in one order and waits until all follows from it.
fn pass(rig: &Rig, arguments: &BackfillArguments, order: u64, is_repeated: bool) -> Result<Pass> {
    let server = rig.serve()?;
    let said = rig.folder.join("generator.json");
    let begin = Instant::now();
    let mut sender = rig.sender();
    sender
        .args(["--connections", &arguments.loggers.to_string()])
        .args(["--history-hours", &arguments.hours.to_string()])
        .args(["--seed", &order.to_string()])
        .args(["--patience-s", &arguments.patience.to_string()])
        .stdout(std::fs::File::create(&said)?)
        .stderr(Stdio::null());
    rig::finish(sender)?;
    let acknowledged_after_s = begin.elapsed().as_secs_f64();
    let sent = read_sent(&said)?;
    if sent.given_up > 0 {
        bail!("{} packets were not acknowledged", sent.given_up);
    }
    let patience = Duration::from_secs(arguments.patience);
    server.wait_until_interpreted(patience)?;
    let interpreted_after_s = begin.elapsed().as_secs_f64();
    rig.wait_until_derived(patience)?;
    let derived_after_s = begin.elapsed().as_secs_f64();
    server.stop()?;
    let derived: Derived = serde_json::from_value(rig.ask("digest", &[])?)?;
    if derived.dirty_periods > 0 {
        bail!("{} periods became dirty again", derived.dirty_periods);
    }
    let pass = Pass {
        order,
        is_repeated,
        packets: sent.acknowledged,
        acknowledged_after_s,
        interpreted_after_s,
        derived_after_s,
        records: derived.records,
        digest: derived.digest,
    };
    println!("{}: {pass:?}", rig.kind.name());
    Ok(pass)
}

fn read_sent(said: &Path) -> Result<Sent> {
    let text = std::fs::read_to_string(said)?;
    serde_json::from_str(&text).with_context(|| format!("the generator: {text}"))
}

impl Report {
    fn markdown(&self) -> String {
        let mut text = format!(
            "### bench backfill, {}: {}\n\n{} loggers, {} h of minute records of ten factors, through the gateway in an order of its own for each logger; fdatasync of 16 KiB p50 {:.2} ms, p99 {:.2} ms\n\n| order | packets | acknowledged after | interpreted after | derived after | stored records | digest | goal |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
            self.database,
            self.machine.text(),
            self.loggers,
            self.hours,
            self.sync_alone.p50_ms,
            self.sync_alone.p99_ms,
        );
        for pass in &self.passes {
            let repeated = if pass.is_repeated { ", again" } else { "" };
            let goal = Goal::at_most(pass.derived_after_s, GOAL_S, "s");
            let digest: String = pass.digest.chars().take(16).collect();
            let _ = writeln!(
                text,
                "| {}{repeated} | {} | {:.1} s | {:.1} s | {:.1} s | {} | {digest}… | {goal} |",
                pass.order,
                pass.packets,
                pass.acknowledged_after_s,
                pass.interpreted_after_s,
                pass.derived_after_s,
                pass.records,
            );
        }
        text.push_str(if self.is_same {
            "\nEvery order and every repetition left the same effective and derived values.\n"
        } else {
            "\n**The passes left different values.**\n"
        });
        text
    }
}
