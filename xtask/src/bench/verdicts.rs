//! `cargo xtask bench verdicts`: the verdicts of a year of the simulated city are computed again by
//! command, twice, and must come to the same bits; and what an arriving hour costs: its day judged again
//! with the month and year that hold it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use beijing_time::{Clock, StatDay, SystemClock};
use clap::Args;
use serde::Serialize;

use super::machine::Machine;
use super::queries::{self, Span};
use super::results::write_report;
use crate::project::Project;
use crate::rig::{DatabaseKind, Profile, Rig};

/// The options of `cargo xtask bench verdicts`.
#[derive(Debug, Args)]
pub(crate) struct VerdictsArguments {
    /// Days of hour records of the whole city.
    #[arg(long, default_value_t = 366)]
    days: i64,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// How long records and derived figures may take, in seconds.
    #[arg(long, default_value_t = 1800)]
    patience: u64,
    /// Takes the data that `bench queries --keep` has left, and leaves them there.
    #[arg(long)]
    of_queries: bool,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

const PACKAGES: [&str; 3] = ["qingshan", "load-generator", "city-simulator"];
const NAME: &str = "bench-verdicts";
/// A point that there is none of: what is left is the start of the program.
const NO_POINT: &str = "999999999";

/// What a run of `qingshan verdicts recompute` said and took.
#[derive(Debug, Clone, Copy, Serialize)]
struct Recomputed {
    points: u64,
    written: u64,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    days: i64,
    /// Where verdicts may still wait for the running server.
    first: Recomputed,
    /// All of it once more: nothing may differ.
    again: Recomputed,
    digest: String,
    /// The last full day of every point, with month and year.
    day: Recomputed,
    /// The start of the program alone.
    start_s: f64,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &VerdictsArguments) -> Result<()> {
    if !arguments.no_build {
        Profile::Release.build(project, &PACKAGES)?;
    }
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, kind)?;
        let name = format!("verdicts-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
    }
    Ok(())
}

fn measure(project: &Project, arguments: &VerdictsArguments, kind: DatabaseKind) -> Result<Report> {
    let machine = Machine::read();
    let today = SystemClock.now().stat_day();
    let rig = if arguments.of_queries {
        Rig::open_again(project, queries::NAME, (kind, Profile::Release))?
    } else {
        let rig = Rig::open(project, NAME, (kind, Profile::Release))?;
        let span = Span {
            days: arguments.days,
            minute_hours: 0,
            patience: Duration::from_secs(arguments.patience),
        };
        queries::fill(project, &rig, &span, today)?;
        rig
    };
    let year = (today.plus(-arguments.days), today);
    let first = recompute(&rig, year, &[])?;
    let digest = ask_digest(&rig)?;
    let again = recompute(&rig, year, &[])?;
    if again.written > 0 {
        bail!(
            "{} verdicts were written that had just been computed",
            again.written
        );
    }
    if ask_digest(&rig)? != digest {
        bail!("the same records came to other verdicts");
    }
    let yesterday = today.plus(-1);
    let start_s = recompute(&rig, (yesterday, yesterday), &["--point", NO_POINT])?.seconds;
    let day = recompute(&rig, (yesterday, yesterday), &[])?;
    if !arguments.of_queries {
        rig.clear()?;
    }
    Ok(Report {
        database: kind.name(),
        machine,
        days: arguments.days,
        first,
        again,
        digest,
        day,
        start_s,
    })
}

fn recompute(rig: &Rig, (from, to): (StatDay, StatDay), more: &[&str]) -> Result<Recomputed> {
    let mut command = rig.qingshan(&["verdicts", "recompute"]);
    command
        .args(["--from", &from.date().to_string()])
        .args(["--to", &to.date().to_string()])
        .args(more);
    let begin = Instant::now();
    let said = say(command)?;
    let seconds = begin.elapsed().as_secs_f64();
    // `12 points, 345 verdicts written, 6 changed; parameter set …`
    let last = said.lines().last().unwrap_or_default();
    let mut numbers = last.split(", ").map(|part| {
        part.split(' ')
            .next()
            .and_then(|number| number.parse::<u64>().ok())
    });
    let mut number = || numbers.next().flatten();
    let (points, written) = number()
        .zip(number())
        .with_context(|| format!("no figures in `{last}`"))?;
    Ok(Recomputed {
        points,
        written,
        seconds,
    })
}

fn ask_digest(rig: &Rig) -> Result<String> {
    Ok(say(rig.qingshan(&["verdicts", "digest"]))?
        .trim()
        .to_owned())
}

fn say(mut command: Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

impl Report {
    fn markdown(&self) -> String {
        let of_day = (self.day.seconds - self.start_s).max(0.0);
        let an_hour_ms = if self.day.points == 0 {
            0.0
        } else {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
            let points = self.day.points as f64;
            of_day * 1000.0 / points
        };
        format!(
            "### bench verdicts, {}: {}\n\nThe simulated city: {} days of hours of {} judged \
             points.\n\n| step | verdicts written | seconds |\n| --- | --- | --- |\n| all of it \
             computed again, what waited too | {} | {:.1} |\n| once more: the same bits (digest \
             {}…) | {} | {:.1} |\n| the last day of every point, with its month and year | {} | \
             {:.2} |\n\nAn arriving hour of a point costs about {an_hour_ms:.1} ms: its day, month \
             and year judged again, the start of the program ({:.2} s) left out.\n",
            self.database,
            self.machine.text(),
            self.days,
            self.first.points,
            self.first.written,
            self.first.seconds,
            self.digest.get(..12).unwrap_or(&self.digest),
            self.again.written,
            self.again.seconds,
            self.day.written,
            self.day.seconds,
            self.start_s,
        )
    }
}
