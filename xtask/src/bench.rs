//! `cargo xtask bench`: what the built server does under load, measured from outside.

mod ingest;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Many loggers at once: acknowledgements, latency, memory, the lag of interpretation.
    Ingest(ingest::IngestArguments),
}

/// Runs one measurement.
pub(crate) fn run(project: &Project, command: &BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Ingest(arguments) => ingest::run(project, arguments),
    }
}
