//! `qingshan sites`: import and export of regions, organisations, sites, points and devices.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Actor;
use anyhow::Context;
use beijing_time::SystemClock;
use clap::Subcommand;
use database::Database;
use serde::Deserialize;
use sites::{ImportReport, Sheet, SheetTables, SitesFile};

use crate::command_line::say;
use crate::config::Configuration;
use crate::hj212_command::LanguageOption;
use crate::{database_command, sealing_key};

/// How many problems are printed.
const MOST_PRINTED: usize = 50;

#[derive(Debug, Subcommand)]
pub(crate) enum SitesCommand {
    /// Import a workbook (XLSX), a ZIP or folder of CSV files, or regions (TOML): all of it, or
    /// nothing when anything is wrong.
    Import {
        /// The file or folder.
        file: PathBuf,
        /// Only say what would happen.
        #[arg(long)]
        dry_run: bool,
        /// Language of what is said about rows.
        #[arg(long, value_enum, default_value_t = LanguageOption::Zh)]
        language: LanguageOption,
    },
    /// Export everything as XLSX or, when the name ends in `.zip`, as CSV files; without passwords.
    Export {
        /// The file to write.
        file: PathBuf,
    },
    /// Write an empty workbook (or ZIP of CSV files) with all columns explained.
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
    command: SitesCommand,
    load: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    match command {
        SitesCommand::Template { file } => {
            write(&file, &SheetTables::new())?;
            Ok(ExitCode::SUCCESS)
        }
        SitesCommand::Export { file } => {
            let database = open(&load()?).await?;
            let actor = Actor::system("command_line");
            let tables = sites::export_sites(
                &database,
                &SystemClock,
                &actor,
                &sites::ExportChoice::Everything,
            )
            .await?;
            write(&file, &tables)?;
            for sheet in Sheet::ALL {
                say(&format!("{sheet}: {} rows", tables.row_count(*sheet)));
            }
            database.close().await;
            Ok(ExitCode::SUCCESS)
        }
        SitesCommand::Import {
            file,
            dry_run,
            language,
        } => {
            let content = read(&file)?;
            let configuration = load()?;
            let database = open(&configuration).await?;
            let report = import(&configuration, &database, &content, dry_run).await?;
            database.close().await;
            print(&report, language);
            Ok(if report.problem_count == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

pub(crate) async fn open(configuration: &Configuration) -> anyhow::Result<Database> {
    let database = database_command::open(configuration).await?;
    if database.schema_state().await?.applied == 0 {
        database.migrate().await?;
    }
    database.check_schema().await?;
    Ok(database)
}

async fn import(
    configuration: &Configuration,
    database: &Database,
    content: &SitesFile,
    is_dry_run: bool,
) -> anyhow::Result<ImportReport> {
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let actor = Actor::system("command_line");
    Ok(if is_dry_run {
        sites::check_import(database, &key, &actor, content).await?
    } else {
        sites::import_sites(database, &SystemClock, &key, &actor, content).await?
    })
}

fn read(path: &Path) -> anyhow::Result<SitesFile> {
    let name = path.display().to_string();
    if path.is_dir() {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).with_context(|| format!("cannot read {name}"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "csv") {
                let bytes = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                files.push((path.display().to_string(), bytes));
            }
        }
        return Ok(SitesFile::read_csv_files(&files)?);
    }
    let size = std::fs::metadata(path)
        .with_context(|| format!("cannot read {name}"))?
        .len();
    anyhow::ensure!(
        size <= sites::MOST_FILE_BYTES,
        "{name} has {size} bytes, more than {}",
        sites::MOST_FILE_BYTES
    );
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    if path
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        return read_regions(&bytes).with_context(|| format!("{name} is no list of regions"));
    }
    SitesFile::read(&name, &bytes).with_context(|| format!("cannot read {name}"))
}

/// A city's `regions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionsFile {
    region: Vec<RegionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionEntry {
    code: String,
    parent_code: Option<String>,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    #[serde(default)]
    is_simulated: bool,
}

fn read_regions(bytes: &[u8]) -> anyhow::Result<SitesFile> {
    let file: RegionsFile = toml::from_str(std::str::from_utf8(bytes)?)?;
    let text = |degrees: Option<f64>| degrees.map(|value| value.to_string()).unwrap_or_default();
    let mut tables = SheetTables::new();
    for region in file.region {
        tables.push(
            Sheet::Regions,
            &[
                ("code", &region.code),
                ("parent_code", region.parent_code.as_deref().unwrap_or("")),
                ("name_zh", &region.name_zh),
                ("name_en", &region.name_en),
                ("longitude", &text(region.longitude)),
                ("latitude", &text(region.latitude)),
                (
                    "is_simulated",
                    if region.is_simulated { "yes" } else { "no" },
                ),
            ],
        );
    }
    Ok(SitesFile::of_tables(tables))
}

fn write(path: &Path, tables: &SheetTables) -> anyhow::Result<()> {
    let bytes = if path.extension().is_some_and(|extension| extension == "zip") {
        tables.to_csv_zip()?
    } else {
        tables.to_workbook()?
    };
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn print(report: &ImportReport, language: LanguageOption) {
    for counts in &report.sheets {
        say(&format!(
            "{}: {} rows, {} new, {} changed, {} unchanged",
            counts.sheet, counts.rows, counts.created, counts.updated, counts.unchanged
        ));
    }
    for name in &report.ignored {
        say(&format!("left out: {name}"));
    }
    for problem in report.problems.iter().take(MOST_PRINTED) {
        say(language.pick(&problem.chinese(), &problem.english()));
    }
    if report.problem_count > MOST_PRINTED {
        say(&format!(
            "… and {} more problems",
            report.problem_count - MOST_PRINTED
        ));
    }
    say(match (report.problem_count, report.is_applied) {
        (0, true) => "imported",
        (0, false) => "nothing is wrong; nothing was changed (dry run)",
        (_, _) => "nothing was imported: correct the rows above and try again",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regions_of_hengyang_can_be_read() {
        let bytes = include_bytes!("../../../../cities/hengyang/regions.toml");
        let file = read_regions(bytes).expect("a list of regions");
        let again = read_regions(b"[[region]]\nname = 'x'");
        assert!(again.is_err());
        assert!(format!("{file:?}").contains("430481"));
    }
}
