//! One outlet whose logger speaks to the gateway over a real socket, with everything behind it:
//! journal, interpreter, dispatcher of commands, gaps.

use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use background_jobs::{GapsJob, GapsProgress, run_gaps_once};
use beijing_time::{Clock, FixedClock, Timestamp};
use commands::{
    Command, CommandSettings, CommandState, CommandStep, CommandsHandle, Counter, DispatcherParts,
    LiveConnections, NewCommand, Order, Secret, load_command, run_dispatcher, send_command,
};
use device_gateway::{Gateway, GatewayHandle, GatewayParts};
use hj212::Edition;
use monitoring::gaps::{Gap, GapFilter, GapSettings};
use monitoring::{
    Interpreter, InterpreterSettings, InterpreterTask, Journal, JournalTask, LiveFeed, Quarantine,
    QuarantineSettings, QuarantineTask, RecordKind, RecordsRequest,
};
use sites::{
    Channel, DeviceDetails, DeviceId, DeviceKey, DeviceQuirks, DirectoryHandle, Expected,
    SealingKey, SecretChange, Secrets, Timetable, Validity,
};
use test_support::TestDatabase;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::logger::{Logger, Manner};
use crate::world::{MN, PASSWORD, create_point_of, journal_settings, settings, wait_until};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor::built_in_operator()
}

pub(crate) struct Station {
    pub(crate) database: TestDatabase,
    pub(crate) clock: FixedClock,
    pub(crate) directory: DirectoryHandle,
    pub(crate) device_id: i64,
    pub(crate) point_id: i64,
    pub(crate) edition: Edition,
    pub(crate) live: Arc<LiveConnections>,
    pub(crate) gateway: GatewayHandle,
    pub(crate) progress: GapsProgress,
    pub(crate) gap_settings: GapSettings,
    journal: Journal,
    _journal_task: JournalTask,
    interpreter: InterpreterTask,
    _quarantine_task: QuarantineTask,
    commands: CommandsHandle,
    stop: CancellationToken,
}

impl Drop for Station {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Station {
    pub(crate) async fn start(database: TestDatabase, edition: Edition) -> Self {
        let clock = FixedClock::new(at("2026-03-02T14:30:00+08:00"));
        let timetable = Timetable {
            realtime_interval_s: Some(60),
            minute_interval_min: None,
            is_hour_expected: true,
            is_day_expected: false,
        };
        let point = create_point_of(&database, timetable).await;
        let key = || SealingKey::from_bytes([3; 32]);
        let details = DeviceDetails {
            mn: MN.to_owned(),
            name: "模拟数采仪".to_owned(),
            edition,
            system_type: "32".to_owned(),
            quirks: DeviceQuirks::default(),
            // it was put up this morning: nothing is due before
            validity: Validity::since(at("2026-03-02T08:00:00+08:00")),
            is_enabled: true,
            is_simulated: true,
            channels: vec![Channel {
                point_id: point,
                factor_code: None,
                validity: Validity::ALWAYS,
            }],
        };
        let secrets = Secrets {
            key: SecretChange::Set(DeviceKey::new(*b"0123456789abcdef")),
            ..Secrets::with_password(PASSWORD)
        };
        let device = sites::create_device(&database, &clock, &key(), &actor(), details, secrets)
            .await
            .unwrap();
        let directory = DirectoryHandle::open(&database, key()).await.unwrap();
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let (journal, journal_task) =
            Journal::start(database.handle(), Arc::clone(&time), journal_settings());
        let quarantine_settings = QuarantineSettings {
            flush: Duration::from_millis(20),
            ..QuarantineSettings::default()
        };
        let (quarantine, quarantine_task) =
            Quarantine::start(database.handle(), quarantine_settings);
        let interpreter = Interpreter::start(
            database.handle(),
            directory.clone(),
            journal.committed(),
            LiveFeed::default(),
            Arc::clone(&time),
            InterpreterSettings {
                linger: Duration::from_millis(5),
                ..InterpreterSettings::default()
            },
        );
        let live = LiveConnections::new();
        let commands = CommandsHandle::new(CommandSettings::default());
        let (sayings, said) = mpsc::channel(256);
        let stop = CancellationToken::new();
        let parts = DispatcherParts {
            database: database.handle(),
            clock: Arc::clone(&time),
            directory: directory.clone(),
            connections: Arc::clone(&live),
            handle: commands.clone(),
        };
        tokio::spawn(run_dispatcher(parts, said, stop.clone()));
        let gateway = Gateway::start(GatewayParts {
            settings: settings(),
            clock: time,
            directory: directory.clone(),
            journal: journal.clone(),
            quarantine,
            connections: Arc::clone(&live),
            sayings,
        })
        .unwrap();
        Self {
            database,
            clock,
            directory,
            device_id: device.id.0,
            point_id: point.0,
            edition,
            live,
            gateway,
            progress: GapsProgress::default(),
            gap_settings: GapSettings::default(),
            journal,
            _journal_task: journal_task,
            interpreter,
            _quarantine_task: quarantine_task,
            commands,
            stop,
        }
    }

