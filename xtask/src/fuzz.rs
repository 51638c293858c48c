//! `cargo xtask fuzz`: mutations of the saved corpus on stable, or cargo-fuzz on nightly; requests
//! to the API of a running server.

pub(crate) mod api;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use xshell::cmd;

use crate::project::{Project, has_program, run_command};

/// Requests of each operation of the API, unless told.
const API_EXAMPLES: u64 = 20;

/// What is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FuzzTarget {
    /// Bytes to frames to messages.
    Decode,
    /// A data segment to a message.
    Parse,
    /// TOML that changes legal parameters.
    Parameters,
    /// One after the other, without the API.
    All,
    /// Requests made from the OpenAPI document to a running server.
    Api,
}

impl FuzzTarget {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Decode => &["decode"],
            Self::Parse => &["parse"],
            Self::Parameters => &["parameters"],
            Self::All => &["decode", "parse", "parameters"],
            Self::Api => &[],
        }
    }
}

/// The options of `cargo xtask fuzz`: mutations of the saved corpus on stable.
#[derive(Debug, Args)]
pub(crate) struct FuzzArguments {
    /// What is fuzzed.
    #[arg(value_enum, default_value = "all")]
    target: FuzzTarget,
    /// How long each at the most.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many executions of each at the most; of the API: requests of each operation.
    #[arg(long)]
    executions: Option<u64>,
    /// What the mutations follow from: the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: u64,
    /// Add what showed something new to fuzz/corpus, and drop what shows nothing of its own.
    #[arg(long)]
    save: bool,
    /// Use cargo-fuzz with instrumentation, on nightly (decode and parse).
    #[arg(long, conflicts_with_all = ["executions", "save", "threads", "seed"])]
    nightly: bool,
}

/// Runs the fuzzer; a crash ends it with an error, its input saved under `fuzz/artifacts`.
pub(crate) fn run(project: &Project, arguments: &FuzzArguments) -> Result<()> {
    if matches!(arguments.target, FuzzTarget::Api) {
        return api::run(
            project,
            api::Extent {
                examples: arguments.executions.unwrap_or(API_EXAMPLES),
                seconds: arguments.seconds,
                seed: arguments.seed,
            },
        );
    }
    if arguments.nightly {
        return run_nightly(project, arguments);
    }
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo build --quiet --profile fuzz --package mutation-fuzzer"
    ))?;
    let program = project.path("target/fuzz/mutation-fuzzer");
    for target in arguments.target.names() {
        let seconds = arguments.seconds.to_string();
        let (seed, threads) = (arguments.seed.to_string(), arguments.threads.to_string());
        let mut more = Vec::new();
        if let Some(executions) = arguments.executions {
            more.extend(["--executions".to_owned(), executions.to_string()]);
        }
        if arguments.save {
            more.push("--save".to_owned());
        }
        run_command(cmd!(
            shell,
            "{program} {target} --seconds {seconds} --seed {seed} --threads {threads} {more...}"
        ))?;
    }
    Ok(())
}

fn run_nightly(project: &Project, arguments: &FuzzArguments) -> Result<()> {
    if !has_program("cargo-fuzz") {
        bail!(
            "cargo-fuzz is missing\nhint: cargo install cargo-fuzz; rustup toolchain install nightly"
        );
    }
    let limit = format!("-max_total_time={}", arguments.seconds);
    let shell = &project.shell;
    for target in arguments.target.names() {
        if matches!(*target, "decode" | "parse") {
            cmd!(shell, "cargo +nightly fuzz run {target} -- {limit}").run()?;
        }
    }
    Ok(())
}
