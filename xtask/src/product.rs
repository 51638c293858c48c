//! The product's and the simulator's binaries: built and run.

use anyhow::Result;
use xshell::cmd;

use crate::project::Project;

/// `cargo xtask simulate`.
pub(crate) fn simulate(project: &Project, arguments: &[String]) -> Result<()> {
    let shell = &project.shell;
    cmd!(
        shell,
        "cargo run --quiet --package city-simulator -- {arguments...}"
    )
    .run()?;
    Ok(())
}
