//! `qingshan move`: everything from SQLite to PostgreSQL or back, compared row by row afterwards.

use std::process::ExitCode;

use access::{Actor, AuditEntry};
use anyhow::{Context, ensure};
use beijing_time::{Clock, SystemClock};
use clap::Args;
use database::file_copy::SqliteFiles;
use database::snapshot::Snapshot;
use database::transfer::{Summaries, copy_everything};
use database::{Database, DatabaseSettings, audit};
use monitoring::compute_state_digest;

use crate::backup::{Progress, Work, folder_of, sync_folder};
use crate::command_line::say;
use crate::database_command::is_used_elsewhere;

#[derive(Debug, Args)]
pub(crate) struct MoveOptions {
    /// Where everything is: a file path, `sqlite:PATH` or a `postgres://` URL. The server must not
    /// run on it.
    #[arg(long, value_name = "URL")]
    from: String,
    /// Where it goes: a file that is not there yet, or an empty PostgreSQL database.
    #[arg(long, value_name = "URL")]
    to: String,
}

/// Moves everything; all of it or nothing. The source stays as it is.
///
/// # Errors
/// When the source is in use, the target not empty, or the two are not the same afterwards.
pub(crate) async fn run(options: &MoveOptions) -> anyhow::Result<ExitCode> {
    let progress = Progress::new();
    let from_files = SqliteFiles::of_url(&options.from);
    let to_files = SqliteFiles::of_url(&options.to);
    if let Some(files) = &from_files {
        ensure!(
            files.main.exists(),
            "there is no database {}",
            files.main.display()
        );
        ensure!(
            !files.are_open_elsewhere()?,
            "{} is in use: stop the server first",
            files.main.display()
        );
    }
    let source = Database::open(&DatabaseSettings::new(&options.from))
        .await
        .context("cannot open the database to move from")?;
    source
        .check_schema()
        .await
        .context("the database to move from is older than this program")?;
    ensure!(
        !is_used_elsewhere(&source).await?,
        "the database to move from is in use: stop the server first"
    );
    let moved = match to_files {
        Some(files) => into_files(&source, &files, &progress).await,
        None => into_server(&source, &options.to, &progress).await,
    };
    source.close().await;
    let (summaries, digest) = moved?;
    progress.clear();
    for (table, summary) in &summaries {
        say(&format!(
            "{table}: {} rows, {}",
            summary.rows,
            summary.digest_text()
        ));
    }
    say(&format!("effective and derived values: {digest}"));
    say(&format!(
        "{} rows of {} tables are the same on both sides; the database they come from stays as it is",
        summaries.values().map(|summary| summary.rows).sum::<i64>(),
        summaries.len()
    ));
    say(
        "the sealing key belongs to the new database, too: `database.sealing_key_file` must name it",
    );
    Ok(ExitCode::SUCCESS)
}

/// Under other names first: under its own name there is never half of it.
async fn into_files(
    source: &Database,
    files: &SqliteFiles,
    progress: &Progress,
) -> anyhow::Result<(Summaries, String)> {
    for path in files.with_logs() {
        ensure!(!path.exists(), "{} is there already", path.display());
    }
    let work = Work::beside(&files.main)?;
    let made = SqliteFiles::of_path(&work.path().join("main.sqlite"));
    let target = Database::open(&DatabaseSettings::new(made.main.to_string_lossy())).await?;
    let moved = transfer(source, &target, progress).await;
    target.close().await;
    let moved = moved?;
    for (from, to) in [(&made.raw, &files.raw), (&made.main, &files.main)] {
        std::fs::rename(from, to).with_context(|| format!("cannot name {}", to.display()))?;
    }
    sync_folder(&folder_of(&files.main))?;
    Ok(moved)
}

async fn into_server(
    source: &Database,
    url: &str,
    progress: &Progress,
) -> anyhow::Result<(Summaries, String)> {
    let target = Database::open(&DatabaseSettings::new(url))
        .await
        .context("cannot open the database to move to")?;
    ensure!(
        target.is_empty().await?,
        "the database to move to is not empty: make a new one"
    );
    let moved = transfer(source, &target, progress).await;
    if moved.is_err() {
        // the tables without a row in them are no half result, and yet in the way of the next try
        target
            .drop_tables()
            .await
            .context("the database to move to could not be emptied again")?;
    }
    target.close().await;
    moved
}

async fn transfer(
    source: &Database,
    target: &Database,
    progress: &Progress,
) -> anyhow::Result<(Summaries, String)> {
    target.migrate().await?;
    let mut from = Snapshot::begin(source).await?;
    let mut to_move = from.count_rows().await?;
    to_move.retain(|_table, rows| *rows > 0);
    progress.begin_rows("moving");
    let copied = copy_everything(&mut from, target, &mut |table, rows| {
        progress.tell(table, rows);
        !progress.is_stopped()
    })
    .await?;
    drop(from);
    progress.begin_rows("comparing");
    let mut there = Snapshot::begin(target).await?;
    let found = there
        .summarise(&mut |table, rows| {
            progress.tell(table, rows);
            !progress.is_stopped()
        })
        .await?;
    drop(there);
    for (table, expected) in &copied {
        ensure!(
            found.get(table) == Some(expected)
                && to_move.get(table).copied().unwrap_or(0) == expected.rows,
            "{table} is not the same on both sides"
        );
    }
    ensure!(copied.len() == found.len(), "a table was left out");
    progress.begin_rows("comparing effective and derived values");
    let digest = compute_state_digest(source).await?;
    ensure!(
        digest == compute_state_digest(target).await?,
        "effective or derived values are not the same on both sides"
    );
    note(target, &digest).await?;
    Ok((copied, digest))
}

/// The audit trail of the new database says that it was moved.
async fn note(target: &Database, digest: &str) -> anyhow::Result<()> {
    let actor = Actor::system("command_line");
    let mut transaction = target.begin().await?;
    let entry = AuditEntry::new(&actor, "database.move", "database")
        .after(serde_json::json!({ "values_sm3": digest }).to_string());
    audit::append(&mut transaction, SystemClock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}
