//! `cargo xtask bench`: what the built server does under load, measured from outside, and how fast
//! the standards are computed.

mod accounts;
mod backfill;
mod ingest;
mod machine;
mod plan;
mod queries;
mod restore;
mod results;
mod standards;
mod verdicts;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Signing in, and what a session, a token and a role add to a request.
    Accounts(accounts::AccountsArguments),
    /// Many loggers at once: acknowledgements, latency, memory, the lag of interpretation.
    Ingest(ingest::IngestArguments),
    /// A day of minutes of many loggers at once and out of order: the time until all follows from it.
    Backfill(backfill::BackfillArguments),
    /// Years of the simulated city: all measures of the plan computed anew, and the plan opened.
    Plan(plan::PlanArguments),
    /// A year of the simulated city: the room that its values take, and how fast questions are
    /// answered.
    Queries(queries::QueriesArguments),
    /// A backup of a year of the simulated city: made while the server runs, checked, restored.
    Restore(restore::RestoreArguments),
    /// Ten years of hourly air data of a hundred stations, beside the same job in pandas.
    Standards(standards::StandardsArguments),
    /// The verdicts of a year of the simulated city computed again: the same bits, and how fast.
    Verdicts(verdicts::VerdictsArguments),
}

/// Runs one measurement.
pub(crate) fn run(project: &Project, command: &BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Accounts(arguments) => accounts::run(project, arguments),
        BenchCommand::Ingest(arguments) => ingest::run(project, arguments),
        BenchCommand::Backfill(arguments) => backfill::run(project, arguments),
        BenchCommand::Plan(arguments) => plan::run(project, arguments),
        BenchCommand::Queries(arguments) => queries::run(project, arguments),
        BenchCommand::Restore(arguments) => restore::run(project, arguments),
        BenchCommand::Standards(arguments) => standards::run(project, arguments),
        BenchCommand::Verdicts(arguments) => verdicts::run(project, arguments),
    }
}
