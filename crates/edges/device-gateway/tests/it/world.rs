//! A small city with its gateway.

use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use beijing_time::{Clock, SystemClock};
use commands::{Counter, DeviceSaying, LiveConnections};
use database::Database;
use device_gateway::{Gateway, GatewayHandle, GatewayParts, GatewaySettings};
use hj212::{ChecksumRule, Edition, encode_frame, encode_frame_with};
use monitoring::journal::{list_batches, load_batch};
use monitoring::{
    Journal, JournalSettings, JournalTask, Quarantine, QuarantineSettings, StoredPacket,
};
use sites::{
    Channel, Device, DeviceDetails, DeviceQuirks, DirectoryHandle, Medium, PeriodLabel,
    PointDetails, PointId, RegionDetails, SealingKey, Secrets, SiteDetails, SiteKind, Timetable,
    Validity,
};
use test_support::TestDatabase;
use tokio::sync::mpsc;

use crate::client::{Client, PATIENCE};

pub(crate) const MN: &str = "010000A8900016F000169DC0";
pub(crate) const PASSWORD: &str = "123456";

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) directory: DirectoryHandle,
    pub(crate) point: PointId,
    pub(crate) device: Device,
    pub(crate) journal: Journal,
    pub(crate) journal_task: JournalTask,
    pub(crate) live: Arc<LiveConnections>,
    pub(crate) sayings: mpsc::Receiver<DeviceSaying>,
    pub(crate) gateway: GatewayHandle,
}

/// Settings for tests: any free port.
pub(crate) fn settings() -> GatewaySettings {
    GatewaySettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..GatewaySettings::default()
    }
}

pub(crate) fn journal_settings() -> JournalSettings {
    JournalSettings {
        linger: Duration::from_millis(2),
        retry: Duration::from_millis(20),
        ..JournalSettings::default()
    }
}

fn sealing_key() -> SealingKey {
    SealingKey::from_bytes([3; 32])
}

async fn create_point(database: &Database) -> PointId {
    let timetable = Timetable {
        realtime_interval_s: Some(60),
        minute_interval_min: Some(10),
        is_hour_expected: true,
        is_day_expected: true,
    };
    create_point_of(database, timetable).await
}

