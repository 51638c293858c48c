//! Everything that runs beside the HTTP server, started in order and stopped in reverse.

use std::sync::Arc;
use std::time::Duration;

use alarms::engine::EngineSettings;
use alarms::{AlarmFeed, AlarmKeeper};
use anyhow::Context;
use background_jobs::{
    AlarmAdapter, AuditWatch, CertificateEnd, ForwardingLags, GapsJob, JobBoard, PlanJob,
    PlatformSources, Schedule, VerdictsJob,
};
use beijing_time::Clock;
use commands::{CommandsHandle, DispatcherParts, LiveConnections};
use database::Database;
use device_gateway::{ForwarderParts, ForwarderSettings, Gateway, GatewayHandle, GatewayParts};
use forwarding::ForwardingHandle;
use monitoring::{
    Interpreter, InterpreterSettings, InterpreterTask, Journal, JournalSettings, JournalTask,
    LiveFeed, Quarantine, QuarantineSettings, QuarantineTask, Statistics, StatisticsSettings,
    StatisticsTask,
};
use plan::PlanBook;
use sites::DirectoryHandle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use verdicts::{Rulebook, VerdictFeed};
use web_server::CertificateKeeper;

use crate::city_data;
use crate::config::Configuration;
use crate::sealing_key;
use crate::serve::data_folder;

/// How long a graceful stop waits for the database to take what is left.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether another process changed sites or devices.
const DIRECTORY_PAUSE: Duration = Duration::from_secs(2);
/// How often it is looked whether verdicts have changed that the plan's measures are made from.
const PLAN_PAUSE: Duration = Duration::from_secs(5);

/// The running parts.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jobs: JobBoard,
    pub(crate) audit: AuditWatch,
    pub(crate) directory: DirectoryHandle,
    pub(crate) journal: Journal,
    pub(crate) quarantine: Quarantine,
    pub(crate) feed: LiveFeed,
    pub(crate) connections: Arc<LiveConnections>,
    pub(crate) commands: CommandsHandle,
    pub(crate) forwarding: ForwardingHandle,
    pub(crate) alarm_feed: AlarmFeed,
    pub(crate) rulebook: Arc<Rulebook>,
    pub(crate) verdict_feed: VerdictFeed,
    pub(crate) plan: Arc<PlanBook>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    pub(crate) interpreter: Interpreter,
    gateway: Option<GatewayHandle>,
    interpreter_task: InterpreterTask,
    statistics_task: StatisticsTask,
    journal_task: JournalTask,
    quarantine_task: QuarantineTask,
}

impl Platform {
    /// Starts all parts on a database whose schema is right.
    ///
    /// # Errors
    /// When the sealing key or the directory cannot be read.
    pub(crate) async fn start(
        configuration: &Configuration,
        database: &Database,
        clock: Arc<dyn Clock>,
        certificate: Option<Arc<CertificateKeeper>>,
    ) -> anyhow::Result<Self> {
        let jobs = JobBoard::new();
        let stop = CancellationToken::new();
        let sealing_key = sealing_key::open(&configuration.database.sealing_key_file)?;
        city_data::install(database, &*clock).await?;
        let directory = DirectoryHandle::open(database, sealing_key).await?;
        let (journal, journal_task) = Journal::start(
            database.clone(),
            Arc::clone(&clock),
            JournalSettings::default(),
        );
        let (quarantine, quarantine_task) =
            Quarantine::start(database.clone(), QuarantineSettings::default());
        let feed = LiveFeed::default();
        let interpreter_task = Interpreter::start(
            database.clone(),
            directory.clone(),
            journal.committed(),
            feed.clone(),
            Arc::clone(&clock),
            InterpreterSettings::default(),
        );
        let statistics_task = Statistics::start(
            database.clone(),
            interpreter_task.handle().checkpoint(),
            StatisticsSettings::default(),
        );
        let (alarm_feed, observations) = AlarmFeed::new(64);
        let settings = EngineSettings::default();
        let keeper =
            AlarmKeeper::load(database.clone(), Arc::clone(&clock), settings, &alarm_feed).await?;
        let mut platform = Self {
            clock,
            jobs,
            audit: AuditWatch::default(),
            directory,
            journal,
            quarantine,
            feed,
            connections: LiveConnections::new(),
            commands: CommandsHandle::new(configuration.commands.clone()),
            forwarding: ForwardingHandle::new(),
            alarm_feed,
            rulebook: Arc::new(Rulebook::shipped()?),
            verdict_feed: VerdictFeed::default(),
            plan: Arc::new(city_data::plan()),
            tasks: Vec::new(),
            interpreter: interpreter_task.handle(),
            gateway: None,
            interpreter_task,
            statistics_task,
            stop,
            journal_task,
            quarantine_task,
        };
        platform.run(alarms::run_alarms(
            keeper,
            observations,
            platform.stop.clone(),
        ));
        platform.feed_alarms(configuration, database, certificate);
        platform.watch_directory(database);
        platform.run(background_jobs::follow_rates(
            database.clone(),
            platform.directory.clone(),
            Arc::clone(&platform.clock),
            platform.jobs.clone(),
            platform.stop.clone(),
        ));
        platform.follow_verdicts(database);
        platform.follow_plan(database);
        platform.follow_reminders(database);
        platform.run(background_jobs::follow_audit(
            database.clone(),
            Arc::clone(&platform.clock),
            platform.audit.clone(),
            platform.jobs.clone(),
            platform.stop.clone(),
        ));
        platform.keep_small(database);
        platform.forward(database);
        platform.listen(configuration, database)?;
        platform.follow_gaps(configuration, database);
        Ok(platform)
    }

