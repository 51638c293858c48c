//! `cargo xtask demo`: a living city on this machine. A fresh database, the regions of Hengyang, the
//! simulated city's register, the server, and every simulated logger over TCP. `cargo xtask dev` is
//! the same with the web application's development server instead of the embedded application.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::process::{Child, Command};
use xshell::cmd;

use crate::project::{Project, run_command};
use crate::web;

/// The options of `cargo xtask demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where the demonstration keeps its data; kept from one run to the next.
    #[arg(long, default_value = "target/demo")]
    folder: PathBuf,
    /// Throws the data of the last run away.
    #[arg(long)]
    fresh: bool,
    /// Port of the web application; devices speak to the next one.
    #[arg(long, default_value_t = 8212)]
    port: u16,
    /// Days of history that the loggers send first.
    #[arg(long, default_value_t = 7)]
    days: u32,
    /// What the simulated city follows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leaves the web application as it was built last.
    #[arg(long)]
    no_web: bool,
}

/// How long the server may take to answer.
const START: Duration = Duration::from_mins(1);
/// How long a graceful stop may take.
const STOP: Duration = Duration::from_secs(30);

/// Builds, prepares and runs until Ctrl-C.
pub(crate) fn run(project: &Project, arguments: &DemoArguments) -> Result<()> {
    if project.has_web() && !arguments.no_web {
        web::build(project)?;
    }
    start(project, arguments, false)
}

/// `cargo xtask dev`: changes of the web application show at once at Vite's address; changes of the
/// server need a new start.
pub(crate) fn develop(project: &Project, arguments: &DemoArguments) -> Result<()> {
    web::install_packages(project, "web")?;
    start(project, arguments, true)
}

/// `cargo xtask simulate`: the simulated city alone, against any gateway.
pub(crate) fn simulate(project: &Project, arguments: &[String]) -> Result<()> {
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo run --package city-simulator -- {arguments...}"
    ))
}

fn start(project: &Project, arguments: &DemoArguments, with_vite: bool) -> Result<()> {
    let shell = &project.shell;
    run_command(cmd!(
        shell,
        "cargo build --package qingshan --package city-simulator"
    ))?;
    let demo = Demo::new(project, arguments);
    if arguments.fresh && demo.folder.exists() {
        std::fs::remove_dir_all(&demo.folder)?;
    }
    let is_new = !demo.database().exists();
    let vite = with_vite.then(|| demo.vite(&project.path("web")));
    std::fs::create_dir_all(&demo.folder)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        if is_new {
            demo.prepare(&project.path("cities/hengyang")).await?;
        }
        demo.run(if is_new { arguments.days } else { 1 }, vite)
            .await
    })
}

/// Where everything is.
struct Demo {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    seed: u64,
}

