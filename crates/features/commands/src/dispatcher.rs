//! The task that sends commands and follows them to their end.
//!
//! Every change is written before it takes effect: a command is `sent` in the database before its
//! packet leaves, so that after a crash nobody believes it was not.

mod changes;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use beijing_time::{Clock, Timestamp};
use bytes::Bytes;
use database::Database;
use hj212::RequestHead;
use sites::{DeviceId, DevicePassword, DirectoryHandle, Secrets};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::live::{DeviceEvent, DeviceSaying, LiveConnections};
use crate::model::{Command, CommandSettings, CommandState, NewStep, Progress};
use crate::order::Order;
use crate::rules::{self, Due, Saying};
use crate::{CommandsError, store};

/// Open commands are read again at least so often, for those ordered by another process.
const REFRESH: Duration = Duration::from_secs(5);
/// What is due is looked for so often.
const TICK: Duration = Duration::from_millis(250);

/// How others tell the dispatcher that there is something to do. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct CommandsHandle {
    wake: Arc<Notify>,
    settings: Arc<CommandSettings>,
}

impl CommandsHandle {
    /// A handle with settings, to be given to the dispatcher and to whoever orders.
    pub fn new(settings: CommandSettings) -> Self {
        Self {
            wake: Arc::default(),
            settings: Arc::new(settings),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &CommandSettings {
        &self.settings
    }

    /// Tells the dispatcher that a command was kept.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// What the dispatcher works with.
#[derive(Debug)]
pub struct DispatcherParts {
    /// The main store.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Devices with their passwords.
    pub directory: DirectoryHandle,
    /// Who is connected.
    pub connections: Arc<LiveConnections>,
    /// How others wake it.
    pub handle: CommandsHandle,
}

struct Dispatcher {
    parts: DispatcherParts,
    open: HashMap<Uuid, Command>,
    expecting: HashSet<i64>,
    last_qn_ms: i64,
}

/// Sends commands and follows them until told to stop. A database that does not answer is tried
/// again; nothing is sent that could not be written down before.
pub async fn run_dispatcher(
    parts: DispatcherParts,
    mut sayings: mpsc::Receiver<DeviceSaying>,
    stop: CancellationToken,
) {
    let mut events = parts.connections.watch();
    let wake = Arc::clone(&parts.handle.wake);
    let mut dispatcher = Dispatcher {
        parts,
        open: HashMap::new(),
        expecting: HashSet::new(),
        last_qn_ms: 0,
    };
    let mut is_recovered = false;
    let mut refresh = tokio::time::interval(REFRESH);
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_listening = true;
    // what was heard while the database did not answer is heard again
    let mut unheard: Option<DeviceSaying> = None;
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            // what was open at the start is looked at before anything is heard or sent
            said = next_saying(&mut unheard, &mut sayings), if is_listening && is_recovered => {
                if let Some(said) = said {
                    let outcome = dispatcher.hear(&said).await;
                    if matches!(outcome, Err(CommandsError::Database(_))) {
                        unheard = Some(said);
                    }
                    outcome
                } else {
                    is_listening = false;
                    Ok(())
                }
            }
            event = events.recv() => match event {
                Ok(event) => dispatcher.meet(&event).await,
                // what was missed is seen at the next tick
                Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => Ok(()),
            },
            () = wake.notified(), if is_recovered => dispatcher.refresh().await,
            _ = refresh.tick() => {
                if is_recovered {
                    dispatcher.refresh().await
                } else {
                    dispatcher.recover().await.map(|()| is_recovered = true)
                }
            }
            _ = tick.tick() => dispatcher.go_on().await,
        };
        if let Err(error) = outcome {
            tracing::error!(%error, "commands could not go on: {error}");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TICK) => {}
            }
        }
        dispatcher.tell_expectations();
    }
}

async fn next_saying(
    unheard: &mut Option<DeviceSaying>,
    sayings: &mut mpsc::Receiver<DeviceSaying>,
) -> Option<DeviceSaying> {
    match unheard.take() {
        Some(said) => Some(said),
        None => sayings.recv().await,
    }
}

impl Dispatcher {
    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// After a start: what was sent before and may not be sent twice ends as not known. Only then is
    /// anything sent, for what this dispatcher sends itself it also follows.
    async fn recover(&mut self) -> Result<(), CommandsError> {
        self.load_open().await?;
        let now = self.now();
        for id in self.ids(|_command| true) {
            let Some(command) = self.open.get(&id) else {
                continue;
            };
            if matches!(command.order, Order::SetPassword {})
                && command.progress.state == CommandState::Accepted
            {
                self.accept_new_password(command).await?;
            }
            let change = rules::after_restart(command, now);
            if let Some((progress, step)) = change {
                self.put(id, progress, step).await?;
            }
        }
        self.go_on().await
    }

