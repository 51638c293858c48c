//! `cargo xtask`: every developer command of Qingshan. Each prints the commands that it runs and
//! says what to install when a tool is missing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its terminal"
)]

mod bench;
mod compile;
mod demo;
mod dist;
mod fuzz;
mod generate;
mod install;
mod lint;
mod postgres;
mod project;
mod rig;
mod soak;
mod tally;
mod test;
mod verify;
mod web;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Every developer command of Qingshan.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A living city on this machine: server, database and every simulated logger.
    Demo(demo::DemoArguments),
    /// The same with the web application's development server (Vite, port 5173).
    Dev(demo::DemoArguments),
    /// The simulated city alone: `cargo xtask simulate -- run --server HOST:PORT`.
    Simulate {
        /// Passed on to `city-simulator`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Everything that CI runs, closed by one total line; installs what it needs where it can.
    Test(test::TestArguments),
    /// The browser tests on the built binary.
    TestE2e {
        /// Passed on to Playwright.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Layers, file rules, formatting, clippy, spelling, licences, unused dependencies, rustdoc, web.
    Lint {
        /// Mend what can be mended: formatting, clippy's suggestions, spelling, ESLint.
        #[arg(long)]
        fix: bool,
    },
    /// OpenAPI, the TypeScript schema, the configuration's documents, and which clause of a standard is which function.
    Generate {
        /// Change nothing: fail when a generated file is stale.
        #[arg(long)]
        check: bool,
        /// Only files whose path begins so, such as `docs/standards`.
        #[arg(long)]
        only: Option<String>,
        /// The pictures of the user guide too, taken in the browser from the simulated city.
        #[arg(long, conflicts_with = "check")]
        pictures: bool,
    },
    /// Recomputes officially published results from published measurements and compares.
    Verify(verify::VerifyArguments),
    /// Measures the built server under load, from outside.
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Ends the built server again and again under load and looks for what was lost.
    #[command(subcommand)]
    Soak(soak::SoakCommand),
    /// Mutations of the saved corpus on stable, against everything that reads what others wrote.
    Fuzz(fuzz::FuzzArguments),
    /// One binary with the embedded web application, and its checksum, under `target/dist`.
    Dist,
}

fn main() {
    let arguments = Arguments::parse();
    if let Err(error) = run(arguments) {
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let project = Project::open()?;
    match arguments.command {
        Command::Demo(arguments) => demo::run(&project, &arguments),
        Command::Dev(arguments) => demo::develop(&project, &arguments),
        Command::Simulate { arguments } => demo::simulate(&project, &arguments),
        Command::Test(arguments) => test::run(&project, &arguments),
        Command::TestE2e { arguments } => web::test_end_to_end(&project, &arguments),
        Command::Lint { fix } => lint::run(&project, fix),
        Command::Generate {
            check,
            only,
            pictures,
        } => {
            if pictures {
                web::take_pictures(&project)?;
            }
            generate::run(&project, check, only.as_deref())
        }
        Command::Verify(arguments) => verify::run(&project, &arguments),
        Command::Bench(command) => bench::run(&project, &command),
        Command::Soak(command) => soak::run(&project, &command),
        Command::Fuzz(arguments) => fuzz::run(&project, &arguments),
        Command::Dist => dist::run(&project),
    }
}
