//! `qingshan assessment`: reports written into a folder, and signed files checked.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use access::Actor;
use anyhow::{Context, bail};
use assessment::{
    AssessmentState, AssessmentSummary, FileKind, NewAssessment, list_assessments, load_file,
    load_signed_file, make_file, take_content, verify_signed_file,
};
use beijing_time::{Clock, SystemClock};
use city_plan::AssessmentKind;
use clap::{Args, Subcommand, ValueEnum};
use database::Database;
use uuid::Uuid;

use crate::command_line::say;
use crate::config::Configuration;
use crate::{assessment_desk, city_data, database_command, sealing_key};

/// The largest signed file that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The commands about assessments.
#[derive(Debug, Subcommand)]
pub(crate) enum AssessmentCommand {
    /// Write report (PDF, DOCX) and workbook (XLSX) of an assessment. Of a published one these are
    /// the files that everybody gets, with the signed file; else they are made of present data and
    /// say that they are not published.
    Report(ReportOptions),
    /// Check a signed file: whether its content was changed, and whose signature it bears. Needs no
    /// database.
    Verify {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The public key as the bureau publishes it, hexadecimal.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
}

/// Options of `qingshan assessment report`.
#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// The year.
    #[arg(long)]
    year: i32,
    /// Which assessment; without it that which the plan asks for in the year.
    #[arg(long, value_enum)]
    kind: Option<KindOption>,
    /// The folder that the files are written into; it is made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Kinds of assessments as options.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KindOption {
    /// Of any year.
    Yearly,
    /// Of the year that the rule names.
    MidTerm,
    /// Of the plan's last year.
    Final,
}

impl From<KindOption> for AssessmentKind {
    fn from(option: KindOption) -> Self {
        match option {
            KindOption::Yearly => Self::Yearly,
            KindOption::MidTerm => Self::MidTerm,
            KindOption::Final => Self::Final,
        }
    }
}

/// Runs a command of assessments.
///
/// # Errors
/// When a file cannot be read or written, or the report not be made.
pub(crate) async fn run(
    command: &AssessmentCommand,
    configuration: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    match command {
        AssessmentCommand::Verify { file, key } => verify(file, key.as_deref()),
        AssessmentCommand::Report(options) => report(options, &configuration()?).await,
    }
}

fn verify(file: &Path, key: Option<&str>) -> anyhow::Result<ExitCode> {
    let name = file.display();
    let length = std::fs::metadata(file)
        .with_context(|| format!("cannot read {name}"))?
        .len();
    if length > MOST_BYTES {
        bail!("{name} has {length} bytes; a signed assessment has at most {MOST_BYTES}");
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let verified = match verify_signed_file(&bytes, key) {
        Ok(verified) => verified,
        Err(error) => {
            say(&format!("WRONG {error}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    let content = &verified.content;
    say(&format!(
        "{} {} {}",
        content.plan.title, content.year, content.kind
    ));
    let score = content.total.score.map(|score| score.to_string());
    say(&format!("score {}", score.as_deref().unwrap_or("none")));
    say(&format!("digest {}", verified.digest));
    say(&format!("public key {}", verified.public_key));
    say(if key.is_some() {
        "nothing was changed; signed by the key that was named"
    } else {
        "nothing was changed; compare the public key with the one that the bureau publishes"
    });
    Ok(ExitCode::SUCCESS)
}

async fn report(
    options: &ReportOptions,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = database_command::open(configuration).await?;
    database.check_schema().await?;
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let book = Arc::new(city_data::plan());
    let desk = Arc::new(assessment_desk::open(configuration, book, key)?);
    let kind = options.kind.map_or_else(
        || usual_kind(&desk.book, options.year),
        AssessmentKind::from,
    );
    let actor = Actor::system("command line");
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make the folder {}", options.out.display()))?;
    let published = find_published(&database, &actor, kind, options.year).await?;
    if let Some(found) = published {
        let id = found.new.id;
        for file_kind in FileKind::ALL {
            let file = load_file(&database, &SystemClock, &desk, &actor, (id, file_kind)).await?;
            write(&options.out, &file.name, &file.bytes)?;
        }
        let signed = load_signed_file(&database, &actor, id).await?;
        let name = format!("assessment-{id}.signed.json");
        write(&options.out, &name, signed.json.as_bytes())?;
    } else {
        let new = NewAssessment {
            id: Uuid::now_v7(),
            kind,
            year: options.year,
        };
        let now = SystemClock.now();
        let content = take_content(&database, &desk.book, &actor, &new, now).await?;
        let digest = content.digest()?;
        for file_kind in FileKind::ALL {
            let state = AssessmentState::Taken;
            let file = make_file(&desk, &content, state, &digest, file_kind)?;
            write(&options.out, &file.name, &file.bytes)?;
        }
        say("made of present data: not reviewed, not published");
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The assessment that the plan asks for in a year.
fn usual_kind(book: &plan::PlanBook, year: i32) -> AssessmentKind {
    let (_, _, last_year) = book.years();
    let rule = book.plan().assessment.as_ref();
    if year == last_year {
        AssessmentKind::Final
    } else if rule.is_some_and(|rule| rule.mid_term_year == Some(year)) {
        AssessmentKind::MidTerm
    } else {
        AssessmentKind::Yearly
    }
}

/// The newest published assessment of a kind and year.
async fn find_published(
    database: &Database,
    actor: &Actor,
    kind: AssessmentKind,
    year: i32,
) -> anyhow::Result<Option<AssessmentSummary>> {
    let wanted = (Some(AssessmentState::Published), None, 1000);
    let all = list_assessments(database, actor, wanted).await?;
    Ok(all
        .into_iter()
        .find(|one| one.new.kind == kind && one.new.year == year))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    say(&path.display().to_string());
    Ok(())
}
