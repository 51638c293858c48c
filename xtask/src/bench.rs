//! `cargo xtask bench`: what the built server does under load, measured from outside, and how fast
//! the standards are computed.

mod ingest;
mod standards;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Many loggers at once: acknowledgements, latency, memory, the lag of interpretation.
    Ingest(ingest::IngestArguments),
    /// Ten years of hourly air data of a hundred stations, beside the same job in pandas.
    Standards(standards::StandardsArguments),
}

/// Runs one measurement.
pub(crate) fn run(project: &Project, command: &BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Ingest(arguments) => ingest::run(project, arguments),
        BenchCommand::Standards(arguments) => standards::run(project, arguments),
    }
}
