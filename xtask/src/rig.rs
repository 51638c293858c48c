//! A server of its own to be measured or killed: release programs, a database, many loggers, and a
//! PostgreSQL server where one is asked for. All of it lies in one folder and goes when it is done.

mod disk;
mod process;
mod server;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use postgres_server::{PostgresServer, Stop};
use xshell::cmd;

use crate::project::{Project, run_command};

pub(crate) use disk::{SyncProbe, SyncTimes, measure_sync};
pub(crate) use process::{read_cpu_time, read_resident_bytes};
pub(crate) use server::Server;

/// Which database is under the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    /// The one asked for, or both.
    pub(crate) fn chosen(asked: Option<Self>) -> Vec<Self> {
        asked.map_or_else(|| vec![Self::Sqlite, Self::Postgres], |kind| vec![kind])
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// How long a sync takes on the disk whose power fails, in milliseconds: so much that failures
    /// fall into syncs. PostgreSQL syncs each of a thousand files before it recovers.
    const fn sync_ms(self) -> &'static str {
        match self {
            Self::Sqlite => "30",
            Self::Postgres => "4",
        }
    }
}

/// Folder, programs, ports and database.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) folder: PathBuf,
    pub(crate) kind: DatabaseKind,
    pub(crate) postgres: Option<PostgresServer>,
    programs: PathBuf,
    url: String,
    http: SocketAddr,
    gateway: SocketAddr,
    /// Variables of the server's environment, besides its settings.
    variables: Vec<(&'static str, PathBuf)>,
}

/// How the programs are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As they are delivered.
    Release,
    /// As the tests have them: slow, and at hand.
    Development,
}

impl Profile {
    /// The folder of its programs in `target`.
    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Development => "debug",
        }
    }

    /// Builds packages.
    pub(crate) fn build(self, project: &Project, packages: &[&str]) -> Result<()> {
        let shell = &project.shell;
        let profile = match self {
            Self::Release => &["--release"][..],
            Self::Development => &[],
        };
        let packages = packages.iter().flat_map(|name| ["--package", name]);
        run_command(cmd!(shell, "cargo build {profile...} {packages...}"))
    }
}

/// Whether a database is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Yes,
    No,
}

/// What a rig runs.
pub(crate) const PACKAGES: [&str; 2] = ["qingshan", "load-generator"];

/// The folder of compiled programs of a profile.
pub(crate) fn programs_folder(project: &Project, profile: Profile) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| project.path("target"), PathBuf::from)
        .join(profile.folder())
}

impl Rig {
    /// A fresh folder `target/<name>-<database>` and, where asked for, a fresh PostgreSQL server.
    pub(crate) fn open(
        project: &Project,
        name: &str,
        (kind, profile): (DatabaseKind, Profile),
    ) -> Result<Self> {
        let folder = project
            .path("target")
            .join(format!("{name}-{}", kind.name()));
        if folder.exists() {
            end_left_server(&folder);
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot clear {}", folder.display()))?;
        }
        std::fs::create_dir_all(folder.join("data"))?;
        let (mut rig, database) = Self::in_folder(project, folder, (kind, profile))?;
        if kind == DatabaseKind::Postgres {
            rig.start_postgres(database, Fresh::Yes)?;
        }
        Ok(rig)
    }

    /// The rig that an earlier run has left, with its data.
    pub(crate) fn open_again(
        project: &Project,
        name: &str,
        (kind, profile): (DatabaseKind, Profile),
    ) -> Result<Self> {
        let folder = project
            .path("target")
            .join(format!("{name}-{}", kind.name()));
        if !folder.join("data").exists() {
            bail!("{} is not there", folder.display());
        }
        end_left_server(&folder);
        let (mut rig, database) = Self::in_folder(project, folder, (kind, profile))?;
        if kind == DatabaseKind::Postgres {
            rig.start_postgres(database, Fresh::No)?;
        }
        Ok(rig)
    }