    /// The logger dials in and is heard.
    pub(crate) async fn dial(&self, manner: Manner) -> Logger {
        let logger = Logger::connect(self.gateway.local_addr(), self.edition, manner).await;
        let before = self
            .live
            .find(self.device_id)
            .map_or(0, |presence| presence.snapshot().connections);
        let committed = self.live.counters.get(Counter::PacketsCommitted);
        logger.say_hello(self.clock.now());
        wait_until("the logger to be heard", async || {
            let presence = self.live.find(self.device_id);
            presence.is_some_and(|presence| presence.snapshot().connections > before)
                && self.live.counters.get(Counter::PacketsCommitted) > committed
        })
        .await;
        logger
    }

    pub(crate) async fn wait_until_gone(&self) {
        wait_until("the logger to be gone", async || {
            self.live.count_online() == 0
        })
        .await;
    }

    pub(crate) async fn change_quirks(&self, change: impl FnOnce(&mut DeviceQuirks)) {
        let id = DeviceId(self.device_id);
        let device = sites::load_device(&self.database, &actor(), id)
            .await
            .unwrap();
        let mut details = device.details;
        change(&mut details.quirks);
        let expected = Expected {
            id,
            revision: device.revision,
        };
        sites::update_device(
            &self.database,
            &self.clock,
            self.directory.sealing_key(),
            &actor(),
            expected,
            (details, Secrets::default()),
        )
        .await
        .unwrap();
        self.directory.reload(&self.database).await.unwrap();
    }

    pub(crate) async fn order(&self, order: Order, secret: Option<&str>) -> Uuid {
        let new = NewCommand {
            id: Uuid::now_v7(),
            device_id: self.device_id,
            order,
            secret: secret.map(Secret::new),
            expires_after_s: None,
        };
        let key = self.directory.sealing_key();
        send_command(
            &self.database,
            &self.clock,
            key,
            &self.commands,
            &actor(),
            new,
        )
        .await
        .unwrap()
        .id
    }

    pub(crate) async fn load(&self, id: Uuid) -> (Command, Vec<CommandStep>) {
        load_command(&self.database, &actor(), id).await.unwrap()
    }

    pub(crate) async fn wait_for(
        &self,
        id: Uuid,
        state: CommandState,
    ) -> (Command, Vec<CommandStep>) {
        let name = format!("command {id} to be {}", state.as_str());
        wait_until(&name, async || {
            self.load(id).await.0.progress.state == state
        })
        .await;
        self.load(id).await
    }

    /// Waits until everything committed has become records.
    pub(crate) async fn settle(&self) {
        let committed = *self.journal.committed().borrow();
        let mut interpreted = self.interpreter.handle().checkpoint();
        interpreted.wait_for(|at| *at >= committed).await.unwrap();
    }

    /// One run of the job that follows gaps; returns how many requests it made.
    pub(crate) async fn look_for_gaps(&mut self) -> usize {
        self.settle().await;
        let job = GapsJob {
            database: self.database.handle(),
            directory: self.directory.clone(),
            clock: Arc::new(self.clock.clone()),
            connections: Arc::clone(&self.live),
            commands: self.commands.clone(),
            settings: self.gap_settings.clone(),
        };
        run_gaps_once(&job, &mut self.progress).await.unwrap()
    }

    /// The hours that have become records.
    pub(crate) async fn held_hours(&self) -> Vec<Timestamp> {
        let request = RecordsRequest::new(
            self.point_id,
            RecordKind::Hour,
            at("2026-03-01"),
            at("2026-03-04"),
        );
        let (directory, actor) = (self.directory.current(), actor());
        let records = monitoring::load_records(&self.database, &directory, &actor, request);
        let records = records.await.unwrap();
        records.iter().map(|record| record.time).collect()
    }

    /// The gaps of hours, oldest first.
    pub(crate) async fn hour_gaps(&self) -> Vec<Gap> {
        let filter = GapFilter {
            kind: Some(RecordKind::Hour),
            limit: 100,
            ..GapFilter::default()
        };
        let mut gaps = monitoring::gaps::list_gaps(&self.database, &actor(), &filter)
            .await
            .unwrap();
        gaps.reverse();
        gaps
    }
}
