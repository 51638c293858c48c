//! `cargo xtask soak`: the built server is ended again and again while loggers send, and afterwards
//! every acknowledged packet must be there.

mod cut;
mod judge;
mod kill;
mod power;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::project::Project;
use crate::rig::{self, DatabaseKind, Profile};

/// How the server is ended.
#[derive(Debug, Subcommand)]
pub(crate) enum SoakCommand {
    /// The process is killed at random moments; what the kernel holds stays.
    Kill(SoakArguments),
    /// The power fails at random moments: what was not synced is lost, all of it or any part.
    Power(SoakArguments),
}

/// The options of `cargo xtask soak`.
#[derive(Debug, Args)]
pub(crate) struct SoakArguments {
    /// How often the server is ended.
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// The database under the server; both, one after the other, when not told.
    #[arg(long, value_enum)]
    database: Option<DatabaseKind>,
    /// Connections, each of a logger of its own.
    #[arg(long, default_value_t = 200)]
    connections: usize,
    /// Packets a second from all of them together.
    #[arg(long, default_value_t = 4000)]
    rate: u64,
    /// What the random moments follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leaves the data where it is.
    #[arg(long)]
    keep: bool,
    /// Takes the programs of the development build instead of those that are delivered.
    #[arg(long)]
    debug: bool,
    /// Takes the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

impl SoakArguments {
    const fn profile(&self) -> Profile {
        if self.debug {
            Profile::Development
        } else {
            Profile::Release
        }
    }

    fn kinds(&self) -> Vec<DatabaseKind> {
        match self.database {
            Some(kind) => vec![kind],
            None => vec![DatabaseKind::Sqlite, DatabaseKind::Postgres],
        }
    }
}

/// Runs one of them.
pub(crate) fn run(project: &Project, command: &SoakCommand) -> Result<()> {
    let (SoakCommand::Kill(arguments) | SoakCommand::Power(arguments)) = command;
    if !arguments.no_build {
        arguments.profile().build(project, &rig::PACKAGES)?;
    }
    for kind in arguments.kinds() {
        match command {
            SoakCommand::Kill(_) => kill::run(project, arguments, kind)?,
            SoakCommand::Power(_) => power::run(project, arguments, kind)?,
        }
    }
    Ok(())
}