    /// Reads all open commands and does what can be done with them.
    async fn refresh(&mut self) -> Result<(), CommandsError> {
        self.load_open().await?;
        self.go_on().await
    }

    async fn load_open(&mut self) -> Result<(), CommandsError> {
        let open = store::list_open(&self.parts.database).await?;
        self.open = open
            .into_iter()
            .map(|command| (command.id, command))
            .collect();
        Ok(())
    }

    /// In the order in which they were given.
    fn ids(&self, is_wanted: impl Fn(&Command) -> bool) -> Vec<Uuid> {
        let mut wanted: Vec<_> = self
            .open
            .values()
            .filter(|command| is_wanted(command))
            .map(|command| (command.created_at, command.id))
            .collect();
        wanted.sort_unstable();
        wanted.into_iter().map(|(_at, id)| id).collect()
    }

    /// Sends what can be sent, and looks whose time is up.
    async fn go_on(&mut self) -> Result<(), CommandsError> {
        let now = self.now();
        for id in self.ids(|_command| true) {
            let Some(command) = self.open.get(&id) else {
                continue;
            };
            match rules::when_due(command, &self.settings_of(command.device_id), now) {
                Due::End(progress, step) => {
                    self.put(id, progress, step).await?;
                }
                Due::Resend => self.send(id).await?,
                Due::Wait if command.progress.state == CommandState::Queued => {
                    let is_free = self.open.values().all(|other| {
                        other.device_id != command.device_id
                            || other.id == command.id
                            || other.progress.state == CommandState::Queued
                            || rules::may_run_beside(command, other)
                    });
                    if is_free && self.is_online(command.device_id) {
                        self.send(id).await?;
                    }
                }
                Due::Wait => {}
            }
        }
        Ok(())
    }

    fn is_online(&self, device_id: i64) -> bool {
        self.parts
            .connections
            .find(device_id)
            .is_some_and(|presence| presence.is_online())
    }

    async fn send(&mut self, id: Uuid) -> Result<(), CommandsError> {
        let Some(command) = self.open.get(&id).cloned() else {
            return Ok(());
        };
        let now = self.now();
        let qn = match &command.progress.qn {
            // the same number, so that the device can tell that it is the same request
            Some(qn) if command.progress.attempts > 0 => qn.clone(),
            _ => self.next_qn(now),
        };
        let packet = match self.build(&command, &qn, now).await? {
            Ok(packet) => packet,
            Err(reason) => {
                let (progress, step) = rules::after_failure(&command, reason, now);
                self.put(id, progress, step).await?;
                return Ok(());
            }
        };
        let settings = self.settings_of(command.device_id);
        let text = String::from_utf8_lossy(&packet);
        let (progress, step) = rules::after_sending(&command.progress, &settings, qn, &text, now);
        self.expect(command.device_id);
        if matches!(command.order, Order::SetPassword {}) {
            self.accept_new_password(&command).await?;
        }
        if !self.put(id, progress, step).await? {
            return Ok(());
        }
        if !self
            .parts
            .connections
            .send_to_device(command.device_id, &packet)
            && command.progress.attempts == 0
            && let Some(command) = self.open.get(&id)
        {
            let (progress, step) = rules::after_refused_packet(command, now);
            self.put(id, progress, step).await?;
        }
        Ok(())
    }

    /// A number that no command had before, also when the clock stands or goes back.
    fn next_qn(&mut self, now: Timestamp) -> String {
        self.last_qn_ms = now.epoch_ms().max(self.last_qn_ms + 1);
        Timestamp::from_epoch_ms(self.last_qn_ms)
            .civil()
            .to_compact_milliseconds()
    }

    /// The packet, or why there can be none.
    async fn build(
        &self,
        command: &Command,
        qn: &str,
        now: Timestamp,
    ) -> Result<Result<Bytes, String>, CommandsError> {
        let directory = self.parts.directory.current();
        let Some(device) = directory.device(DeviceId(command.device_id)) else {
            return Ok(Err("the device is no longer registered".to_owned()));
        };
        let secret = match self.open_secret(command).await {
            Err(CommandsError::Sealing(error)) => return Ok(Err(error.to_string())),
            other => other?,
        };
        let head = RequestHead {
            edition: device.quirks.answer_edition().unwrap_or(device.edition),
            qn,
            st: &device.system_type,
            pw: device.password.as_ref().map_or("", DevicePassword::reveal),
            mn: &device.mn,
        };
        Ok(command
            .order
            .build(&head, now, secret.as_ref())
            .map_err(|error| error.to_string()))
    }

