//! The server's programs, and processes.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, io};

/// How long a killed process may take to go.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder of the newest PostgreSQL server programs.
///
/// # Errors
/// When there is none, with a hint.
pub fn find_programs() -> io::Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.path();
            let version = folder.file_name()?.to_str()?.parse().ok()?;
            Some((version, folder.join("bin")))
        })
        .filter(|(_version, folder)| folder.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_version, folder)| folder).ok_or_else(|| {
        io::Error::other(
            "no PostgreSQL server under /usr/lib/postgresql\nhint: install the package postgresql",
        )
    })
}

/// A server program, run as the user `postgres` when we are root.
pub(crate) fn command(program: &str) -> io::Result<Command> {
    let path = find_programs()?.join(program);
    if !is_root() {
        return Ok(Command::new(path));
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(path);
    Ok(command)
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// The processes that a process has started.
pub(crate) fn list_children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| find_parent(*id) == Some(parent))
        .collect()
}

fn find_parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // the name of the program stands in brackets and may hold anything
    let (_name, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

pub(crate) fn signal(name: &str, ids: &[u32]) -> io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    // some may have ended by themselves, of which `kill` complains
    Command::new("kill")
        .arg(format!("-{name}"))
        .args(ids.iter().map(ToString::to_string))
        .stderr(std::process::Stdio::null())
        .status()
        .map(|_status| ())
}

pub(crate) fn wait_until_gone(ids: &[u32]) -> io::Result<()> {
    let begin = Instant::now();
    while ids.iter().any(|id| is_running(*id)) {
        if begin.elapsed() > PATIENCE {
            return Err(io::Error::other("killed processes did not go"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A process that has ended and waits for its parent to take note does not run.
fn is_running(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(')')
            .is_some_and(|(_name, rest)| !rest.trim_start().starts_with('Z'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_its_children_until_they_have_gone() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let own = std::process::id();
        assert!(list_children(own).contains(&child.id()));
        signal("KILL", &[child.id()]).unwrap();
        wait_until_gone(&[child.id()]).unwrap();
        child.wait().unwrap();
        assert!(!list_children(own).contains(&child.id()));
    }
}