pub(crate) async fn create_point_of(database: &Database, timetable: Timetable) -> PointId {
    let (clock, actor) = (SystemClock, Actor::built_in_operator());
    let region = RegionDetails {
        parent_code: None,
        name_zh: "湖南省".to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: false,
    };
    let regions = vec![("430000".parse().unwrap(), region)];
    sites::install_regions(database, &clock, &actor, regions)
        .await
        .unwrap();
    let site = SiteDetails {
        code: "S1".to_owned(),
        organisation_id: None,
        region_code: "430000".parse().unwrap(),
        kind: SiteKind::Enterprise,
        name_zh: "模拟企业".to_owned(),
        name_en: String::new(),
        address: String::new(),
        position: None,
        is_key: true,
        is_simulated: true,
    };
    let site = sites::create_site(database, &clock, &actor, site)
        .await
        .unwrap();
    let point = PointDetails {
        code: "DW001".to_owned(),
        medium: Medium::WasteWater,
        name_zh: "排口".to_owned(),
        name_en: String::new(),
        position: None,
        period_label: PeriodLabel::Start,
        timetable,
        is_enabled: true,
    };
    sites::create_point(database, &clock, &actor, site.id, point)
        .await
        .unwrap()
        .id
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(TestDatabase::sqlite().await, settings(), journal_settings()).await
    }

    /// With a device that breaks the standard.
    pub(crate) async fn start_for(quirks: DeviceQuirks) -> Self {
        let database = TestDatabase::sqlite().await;
        Self::build(database, settings(), journal_settings(), quirks).await
    }

    pub(crate) async fn start_with(
        database: TestDatabase,
        settings: GatewaySettings,
        journal_settings: JournalSettings,
    ) -> Self {
        Self::build(
            database,
            settings,
            journal_settings,
            DeviceQuirks::default(),
        )
        .await
    }

    async fn build(
        database: TestDatabase,
        settings: GatewaySettings,
        journal_settings: JournalSettings,
        quirks: DeviceQuirks,
    ) -> Self {
        let point = create_point(&database).await;
        let directory = DirectoryHandle::open(&database, sealing_key())
            .await
            .unwrap();
        let device = create_device(&database, point, MN, quirks).await;
        directory.reload(&database).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (journal, journal_task) =
            Journal::start(database.handle(), Arc::clone(&clock), journal_settings);
        let quarantine_settings = QuarantineSettings {
            flush: Duration::from_millis(20),
            ..QuarantineSettings::default()
        };
        let (quarantine, _task) = Quarantine::start(database.handle(), quarantine_settings);
        let live = LiveConnections::new();
        let (sender, sayings) = mpsc::channel(64);
        let gateway = Gateway::start(GatewayParts {
            settings,
            clock,
            directory: directory.clone(),
            journal: journal.clone(),
            quarantine,
            connections: Arc::clone(&live),
            sayings: sender,
        })
        .unwrap();
        Self {
            database,
            directory,
            point,
            device,
            journal,
            journal_task,
            live,
            sayings,
            gateway,
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.gateway.local_addr()).await
    }

    pub(crate) async fn add_device(&self, mn: &str, quirks: DeviceQuirks) -> Device {
        let device = create_device(&self.database, self.point, mn, quirks).await;
        self.directory.reload(&self.database).await.unwrap();
        device
    }

    /// All packets in the journal.
    pub(crate) async fn load_packets(&self) -> Vec<StoredPacket> {
        let mut packets = Vec::new();
        for batch in list_batches(&self.database, 0, 1000).await.unwrap() {
            packets.extend(load_batch(&self.database, batch.id).await.unwrap().unwrap());
        }
        packets
    }

    pub(crate) fn count(&self, counter: Counter) -> u64 {
        self.live.counters.get(counter)
    }

    /// Waits until a counter has reached a value.
    pub(crate) async fn wait_for(&self, counter: Counter, value: u64) {
        wait_until(counter.name(), async || self.count(counter) >= value).await;
    }
}

/// Waits for a condition.
pub(crate) async fn wait_until(name: &str, is_met: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_met().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_late| panic!("waited in vain for {name}"));
}

async fn create_device(
    database: &Database,
    point_id: PointId,
    mn: &str,
    quirks: DeviceQuirks,
) -> Device {
    let details = DeviceDetails {
        mn: mn.to_owned(),
        name: "模拟数采仪".to_owned(),
        edition: Edition::Hj2017,
        system_type: "32".to_owned(),
        quirks,
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: true,
        channels: vec![Channel {
            point_id,
            factor_code: None,
            validity: Validity::ALWAYS,
        }],
    };
    sites::create_device(
        database,
        &SystemClock,
        &sealing_key(),
        &Actor::built_in_operator(),
        details,
        Secrets::with_password(PASSWORD),
    )
    .await
    .unwrap()
}

/// The segment of a real-time packet with a request number.
pub(crate) fn segment(mn: &str, password: &str, number: u32) -> String {
    let qn = format!("20260801085857{number:03}");
    format!(
        "QN={qn};ST=32;CN=2011;PW={password};MN={mn};Flag=5;CP=&&DataTime=20260801085800;w01018-Rtd={number}.1,w01018-Flag=N&&"
    )
}

/// A real-time packet of the one device.
pub(crate) fn packet(number: u32) -> bytes::Bytes {
    encode_frame(segment(MN, PASSWORD, number).as_bytes())
}

/// The same with another checksum.
pub(crate) fn packet_with(mn: &str, number: u32, rule: ChecksumRule) -> bytes::Bytes {
    encode_frame_with(segment(mn, PASSWORD, number).as_bytes(), rule)
}

/// The acknowledgement of [`packet`].
pub(crate) fn acknowledgement(mn: &str, number: u32) -> String {
    format!("QN=20260801085857{number:03};ST=91;CN=9014;PW={PASSWORD};MN={mn};Flag=4;CP=&&&&")
}
