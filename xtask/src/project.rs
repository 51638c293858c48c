//! The repository and the shell that works in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell, cmd};

/// The repository's root and a shell standing there.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) shell: Shell,
    pub(crate) root: PathBuf,
}

impl Project {
    /// The repository that this xtask was built from.
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies in a folder of the repository")?
            .to_owned();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        Ok(Self { shell, root })
    }

    /// The path of something in the repository.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Whether the web application lies in this tree.
    pub(crate) fn has_web(&self) -> bool {
        self.path("web/package.json").exists()
    }

    /// The files that git knows or would add, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let shell = &self.shell;
        let text = cmd!(shell, "git ls-files -co --exclude-standard -z")
            .quiet()
            .read()?;
        let mut files: Vec<String> = text
            .split('\0')
            .filter(|name| !name.is_empty() && self.path(name).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        Ok(files)
    }
}

/// Whether a program is on the search path.
pub(crate) fn has_program(name: &str) -> bool {
    find_program(name).is_some()
}

/// Where a program is on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) is_success: bool,
    pub(crate) output: String,
}

/// Runs a command, shows its output as it comes and keeps it.
pub(crate) fn run_and_keep(command: Cmd<'_>) -> Result<Outcome> {
    eprintln!("$ {command}");
    let program = command.to_string();
    let mut command = Command::from(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{program}` does not start"))?;
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take().context("a piped stdout")?;
    let stderr = child.stderr.take().context("a piped stderr")?;
    std::thread::scope(|scope| {
        let other = sender.clone();
        scope.spawn(move || forward_lines(stdout, &sender));
        scope.spawn(move || forward_lines(stderr, &other));
        let mut output = String::new();
        let mut terminal = std::io::stdout();
        for line in receiver {
            // a closed terminal must not stop the run
            let _ignored = writeln!(terminal, "{line}");
            output.push_str(&line);
            output.push('\n');
        }
        let is_success = child.wait()?.success();
        Ok(Outcome { is_success, output })
    })
}

/// Runs a command, shows its output and fails when it fails.
pub(crate) fn run_command(command: Cmd<'_>) -> Result<()> {
    let text = command.to_string();
    if !run_and_keep(command)?.is_success {
        bail!("`{text}` failed");
    }
    Ok(())
}

fn forward_lines(from: impl Read, to: &mpsc::Sender<String>) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                if to
                    .send(text.trim_end_matches(['\n', '\r']).to_owned())
                    .is_err()
                {
                    return;
                }
            }
        }
    }
}
