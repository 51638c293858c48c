//! `cargo xtask bench restore`: a backup of a year of the simulated city is made while the server
//! runs, read to its end, and restored elsewhere, where a server starts on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beijing_time::{Clock, SystemClock};
use clap::Args;
use serde::Serialize;

use super::machine::Machine;
use super::queries::{self, Span};
use super::results::write_report;
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile, Rig};

/// The options of `cargo xtask bench restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// Days of hour and day records of the whole city.
    #[arg(long, default_value_t = 366)]
    days: i64,
    /// Hours of minute records.
    #[arg(long, default_value_t = 744)]
    minute_hours: i64,
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
const NAME: &str = "bench-restore";

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    machine: Machine,
    days: i64,
    minute_hours: i64,
    /// Bytes of the files of SQLite.
    database_bytes: Option<u64>,
    backup_bytes: u64,
    create_s: f64,
    verify_s: f64,
    /// With its own check of rows and chains.
    restore_s: f64,
    /// From the start of a server on the restored data to its first answer.
    ready_s: f64,
}

/// Measures one database or both.
pub(crate) fn run(project: &Project, arguments: &RestoreArguments) -> Result<()> {
    if !arguments.no_build {
        Profile::Release.build(project, &PACKAGES)?;
    }
    for kind in DatabaseKind::chosen(arguments.database) {
        let report = measure(project, arguments, kind)?;
        let name = format!("restore-{}", kind.name());
        write_report(project, &name, &report, &report.markdown())?;
    }
    Ok(())
}

fn measure(project: &Project, arguments: &RestoreArguments, kind: DatabaseKind) -> Result<Report> {
    let machine = Machine::read();
    let rig = if arguments.of_queries {
        Rig::open_again(project, queries::NAME, (kind, Profile::Release))?
    } else {
        let rig = Rig::open(project, NAME, (kind, Profile::Release))?;
        let span = Span {
            days: arguments.days,
            minute_hours: arguments.minute_hours,
            patience: Duration::from_secs(arguments.patience),
        };
        queries::fill(project, &rig, &span, SystemClock.now().stat_day())?;
        rig
    };
    let report = back_up_and_restore(&rig, arguments, kind, machine)?;
    if !arguments.of_queries {
        rig.clear()?;
    }
    Ok(report)
}

fn back_up_and_restore(
    rig: &Rig,
    arguments: &RestoreArguments,
    kind: DatabaseKind,
    machine: Machine,
) -> Result<Report> {
    let folder = rig.folder.join("restored");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("bench.qingshan-backup");
    let path = rig::path_text(&file)?;
    let server = rig.serve()?;
    let create_s = time(rig.qingshan(&["backup", "create", "--to", path]))?;
    server.stop()?;
    let verify_s = time(rig.qingshan(&["backup", "verify", path]))?;
    let url = target(rig, kind, &folder)?;
    let with_target = |words: &[&str]| {
        let mut command = rig.qingshan(words);
        command.env("QINGSHAN__DATABASE__URL", &url);
        command
    };
    let restore_s = time(with_target(&["backup", "restore", path]))?;
    let server = rig.serve_on(&url)?;
    let ready_s = server.ready_after.as_secs_f64();
    server.stop()?;
    let report = Report {
        database: kind.name(),
        machine,
        days: arguments.days,
        minute_hours: arguments.minute_hours,
        database_bytes: match kind {
            DatabaseKind::Sqlite => Some(sum_files(&rig.folder.join("data"))?),
            DatabaseKind::Postgres => None,
        },
        backup_bytes: std::fs::metadata(&file)?.len(),
        create_s,
        verify_s,
        restore_s,
        ready_s,
    };
    std::fs::remove_dir_all(&folder)?;
    Ok(report)
}

/// An empty database for what is restored.
fn target(rig: &Rig, kind: DatabaseKind, folder: &Path) -> Result<String> {
    match kind {
        DatabaseKind::Sqlite => {
            let file: PathBuf = folder.join("restored.sqlite");
            Ok(rig::path_text(&file)?.to_owned())
        }
        DatabaseKind::Postgres => {
            let server = rig.postgres.as_ref().context("the rig has a server")?;
            let url = server.url();
            for statement in [
                "DROP DATABASE IF EXISTS restored",
                "CREATE DATABASE restored",
            ] {
                let mut command = Command::new("psql");
                command
                    .args(["--quiet", "--dbname", &format!("{url}/postgres")])
                    .args(["--command", statement]);
                rig::finish(command)?;
            }
            Ok(format!("{url}/restored"))
        }
    }
}

fn time(mut command: Command) -> Result<f64> {
    command.stdout(Stdio::null());
    let begin = Instant::now();
    rig::finish(command)?;
    Ok(begin.elapsed().as_secs_f64())
}

fn sum_files(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".sqlite") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

impl Report {
    fn markdown(&self) -> String {
        let database = self
            .database_bytes
            .map_or_else(String::new, |bytes| format!(" of {bytes} bytes"));
        format!(
            "### bench restore, {}: {}\n\nThe simulated city: {} days of hours and days, {} h of \
             minutes{database}.\n\n| step | seconds |\n| --- | --- |\n| backup while the server \
             runs, {} bytes | {:.1} |\n| read to its end and checked | {:.1} |\n| restored and \
             checked | {:.1} |\n| first answer of a server on it | {:.1} |\n",
            self.database,
            self.machine.text(),
            self.days,
            self.minute_hours,
            self.backup_bytes,
            self.create_s,
            self.verify_s,
            self.restore_s,
            self.ready_s
        )
    }
}
