//! `qingshan import air`: published air data of the city's public stations from files that others
//! have collected. The figures are marked for what they are; the files stay where they are.

mod sets;
mod stations;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;
use monitoring::import::{ImportFile, ImportRow, ImportSummary};
use tokio::sync::mpsc;

use super::{Begun, ROWS_AHEAD, Store, compute_digest, file_name, print_problems, unreadable};
use crate::command_line::say;
use crate::config::Configuration;
use crate::evaluate_command::read;
use crate::hj212_command::LanguageOption;
use sets::{AirSet, SETS, SetReader};
use stations::AirStation;

/// Columns of the rows that a set's rows are turned into.
const HEADING: [&str; 6] = ["site", "point", "kind", "time", "factor", "avg"];

#[derive(Debug, Args)]
pub(crate) struct AirOptions {
    /// The folder that holds the sets, each in a folder of its own, or the folder of one set.
    folder: PathBuf,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// The city as the sets write it.
    #[arg(long, default_value = "衡阳")]
    city: String,
    /// Language of what is said about rows.
    #[arg(long, value_enum, default_value_t = LanguageOption::Zh)]
    language: LanguageOption,
}

/// A file of a set that is there.
struct Found {
    set: &'static AirSet,
    path: PathBuf,
}

/// Runs the command: each file is taken as a whole or not at all.
///
/// # Errors
/// When no file is there, or the database cannot be read or written.
pub(super) async fn run(
    options: &AirOptions,
    load: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    let found = find_files(&options.folder)?;
    let stations = Arc::new(stations::shipped()?);
    let store = Store::open(&load()?).await?;
    let mut is_clean = true;
    for found in found {
        is_clean &= import(options, &store, &stations, &found).await?;
    }
    store.database.close().await;
    Ok(if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn find_files(folder: &Path) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for set in &SETS {
        let places = [folder.join(set.folder), folder.to_owned()];
        let names = set
            .files
            .iter()
            .flat_map(|name| [format!("{name}.zst"), (*name).to_owned()]);
        let path = names
            .flat_map(|name| places.iter().map(move |place| place.join(&name)))
            .find(|path| path.is_file());
        found.extend(path.map(|path| Found { set, path }));
    }
    if found.is_empty() {
        let names: Vec<String> = SETS
            .iter()
            .flat_map(|set| {
                set.files
                    .iter()
                    .map(|name| format!("{}/{name}", set.folder))
            })
            .collect();
        bail!(
            "{} holds none of the files {}\nhint: they may end in .zst",
            folder.display(),
            names.join(", ")
        );
    }
    Ok(found)
}

/// Imports one file; says whether nothing was wrong.
async fn import(
    options: &AirOptions,
    store: &Store,
    stations: &Arc<Vec<AirStation>>,
    found: &Found,
) -> anyhow::Result<bool> {
    let set = found.set;
    let file = ImportFile {
        name: file_name(&found.path),
        sm3: compute_digest(&found.path)?,
        label: set.label,
        origin: set.origin,
        source: set.source.to_owned(),
    };
    say(&format!("{}: {}", file.name, set.source));
    let wanted: Vec<&AirStation> = stations.iter().filter(|one| set.is_of(one)).collect();
    let known = store.load_directory().await?;
    let missing = stations::list_missing(&known, &wanted)?;
    let names: Vec<&str> = missing
        .iter()
        .map(|station| station.code.as_str())
        .collect();
    if !missing.is_empty() && options.dry_run {
        say(&format!("would register: {}", names.join(", ")));
        return check_alone(options, stations, found).await;
    }
    if !missing.is_empty() {
        stations::register(store, &missing).await?;
        say(&format!("registered: {}", names.join(", ")));
    }
    let directory = store.load_directory().await?;
    let bar = ProgressBar::new_spinner();
    bar.set_message(file.name.clone());
    let skipped = Arc::new(AtomicU64::new(0));
    let begin = || {
        let counts = (bar.clone(), Arc::clone(&skipped));
        std::future::ready(Ok(begin(options, stations, found, counts)))
    };
    let summary = store
        .take(&directory, (&file, options.dry_run), begin)
        .await;
    bar.finish_and_clear();
    let summary = summary?;
    print(&summary, options.language);
    Ok(summary.problem_count == 0)
}

/// Reads a file whose stations are not registered yet, and says what is wrong with its cells.
async fn check_alone(
    options: &AirOptions,
    stations: &Arc<Vec<AirStation>>,
    found: &Found,
) -> anyhow::Result<bool> {
    let counts = (ProgressBar::hidden(), Arc::new(AtomicU64::new(0)));
    let (_heading, mut rows, reading) = begin(options, stations, found, counts);
    let mut summary = ImportSummary::default();
    let mut last = 0;
    while let Some(row) = rows.recv().await {
        summary.rows += 1;
        summary.records += u64::from(row.number != last);
        last = row.number;
        if let Some(kind) = row.defect {
            summary.problem_count += 1;
            if summary.problems.len() < super::MOST_PRINTED {
                let row = row.number;
                let column = "";
                summary
                    .problems
                    .push(monitoring::import::ImportProblem { row, column, kind });
            }
        }
    }
    reading.await??;
    print(&summary, options.language);
    Ok(summary.problem_count == 0)
}

fn print(summary: &ImportSummary, language: LanguageOption) {
    if let (Some(id), Some(at)) = (summary.import_id, summary.imported_before) {
        say(&format!("  imported at {at} (import {id}): nothing to do"));
        return;
    }
    let times = summary.times.map_or_else(String::new, |(first, last)| {
        format!(", from {first} to {last}")
    });
    say(&format!(
        "  {} values in {} records{times}",
        summary.rows, summary.records
    ));
    print_problems(&summary.problems, summary.problem_count, language);
    say(&match (summary.problem_count, summary.import_id) {
        (0, Some(id)) => format!(
            "  import {id}: {} new records; verdicts and the plan follow while the server runs",
            summary.new_records
        ),
        (0, None) => "  nothing is wrong; nothing was changed (dry run)".to_owned(),
        (_, _) => "  nothing of this file was imported".to_owned(),
    });
}

/// Begins to read a file of a set; its rows follow as those of a file of records.
fn begin(
    options: &AirOptions,
    stations: &Arc<Vec<AirStation>>,
    found: &Found,
    (bar, skipped): (ProgressBar, Arc<AtomicU64>),
) -> Begun {
    let (sender, receiver) = mpsc::channel(ROWS_AHEAD);
    let (set, path) = (found.set, found.path.clone());
    let (stations, city) = (Arc::clone(stations), options.city.clone());
    skipped.store(0, Ordering::Relaxed);
    bar.reset();
    let reading = tokio::task::spawn_blocking(move || {
        let mut table = read::open(&path, None, &ProgressBar::hidden())?;
        let reader = SetReader::new(set, &stations, &city, table.header())?;
        while let Some(row) = table.next_row()? {
            bar.inc(1);
            let rows = match row.defect {
                Some(defect) => vec![ImportRow {
                    number: row.number,
                    cells: Vec::new(),
                    defect: Some(unreadable(defect)),
                }],
                None => reader.read(row.number, &row.cells),
            };
            if rows.is_empty() {
                skipped.fetch_add(1, Ordering::Relaxed);
            }
            for row in rows {
                if sender.blocking_send(row).is_err() {
                    return Ok(());
                }
            }
        }
        bar.println(format!(
            "  {} rows without a value of the city's stations were passed over",
            skipped.load(Ordering::Relaxed)
        ));
        Ok(())
    });
    let heading = HEADING.map(str::to_owned).to_vec();
    (heading, receiver, reading)
}
