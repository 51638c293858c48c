//! `qingshan evidence`: bundles that were carried away.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use monitoring::evidence::verify_evidence;

use crate::command_line::say;

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Check every file and every chain of a bundle, and say what was changed.
    Verify {
        /// The ZIP file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Runs a command of evidence.
///
/// # Errors
/// When the file cannot be read or is no bundle.
pub(crate) fn run(command: &EvidenceCommand) -> anyhow::Result<ExitCode> {
    let EvidenceCommand::Verify { file } = command;
    let name = file.display();
    let opened = File::open(file).with_context(|| format!("{name} cannot be opened"))?;
    let report = verify_evidence(BufReader::new(opened))
        .with_context(|| format!("{name} is no bundle of evidence"))?;
    say(&format!(
        "{} files, {} packets, {} of them proved by the bundle itself",
        report.files, report.packets, report.proved
    ));
    say(&format!("digest {}", report.digest));
    for (window, seal) in &report.seals {
        say(&format!("seal of window {window} {seal}"));
    }
    for fault in &report.faults {
        say(&format!("WRONG {fault}"));
    }
    if !report.faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    say("nothing was changed; compare digest and seals with the platform's");
    Ok(ExitCode::SUCCESS)
}
