//! `cargo xtask verify`: officially published results, recomputed and compared. The data is not
//! part of the repository; where it is absent the step is named as not run, never as passed.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use xshell::{Cmd, cmd};

use crate::project::{Project, run_command};
use crate::tally::{Runner, Tally};

/// Where the data lies beside the repository.
const BESIDE: &str = "../shared/data";
/// Takes every mismatch, one a line.
const MISMATCHES: &str = "target/verification-mismatches.tsv";

/// The options of `cargo xtask verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The folder of the data sets.
    #[arg(long, env = "QINGSHAN_VERIFICATION_DATA", default_value = BESIDE)]
    data: PathBuf,
}

/// Runs every gate.
pub(crate) fn run(project: &Project, arguments: &VerifyArguments) -> Result<()> {
    let data = project.path(".").join(&arguments.data);
    if !data.is_dir() {
        bail!(
            "{} is no folder\nhint: --data FOLDER of the data sets",
            data.display()
        );
    }
    run_command(command(project, &data))?;
    println!("every mismatch: {MISMATCHES}");
    Ok(())
}

/// The step of `cargo xtask test`.
pub(crate) fn test(project: &Project, tally: &mut Tally) {
    let name = "verification against published results";
    let data = std::env::var_os("QINGSHAN_VERIFICATION_DATA")
        .map_or_else(|| project.path(BESIDE), PathBuf::from);
    if data.is_dir() {
        tally.tests(name, Runner::CargoTest, command(project, &data));
    } else {
        tally.skip(name, &format!("the folder {} is absent", data.display()));
    }
}

fn command<'a>(project: &'a Project, data: &Path) -> Cmd<'a> {
    let shell = &project.shell;
    let mismatches = project.path(MISMATCHES);
    cmd!(
        shell,
        "cargo run --quiet --package standards-verification -- --data {data} --mismatches {mismatches}"
    )
}
