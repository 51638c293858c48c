#![doc = include_str!("../README.md")]

mod programs;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use programs::find_programs;

/// A server in a folder of its own; it does not run until it is started, and runs on when this is
/// dropped.
#[derive(Debug, Clone)]
pub struct PostgresServer {
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    environment: Vec<(OsString, OsString)>,
}

/// How the server goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Breaks connections off and writes a checkpoint.
    Fast,
    /// Without a checkpoint: the next start recovers from the write-ahead log.
    Immediate,
}

impl PostgresServer {
    /// A server in `folder` on a port; `folder` is empty or holds a server made before.
    pub fn new(folder: impl Into<PathBuf>, port: u16) -> Self {
        Self {
            folder: folder.into(),
            port,
            settings: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Adds a setting, as `name=value`.
    #[must_use]
    pub fn with_setting(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Adds a variable to the environment of the server's processes.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The folder with the server's data.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `postgres://user@host:port`, without a database.
    pub fn url(&self) -> String {
        format!("postgres://qingshan@127.0.0.1:{}", self.port)
    }

    /// Makes the data folder; one that is there is thrown away.
    ///
    /// # Errors
    /// When there are no server programs or they fail.
    pub fn create(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let data = self.data_folder();
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        fs::create_dir_all(&data)?;
        self.give_to_its_user(&data)?;
        let words = "-U qingshan -A trust -E UTF8 --no-sync";
        self.run(
            "initdb",
            words.split(' ').map(OsString::from).collect(),
            &[],
        )
    }

    /// Lets the server's user write into a folder and all below it.
    ///
    /// # Errors
    /// When `chown` fails.
    pub fn give_to_its_user(&self, folder: &Path) -> io::Result<()> {
        if !programs::is_root() {
            return Ok(());
        }
        let mut chown = Command::new("chown");
        let status = chown
            .args(["-R", "postgres:postgres"])
            .arg(folder)
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other("the folder cannot be given away"))
        }
    }

    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not start; its log says why.
    pub fn start(&self) -> io::Result<()> {
        let mut options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''",
            self.port
        );
        for setting in &self.settings {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        // the server's user may not write into our folder, but into its own
        let log = self.data_folder().join("server.log");
        let words = vec![
            "-w".into(),
            "-t".into(),
            "120".into(),
            "-l".into(),
            log.into_os_string(),
            "-o".into(),
            options.into(),
            "start".into(),
        ];
        self.run("pg_ctl", words, &self.environment)
    }

    /// Stops it and waits until it has ended.
    ///
    /// # Errors
    /// When it does not run or does not stop.
    pub fn stop(&self, how: Stop) -> io::Result<()> {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        let words = ["-w", "-m", mode, "stop"];
        self.run("pg_ctl", words.map(OsString::from).to_vec(), &[])
    }

    /// The id of its first process, if there is a server.
    pub fn process_id(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data_folder().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// The ids of all its processes, the first one first.
    pub fn process_ids(&self) -> Vec<u32> {
        let Some(first) = self.process_id() else {
            return Vec::new();
        };
        let mut ids = vec![first];
        ids.extend(programs::list_children(first));
        ids
    }

    /// Ends all its processes at once, as a failing machine does.
    ///
    /// # Errors
    /// When `kill` cannot be run.
    pub fn kill(&self) -> io::Result<()> {
        let ids = self.process_ids();
        // the first process starts no others while it is stopped
        programs::signal("STOP", ids.get(..1).unwrap_or_default())?;
        let all = self.process_ids();
        programs::signal("KILL", &all)?;
        programs::wait_until_gone(&all)?;
        // The next server would take an ended process that nobody has taken note of for a running
        // one; after a failure of the machine it would find none.
        match fs::remove_file(self.data_folder().join("postmaster.pid")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn run(
        &self,
        program: &str,
        words: Vec<OsString>,
        environment: &[(OsString, OsString)],
    ) -> io::Result<()> {
        let mut command = programs::command(program)?;
        let log = self.folder.join(format!("{program}.log"));
        let status = command
            .arg("-D")
            .arg(self.data_folder())
            .args(words)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{program} failed: {}",
            read_end(&log)
        )))
    }
}

fn read_end(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(5))
        .copied()
        .collect::<Vec<_>>()
        .join("; ")
}
