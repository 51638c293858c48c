//! `qingshan plan import`: values of the plan's measures from a table.

use std::path::Path;
use std::process::ExitCode;

use access::Actor;
use beijing_time::SystemClock;

use crate::city_data;
use crate::command_line::say;
use crate::config::Configuration;
use crate::hj212_command::LanguageOption;
use crate::projects_command::rows;
use crate::sites_command::open;

/// How many problems are printed.
const MOST_PRINTED: usize = 50;

/// Imports a file, or the `values.csv` of a folder.
///
/// # Errors
/// When the file or the database cannot be read or written.
pub(crate) async fn import(
    file: &Path,
    language: LanguageOption,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let values = if file.is_dir() {
        rows(&file.join("values.csv"))?
    } else {
        rows(file)?
    };
    let database = open(configuration).await?;
    let (book, actor) = (city_data::plan(), Actor::system("command_line"));
    let report = plan::import_values(&database, &SystemClock, &book, &actor, &values).await?;
    database.close().await;
    say(&format!(
        "values: {} rows, {} new, {} unchanged",
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
