//! `qingshan projects`: projects of the plan's pool from files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Actor;
use anyhow::Context;
use beijing_time::SystemClock;
use clap::Subcommand;
use projects::{PoolImport, PoolTables};
use sites::TableRow;

use crate::city_data;
use crate::command_line::say;
use crate::config::Configuration;
use crate::hj212_command::LanguageOption;
use crate::sites_command::open;

/// How many problems are printed.
const MOST_PRINTED: usize = 50;

/// The commands about projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectsCommand {
    /// Import a list of projects (XLSX or CSV), or a folder with `projects.csv` and, beside it,
    /// `milestones.csv`, `funds.csv` and `steps.csv`: all of it, or nothing when anything is wrong.
    Import {
        /// The file or folder.
        file: PathBuf,
        /// Only say what would happen.
        #[arg(long)]
        dry_run: bool,
        /// The language of problems.
        #[arg(long, value_enum, default_value_t = LanguageOption::Zh)]
        language: LanguageOption,
    },
    /// Write an empty workbook to fill in.
    Template {
        /// The file to write.
        file: PathBuf,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// When a file or the database cannot be read or written.
pub(crate) async fn run(
    command: ProjectsCommand,
    load: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    match command {
        ProjectsCommand::Template { file } => {
            let bytes = projects::project_template()?;
            std::fs::write(&file, bytes)
                .with_context(|| format!("cannot write {}", file.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        ProjectsCommand::Import {
            file,
            dry_run,
            language,
        } => {
            let tables = read(&file)?;
            let database = open(&load()?).await?;
            let (book, actor) = (city_data::plan(), Actor::system("command_line"));
            let report = if dry_run {
                projects::check_pool(&database, &SystemClock, &book, &actor, &tables).await?
            } else {
                projects::import_pool(&database, &SystemClock, &book, &actor, &tables).await?
            };
            database.close().await;
            print(&report, language);
            Ok(if report.problems.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn read(path: &Path) -> anyhow::Result<PoolTables> {
    if !path.is_dir() {
        return Ok(PoolTables {
            projects: rows(path)?,
            ..PoolTables::default()
        });
    }
    let beside = |name: &str| {
        let file = path.join(name);
        if file.exists() {
            rows(&file)
        } else {
            Ok(Vec::new())
        }
    };
    Ok(PoolTables {
        projects: rows(&path.join("projects.csv"))?,
        milestones: beside("milestones.csv")?,
        funds: beside("funds.csv")?,
        steps: beside("steps.csv")?,
    })
}

/// The rows of a table within the limits of a file.
pub(crate) fn rows(path: &Path) -> anyhow::Result<Vec<TableRow>> {
    let name = path.display();
    let size = std::fs::metadata(path)
        .with_context(|| format!("cannot read {name}"))?
        .len();
    anyhow::ensure!(
        size <= sites::MOST_FILE_BYTES,
        "{name} has {size} bytes, more than {}",
        sites::MOST_FILE_BYTES
    );
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    sites::read_table(&bytes).with_context(|| format!("cannot read {name}"))
}

fn print(report: &PoolImport, language: LanguageOption) {
    say(&format!(
        "projects: {} rows, {} new, {} unchanged",
        report.rows, report.created, report.unchanged
    ));
    for (table, problem) in report.problems.iter().take(MOST_PRINTED) {
        let column = language.pick(&problem.column_zh, &problem.column);
        let detail = language.pick(&problem.detail_zh, &problem.detail_en);
        say(&format!("{table}:{} {column}: {detail}", problem.row));
    }
    if report.problems.len() > MOST_PRINTED {
        let more = report.problems.len() - MOST_PRINTED;
        say(&format!("… and {more} more problems"));
    }
    say(match (report.problems.is_empty(), report.is_applied) {
        (true, true) => "imported",
        (true, false) => "nothing is wrong; nothing was changed (dry run)",
        (false, _) => "nothing was imported: correct the rows above and try again",
    });
}
