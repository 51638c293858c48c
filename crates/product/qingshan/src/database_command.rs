//! `qingshan migrate` and `qingshan audit`.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use access::Actor;
use accounts::AuditExport;
use anyhow::Context;
use beijing_time::{Clock, SystemClock, Timestamp};
use clap::{Args, Subcommand};
use database::audit::{self, AuditFilter};
use database::{Database, DatabaseSettings};

use crate::command_line::say;
use crate::config::Configuration;

/// How often it is looked for other connections.
const LOOKS: u32 = 12;
/// The pause between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Walk the whole chain and name the first entry that was altered, if any.
    Verify,
    /// Write the trail as CSV, oldest entry first, with the hash of each; the trail tells that it
    /// was taken.
    Export(ExportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The file, which must not be there yet.
    file: PathBuf,
    /// Not before this time, such as 2026-01-01T00:00:00+08:00.
    #[arg(long)]
    from: Option<Timestamp>,
    /// Before this time.
    #[arg(long)]
    to: Option<Timestamp>,
    /// Part of the actor's name.
    #[arg(long)]
    actor: Option<String>,
    /// How the action begins, such as `accounts.`.
    #[arg(long)]
    action: Option<String>,
    /// Only what was done to one thing, such as `site:12`.
    #[arg(long)]
    subject: Option<String>,
}

/// Opens the configured database.
///
/// # Errors
/// When it cannot be opened or is not durable.
pub(crate) async fn open(configuration: &Configuration) -> anyhow::Result<Database> {
    let section = &configuration.database;
    let settings = DatabaseSettings {
        url: section.url.clone(),
        connections: section.connections,
    };
    Database::open(&settings)
        .await
        .context("cannot open the database")
}

/// Whether a running server uses a PostgreSQL database. A process that has just ended is listed for
/// a moment still, so that it is looked more than once.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn is_used_elsewhere(database: &Database) -> anyhow::Result<bool> {
    for _ in 0..LOOKS {
        if database.count_other_connections().await? == 0 {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(true)
}

/// Applies the migrations that are missing.
///
/// # Errors
/// When one fails.
pub(crate) async fn migrate(configuration: &Configuration) -> anyhow::Result<()> {
    let database = open(configuration).await?;
    let missing = database.schema_state().await?.missing;
    database.migrate().await?;
    database.close().await;
    say(&format!("{missing} migration(s) applied"));
    Ok(())
}

/// Checks the audit trail or writes it into a file.
///
/// # Errors
/// When it cannot be read or the file cannot be written.
pub(crate) async fn audit(
    command: AuditCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = open(configuration).await?;
    database.check_schema().await?;
    let code = match command {
        AuditCommand::Verify => verify(&database).await?,
        AuditCommand::Export(arguments) => {
            export(&database, arguments).await?;
            ExitCode::SUCCESS
        }
    };
    database.close().await;
    Ok(code)
}

async fn verify(database: &Database) -> anyhow::Result<ExitCode> {
    let mut whole = audit::TrailPlace::default();
    Ok(match audit::walk(database, &mut whole).await? {
        None => {
            say(&format!(
                "the audit trail is whole: {} entries",
                whole.sequence()
            ));
            ExitCode::SUCCESS
        }
        Some(sequence) => {
            say(&format!("the audit trail is broken at entry {sequence}"));
            ExitCode::FAILURE
        }
    })
}

async fn export(database: &Database, arguments: ExportArguments) -> anyhow::Result<()> {
    let path = arguments.file;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("cannot make {}", path.display()))?;
    let filter = AuditFilter {
        before: None,
        subject: arguments.subject,
        actor: arguments.actor,
        action: arguments.action,
        since: arguments.from,
        until: arguments.to,
    };
    let actor = Actor::system("command_line");
    let mut export = AuditExport::begin(database, SystemClock.now(), &actor, filter).await?;
    let mut writer = BufWriter::new(file);
    while let Some(part) = export.next_part().await? {
        writer
            .write_all(part.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    writer
        .into_inner()
        .context("cannot write the last of it")?
        .sync_all()?;
    say(&format!("{} written", path.display()));
    Ok(())
}
