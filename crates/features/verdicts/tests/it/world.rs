//! A city of four points, each with a logger of its own, and the way from packets to verdicts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Actor, RegionCode};
use beijing_time::{FixedClock, HOUR_MS, SystemClock, Timestamp};
use bytes::Bytes;
use database::Database;
use hj212::Edition;
use monitoring::import::{ImportFile, ImportOrigin, ImportRow, import_records};
use monitoring::{
    ArrivedPacket, CommitSink, Interpreter, InterpreterSettings, Journal, JournalSettings,
    LiveFeed, PacketId, PacketOrigin,
};
use sites::{
    Channel, DeviceDetails, DeviceQuirks, DirectoryHandle, FactorDetails, LimitDetails,
    LimitOrigin, LimitStatistic, Medium, PeriodLabel, PointDetails, PointId, RecordKind,
    RegionDetails, SealingKey, Secrets, SiteDetails, SiteId, SiteKind, Timetable, Validity,
};
use tokio::sync::Notify;
use verdicts::{
    Followed, Rulebook, SettingsProgress, VerdictsContext, follow_changes, follow_settings,
};

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) directory: DirectoryHandle,
    pub(crate) rulebook: Rulebook,
    /// One for all runs, as the job has it.
    progress: tokio::sync::Mutex<SettingsProgress>,
    pub(crate) now: Timestamp,
    pub(crate) air: i64,
    pub(crate) section: i64,
    pub(crate) gas: i64,
    pub(crate) water: i64,
    devices: [i64; 4],
}

/// Which logger sends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sender {
    Air = 0,
    Section = 1,
    Gas = 2,
    Water = 3,
}

const AIR: [(&str, &str, u32); 6] = [
    ("a21026", "ug/m3", 0),
    ("a21004", "ug/m3", 0),
    ("a21005", "mg/m3", 1),
    ("a05024", "ug/m3", 0),
    ("a34002", "ug/m3", 0),
    ("a34004", "mg/m3", 3),
];

const SECTION: [(&str, &str, u32); 5] = [
    ("w01001", "无量纲", 2),
    ("w01009", "mg/L", 2),
    ("w01019", "mg/L", 2),
    ("w21003", "mg/L", 3),
    ("w21011", "mg/L", 3),
];

impl World {
    pub(crate) async fn build(database: &Database) -> Self {
        let (clock, actor) = (clock(), Actor::built_in_operator());
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
        sites::install_regions(database, &clock, &actor, regions)
            .await
            .unwrap();
        let site = build_site(database).await;
        let end = PeriodLabel::End;
        let air = build_point(database, site, "A1", Medium::Air, end, &AIR).await;
        let start = PeriodLabel::Start;
        let medium = Medium::SurfaceWater;
        let section = build_point(database, site, "W1", medium, start, &SECTION).await;
        let gas_factors = [("a21026", "mg/m3", 2), ("a21002", "mg/m3", 2)];
        let medium = Medium::WasteGas;
        let gas = build_point(database, site, "DA001", medium, start, &gas_factors).await;
        let water_factors = [("w01018", "mg/L", 1), ("w00000", "L/s", 2)];
        let medium = Medium::WasteWater;
        let water = build_point(database, site, "DW001", medium, start, &water_factors).await;
        for (point, factor, statistic, upper) in [
            (gas, "a21026", LimitStatistic::ZsAvg, "35"),
            (gas, "a21002", LimitStatistic::ZsAvg, "50"),
            (water, "w01018", LimitStatistic::Avg, "50"),
        ] {
            let limit = LimitDetails {
                factor_code: factor.to_owned(),
                kind: RecordKind::Hour,
                statistic,
                lower: None,
                upper: Some(upper.parse().unwrap()),
                validity: Validity::ALWAYS,
                origin: LimitOrigin::Permit,
                basis: "模拟许可".to_owned(),
            };
            sites::create_limit(database, &clock, &actor, point, limit)
                .await
                .unwrap();
        }
        let key = SealingKey::from_bytes([3; 32]);
        let mut devices = [0; 4];
        for (place, point) in [air, section, gas, water].into_iter().enumerate() {
            devices[place] = build_device(database, &key, place, point).await;
        }
        Self {
            database: database.clone(),
            directory: DirectoryHandle::open(database, key).await.unwrap(),
            rulebook: Rulebook::shipped().unwrap(),
            progress: tokio::sync::Mutex::default(),
            now: at("2018-06-10T12:00:00+08:00"),
            air: air.0,
            section: section.0,
            gas: gas.0,
            water: water.0,
            devices,
        }
    }

