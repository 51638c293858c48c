//! The loggers that send all the while, and the judgement afterwards: is every acknowledged packet
//! there, and do the records follow from the packets as if nothing had happened?

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::SoakArguments;
use crate::rig::{self, Rig, Server, finish};

/// How long records and derived figures may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long the loggers send in peace, before the first end and after the last.
pub(super) const PEACE: Duration = Duration::from_secs(2);

/// The running load generator.
pub(super) struct Loggers {
    child: Child,
    acknowledged: PathBuf,
    said: PathBuf,
}

/// What the loggers and the store say.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) sent: u64,
    /// Sent and not acknowledged before the connection ended.
    pub(super) given_up: u64,
    pub(super) connections_ended: u64,
    pub(super) acknowledged: u64,
    pub(super) stored: u64,
    pub(super) missing: u64,
    pub(super) is_chain_whole: bool,
    pub(super) examples: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    sent: u64,
    given_up: u64,
    disconnections: u64,
}

#[derive(Debug, Deserialize)]
struct Found {
    acknowledged: u64,
    stored: u64,
    missing: u64,
    is_chain_whole: bool,
    examples: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Derived {
    digest: String,
    records: u64,
    dirty_periods: u64,
}

impl Loggers {
    pub(super) fn start(rig: &Rig, arguments: &SoakArguments) -> Result<Self> {
        let acknowledged = rig.folder.join("acknowledged.log");
        let said = rig.folder.join("generator.json");
        let mut sender = rig.sender();
        sender
            .args(["--connections", &arguments.connections.to_string()])
            .args(["--packets-per-second", &arguments.rate.to_string()])
            .args(["--seconds", "1000000", "--reconnect", "--patience-s", "5"])
            .arg("--acknowledged")
            .arg(&acknowledged)
            .stdout(std::fs::File::create(&said)?)
            .stderr(std::fs::File::create(rig.folder.join("generator.log"))?);
        Ok(Self {
            child: sender.spawn()?,
            acknowledged,
            said,
        })
    }

    /// Ends the loggers in peace and looks up what they know to be acknowledged.
    pub(super) fn finish(mut self, rig: &Rig, server: Server) -> Result<Verdict> {
        // `kill` of the system: a signal without unsafe code
        finish({
            let mut command = Command::new("kill");
            command.args(["-TERM", &self.child.id().to_string()]);
            command
        })?;
        let status = self.child.wait()?;
        let text = std::fs::read_to_string(&self.said)?;
        let told: Said = serde_json::from_str(&text)
            .with_context(|| format!("the loggers ended with {status}: {text}"))?;
        server.wait_until_interpreted(PATIENCE)?;
        server.stop()?;
        let log = rig::path_text(&self.acknowledged)?;
        let found: Found = serde_json::from_value(rig.ask("verify", &["--acknowledged", log])?)?;
        Ok(Verdict {
            sent: told.sent,
            given_up: told.given_up,
            connections_ended: told.disconnections,
            acknowledged: found.acknowledged,
            stored: found.stored,
            missing: found.missing,
            is_chain_whole: found.is_chain_whole,
            examples: found.examples,
        })
    }
}

impl Drop for Loggers {
    fn drop(&mut self) {
        // they have ended already, unless something went wrong
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ended = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

impl Verdict {
    pub(super) const fn is_good(&self) -> bool {
        self.missing == 0 && self.is_chain_whole && self.acknowledged > 0
    }
}

/// Whether effective and derived values are those that follow from the packets: what the ended
/// server left, against all of it made anew from the packets in peace.
pub(super) fn compare_digests(rig: &Rig) -> Result<String> {
    let left = settle(rig)?;
    finish(rig.on_database("forget"))?;
    let anew = settle(rig)?;
    if left.digest != anew.digest {
        bail!(
            "the records do not follow from the packets: {} records with digest {}, made anew {} \
             with {}",
            left.records,
            left.digest,
            anew.records,
            anew.digest
        );
    }
    Ok(left.digest)
}

/// Lets the server make all records and derived figures, stops it and takes their digest.
fn settle(rig: &Rig) -> Result<Derived> {
    let server = rig.serve()?;
    server.wait_until_interpreted(PATIENCE)?;
    let begin = Instant::now();
    loop {
        let derived: Derived = serde_json::from_value(rig.ask("digest", &[])?)?;
        if derived.dirty_periods == 0 {
            server.stop()?;
            return Ok(derived);
        }
        if begin.elapsed() > PATIENCE {
            bail!("{} periods were not derived", derived.dirty_periods);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}
