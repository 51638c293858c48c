//! One outlet with one logger, and the way of its packets from the journal to alarms.

use std::sync::Arc;
use std::time::Duration;

use access::{Actor, RegionCode};
use alarms::engine::EngineSettings;
use alarms::{Alarm, AlarmChange, AlarmFeed, AlarmFilter, AlarmKeeper, AlarmKind, run_alarms};
use background_jobs::{AlarmAdapter, PlatformSources, feed_alarms};
use beijing_time::{Clock, FixedClock, Timestamp};
use database::Database;
use hj212::Edition;
use monitoring::{
    ArrivedPacket, Interpreter, InterpreterSettings, InterpreterTask, Journal, JournalSettings,
    JournalTask, LiveFeed, NoSink, PacketOrigin,
};
use sites::{
    Channel, DeviceDetails, DeviceQuirks, DirectoryHandle, FactorDetails, LimitDetails,
    LimitOrigin, LimitStatistic, Medium, PeriodLabel, PointDetails, PointId, RecordKind,
    RegionDetails, SealingKey, Secrets, SiteDetails, SiteKind, Timetable, Validity,
};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Journal and interpreter.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) clock: FixedClock,
    pub(crate) directory: DirectoryHandle,
    pub(crate) live: LiveFeed,
    pub(crate) device_id: i64,
    pub(crate) point_id: i64,
    journal: Journal,
    _journal_task: JournalTask,
    interpreter: InterpreterTask,
}

/// Alarms with their adapter, until stopped.
pub(crate) struct Running {
    pub(crate) changes: broadcast::Receiver<AlarmChange>,
    stop: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

impl World {
    pub(crate) async fn new(database: Database) -> Self {
        let clock = FixedClock::new(at("2016-05-04T12:00:05+08:00"));
        let (device_id, point_id, key) = furnish(&database, &clock).await;
        let directory = DirectoryHandle::open(&database, key).await.unwrap();
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let settings = JournalSettings::default();
        let (journal, journal_task) = Journal::start(database.clone(), Arc::clone(&time), settings);
        let live = LiveFeed::default();
        let interpreter = Interpreter::start(
            database.clone(),
            directory.clone(),
            journal.committed(),
            live.clone(),
            time,
            InterpreterSettings {
                linger: Duration::from_millis(5),
                ..InterpreterSettings::default()
            },
        );
        Self {
            database,
            clock,
            directory,
            live,
            device_id,
            point_id,
            journal,
            _journal_task: journal_task,
            interpreter,
        }
    }

    /// Sends an hour's mean of sulphur dioxide and waits until it is interpreted.
    pub(crate) async fn send_hour(&self, hour: &str, value: &str, received: &str) {
        let part = format!("Flag=5;CP=&&DataTime={hour}0000;a21026-Avg={value},a21026-Flag=N&&");
        self.send_part("20160504120001000", &part, received).await;
    }

    /// Sends what follows the MN of an hour's packet and waits until it is interpreted.
    pub(crate) async fn send_part(&self, qn: &str, part: &str, received: &str) {
        let segment = format!("QN={qn};ST=31;CN=2061;PW=123456;MN=010000A8900016F000169DC0;{part}");
        let before = *self.journal.committed().borrow();
        let packet = ArrivedPacket {
            bytes: hj212::encode_frame(segment.as_bytes()),
            received_at: at(received),
            device_id: self.device_id,
            origin: PacketOrigin::Live,
            peer: "192.0.2.1:5000".into(),
            tag: 0,
            sink: Arc::new(NoSink),
        };
        self.journal.put(packet).await.unwrap();
        let mut interpreted = self.interpreter.handle().checkpoint();
        tokio::time::timeout(PATIENCE, interpreted.wait_for(|at| *at > before))
            .await
            .expect("interpreted in time")
            .unwrap();
    }

    /// A factor that the outlet is expected to report.
    pub(crate) async fn expect_factor(&self, code: &str) {
        let factor = FactorDetails {
            factor_code: code.to_owned(),
            unit: "mg/m3".to_owned(),
            decimals: 1,
            sort_order: 0,
            is_expected: true,
        };
        let (clock, actor) = (&self.clock, Actor::built_in_operator());
        sites::create_factor(
            &self.database,
            clock,
            &actor,
            PointId(self.point_id),
            factor,
        )
        .await
        .unwrap();
    }

