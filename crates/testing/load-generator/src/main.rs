#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its terminal"
)]

mod acknowledged;
mod histogram;
mod measure;
mod packets;
mod send;
mod sites;
mod store;
mod tally;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "load-generator",
    version,
    about = "Many HJ 212 loggers at once."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the loggers as CSV files for `qingshan sites import`.
    Sites {
        /// The folder, made when missing.
        folder: PathBuf,
        /// How many loggers, each with a point of its own.
        #[arg(long, default_value_t = 10_000)]
        devices: usize,
    },
    /// Send packets and measure their acknowledgements.
    Send(send::SendOptions),
    /// Check that every acknowledged packet is in the store.
    Verify {
        /// The server's database.
        #[arg(long)]
        database: String,
        /// The file that `send --acknowledged` wrote.
        #[arg(long)]
        acknowledged: PathBuf,
    },
    /// Measure how much room records and raw packets take, compact all records and measure again.
    Measure {
        /// The server's database.
        #[arg(long)]
        database: String,
    },
    /// Throw away all that a stopped server made of its packets.
    Forget {
        /// The server's database.
        #[arg(long)]
        database: String,
    },
    /// Print how many periods are still to be derived.
    Waiting {
        /// The server's database.
        #[arg(long)]
        database: String,
    },
    /// Print the digest of effective and derived values, and what is still to be derived.
    Digest {
        /// The server's database.
        #[arg(long)]
        database: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Sites { folder, devices } => {
            sites::write_sites(&folder, devices)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Send(options) => {
            let report = send::send(options).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify {
            database,
            acknowledged,
        } => {
            let report = verify::verify(&database, &acknowledged).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(if report.is_whole() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Measure { database } => {
            let report = measure::measure(&database).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Waiting { database } => {
            let report = verify::count_waiting(&database).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Digest { database } => {
            let report = verify::compute_digest(&database).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Forget { database } => {
            verify::forget(&database).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
