#![doc = include_str!("../README.md")]

mod corpus;
mod mutate;
mod run;
mod seeds;
mod target;

#[path = "../../../pure/hj212/tests/it/entry_points.rs"]
mod entry_points;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::run::{Limits, Outcome};
use crate::target::Target;

#[derive(Debug, Parser)]
#[command(about = "Mutations of a saved corpus, on stable.")]
struct Arguments {
    /// What to run.
    #[arg(value_enum)]
    target: Target,
    /// How long at the most, seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many executions at the most.
    #[arg(long)]
    executions: Option<u64>,
    /// What the mutations follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: u64,
    /// The folder `fuzz`.
    #[arg(long, default_value = "fuzz")]
    folder: PathBuf,
    /// Add what showed something new to the corpus, and drop what shows nothing of its own.
    #[arg(long)]
    save: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let folder = arguments
        .folder
        .join("corpus")
        .join(arguments.target.name());
    let mut corpus = corpus::load(&folder)?;
    let kept = corpus.len();
    corpus.extend(seeds::of(arguments.target));
    let limits = Limits {
        seconds: arguments.seconds,
        executions: arguments.executions.unwrap_or(u64::MAX),
        threads: arguments.threads.max(1),
        seed: arguments.seed,
    };
    say(&format!(
        "{}: {kept} saved inputs, {} in all, seed {}",
        arguments.target.name(),
        corpus.len(),
        arguments.seed
    ));
    let Outcome {
        executions,
        seconds,
        found,
        crashes,
    } = run::run(arguments.target, &corpus, &limits);
    say(&format!(
        "{}: {executions} executions in {seconds} s, {} new behaviours, {} crashes",
        arguments.target.name(),
        found.len(),
        crashes.len()
    ));
    if !crashes.is_empty() {
        let artifacts = arguments
            .folder
            .join("artifacts")
            .join(arguments.target.name());
        for (input, what) in &crashes {
            let path = corpus::write(&artifacts, input)?;
            say(&format!("{}: {what}", path.display()));
        }
        return Ok(ExitCode::FAILURE);
    }
    if arguments.save {
        corpus.extend(found);
        let minimised = corpus::minimise(arguments.target, corpus);
        corpus::replace(&folder, &minimised)?;
        say(&format!("{} inputs saved", minimised.len()));
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stderr, reason = "the program's own output")]
fn say(line: &str) {
    eprintln!("{line}");
}