    /// Runs alarms on what `live` says.
    pub(crate) async fn run(&self, live: &LiveFeed) -> Running {
        let (feed, observed) = AlarmFeed::new(8);
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let settings = EngineSettings::default();
        let keeper = AlarmKeeper::load(self.database.clone(), Arc::clone(&clock), settings, &feed);
        let keeper = keeper.await.unwrap();
        let stop = CancellationToken::new();
        let changes = feed.subscribe();
        let adapter = AlarmAdapter {
            database: self.database.clone(),
            directory: self.directory.clone(),
            live: live.clone(),
            alarms: feed,
            platform: PlatformSources {
                clock,
                data_folder: None,
                journal: self.journal.clone(),
                interpreter: self.interpreter.handle(),
                forwarding: Some(Arc::new(|| vec![("province".to_owned(), 1_500)])),
                certificate: None,
            },
        };
        let tasks = [
            tokio::spawn(run_alarms(keeper, observed, stop.clone())),
            tokio::spawn(feed_alarms(adapter, stop.clone())),
        ];
        Running {
            changes,
            stop,
            tasks,
        }
    }

    pub(crate) async fn over_limit(&self) -> Vec<Alarm> {
        let filter = AlarmFilter {
            kinds: vec![AlarmKind::OverUpper],
            limit: 100,
            ..AlarmFilter::default()
        };
        let actor = Actor::built_in_operator();
        alarms::list_alarms(&self.database, &actor, &filter)
            .await
            .unwrap()
    }
}

impl Running {
    /// The next change of an alarm over a limit.
    pub(crate) async fn next_change(&mut self) -> AlarmChange {
        let next = async {
            loop {
                let change = self.changes.recv().await.unwrap();
                if change.kind == Some(AlarmKind::OverUpper) {
                    return change;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("in time")
    }

    pub(crate) async fn stop(self) -> broadcast::Receiver<AlarmChange> {
        self.stop.cancel();
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        }
        self.changes
    }
}

async fn furnish(database: &Database, clock: &FixedClock) -> (i64, i64, SealingKey) {
    let actor = Actor::built_in_operator();
    let code = |text: &str| text.parse::<RegionCode>().unwrap();
    let region = |parent: Option<&str>, name: &str| RegionDetails {
        parent_code: parent.map(code),
        name_zh: name.to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: false,
    };
    let regions = vec![
        (code("430000"), region(None, "湖南省")),
        (code("430400"), region(Some("430000"), "衡阳市")),
        (code("430421"), region(Some("430400"), "衡阳县")),
    ];
    sites::install_regions(database, clock, &actor, regions)
        .await
        .unwrap();
    let site = SiteDetails {
        code: "E1".to_owned(),
        organisation_id: None,
        region_code: code("430421"),
        kind: SiteKind::Enterprise,
        name_zh: "模拟企业".to_owned(),
        name_en: "Simulated enterprise".to_owned(),
        address: String::new(),
        position: None,
        is_key: true,
        is_simulated: true,
    };
    let site = sites::create_site(database, clock, &actor, site);
    let point = PointDetails {
        code: "DA001".to_owned(),
        medium: Medium::WasteGas,
        name_zh: "排口".to_owned(),
        name_en: "Outlet".to_owned(),
        position: None,
        period_label: PeriodLabel::Start,
        timetable: Timetable {
            realtime_interval_s: None,
            minute_interval_min: None,
            is_hour_expected: true,
            is_day_expected: false,
        },
        is_enabled: true,
    };
    let site_id = site.await.unwrap().id;
    let point = sites::create_point(database, clock, &actor, site_id, point);
    let point_id = point.await.unwrap().id;
    let limit = LimitDetails {
        factor_code: "a21026".to_owned(),
        kind: RecordKind::Hour,
        statistic: LimitStatistic::Avg,
        lower: None,
        upper: Some("35".parse().unwrap()),
        validity: Validity::ALWAYS,
        origin: LimitOrigin::Permit,
        basis: "PERMIT-1".to_owned(),
    };
    sites::create_limit(database, clock, &actor, point_id, limit)
        .await
        .unwrap();
    let device = DeviceDetails {
        mn: "010000A8900016F000169DC0".to_owned(),
        name: "模拟数采仪".to_owned(),
        edition: Edition::Hj2017,
        system_type: "31".to_owned(),
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: true,
        channels: vec![Channel {
            point_id,
            factor_code: None,
            validity: Validity::ALWAYS,
        }],
    };
    let key = SealingKey::from_bytes([3; 32]);
    let secrets = Secrets::with_password("123456");
    let device = sites::create_device(database, clock, &key, &actor, device, secrets);
    (device.await.unwrap().id.0, point_id.0, key)
}