    /// Sends packets, in batches of so many, and waits until they are records.
    pub(crate) async fn feed(&self, packets: &[(Sender, Bytes)], batch: usize) {
        let sink = Arc::new(Sink::default());
        let settings = JournalSettings {
            linger: Duration::from_millis(2),
            ..JournalSettings::default()
        };
        let (journal, journal_task) =
            Journal::start(self.database.clone(), Arc::new(SystemClock), settings);
        let settings = InterpreterSettings {
            linger: Duration::from_millis(2),
            look: Duration::from_millis(20),
            ..InterpreterSettings::default()
        };
        let task = Interpreter::start(
            self.database.clone(),
            self.directory.clone(),
            journal.committed(),
            LiveFeed::default(),
            Arc::new(SystemClock),
            settings,
        );
        let mut sent = 0;
        for part in packets.chunks(batch) {
            let arrived = part
                .iter()
                .map(|(sender, bytes)| ArrivedPacket {
                    bytes: bytes.clone(),
                    received_at: self.now,
                    device_id: self.devices[*sender as usize],
                    origin: PacketOrigin::Live,
                    peer: "192.0.2.1:5000".into(),
                    tag: 0,
                    sink: Arc::clone(&sink) as Arc<dyn CommitSink>,
                })
                .collect();
            journal.put_all(arrived).await.unwrap();
            sent += part.len();
            sink.wait(sent).await;
        }
        let last = *journal.committed().borrow();
        let mut checkpoint = task.handle().checkpoint();
        tokio::time::timeout(PATIENCE, checkpoint.wait_for(|at| *at >= last))
            .await
            .expect("interpreted in time")
            .unwrap();
        task.finish(PATIENCE).await;
        journal_task.finish(PATIENCE).await;
    }

    /// Imports a day's record of the air station with these daily values; the import's number.
    pub(crate) async fn import_day(&self, day: &str, values: &[(&str, &str)]) -> i64 {
        let (sender, receiver) = tokio::sync::mpsc::channel(values.len());
        for (factor, value) in values {
            let cells = ["S1", "A1", "day", day, factor, value].map(str::to_owned);
            let row = ImportRow {
                number: 2,
                cells: cells.to_vec(),
                defect: None,
            };
            sender.try_send(row).unwrap();
        }
        drop(sender);
        let file = ImportFile {
            name: "日均值.csv".to_owned(),
            sm3: day.to_owned(),
            label: PeriodLabel::Start,
            origin: ImportOrigin::ThirdParty,
            source: "第三方".to_owned(),
        };
        let heading = ["site", "point", "kind", "time", "factor", "avg"].map(str::to_owned);
        let directory = self.directory.current();
        let actor = Actor::built_in_operator();
        let about = (&file, &heading[..]);
        let clock = FixedClock::new(self.now);
        let summary = import_records(&self.database, &directory, &clock, &actor, about, receiver)
            .await
            .unwrap();
        assert_eq!(summary.problems, []);
        summary.import_id.unwrap()
    }

    /// Takes in everything that waits, at most so many changes at once.
    pub(crate) async fn follow(&self, most: u32) -> Vec<Followed> {
        let mut runs = Vec::new();
        let directory = self.directory.current();
        let context = self.context(&directory);
        let mut progress = self.progress.lock().await;
        loop {
            let settings = follow_settings(&context, &mut progress).await.unwrap();
            let data = follow_changes(&context, most).await.unwrap();
            if settings.taken + data.taken == 0 {
                return runs;
            }
            runs.push(settings);
            runs.push(data);
        }
    }

    pub(crate) fn context<'a>(
        &'a self,
        directory: &'a sites::DeviceDirectory,
    ) -> VerdictsContext<'a> {
        VerdictsContext {
            database: &self.database,
            directory,
            rulebook: &self.rulebook,
            now: self.now,
        }
    }
}

pub(crate) fn clock() -> FixedClock {
    FixedClock::new(at("2018-06-10T12:00:00+08:00"))
}

fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

