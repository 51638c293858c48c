//! `qingshan import records`: values of an older system from CSV or XLSX.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Actor;
use anyhow::{Context, bail};
use beijing_time::SystemClock;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use monitoring::import::{
    IMPORT_COLUMNS, ImportFile, ImportProblemKind, ImportRow, ImportSummary, check_import,
    import_records,
};
use sites::{DirectoryHandle, PeriodLabel};
use sm3::{Digest, Sm3};
use tokio::sync::mpsc;

use crate::command_line::say;
use crate::config::Configuration;
use crate::evaluate_command::read;
use crate::hj212_command::LanguageOption;
use crate::{backup, database_command, sealing_key};

/// How many problems are printed.
const MOST_PRINTED: usize = 50;
/// Rows that are read ahead.
const ROWS_AHEAD: usize = 4_096;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import records of a CSV or XLSX file: all of it, or nothing when anything is wrong.
    Records(RecordsOptions),
}

#[derive(Debug, Args)]
pub(crate) struct RecordsOptions {
    /// The file; CSV is UTF-8 or GB 18030.
    #[arg(required_unless_present = "columns")]
    file: Option<PathBuf>,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Whether the times of minutes, hours and days in the file are when they begin or end.
    #[arg(long, value_enum, default_value_t = LabelOption::Start)]
    label: LabelOption,
    /// Print the columns of such a file and end.
    #[arg(long)]
    columns: bool,
    /// Language of what is said about rows.
    #[arg(long, value_enum, default_value_t = LanguageOption::Zh)]
    language: LanguageOption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelOption {
    Start,
    End,
}

/// Runs the command.
///
/// # Errors
/// When the file or the database cannot be read or written.
pub(crate) async fn run(
    command: ImportCommand,
    load: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    let ImportCommand::Records(options) = command;
    let Some(path) = options.file.as_deref().filter(|_| !options.columns) else {
        for column in IMPORT_COLUMNS {
            let must = if column.is_required { "*" } else { " " };
            say(&format!("{must} {} {}", column.name, column.name_zh));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let file = ImportFile {
        name: path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sm3: compute_digest(path)?,
        label: match options.label {
            LabelOption::Start => PeriodLabel::Start,
            LabelOption::End => PeriodLabel::End,
        },
    };
    let configuration = load()?;
    let database = database_command::open(&configuration).await?;
    database.check_schema().await?;
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let directory = DirectoryHandle::open(&database, key).await?.current();
    let actor = Actor::system("command_line");
    let clock = SystemClock;
    let (heading, rows, reading) = begin(path).await?;
    let mut summary = check_import(
        &database,
        &directory,
        &clock,
        &actor,
        (&file, &heading),
        rows,
    )
    .await?;
    reading.await??;
    let is_clean = summary.problem_count == 0 && summary.imported_before.is_none();
    if is_clean && !options.dry_run {
        let (heading, rows, reading) = begin(path).await?;
        summary = import_records(
            &database,
            &directory,
            &clock,
            &actor,
            (&file, &heading),
            rows,
        )
        .await?;
        reading.await??;
    }
    database.close().await;
    print(&summary, &options);
    Ok(if summary.problem_count == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(summary: &ImportSummary, options: &RecordsOptions) {
    if let (Some(id), Some(at)) = (summary.import_id, summary.imported_before) {
        say(&format!(
            "this very file was imported at {at} (import {id}): nothing to do"
        ));
        return;
    }
    let times = summary.times.map_or_else(String::new, |(first, last)| {
        format!(", from {first} to {last}")
    });
    say(&format!(
        "{} rows, {} records{times}",
        summary.rows, summary.records
    ));
    for problem in summary.problems.iter().take(MOST_PRINTED) {
        say(options
            .language
            .pick(&problem.chinese(), &problem.english()));
    }
    let printed = summary.problems.len().min(MOST_PRINTED) as u64;
    if summary.problem_count > printed {
        say(&format!(
            "… and {} more problems",
            summary.problem_count - printed
        ));
    }
    say(&match (summary.problem_count, summary.import_id) {
        (0, Some(id)) => format!(
            "import {id}: {} new records; derived figures follow while the server runs",
            summary.new_records
        ),
        (0, None) => "nothing is wrong; nothing was changed (dry run)".to_owned(),
        (_, _) => "nothing was imported: correct the rows above and try again".to_owned(),
    });
}

fn compute_digest(path: &Path) -> anyhow::Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hasher = Sm3::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = file
            .read(&mut buffer)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hasher.update(piece);
    }
    Ok(backup::to_hex(&hasher.finalize()))
}

type Reading = tokio::task::JoinHandle<anyhow::Result<()>>;

/// Reads the heading, and lets the rows follow one by one: never the whole of a CSV file is in
/// memory.
async fn begin(path: &Path) -> anyhow::Result<(Vec<String>, mpsc::Receiver<ImportRow>, Reading)> {
    let (sender, receiver) = mpsc::channel(ROWS_AHEAD);
    let (heading_sender, heading) = tokio::sync::oneshot::channel();
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let mut table = read::open(&path, None, &ProgressBar::hidden())?;
        if heading_sender.send(table.header().to_vec()).is_err() {
            return Ok(());
        }
        while let Some(row) = table.next_row()? {
            let row = ImportRow {
                number: row.number,
                cells: row.cells,
                defect: row.defect.map(|defect| ImportProblemKind::Unreadable {
                    chinese: defect.chinese,
                    english: defect.english,
                }),
            };
            if sender.blocking_send(row).is_err() {
                break;
            }
        }
        Ok(())
    });
    match heading.await {
        Ok(heading) => Ok((heading, receiver, reading)),
        Err(_nothing_came) => {
            reading.await??;
            bail!("the file is empty")
        }
    }
}
