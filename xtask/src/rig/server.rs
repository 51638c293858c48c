//! The running server: started, asked how it is, stopped or killed.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// How long the server may take to answer.
const START: Duration = Duration::from_mins(3);
/// How long a graceful stop may take.
const STOP: Duration = Duration::from_mins(2);
/// How long the server may take to say how it is.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a question may take that is about a year.
const LONG_ANSWER: Duration = Duration::from_mins(5);
/// How often it is looked whether the server answers.
const LOOK: Duration = Duration::from_millis(10);

/// A server process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    http: SocketAddr,
    log: PathBuf,
    agent: ureq::Agent,
    /// For questions that may take long.
    patient_agent: ureq::Agent,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
}

/// What `/api/v1/system` says, as far as it is needed here.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SystemFigures {
    pub(crate) journal: JournalFigures,
    pub(crate) interpreter: InterpreterFigures,
    pub(crate) connections: ConnectionFigures,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JournalFigures {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) stored_bytes: u64,
    pub(crate) commits: u64,
    pub(crate) longest_commit_us: u64,
    pub(crate) waiting: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct InterpreterFigures {
    pub(crate) lag_ms: i64,
    pub(crate) checkpoint: i64,
    pub(crate) head: i64,
    pub(crate) packets: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ConnectionFigures {
    pub(crate) open: u64,
}

#[derive(Debug, Deserialize)]
struct SystemBody {
    system: SystemFigures,
}

impl Server {
    /// Starts the process, without waiting.
    pub(crate) fn spawn(mut command: Command, http: SocketAddr, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let child = command
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .context("the server")?;
        let agent = |patience: Duration| {
            let configuration = ureq::Agent::config_builder().timeout_global(Some(patience));
            configuration.build().into()
        };
        Ok(Self {
            child,
            http,
            log: log.to_owned(),
            agent: agent(ANSWER),
            patient_agent: agent(LONG_ANSWER),
            ready_after: Duration::ZERO,
        })
    }

    /// Waits until it answers.
    pub(crate) fn wait_until_ready(&mut self) -> Result<()> {
        self.wait_until(|server| server.read_system().is_ok())
    }

    /// Waits until something about it is so.
    pub(crate) fn wait_until(&mut self, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        let begin = Instant::now();
        while !is_so(self) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}): {}", self.last_words());
            }
            if begin.elapsed() > START {
                bail!("the server does not answer on {}", self.http);
            }
            std::thread::sleep(LOOK);
        }
        self.ready_after = begin.elapsed();
        Ok(())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it says that it is ready, which it tells everybody.
    pub(crate) fn is_ready(&self) -> bool {
        let url = format!("http://{}/readyz", self.http);
        self.agent.get(&url).call().is_ok()
    }

    /// Asks the server how it is.
    pub(crate) fn read_system(&self) -> Result<SystemFigures> {
        let url = format!("http://{}/api/v1/system", self.http);
        let text = self.agent.get(&url).call()?.body_mut().read_to_string()?;
        let body: SystemBody = serde_json::from_str(&text)?;
        Ok(body.system)
    }

    /// The answer to a request of the API, in full.
    pub(crate) fn get(&self, path: &str) -> Result<Vec<u8>> {
        let url = format!("http://{}/api/v1{path}", self.http);
        let answer = self.patient_agent.get(&url).call();
        Ok(answer.context(url)?.body_mut().read_to_vec()?)
    }

    /// The answer to a request with a JSON body.
    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> Result<Vec<u8>> {
        let url = format!("http://{}/api/v1{path}", self.http);
        let request = self.patient_agent.post(&url);
        let answer = request
            .header("content-type", "application/json")
            .send(body.to_string());
        Ok(answer.context(url)?.body_mut().read_to_vec()?)
    }

    /// Waits until every committed packet has its records; returns how long that took.
    pub(crate) fn wait_until_interpreted(&self, patience: Duration) -> Result<Duration> {
        let begin = Instant::now();
        loop {
            let figures = self.read_system()?;
            let (at, head) = (figures.interpreter.checkpoint, figures.interpreter.head);
            // both are 0 until the interpreter has looked for the first time
            if at >= head && head > 0 {
                return Ok(begin.elapsed());
            }
            if begin.elapsed() > patience {
                bail!(
                    "after {} s the interpreter is still {} batches behind",
                    patience.as_secs(),
                    head - at
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Ends the process at once.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the process to stop and waits for it; returns how long it took.
    pub(crate) fn stop(mut self) -> Result<Duration> {
        let begin = Instant::now();
        let id = self.child.id().to_string();
        // `kill` of the system: a signal without unsafe code
        Command::new("kill").args(["-TERM", &id]).status()?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                if !status.success() {
                    bail!("the server stopped with {status}: {}", self.last_words());
                }
                return Ok(begin.elapsed());
            }
            if begin.elapsed() > STOP {
                bail!("the server did not stop within {} s", STOP.as_secs());
            }
            std::thread::sleep(LOOK);
        }
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it has ended already, unless something went wrong
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ended = self.child.kill();
            let _status = self.child.wait();
        }
    }
}