async fn build_site(database: &Database) -> SiteId {
    let details = SiteDetails {
        code: "S1".to_owned(),
        organisation_id: None,
        region_code: code("430421"),
        kind: SiteKind::Other,
        name_zh: "模拟站点".to_owned(),
        name_en: "Simulated site".to_owned(),
        address: String::new(),
        position: None,
        is_key: false,
        is_simulated: true,
    };
    let actor = Actor::built_in_operator();
    sites::create_site(database, &clock(), &actor, details)
        .await
        .unwrap()
        .id
}

async fn build_point(
    database: &Database,
    site: SiteId,
    code: &str,
    medium: Medium,
    period_label: PeriodLabel,
    factors: &[(&str, &str, u32)],
) -> PointId {
    let details = PointDetails {
        code: code.to_owned(),
        medium,
        name_zh: format!("模拟{code}"),
        name_en: format!("Simulated {code}"),
        position: None,
        period_label,
        timetable: Timetable {
            realtime_interval_s: None,
            minute_interval_min: (medium == Medium::WasteGas).then_some(10),
            is_hour_expected: true,
            is_day_expected: false,
        },
        is_enabled: true,
    };
    let actor = Actor::built_in_operator();
    let point = sites::create_point(database, &clock(), &actor, site, details)
        .await
        .unwrap()
        .id;
    for (order, (code, unit, decimals)) in factors.iter().enumerate() {
        let factor = FactorDetails {
            factor_code: (*code).to_owned(),
            unit: (*unit).to_owned(),
            decimals: *decimals,
            sort_order: i64::try_from(order).unwrap(),
            is_expected: true,
        };
        sites::create_factor(database, &clock(), &actor, point, factor)
            .await
            .unwrap();
    }
    point
}

fn mn(place: usize) -> String {
    format!("010000A8900016F000169DC{place}")
}

async fn build_device(
    database: &Database,
    key: &SealingKey,
    place: usize,
    point_id: PointId,
) -> i64 {
    let details = DeviceDetails {
        mn: mn(place),
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
    let secrets = Secrets::with_password("123456");
    let actor = Actor::built_in_operator();
    sites::create_device(database, &clock(), key, &actor, details, secrets)
        .await
        .unwrap()
        .id
        .0
}

/// An hour's packet (2061): the hour's START, the seconds of its QN, and `code=value` or
/// `code=value:flag` joined by semicolons; `code.Field=value` names another field than the mean.
pub(crate) fn hour(sender: Sender, start: Timestamp, second: u32, values: &str) -> (Sender, Bytes) {
    // the air station labels by the end
    let label = match sender {
        Sender::Air => start.plus_ms(HOUR_MS),
        _ => start,
    };
    let area: Vec<String> = values
        .split(';')
        .map(|part| {
            let (code, rest) = part.split_once('=').unwrap();
            let (value, flag) = rest.split_once(':').unwrap_or((rest, "N"));
            match code.split_once('.') {
                Some((code, field)) => format!("{code}-{field}={value},{code}-Flag={flag}"),
                None => format!("{code}-Avg={value},{code}-Flag={flag}"),
            }
        })
        .collect();
    let qn = start.plus_ms(2 * HOUR_MS).civil().to_compact();
    let segment = format!(
        "QN={qn}{second:03};ST=31;CN=2061;PW=123456;MN={};Flag=4;CP=&&DataTime={};{}&&",
        mn(sender as usize),
        label.civil().to_compact(),
        area.join(";")
    );
    (sender, hj212::encode_frame(segment.as_bytes()))
}

/// A ten-minute packet (2051) of the gas outlet.
pub(crate) fn ten_minutes(start: Timestamp, values: &str) -> (Sender, Bytes) {
    let qn = start.plus_ms(HOUR_MS).civil().to_compact();
    let segment = format!(
        "QN={qn}000;ST=31;CN=2051;PW=123456;MN={};Flag=4;CP=&&DataTime={};{values}&&",
        mn(Sender::Gas as usize),
        start.civil().to_compact(),
    );
    (Sender::Gas, hj212::encode_frame(segment.as_bytes()))
}

#[derive(Debug, Default)]
struct Sink {
    committed: Mutex<usize>,
    changed: Notify,
}

impl CommitSink for Sink {
    fn committed(&self, _tag: u64, _packet_id: PacketId) {
        *self.committed.lock().unwrap() += 1;
        self.changed.notify_one();
    }
}

impl Sink {
    async fn wait(&self, count: usize) {
        while *self.committed.lock().unwrap() < count {
            self.changed.notified().await;
        }
    }
}
