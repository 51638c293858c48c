//! `cargo xtask bench plan`: years of hours of the simulated city's stations and monitors come in and
//! are judged; then all measures and indicators of the plan are computed anew, and the plan is opened
//! at a glance again and again.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use beijing_time::{CivilDate, StatDay};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::queries::questions::{Answer, ask_path};
use super::queries::{Filling, Span, fill};
use super::results::{Goal, write_report};
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile, Rig};

const PACKAGES: [&str; 3] = ["qingshan", "load-generator", "city-simulator"];
const NAME: &str = "bench-plan";
/// Goals: all measures anew, and the plan at a glance.
const GOAL_RECOMPUTED_S: f64 = 5.0;
const GOAL_COCKPIT_MS: f64 = 100.0;
/// The last year of the plan.
const LAST_YEAR: i16 = 2020;

/// The options of `cargo xtask bench plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Years of hours, up to the end of 2020.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i16).range(1..=5))]
    years: i16,
    /// How often the plan is opened, and how often all is computed anew.
    #[arg(long, default_value_t = 60)]
    times: usize,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// How long records and derived figures may take, in seconds.
    #[arg(long, default_value_t = 7200)]
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
    /// Which programs: as they are delivered, or as they are at hand.
    #[arg(long, value_enum, default_value_t = Build::Release)]
    build: Build,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Build {
    Release,
    Development,
}

/// What `qingshan plan recompute --json` says.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Recomputed {
    measures: usize,
    written: usize,
    seconds: f64,
    /// To the states of all indicators in all years from what is computed.
    indicators_seconds: f64,
    indicators: usize,
}

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    profile: &'static str,
    years: i16,
    /// The data were there already.
    filling: Option<Filling>,
    judged_after_s: Option<f64>,
    recomputed: Vec<Recomputed>,
    cockpit: Answer,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &PlanArguments) -> Result<()> {
    let profile = match arguments.build {
        Build::Release => Profile::Release,
        Build::Development => Profile::Development,
    };
    if !arguments.no_build {
        profile.build(project, &PACKAGES)?;
    }
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, (kind, profile))?;
        let name = format!("plan-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
        if report.cockpit.has_failed() {
            bail!("the plan could not be opened");
        }
    }
    Ok(())
}

fn first_day(year: i16) -> Result<StatDay> {
    let date = CivilDate::new(year, 1, 1).context("a year")?;
    Ok(StatDay::of(date))
}

fn measure(
    project: &Project,
    arguments: &PlanArguments,
    (kind, profile): (DatabaseKind, Profile),
) -> Result<Report> {
    let machine = Machine::read();
    let (from, to) = (
        first_day(LAST_YEAR - arguments.years + 1)?,
        first_day(LAST_YEAR + 1)?,
    );
    let (mut filling, mut judged_after_s) = (None, None);
    let rig = if arguments.again {
        Rig::open_again(project, NAME, (kind, profile))?
    } else {
        let rig = Rig::open(project, NAME, (kind, profile))?;
        let span = Span {
            days: to.number() - from.number(),
            minute_hours: 0,
            patience: Duration::from_secs(arguments.patience),
        };
        filling = Some(fill(project, &rig, &span, to)?);
        println!("{filling:?}");
        let begin = Instant::now();
        let last = to.plus(-1).to_string();
        let words = [
            "verdicts",
            "recompute",
            "--from",
            &from.to_string(),
            "--to",
            &last,
        ];
        rig::finish(rig.qingshan(&words))?;
        judged_after_s = Some(begin.elapsed().as_secs_f64());
        rig
    };
    // the first run finds nothing in memory, the others what a running server has
    let recomputed = (0..3)
        .map(|_| recompute(&rig))
        .collect::<Result<Vec<_>>>()?;
    let server = rig.serve()?;
    let about = ("the plan at a glance", "/plan/cockpit");
    let cockpit = ask_path(&server, about, GOAL_COCKPIT_MS, arguments.times);
    server.stop()?;
    if !arguments.keep && !arguments.again {
        rig.clear()?;
    }
    Ok(Report {
        database: kind.name(),
        machine,
        profile: match profile {
            Profile::Release => "release",
            Profile::Development => "development",
        },
        years: arguments.years,
        filling,
        judged_after_s,
        recomputed,
        cockpit,
    })
}

fn recompute(rig: &Rig) -> Result<Recomputed> {
    let output = rig.qingshan(&["plan", "recompute", "--json"]).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let done = serde_json::from_slice(&output.stdout).context("what it said")?;
    println!("{done:?}");
    Ok(done)
}

impl Report {
    fn markdown(&self) -> String {
        let mut text = format!(
            "### bench plan, {}: {}\n\nThe simulated city, {} years of hours ({} build).\n\n",
            self.database,
            self.machine.text(),
            self.years,
            self.profile
        );
        if let (Some(filling), Some(judged)) = (&self.filling, self.judged_after_s) {
            let _ = writeln!(text, "{filling:?}; judged in {judged:.0} s\n");
        }
        text.push_str(
            "| all measures and indicators anew | measures | s | indicators, s | goal |\n\
             | --- | --- | --- | --- | --- |\n",
        );
        for (run, done) in (1..).zip(&self.recomputed) {
            let all = done.seconds + done.indicators_seconds;
            let _ = writeln!(
                text,
                "| run {run} | {} | {:.2} | {} in {:.3} | {} |",
                done.measures,
                done.seconds,
                done.indicators,
                done.indicators_seconds,
                Goal::at_most(all, GOAL_RECOMPUTED_S, "s")
            );
        }
        text.push_str("\n| question | p50 | p95 | longest | bytes | goal for p95 |\n| --- | --- | --- | --- | --- | --- |\n");
        text.push_str(&self.cockpit.row());
        text
    }
}