    /// What values mean follows what came.
    fn follow_verdicts(&mut self, database: &Database) {
        let job = VerdictsJob {
            database: database.clone(),
            directory: self.directory.clone(),
            clock: Arc::clone(&self.clock),
            rulebook: Arc::clone(&self.rulebook),
            feed: self.verdict_feed.clone(),
        };
        let interpreted = self.interpreter.checkpoint();
        self.run(background_jobs::follow_verdicts(
            job,
            interpreted,
            self.jobs.clone(),
            self.stop.clone(),
        ));
    }

    /// The plan's measures follow the verdicts.
    fn follow_plan(&mut self, database: &Database) {
        let job = PlanJob {
            database: database.clone(),
            directory: self.directory.clone(),
            clock: Arc::clone(&self.clock),
            rulebook: Arc::clone(&self.rulebook),
            plan: Arc::clone(&self.plan),
        };
        let schedule = Schedule {
            name: "plan",
            pause: PLAN_PAUSE,
        };
        let (board, clock) = (self.jobs.clone(), Arc::clone(&self.clock));
        let stop = self.stop.clone();
        let run = async move || background_jobs::run_plan_once(&job).await;
        self.run(background_jobs::repeat(schedule, board, clock, stop, run));
    }

    /// Deadlines of the plan are reminded of as time passes.
    fn follow_reminders(&mut self, database: &Database) {
        self.run(background_jobs::follow_reminders(
            database.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.plan),
            self.jobs.clone(),
            self.stop.clone(),
        ));
    }

    /// Completed days move to where they take little room.
    fn keep_small(&mut self, database: &Database) {
        self.run(background_jobs::follow_compaction(
            database.clone(),
            Arc::clone(&self.clock),
            self.jobs.clone(),
            self.stop.clone(),
        ));
        self.run(background_jobs::follow_packing(
            database.clone(),
            Arc::clone(&self.clock),
            self.jobs.clone(),
            self.stop.clone(),
        ));
        self.run(background_jobs::follow_retention(
            database.clone(),
            Arc::clone(&self.clock),
            self.jobs.clone(),
            self.stop.clone(),
        ));
    }

    /// Alarms hear of what was interpreted and how the platform itself is.
    fn feed_alarms(
        &mut self,
        configuration: &Configuration,
        database: &Database,
        certificate: Option<Arc<CertificateKeeper>>,
    ) {
        let adapter = AlarmAdapter {
            database: database.clone(),
            directory: self.directory.clone(),
            live: self.feed.clone(),
            alarms: self.alarm_feed.clone(),
            platform: PlatformSources {
                clock: Arc::clone(&self.clock),
                data_folder: data_folder(configuration),
                journal: self.journal.clone(),
                interpreter: self.interpreter.clone(),
                forwarding: Some(forwarding_lags(self)),
                certificate: certificate
                    .map(|keeper| -> CertificateEnd { Arc::new(move || keeper.ends_at()) }),
            },
        };
        let stop = self.stop.clone();
        self.run(background_jobs::feed_alarms(adapter, stop));
    }

    /// Missing data are found and asked for again; without the gateway nobody could be asked.
    fn follow_gaps(&mut self, configuration: &Configuration, database: &Database) {
        if !configuration.gaps.enabled || !configuration.gateway.enabled {
            return;
        }
        let job = GapsJob {
            database: database.clone(),
            directory: self.directory.clone(),
            clock: Arc::clone(&self.clock),
            connections: Arc::clone(&self.connections),
            commands: self.commands.clone(),
            settings: configuration.gaps.clone(),
        };
        let (board, stop) = (self.jobs.clone(), self.stop.clone());
        self.run(background_jobs::follow_gaps(job, board, stop));
    }

    /// Packets go on to superior platforms, wherever a target is switched on.
    fn forward(&mut self, database: &Database) {
        let parts = ForwarderParts {
            settings: ForwarderSettings::default(),
            database: database.clone(),
            clock: Arc::clone(&self.clock),
            directory: self.directory.clone(),
            journal_committed: self.journal.committed(),
            handle: self.forwarding.clone(),
            commands: self.commands.clone(),
        };
        let stop = self.stop.clone();
        self.run(device_gateway::run_forwarder(parts, stop));
    }

    /// Last of the parts that receive: what devices send needs every other part.
    fn listen(&mut self, configuration: &Configuration, database: &Database) -> anyhow::Result<()> {
        let settings = configuration.gateway.clone();
        if !settings.enabled {
            return Ok(());
        }
        let address = settings.listen;
        raise_open_files(settings.max_connections);
        let (sayings, said) = mpsc::channel(4096);
        let dispatcher = DispatcherParts {
            database: database.clone(),
            clock: Arc::clone(&self.clock),
            directory: self.directory.clone(),
            connections: Arc::clone(&self.connections),
            handle: self.commands.clone(),
        };
        self.run(commands::run_dispatcher(
            dispatcher,
            said,
            self.stop.clone(),
        ));
        let gateway = Gateway::start(GatewayParts {
            settings,
            clock: Arc::clone(&self.clock),
            directory: self.directory.clone(),
            journal: self.journal.clone(),
            quarantine: self.quarantine.clone(),
            connections: Arc::clone(&self.connections),
            sayings,
        })
        .with_context(|| format!("cannot listen for devices on {address}"))?;
        self.gateway = Some(gateway);
        Ok(())
    }

    fn run(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(tokio::spawn(task));
    }

    fn watch_directory(&mut self, database: &Database) {
        let (directory, database) = (self.directory.clone(), database.clone());
        let schedule = Schedule {
            name: "directory",
            pause: DIRECTORY_PAUSE,
        };
        let (board, clock, stop) = (
            self.jobs.clone(),
            Arc::clone(&self.clock),
            self.stop.clone(),
        );
        self.run(background_jobs::repeat(
            schedule,
            board,
            clock,
            stop,
            async move || {
                directory
                    .reload_if_changed(&database)
                    .await
                    .map(|_changed| false)
            },
        ));
    }

    /// Stops all parts, in the order in which nothing acknowledged or committed is lost.
    pub(crate) async fn stop(self) {
        if let Some(gateway) = self.gateway {
            gateway.stop().await;
        }
        self.journal_task.finish(PATIENCE).await;
        self.interpreter_task.finish(PATIENCE).await;
        self.statistics_task.finish(PATIENCE).await;
        self.quarantine_task.finish(PATIENCE).await;
        self.stop.cancel();
        for task in self.tasks {
            if tokio::time::timeout(PATIENCE, task).await.is_err() {
                tracing::warn!("a part did not stop in time");
            }
        }
    }
}

/// How far each superior platform is behind, for the platform's own alarms.
fn forwarding_lags(platform: &Platform) -> ForwardingLags {
    let (handle, clock) = (platform.forwarding.clone(), Arc::clone(&platform.clock));
    Arc::new(move || {
        let now = clock.now();
        let lag = |report: forwarding::TargetReport| (report.name.clone(), report.lag_ms(now));
        let listed = handle.list();
        listed
            .into_iter()
            .map(|(_id, report)| lag(report))
            .collect()
    })
}

/// Each connection is an open file: allows as many as the system lets this process have.
fn raise_open_files(connections: usize) {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) if allowed < connections as u64 => tracing::warn!(
            allowed,
            connections,
            "the system allows {allowed} open files, fewer than gateway.max_connections \
             ({connections}); raise it with ulimit -n or LimitNOFILE"
        ),
        Ok(_enough) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}
