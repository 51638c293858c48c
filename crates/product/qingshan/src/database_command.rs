//! `qingshan migrate` and `qingshan audit`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Subcommand;
use database::{Database, DatabaseSettings, audit};

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

/// Checks the audit trail.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn audit(
    command: &AuditCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify = command;
    let database = open(configuration).await?;
    database.check_schema().await?;
    Ok(match audit::find_break(&database).await? {
        None => {
            say("the audit trail is whole");
            ExitCode::SUCCESS
        }
        Some(sequence) => {
            say(&format!("the audit trail is broken at entry {sequence}"));
            ExitCode::FAILURE
        }
    })
}
