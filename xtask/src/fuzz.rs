//! `cargo xtask fuzz`: cargo-fuzz targets of the folder `fuzz`.

use anyhow::{Result, bail};
use clap::Args;
use xshell::cmd;

use crate::project::{Project, has_program};

/// The options of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArguments {
    /// The target, a file of `fuzz/fuzz_targets`.
    #[arg(default_value = "decode")]
    target: String,
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Runs cargo-fuzz on nightly.
pub(crate) fn run(project: &Project, arguments: &FuzzArguments) -> Result<()> {
    if !project.path("fuzz/Cargo.toml").exists() {
        bail!("there is no folder fuzz with targets");
    }
    if !has_program("cargo-fuzz") {
        bail!(
            "cargo-fuzz is missing\nhint: cargo install cargo-fuzz; rustup toolchain install nightly"
        );
    }
    let FuzzArguments { target, seconds } = arguments;
    let limit = format!("-max_total_time={seconds}");
    let shell = &project.shell;
    cmd!(shell, "cargo +nightly fuzz run {target} -- {limit}").run()?;
    Ok(())
}