impl Demo {
    fn new(project: &Project, arguments: &DemoArguments) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| project.path("target"), PathBuf::from);
        Self {
            folder: project.root.join(&arguments.folder),
            programs: target.join("debug"),
            port: arguments.port,
            seed: arguments.seed,
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.join("qingshan.sqlite")
    }

    fn qingshan(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("qingshan"));
        command
            .args(words)
            .env("QINGSHAN__DATABASE__URL", self.database())
            .env(
                "QINGSHAN__DATABASE__SEALING_KEY_FILE",
                self.folder.join("qingshan.key"),
            )
            .env("QINGSHAN__HTTP__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("QINGSHAN__GATEWAY__LISTEN", self.gateway())
            .env("QINGSHAN__DEMO", "true")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    fn simulator(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("city-simulator"));
        command
            .args(words)
            .arg("--seed")
            .arg(self.seed.to_string())
            .stdin(Stdio::null());
        command
    }

    /// The web application's development server, which hands `/api` on to ours.
    fn vite(&self, web: &Path) -> Command {
        // not through npm, which would keep our request to stop to itself
        let mut command = Command::new(web.join("node_modules/.bin/vite"));
        command
            .env("QINGSHAN_API", format!("http://127.0.0.1:{}", self.port))
            .current_dir(web)
            .stdin(Stdio::null());
        command
    }

    fn gateway(&self) -> String {
        format!("127.0.0.1:{}", self.port.saturating_add(1))
    }

    /// Makes the database with the register of the simulated city and what is done with its plan.
    async fn prepare(&self, city: &Path) -> Result<()> {
        let register = self.folder.join("city");
        let register_text = register.to_str().context("a folder whose name is text")?;
        let pool = self.folder.join("pool");
        let pool = pool.to_str().context("a folder whose name is text")?;
        let progress = self.folder.join("progress");
        let progress = progress.to_str().context("a folder whose name is text")?;
        let values = self.folder.join("values");
        let values = values.to_str().context("a folder whose name is text")?;
        let (regions, plan) = (city.join("regions.toml"), city.join("plan"));
        let regions = regions.to_str().context("a path that is text")?;
        let plan = plan.to_str().context("a path that is text")?;
        finish(self.simulator(&["register", register_text])).await?;
        finish(self.qingshan(&["migrate"])).await?;
        finish(self.qingshan(&["sites", "import", regions])).await?;
        finish(self.qingshan(&["sites", "import", register_text])).await?;
        finish(self.simulator(&["pool", "--plan", plan, pool])).await?;
        finish(self.qingshan(&["projects", "import", pool])).await?;
        finish(self.simulator(&["values", "--plan", plan, "--pool", pool, values])).await?;
        finish(self.qingshan(&["plan", "import", values])).await?;
        finish(self.simulator(&["progress", "--plan", plan, progress])).await?;
        finish(self.qingshan(&["tasks", "import", progress])).await
    }

    /// Runs server and city until one ends or somebody stops them.
    async fn run(&self, days: u32, vite: Option<Command>) -> Result<()> {
        let mut server = self.qingshan(&["serve"]).spawn().context("the server")?;
        let address = format!("127.0.0.1:{}", self.port);
        wait_for(&address, &mut server).await?;
        let gateway = self.gateway();
        let days = days.to_string();
        let words = ["run", "--server", &gateway, "--backfill-days", &days];
        let mut city = self.simulator(&words).spawn().context("the city")?;
        let mut vite = match vite {
            Some(mut command) => Some(command.spawn().context("vite")?),
            None => None,
        };
        eprintln!("\n  Qingshan with a simulated city: http://{address}   (Ctrl-C stops it)\n");
        let ended = tokio::select! {
            ended = server.wait() => Some(format!("the server ended: {}", ended?)),
            ended = city.wait() => Some(format!("the simulated city ended: {}", ended?)),
            ended = end_of(&mut vite) => Some(format!("Vite ended: {}", ended?)),
            () = stop_requested() => None,
        };
        if let Some(vite) = &mut vite {
            stop(vite).await;
        }
        stop(&mut city).await;
        stop(&mut server).await;
        match ended {
            Some(ended) => bail!(ended),
            None => Ok(()),
        }
    }
}

/// Completes when a program that may not be there ends; never when it is not there.
async fn end_of(child: &mut Option<Child>) -> std::io::Result<std::process::ExitStatus> {
    match child {
        Some(child) => child.wait().await,
        None => std::future::pending().await,
    }
}

async fn finish(mut command: Command) -> Result<()> {
    let status = command.status().await?;
    if !status.success() {
        bail!("{:?} failed", command.as_std());
    }
    Ok(())
}

/// Waits until the server takes connections.
async fn wait_for(address: &str, server: &mut Child) -> Result<()> {
    let begin = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if let Some(status) = server.try_wait()? {
            bail!("the server ended: {status}");
        }
        if begin.elapsed() > START {
            bail!("the server does not answer on {address}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn stop_requested() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = interrupted => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            eprintln!("SIGTERM cannot be heard: {error}");
            let _stopped = interrupted.await;
        }
    }
}

/// Asks a program to stop, and ends it when it does not.
async fn stop(child: &mut Child) {
    let Some(id) = child.id() else { return };
    // `kill` of the system: a signal without unsafe code
    let asked = Command::new("kill")
        .args(["-TERM", &id.to_string()])
        .status()
        .await;
    let waited = tokio::time::timeout(STOP, child.wait()).await;
    if asked.is_err() || waited.is_err() {
        eprintln!("process {id} did not stop by itself");
        if let Err(error) = child.kill().await {
            eprintln!("process {id} cannot be ended: {error}");
        }
    }
}
