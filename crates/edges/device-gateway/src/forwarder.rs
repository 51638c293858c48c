//! The HJ 212 clients to superior platforms: one sender for each target that is switched on.
//!
//! Targets are data: whoever switches one on or changes it starts or restarts its sender, without
//! a restart of the server.

mod sender;
mod superior;
mod upward;
mod window;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use beijing_time::Clock;
use commands::CommandsHandle;
use database::Database;
use forwarding::{ForwardingHandle, PassingParts, Plan, TargetId, list_enabled_plans};
use sites::DirectoryHandle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use sender::Sender;

/// How the clients work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwarderSettings {
    /// Targets are looked at again at least so often, for changes by another process.
    pub look: Duration,
    /// A connection must stand after so long.
    pub connect_timeout: Duration,
    /// The first pause after a connection failed; it doubles up to the longest.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// What became of packets is written down so often.
    pub save: Duration,
    /// Time-outs are looked at so often.
    pub tick: Duration,
    /// A superior that takes nothing for so long is disconnected; also after how long without an
    /// answer to keep-alive probes a connection is half-open.
    pub stall: Duration,
    /// How long a stop waits for acknowledgements under way.
    pub stop_grace: Duration,
}

impl Default for ForwarderSettings {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(10),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
            save: Duration::from_millis(500),
            tick: Duration::from_millis(100),
            stall: Duration::from_secs(30),
            stop_grace: Duration::from_secs(3),
        }
    }
}

/// What the clients work with.
#[derive(Debug, Clone)]
pub struct ForwarderParts {
    /// Their settings.
    pub settings: ForwarderSettings,
    /// The two stores.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Devices with their passwords.
    pub directory: DirectoryHandle,
    /// The last batch of the journal that is committed.
    pub journal_committed: watch::Receiver<i64>,
    /// Where each target is shown as it is now.
    pub handle: ForwardingHandle,
    /// The way to the dispatcher of commands.
    pub commands: CommandsHandle,
}

impl ForwarderParts {
    fn passing(&self) -> PassingParts {
        PassingParts {
            database: self.database.clone(),
            clock: Arc::clone(&self.clock),
            directory: self.directory.clone(),
            commands: self.commands.clone(),
        }
    }
}

/// A sender at work.
struct Running {
    revision: i64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Keeps a sender for each target that is switched on, until told to stop; then lets them take in
/// the acknowledgements under way and write down how far they are.
pub async fn run_forwarder(parts: ForwarderParts, stop: CancellationToken) {
    let mut running: HashMap<TargetId, Running> = HashMap::new();
    let mut was_failing = false;
    loop {
        let key = parts.directory.sealing_key();
        match list_enabled_plans(&parts.database, key).await {
            Ok(plans) => {
                was_failing = false;
                attend(&parts, &mut running, plans).await;
            }
            Err(error) => {
                if !was_failing {
                    tracing::error!(%error, "forwarding targets cannot be read: {error}");
                }
                was_failing = true;
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = parts.handle.changed() => {}
            () = tokio::time::sleep(parts.settings.look) => {}
        }
    }
    for sender in running.values() {
        sender.stop.cancel();
    }
    for (id, sender) in running {
        finish(id, sender).await;
    }
}

/// Stops senders whose target was switched off or changed, and starts those that are missing.
async fn attend(
    parts: &ForwarderParts,
    running: &mut HashMap<TargetId, Running>,
    plans: Vec<Plan>,
) {
    let wanted: HashMap<TargetId, i64> = plans
        .iter()
        .map(|plan| (plan.target.id, plan.target.revision))
        .collect();
    let over: Vec<TargetId> = running
        .iter()
        .filter(|(id, sender)| {
            wanted.get(*id) != Some(&sender.revision) || sender.task.is_finished()
        })
        .map(|(id, _sender)| *id)
        .collect();
    for id in &over {
        if let Some(sender) = running.get(id) {
            sender.stop.cancel();
        }
    }
    for id in over {
        if let Some(sender) = running.remove(&id) {
            finish(id, sender).await;
        }
        if !wanted.contains_key(&id) {
            parts.handle.forget(id);
        }
    }
    for plan in plans {
        let (id, revision) = (plan.target.id, plan.target.revision);
        running.entry(id).or_insert_with(|| {
            let stop = CancellationToken::new();
            let sender = Sender::new(parts.clone(), plan, stop.clone());
            Running {
                revision,
                stop,
                task: tokio::spawn(sender.run()),
            }
        });
    }
}

async fn finish(id: TargetId, sender: Running) {
    sender.stop.cancel();
    if let Err(error) = sender.task.await {
        tracing::error!(%error, "the sender of forwarding target {id} ended badly: {error}");
    }
}