    /// A device said something.
    async fn hear(&mut self, said: &DeviceSaying) -> Result<(), CommandsError> {
        let saying = Saying::read(&said.frame, &said.keys);
        if saying.cn != "9012"
            && let Some(command) = self.find_new_password(said.device_id, &saying)
        {
            self.change_secret(&command).await?;
            let (progress, step) = rules::after_new_password(&command, &saying, said.received_at);
            self.put(command.id, progress, step).await?;
            return self.go_on().await;
        }
        let ids = self.ids(|command| {
            command.device_id == said.device_id && rules::concerns(command, &saying)
        });
        let Some(id) = ids.first().copied() else {
            return Ok(());
        };
        let Some(command) = self.open.get(&id).cloned() else {
            return Ok(());
        };
        let settings = self.settings_of(said.device_id);
        let (progress, step) = rules::after_saying(&command, &settings, &saying, said.received_at);
        // the secret is forgotten with the end: it is put in force before
        if progress.state == CommandState::Done && command.order.needs_secret() {
            self.change_secret(&command).await?;
        }
        if progress.state == CommandState::Done
            && let Order::SetTimeouts {
                over_time_s,
                resend_count,
            } = &command.order
        {
            let timeouts = (*over_time_s, *resend_count);
            self.change_device(&command, Secrets::default(), |details| {
                details.quirks.over_time_s = Some(timeouts.0);
                details.quirks.resend_count = Some(timeouts.1);
            })
            .await?;
        }
        self.put(id, progress, step).await?;
        self.go_on().await
    }

    /// The settings with what holds for one device: both sides of a link wait alike.
    fn settings_of(&self, device_id: i64) -> CommandSettings {
        let mut settings = self.parts.handle.settings().clone();
        let directory = self.parts.directory.current();
        if let Some(device) = directory.device(DeviceId(device_id)) {
            let quirks = &device.quirks;
            settings.over_time_s = quirks.over_time_s.unwrap_or(settings.over_time_s);
            settings.resend_count = quirks.resend_count.unwrap_or(settings.resend_count);
        }
        settings
    }

    /// A device came or went.
    async fn meet(&mut self, event: &DeviceEvent) -> Result<(), CommandsError> {
        if event.is_online {
            return self.go_on().await;
        }
        for id in self.ids(|command| command.device_id == event.device_id) {
            let change = self
                .open
                .get(&id)
                .and_then(|command| rules::after_disconnect(command, event.at));
            if let Some((progress, step)) = change {
                self.put(id, progress, step).await?;
            }
        }
        Ok(())
    }

    /// Writes how far a command has come; `false` when somebody else wrote since, and what is kept
    /// is then read again at the next refresh.
    async fn put(
        &mut self,
        id: Uuid,
        progress: Progress,
        step: NewStep,
    ) -> Result<bool, CommandsError> {
        let Some(command) = self.open.get(&id) else {
            return Ok(false);
        };
        let mut transaction = self.parts.database.begin().await?;
        if !store::save(&mut transaction, command, &progress).await? {
            self.open.remove(&id);
            self.parts.handle.wake();
            return Ok(false);
        }
        store::add_step(&mut transaction, id, &step).await?;
        // before the end is seen: from then on the device has one password
        if progress.state.is_ended()
            && matches!(command.order, Order::SetPassword {})
            && let Some(presence) = self.parts.connections.find(command.device_id)
        {
            presence.set_pending_password(None);
        }
        transaction.commit().await?;
        if progress.state.is_ended() {
            self.open.remove(&id);
        } else if let Some(command) = self.open.get_mut(&id) {
            command.progress = progress;
            command.revision += 1;
        }
        Ok(true)
    }

    fn expect(&mut self, device_id: i64) {
        if self.expecting.insert(device_id) {
            self.parts
                .connections
                .presence(device_id)
                .set_expecting(true);
        }
    }

    /// Tells the gateway whose packets are waited for.
    fn tell_expectations(&mut self) {
        let wanted: HashSet<i64> = self
            .open
            .values()
            .filter(|command| command.progress.state != CommandState::Queued)
            .map(|command| command.device_id)
            .collect();
        for device_id in self.expecting.difference(&wanted) {
            if let Some(presence) = self.parts.connections.find(*device_id) {
                presence.set_expecting(false);
            }
        }
        for device_id in wanted.difference(&self.expecting) {
            self.parts
                .connections
                .presence(*device_id)
                .set_expecting(true);
        }
        self.expecting = wanted;
    }
}
