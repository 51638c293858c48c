//! `cargo xtask bench queries`: a year of the simulated city comes in through the gateway; then the
//! room that its values take is measured, and how fast the questions of a duty officer are answered.

pub(super) mod questions;

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use beijing_time::{Clock, StatDay, SystemClock};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::machine::Machine;
use super::results::{Goal, write_report};
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile, Rig};
use questions::Answer;

/// The options of `cargo xtask bench queries`.
#[derive(Debug, Args)]
pub(crate) struct QueriesArguments {
    /// Days of hour and day records of the whole city.
    #[arg(long, default_value_t = 366)]
    days: i64,
    /// Hours of minute records.
    #[arg(long, default_value_t = 744)]
    minute_hours: i64,
    /// How often each question is asked.
    #[arg(long, default_value_t = 60)]
    times: usize,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// How long records and derived figures may take, in seconds.
    #[arg(long, default_value_t = 1800)]
    patience: u64,
    /// Leaves the data where it is.
    #[arg(long)]
    keep: bool,
    /// Takes the data that an earlier run with `--keep` has left.
    #[arg(long)]
    again: bool,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

const PACKAGES: [&str; 3] = ["qingshan", "load-generator", "city-simulator"];
pub(super) const NAME: &str = "bench-queries";
const BYTES_OF_VALUE: f64 = 4.0;

/// How the data came in.
/// How much of the city's past comes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) days: i64,
    pub(super) minute_hours: i64,
    pub(super) patience: Duration,
}

#[derive(Debug, Serialize)]
pub(super) struct Filling {
    packets: u64,
    acknowledged_after_s: f64,
    interpreted_after_s: f64,
    derived_after_s: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    days: i64,
    minute_hours: i64,
    /// The data were there already.
    filling: Option<Filling>,
    /// What `load-generator measure` said.
    room: Option<Value>,
    answers: Vec<Answer>,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &QueriesArguments) -> Result<()> {
    if !arguments.no_build {
        Profile::Release.build(project, &PACKAGES)?;
    }
    let mut has_failed = false;
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, kind)?;
        let name = format!("queries-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
        has_failed |= report.answers.iter().any(Answer::has_failed);
    }
    if has_failed {
        bail!("a question was not answered");
    }
    Ok(())
}

fn measure(project: &Project, arguments: &QueriesArguments, kind: DatabaseKind) -> Result<Report> {
    let machine = Machine::read();
    let today = SystemClock.now().stat_day();
    let (rig, filling, room) = if arguments.again {
        let rig = Rig::open_again(project, NAME, (kind, Profile::Release))?;
        (rig, None, None)
    } else {
        let rig = Rig::open(project, NAME, (kind, Profile::Release))?;
        let span = Span {
            days: arguments.days,
            minute_hours: arguments.minute_hours,
            patience: Duration::from_secs(arguments.patience),
        };
        let filling = fill(project, &rig, &span, today)?;
        println!("{filling:?}");
        let room = rig.ask("measure", &[])?;
        println!("{room:#}");
        (rig, Some(filling), Some(room))
    };
    let server = rig.serve()?;
    let answers = questions::ask(&server, today, arguments.times)?;
    server.stop()?;
    if !arguments.keep && !arguments.again {
        rig.clear()?;
    }
    Ok(Report {
        database: kind.name(),
        machine,
        days: arguments.days,
        minute_hours: arguments.minute_hours,
        filling,
        room,
        answers,
    })
}

/// Registers the city and lets it send its past, up to today.
pub(super) fn fill(project: &Project, rig: &Rig, span: &Span, today: StatDay) -> Result<Filling> {
    rig.register_city(project)?;
    let server = rig.serve()?;
    let begin = Instant::now();
    let mut history: Command = rig.simulator(&["history"]);
    history
        .args(["--server", &rig.gateway().to_string()])
        .args(["--days", &span.days.to_string()])
        .args(["--minute-hours", &span.minute_hours.to_string()])
        .args(["--until", &today.start().to_string()]);
    rig::finish(history)?;
    let acknowledged_after_s = begin.elapsed().as_secs_f64();
    let patience = span.patience;
    server.wait_until_interpreted(patience)?;
    let interpreted_after_s = begin.elapsed().as_secs_f64();
    rig.wait_until_derived(patience)?;
    let derived_after_s = begin.elapsed().as_secs_f64();
    let packets = server.read_system()?.journal.packets;
    server.stop()?;
    Ok(Filling {
        packets,
        acknowledged_after_s,
        interpreted_after_s,
        derived_after_s,
    })
}

impl Report {
    fn markdown(&self) -> String {
        let mut text = format!(
            "### bench queries, {}: {}\n\nThe simulated city: {} days of hours and days, {} h of minutes.\n\n",
            self.database,
            self.machine.text(),
            self.days,
            self.minute_hours
        );
        if let Some(filling) = &self.filling {
            let _ = writeln!(
                text,
                "{} packets: acknowledged after {:.0} s, interpreted after {:.0} s, derived after {:.0} s.\n",
                filling.packets,
                filling.acknowledged_after_s,
                filling.interpreted_after_s,
                filling.derived_after_s
            );
        }
        if let Some(room) = &self.room {
            text.push_str(&room_table(room));
        }
        text.push_str("| question | p50 | p95 | longest | bytes | goal for p95 |\n| --- | --- | --- | --- | --- | --- |\n");
        for answer in &self.answers {
            text.push_str(&answer.row());
        }
        text
    }
}

fn room_table(room: &Value) -> String {
    let figure = |name: &str| room.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let blocks = figure("block_bytes_per_value");
    format!(
        "| room of {} values in {} records | bytes a value | goal |\n| --- | --- | --- |\n| rows with their index, before compaction | {:.2} | |\n| blocks with their indexes, after it | {blocks:.2} | {} |\n| the contents of blocks alone | {:.2} | |\n| raw packets | {:.2} | |\n\n",
        figure("values"),
        figure("compacted"),
        figure("row_bytes_per_value"),
        Goal::at_most(blocks, BYTES_OF_VALUE, "bytes"),
        figure("content_bytes_per_value"),
        figure("raw_bytes_per_value"),
    )
}
