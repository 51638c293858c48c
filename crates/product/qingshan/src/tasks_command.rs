//! `qingshan tasks`: reports and yearly breakdowns of the plan's tasks from files.

use std::path::PathBuf;
use std::process::ExitCode;

use access::Actor;
use beijing_time::SystemClock;
use clap::Subcommand;

use crate::city_data;
use crate::command_line::say;
use crate::config::Configuration;
use crate::hj212_command::LanguageOption;
use crate::projects_command::rows;
use crate::sites_command::open;

/// How many problems are printed.
const MOST_PRINTED: usize = 50;

/// The commands about tasks.
#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// Import reports that were checked before (XLSX or CSV), or a folder with `reports.csv` and
    /// `goals.csv`: all reports, or none when anything is wrong.
    Import {
        /// The file or folder.
        file: PathBuf,
        /// The language of problems.
        #[arg(long, value_enum, default_value_t = LanguageOption::Zh)]
        language: LanguageOption,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// When a file or the database cannot be read or written.
pub(crate) async fn run(
    command: TasksCommand,
    load: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    let TasksCommand::Import { file, language } = command;
    let (reports, goals) = if file.is_dir() {
        let goals = file.join("goals.csv");
        let goals = if goals.exists() {
            rows(&goals)?
        } else {
            Vec::new()
        };
        (rows(&file.join("reports.csv"))?, goals)
    } else {
        (rows(&file)?, Vec::new())
    };
    let database = open(&load()?).await?;
    let (book, actor) = (city_data::plan(), Actor::system("command_line"));
    let report = tasks::import_reports(&database, &SystemClock, &book, &actor, &reports).await?;
    if report.problems.is_empty() && !goals.is_empty() {
        let count = tasks::import_goals(&database, &SystemClock, &book, &actor, &goals).await?;
        say(&format!("goals: {count} rows"));
    }
    database.close().await;
    say(&format!(
        "reports: {} rows, {} new, {} unchanged",
        report.rows, report.created, report.unchanged
    ));
    for problem in report.problems.iter().take(MOST_PRINTED) {
        let column = language.pick(&problem.column_zh, &problem.column);
        let detail = language.pick(&problem.detail_zh, &problem.detail_en);
        say(&format!("{} {column}: {detail}", problem.row));
    }
    if report.problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say("nothing was imported: correct the rows above and try again");
    Ok(ExitCode::FAILURE)
}
