//! `qingshan import`: values of an older system from CSV or XLSX, and published air data.

mod air;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Actor;
use anyhow::{Context, bail};
use beijing_time::SystemClock;
use clap::{Args, Subcommand, ValueEnum};
use database::Database;
use indicatif::ProgressBar;
use monitoring::import::{
    IMPORT_COLUMNS, ImportFile, ImportOrigin, ImportProblem, ImportProblemKind, ImportRow,
    ImportSummary, check_import, import_records,
};
use sites::{DeviceDirectory, DirectoryHandle, PeriodLabel, SealingKey};
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
    /// Import the published air data of the city's public stations, as others have collected them:
    /// marked as official or third-party figures, and as not complete.
    Air(air::AirOptions),
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
    let options = match command {
        ImportCommand::Records(options) => options,
        ImportCommand::Air(options) => return air::run(&options, load).await,
    };
    let Some(path) = options.file.as_deref().filter(|_| !options.columns) else {
        for column in IMPORT_COLUMNS {
            let must = if column.is_required { "*" } else { " " };
            say(&format!("{must} {} {}", column.name, column.name_zh));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let file = ImportFile {
        name: file_name(path),
        sm3: compute_digest(path)?,
        label: match options.label {
            LabelOption::Start => PeriodLabel::Start,
            LabelOption::End => PeriodLabel::End,
        },
        origin: ImportOrigin::OlderSystem,
        source: String::new(),
    };
    let store = Store::open(&load()?).await?;
    let directory = store.load_directory().await?;
    let about = (&file, options.dry_run);
    let summary = store.take(&directory, about, || begin(path)).await?;
    store.database.close().await;
    print(&summary, &options);
    Ok(if summary.problem_count == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Where imports go.
struct Store {
    database: Database,
    key: SealingKey,
    actor: Actor,
}

impl Store {
    async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        let database = database_command::open(configuration).await?;
        database.check_schema().await?;
        Ok(Self {
            key: sealing_key::open(&configuration.database.sealing_key_file)?,
            database,
            actor: Actor::system("command_line"),
        })
    }

    async fn load_directory(&self) -> anyhow::Result<std::sync::Arc<DeviceDirectory>> {
        let handle = DirectoryHandle::open(&self.database, self.key.clone()).await?;
        Ok(handle.current())
    }

    /// Checks all rows of a file and, when nothing is wrong and it is not only to be said what would
    /// happen, imports them; so the file is read twice.
    async fn take<F>(
        &self,
        directory: &DeviceDirectory,
        (file, is_dry_run): (&ImportFile, bool),
        begin: impl Fn() -> F,
    ) -> anyhow::Result<ImportSummary>
    where
        F: Future<Output = anyhow::Result<Begun>>,
    {
        let (database, clock, actor) = (&self.database, &SystemClock, &self.actor);
        let (heading, rows, reading) = begin().await?;
        let about = (file, heading.as_slice());
        let summary = check_import(database, directory, clock, actor, about, rows).await?;
        reading.await??;
        let is_clean = summary.problem_count == 0 && summary.imported_before.is_none();
        if !is_clean || is_dry_run {
            return Ok(summary);
        }
        let (heading, rows, reading) = begin().await?;
        let about = (file, heading.as_slice());
        let summary = import_records(database, directory, clock, actor, about, rows).await?;
        reading.await??;
        Ok(summary)
    }
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
    print_problems(&summary.problems, summary.problem_count, options.language);
    say(&match (summary.problem_count, summary.import_id) {
        (0, Some(id)) => format!(
            "import {id}: {} new records; derived figures follow while the server runs",
            summary.new_records
        ),
        (0, None) => "nothing is wrong; nothing was changed (dry run)".to_owned(),
        (_, _) => "nothing was imported: correct the rows above and try again".to_owned(),
    });
}

fn print_problems(problems: &[ImportProblem], count: u64, language: LanguageOption) {
    for problem in problems.iter().take(MOST_PRINTED) {
        say(language.pick(&problem.chinese(), &problem.english()));
    }
    let printed = problems.len().min(MOST_PRINTED) as u64;
    if count > printed {
        say(&format!("… and {} more problems", count - printed));
    }
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
/// The heading of a file, its rows as they are read, and the reading itself.
type Begun = (Vec<String>, mpsc::Receiver<ImportRow>, Reading);

/// Reads the heading, and lets the rows follow one by one: never the whole of a CSV file is in
/// memory.
async fn begin(path: &Path) -> anyhow::Result<Begun> {
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
                defect: row.defect.map(unreadable),
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

fn unreadable(defect: standards::evaluation::Problem) -> ImportProblemKind {
    ImportProblemKind::Unreadable {
        chinese: defect.chinese,
        english: defect.english,
    }
}
