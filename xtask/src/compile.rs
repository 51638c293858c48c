//! Compiling on a small or crowded machine: as many compilers at a time as memory allows, and once
//! more, alone, when the machine and not the code was the reason of a failure.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Cmd, cmd};

use crate::project::{Project, run_and_keep};

/// What the compiler of our largest test programs was seen to take, with its linker.
const BYTES_OF_COMPILER: u64 = 1_500_000_000;
/// What tests, their databases and a browser need besides.
const LEAST_DISK_BYTES: u64 = 4_000_000_000;

/// What tools print when the machine failed them. None of it can come from a mistake in the code.
const MACHINE_FAILURES: [&str; 8] = [
    "signal: 9",
    "SIGKILL",
    "SIGBUS",
    "out of memory",
    "memory allocation of",
    "Cannot allocate memory",
    "No space left on device",
    "ld terminated with signal",
];

/// How many compilers may run at a time.
pub(crate) fn choose_jobs() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let fitting = find_free_memory().map_or(processors, |bytes| {
        usize::try_from(bytes / BYTES_OF_COMPILER).unwrap_or(processors)
    });
    fitting.clamp(1, processors)
}

/// Compiles the tests of the workspace, or all its programs for another tool.
pub(crate) fn compile(project: &Project, command: Cmd<'_>) -> Result<()> {
    let text = command.to_string();
    let outcome = run_and_keep(command)?;
    if outcome.is_success {
        return Ok(());
    }
    if let Some(sign) = find_machine_failure(&outcome.output) {
        eprintln!(
            "the machine failed the compiler (`{sign}`; {}): once more, one at a time",
            describe(project)
        );
        let shell = &project.shell;
        let _jobs = shell.push_env("CARGO_BUILD_JOBS", "1");
        let words: Vec<&str> = text.split(' ').collect();
        let [program, words @ ..] = words.as_slice() else {
            bail!("`{text}` names no program");
        };
        if run_and_keep(cmd!(shell, "{program} {words...}"))?.is_success {
            return Ok(());
        }
    }
    bail!("`{text}` failed; {}", describe(project))
}

/// Says what the machine has left, so that a failure in CI can be judged from its log.
pub(crate) fn describe(project: &Project) -> String {
    let gigabytes = |bytes: Option<u64>| {
        bytes.map_or_else(
            || "an unknown amount".to_owned(),
            |bytes| format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
        )
    };
    format!(
        "{} of memory and {} of disk are free",
        gigabytes(find_free_memory()),
        gigabytes(find_free_disk(&project.root))
    )
}

/// Fails when the disk is so full that the run could not end.
pub(crate) fn check_disk(project: &Project) -> Result<()> {
    match find_free_disk(&project.root) {
        Some(bytes) if bytes < LEAST_DISK_BYTES => {
            bail!("the disk is nearly full: {}", describe(project))
        }
        _ => Ok(()),
    }
}

fn find_machine_failure(output: &str) -> Option<&'static str> {
    MACHINE_FAILURES
        .into_iter()
        .find(|sign| output.contains(sign))
}

/// What may still be used: of the machine, or of the container that we are in.
fn find_free_memory() -> Option<u64> {
    let of_machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| parse_available(&text));
    let number =
        |path: &str| -> Option<u64> { std::fs::read_to_string(path).ok()?.trim().parse().ok() };
    let of_container = number("/sys/fs/cgroup/memory.max")
        .zip(number("/sys/fs/cgroup/memory.current"))
        .map(|(most, used)| most.saturating_sub(used));
    match (of_machine, of_container) {
        (Some(machine), Some(container)) => Some(machine.min(container)),
        (machine, container) => machine.or(container),
    }
}

fn parse_available(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn find_free_disk(folder: &Path) -> Option<u64> {
    let output = std::process::Command::new("df")
        .args(["--output=avail", "--block-size=1"])
        .arg(folder)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_compiler_is_told_from_a_mistake_in_the_code() {
        let killed = "error: could not compile `monitoring` (test \"it\")\n\n\
                      Caused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL)";
        assert_eq!(find_machine_failure(killed), Some("signal: 9"));
        let full = "rustc-LLVM ERROR: IO failure on output stream: No space left on device";
        assert_eq!(find_machine_failure(full), Some("No space left on device"));
        let mistake = "error[E0308]: mismatched types\nerror: could not compile `monitoring`";
        assert_eq!(find_machine_failure(mistake), None);
    }

    #[test]
    fn free_memory_is_read() {
        let text = "MemTotal:  100 kB\nMemAvailable:   2048 kB\n";
        assert_eq!(parse_available(text), Some(2 << 20));
        assert_eq!(parse_available("MemTotal: 1 kB"), None);
        assert!(choose_jobs() >= 1);
    }
}
