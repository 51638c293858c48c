//! `qingshan retention`: how long records are kept.

use std::process::ExitCode;

use access::Actor;
use anyhow::{Context, bail};
use beijing_time::{Clock, SystemClock};
use clap::Subcommand;
use database::Database;
use monitoring::RecordKind;
use monitoring::retention::{
    StepSize, list_retention, preview_retention, remove_next, set_retention,
};

use crate::command_line::say;
use crate::config::Configuration;
use crate::database_command::open;

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Show how long records of each kind are kept, what of them there is and what was removed.
    Show,
    /// Say what would be removed; change nothing.
    Preview {
        /// `realtime`, `minute`, `hour`, `day`…
        kind: String,
        /// Days for which they would be kept.
        keep_days: i64,
    },
    /// Set how long records of a kind are kept.
    Set {
        /// `realtime`, `minute`, `hour`, `day`…
        kind: String,
        /// Days, or `forever`.
        keep_days: String,
    },
    /// Remove now what is older than set. The server does so by itself every hour.
    Run,
}

/// Runs a command of retention.
///
/// # Errors
/// When the database cannot be read or written, or the request makes no sense.
pub(crate) async fn run(
    command: &RetentionCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = open(configuration).await?;
    database.check_schema().await?;
    let done = match command {
        RetentionCommand::Show => show(&database).await,
        RetentionCommand::Preview { kind, keep_days } => {
            preview(&database, find_kind(kind)?, *keep_days).await
        }
        RetentionCommand::Set { kind, keep_days } => {
            set(&database, find_kind(kind)?, keep_days).await
        }
        RetentionCommand::Run => remove(&database).await,
    };
    database.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

fn find_kind(name: &str) -> anyhow::Result<RecordKind> {
    let Some(kind) = RecordKind::from_name(name) else {
        let all: Vec<_> = RecordKind::ALL.iter().map(|kind| kind.as_str()).collect();
        bail!("`{name}` is none of: {}", all.join(", "));
    };
    Ok(kind)
}

async fn show(database: &Database) -> anyhow::Result<()> {
    for of in list_retention(database, &Actor::system("command_line")).await? {
        let keep = of
            .keep_days
            .map_or_else(|| "for ever".to_owned(), |days| format!("for {days} days"));
        let since = of.first.map_or_else(
            || "nothing there".to_owned(),
            |first| format!("since {first}"),
        );
        say(&format!(
            "{}: kept {keep}; {since}, {} records, {} bytes",
            of.kind.as_str(),
            of.kept.records,
            of.kept.bytes
        ));
        if let Some(before) = of.removed_before {
            say(&format!(
                "  removed before {before}: {} records, {} bytes; {} records came late",
                of.removed.records, of.removed.bytes, of.late_records
            ));
        }
    }
    Ok(())
}

async fn preview(database: &Database, kind: RecordKind, keep_days: i64) -> anyhow::Result<()> {
    let actor = Actor::system("command_line");
    let preview = preview_retention(database, &SystemClock, &actor, kind, Some(keep_days)).await?;
    let before = preview.before.context("a time was given")?;
    say(&format!(
        "{} before {before}: {} records, {} bytes would be removed; packets would stay",
        kind.as_str(),
        preview.amount.records,
        preview.amount.bytes
    ));
    Ok(())
}

async fn set(database: &Database, kind: RecordKind, text: &str) -> anyhow::Result<()> {
    let keep_days = match text {
        "forever" => None,
        days => Some(
            days.parse()
                .with_context(|| format!("`{days}` is neither a number of days nor `forever`"))?,
        ),
    };
    let actor = Actor::system("command_line");
    let all = list_retention(database, &actor).await?;
    let revision = all
        .iter()
        .find(|of| of.kind == kind)
        .map_or(0, |of| of.revision);
    set_retention(database, &SystemClock, &actor, (kind, revision), keep_days).await?;
    say(&format!(
        "{} records are kept {}",
        kind.as_str(),
        match keep_days {
            Some(days) => format!("for {days} days"),
            None => "for ever".to_owned(),
        }
    ));
    Ok(())
}

async fn remove(database: &Database) -> anyhow::Result<()> {
    let (mut records, mut bytes) = (0, 0);
    let now = SystemClock.now();
    while let Some(removed) = remove_next(database, now, StepSize::default()).await? {
        records += removed.amount.records;
        bytes += removed.amount.bytes;
    }
    say(&format!("{records} records removed, {bytes} bytes"));
    Ok(())
}
