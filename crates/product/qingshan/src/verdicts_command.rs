//! `qingshan verdicts`: verdicts computed again by command.

use std::process::ExitCode;

use anyhow::{Context, bail};
use beijing_time::{CivilDate, Clock, StatDay, SystemClock};
use clap::Subcommand;
use sites::DirectoryHandle;
use verdicts::{Rulebook, VerdictsContext, compute_digest, recompute};

use crate::command_line::say;
use crate::config::Configuration;
use crate::database_command::open;
use crate::sealing_key;

#[derive(Debug, Subcommand)]
pub(crate) enum VerdictsCommand {
    /// Compute the verdicts of days, and of the months and years that hold them, again from the
    /// stored records. What differs is written and told in the list of changes.
    Recompute {
        /// The first day, such as `2018-01-01`.
        #[arg(long, value_name = "DAY")]
        from: String,
        /// The last day.
        #[arg(long, value_name = "DAY")]
        to: String,
        /// Of this point only.
        #[arg(long, value_name = "ID")]
        point: Option<i64>,
    },
    /// Print one number for all verdicts that stand: two installations with the same records have
    /// the same.
    Digest,
}

/// Runs a command of verdicts.
///
/// # Errors
/// When a day cannot be read, or the database cannot be read or written.
pub(crate) async fn run(
    command: &VerdictsCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = open(configuration).await?;
    database.check_schema().await?;
    match command {
        VerdictsCommand::Recompute { from, to, point } => {
            let days = (parse_day(from)?, parse_day(to)?);
            if days.0 > days.1 {
                bail!("--to {to} is before --from {from}");
            }
            let key = sealing_key::open(&configuration.database.sealing_key_file)?;
            let directory = DirectoryHandle::open(&database, key).await?;
            let directory = directory.current();
            let rulebook = Rulebook::shipped()?;
            let context = VerdictsContext {
                database: &database,
                directory: &directory,
                rulebook: &rulebook,
                now: SystemClock.now(),
            };
            let done = recompute(&context, *point, days, |point, done| {
                if done.written > 0 {
                    say(&format!(
                        "point {point}: {} verdicts written, {} of them changed what had been given",
                        done.written, done.changed
                    ));
                }
            })
            .await?;
            say(&format!(
                "{} points, {} verdicts written, {} changed; parameter set {}",
                done.taken,
                done.written,
                done.changed,
                rulebook.set()
            ));
        }
        VerdictsCommand::Digest => say(&compute_digest(&database).await?),
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}

fn parse_day(text: &str) -> anyhow::Result<StatDay> {
    let date: CivilDate = text
        .parse()
        .with_context(|| format!("`{text}` is no day such as 2018-05-04"))?;
    Ok(StatDay::of(date))
}