    /// A rig without its database server, and the port for that.
    fn in_folder(
        project: &Project,
        folder: PathBuf,
        (kind, profile): (DatabaseKind, Profile),
    ) -> Result<(Self, u16)> {
        let data = folder.join("data");
        let [http, gateway, database] = find_free_ports()?;
        let rig = Self {
            programs: programs_folder(project, profile),
            url: path_text(&data.join("qingshan.sqlite"))?.to_owned(),
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, http)),
            gateway: SocketAddr::from((Ipv4Addr::LOCALHOST, gateway)),
            folder,
            kind,
            postgres: None,
            variables: Vec::new(),
        };
        Ok((rig, database))
    }

    fn start_postgres(&mut self, port: u16, fresh: Fresh) -> Result<()> {
        // what every guide sets on a machine with little memory; durability stays as it comes
        let server = PostgresServer::new(self.folder.join("postgres"), port)
            .with_setting("shared_buffers=256MB")
            .with_setting("max_wal_size=4GB")
            .with_setting("checkpoint_timeout=15min");
        if fresh == Fresh::Yes {
            server.create().context("initdb")?;
        }
        server.start().context("PostgreSQL")?;
        self.url = format!("{}/postgres", server.url());
        self.postgres = Some(server);
        Ok(())
    }

    /// Makes the tables and registers the loggers of the load generator.
    pub(crate) fn register(&self, devices: usize) -> Result<()> {
        let folder = self.folder.join("sites");
        let mut sites = self.generator("sites");
        sites.arg(&folder).args(["--devices", &devices.to_string()]);
        finish(sites)?;
        finish(self.qingshan(&["migrate"]))?;
        self.import(&folder)
    }

    /// Makes the tables and registers the simulated city.
    pub(crate) fn register_city(&self, project: &Project) -> Result<()> {
        let folder = self.folder.join("sites");
        let mut register = self.simulator(&["register"]);
        register.arg(&folder);
        finish(register)?;
        finish(self.qingshan(&["migrate"]))?;
        self.import(&project.path("cities/hengyang/regions.toml"))?;
        self.import(&folder)
    }

    /// Takes in files of sites or regions.
    fn import(&self, folder: &Path) -> Result<()> {
        let mut import = self.qingshan(&["sites", "import"]);
        import.arg(folder).stdout(Stdio::null());
        finish(import)
    }

    /// Where devices connect.
    pub(crate) const fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Where browsers connect.
    pub(crate) const fn http(&self) -> SocketAddr {
        self.http
    }

    /// A command of the simulated city.
    pub(crate) fn simulator(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("city-simulator"));
        command
            .args(words)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// A command of the server's program.
    pub(crate) fn qingshan(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("qingshan"));
        command
            .args(words)
            .env("QINGSHAN__DATABASE__URL", &self.url)
            .env(
                "QINGSHAN__DATABASE__SEALING_KEY_FILE",
                self.folder.join("qingshan.key"),
            )
            .env("QINGSHAN__HTTP__LISTEN", self.http.to_string())
            .env("QINGSHAN__GATEWAY__LISTEN", self.gateway.to_string())
            // what is measured is the way of packets; the rig itself asks a few times a second
            .env("QINGSHAN__ACCOUNTS__ENABLED", "false")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// A command of the load generator.
    pub(crate) fn generator(&self, word: &str) -> Command {
        let mut command = Command::new(self.programs.join("load-generator"));
        command
            .arg(word)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// `load-generator send` to this server.
    pub(crate) fn sender(&self) -> Command {
        let mut command = self.generator("send");
        command.args(["--server", &self.gateway.to_string()]);
        command
    }

    /// Runs a command of the load generator on the database and reads the JSON that it prints.
    pub(crate) fn ask(&self, word: &str, words: &[&str]) -> Result<serde_json::Value> {
        let mut command = self.on_database(word);
        let output = command.args(words).stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text)
            .with_context(|| format!("load-generator {word} ({}): {text}", output.status))
    }

    /// Waits until no derived figure is to be computed any more.
    pub(crate) fn wait_until_derived(&self, patience: Duration) -> Result<()> {
        let begin = Instant::now();
        loop {
            let waiting = self.ask("waiting", &[])?;
            let periods = waiting.get("dirty_periods");
            if periods == Some(&serde_json::Value::from(0)) {
                return Ok(());
            }
            if begin.elapsed() > patience {
                bail!(
                    "after {} s there wait {periods:?} periods",
                    patience.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A command of the load generator on the database.
    pub(crate) fn on_database(&self, word: &str) -> Command {
        let mut command = self.generator(word);
        command.args(["--database", &self.url]);
        command
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn serve(&self) -> Result<Server> {
        let mut server = self.spawn_server()?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Starts the server on another database and waits until it answers.
    pub(crate) fn serve_on(&self, url: &str) -> Result<Server> {
        let mut command = self.qingshan(&["serve"]);
        command.env("QINGSHAN__DATABASE__URL", url);
        let mut server = Server::spawn(command, self.http, &self.folder.join("server.log"))?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The same with accounts: waits until it says that it is ready.
    pub(crate) fn serve_with_accounts(&self) -> Result<Server> {
        let mut command = self.qingshan(&["serve"]);
        command
            .env("QINGSHAN__ACCOUNTS__ENABLED", "true")
            // one machine signs in as often as a whole bureau
            .env("QINGSHAN__ACCOUNTS__ATTEMPTS_A_MINUTE", "1000000")
            .env("QINGSHAN__ACCOUNTS__STRANGERS_A_MINUTE", "10000000");
        let mut server = Server::spawn(command, self.http, &self.folder.join("server.log"))?;
        server.wait_until(Server::is_ready)?;
        Ok(server)
    }

    /// Starts the server, without waiting.
    pub(crate) fn spawn_server(&self) -> Result<Server> {
        let mut command = self.qingshan(&["serve"]);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Server::spawn(command, self.http, &self.folder.join("server.log"))
    }

    /// The files that a power failure takes back to what was synced.
    pub(crate) fn watched_folder(&self) -> PathBuf {
        self.postgres
            .as_ref()
            .map_or_else(|| self.folder.join("data"), PostgresServer::data_folder)
    }

    /// Puts the library `unsynced-writes` under whatever writes the database from now on, and takes
    /// what there is for synced. Returns the folder of the copies.
    pub(crate) fn keep_synced_copies(&mut self, library: &Path, lies: bool) -> Result<PathBuf> {
        let kept = self.folder.join("kept");
        if let Some(server) = &self.postgres {
            server.stop(Stop::Fast)?;
        }
        copy_folder(&self.watched_folder(), &kept)?;
        let mut variables = vec![
            ("LD_PRELOAD", library.to_owned()),
            ("UNSYNCED_FOLDER", self.watched_folder()),
            ("UNSYNCED_KEPT", kept.clone()),
            ("UNSYNCED_SYNC_MS", self.kind.sync_ms().into()),
        ];
        if lies {
            variables.push(("UNSYNCED_LIES", "1".into()));
        }
        match self.postgres.take() {
            Some(mut server) => {
                server.give_to_its_user(&kept)?;
                for (name, value) in variables {
                    server = server.with_variable(name, value);
                }
                server.start()?;
                self.postgres = Some(server);
            }
            None => self.variables = variables,
        }
        Ok(kept)
    }

    /// Ends PostgreSQL as a failing machine does, where there is one.
    pub(crate) fn kill_database(&self) -> Result<()> {
        if let Some(server) = &self.postgres {
            server.kill()?;
        }
        Ok(())
    }

    /// Starts PostgreSQL again, where there is one.
    pub(crate) fn start_database(&self) -> Result<()> {
        if let Some(server) = &self.postgres {
            server.start()?;
        }
        Ok(())
    }

    /// Stops PostgreSQL and removes all data.
    pub(crate) fn clear(mut self) -> Result<()> {
        if let Some(server) = self.postgres.take() {
            server.stop(Stop::Immediate)?;
        }
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(server) = self.postgres.take()
            && let Err(error) = server.kill()
        {
            eprintln!("PostgreSQL cannot be ended: {error}");
        }
    }
}

/// Ends the PostgreSQL server of a run that was broken off.
fn end_left_server(folder: &Path) {
    let server = PostgresServer::new(folder.join("postgres"), 0);
    let is_ours = server.process_id().is_some_and(|id| {
        std::fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|at| at == server.data_folder())
    });
    if is_ours && let Err(error) = server.kill() {
        eprintln!("PostgreSQL of the last run cannot be ended: {error}");
    }
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Result<()> {
    let status = command.status()?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}

/// Copies a folder as it is.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(from).arg(to);
    finish(copy)
}

/// Three ports that nobody listens on now.
fn find_free_ports() -> Result<[u16; 3]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listeners = [bind()?, bind()?, bind()?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

pub(crate) fn path_text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is no text", path.display()))
}
