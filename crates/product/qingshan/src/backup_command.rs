//! `qingshan backup`: everything in one file, while the server runs; and back again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::backup::{self, Progress};
use crate::command_line::say;
use crate::config::Configuration;

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Copy both stores as they are at one moment into one file; the server goes on meanwhile.
    Create(CreateOptions),
    /// Read a backup to its end: digests, the database's own check, row counts, all chains.
    Verify {
        /// The backup.
        file: PathBuf,
        /// Only the digests: nothing is unpacked.
        #[arg(long)]
        digests_only: bool,
        /// Where a SQLite backup is unpacked for its check; beside the backup unless given.
        #[arg(long, value_name = "FOLDER")]
        work: Option<PathBuf>,
    },
    /// Put a backup into the configured database, which must be empty, and check it there.
    Restore(RestoreOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CreateOptions {
    /// The file to write, or a folder, where the file is named after the time.
    #[arg(long, value_name = "FILE", default_value = ".")]
    to: PathBuf,
    /// Take along the key that opens device passwords. Whoever has such a backup can read them.
    #[arg(long)]
    with_key: bool,
    /// Read the backup to its end at once, as `backup verify` does.
    #[arg(long)]
    verify: bool,
    /// Removes the oldest backups of the folder so that so many are left, when this one is whole.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreOptions {
    /// The backup.
    file: PathBuf,
    /// Put aside what is in the database and restore in its place.
    #[arg(long)]
    force: bool,
}

/// Runs one of the commands.
///
/// # Errors
/// When something could not be read or written; half a result is never left under its final name.
pub(crate) async fn run(
    command: BackupCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let progress = Progress::new();
    match command {
        BackupCommand::Create(options) => {
            let made =
                backup::create(configuration, &options.to, options.with_key, &progress).await?;
            progress.clear();
            say(&format!("{}", made.file.display()));
            say(&format!(
                "{} rows of {} tables, {} bytes, {} in the file",
                made.manifest.tables.values().sum::<i64>(),
                made.manifest.tables.len(),
                made.manifest.size_bytes(),
                made.file_bytes
            ));
            tell_heads(&made.manifest);
            say(&format!("SM3 of its list: {}", made.digest));
            if made.manifest.has_sealing_key {
                say("the key of device passwords is inside: keep the file as closed as the key");
            } else {
                say(
                    "the key of device passwords is NOT inside: without a copy of it every device \
                     password must be entered again",
                );
            }
            if options.verify {
                let found = backup::verify(&made.file, false, None, &progress).await?;
                progress.clear();
                if conclude(&found.faults, "the backup is whole") == ExitCode::FAILURE {
                    return Ok(ExitCode::FAILURE);
                }
            }
            if let Some(keep) = options.keep {
                for removed in backup::remove_old(&options.to, keep)? {
                    say(&format!("removed {}", removed.display()));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        BackupCommand::Verify {
            file,
            digests_only,
            work,
        } => {
            let found = backup::verify(&file, digests_only, work.as_deref(), &progress).await?;
            progress.clear();
            say(&format!(
                "made at {} by version {} from {}",
                found.manifest.made_at, found.manifest.program, found.manifest.database
            ));
            tell_heads(&found.manifest);
            say(&format!("SM3 of its list: {}", found.digest));
            for said in &found.checked {
                say(said);
            }
            Ok(conclude(&found.faults, "the backup is whole"))
        }
        BackupCommand::Restore(options) => {
            let restored =
                backup::restore(configuration, &options.file, options.force, &progress).await?;
            progress.clear();
            for said in &restored.checked {
                say(said);
            }
            Ok(conclude(&restored.faults, "restored and checked"))
        }
    }
}

fn tell_heads(manifest: &backup::Manifest) {
    let heads = &manifest.heads;
    say(&format!(
        "journal: batch {}, {}",
        heads.journal_batch, heads.journal_hash
    ));
    say(&format!(
        "vault: window {}, {}",
        heads.vault_window, heads.vault_seal
    ));
    say(&format!(
        "audit trail: entry {}, {}",
        heads.audit_sequence, heads.audit_hash
    ));
}

fn conclude(faults: &[String], good: &str) -> ExitCode {
    for fault in faults {
        say(&format!("WRONG {fault}"));
    }
    if faults.is_empty() {
        say(good);
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
