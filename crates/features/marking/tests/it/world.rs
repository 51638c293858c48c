//! A small city for the tests: two enterprises in two counties, each with one waste gas outlet whose
//! device sends hours of autumn 2026.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Actor, Permission, RegionCode, Scope};
use beijing_time::{Clock, FixedClock, HOUR_MS, StatDay, SystemClock, Timestamp};
use bytes::Bytes;
use database::Database;
use hj212::Edition;
use marking::{Marking, NewMarking, NewReviewOfMarking, Verdict};
use monitoring::layers::{Mark, Subject};
use monitoring::rates::{RateCounts, compute_dirty_days, load_rate_inputs};
use monitoring::{
    ArrivedPacket, CommitSink, Interpreter, InterpreterSettings, Journal, JournalSettings,
    LiveFeed, PacketId, PacketOrigin, derive_dirty,
};
use sites::{
    Channel, DeviceDetails, DeviceQuirks, DirectoryHandle, FactorDetails, LimitDetails,
    LimitOrigin, LimitStatistic, Medium, PeriodLabel, PointDetails, RegionDetails, SealingKey,
    Secrets, SiteDetails, SiteKind, Timetable, Validity,
};
use standards::Parameters;
use tokio::sync::Notify;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An hour of the 24th of November 2026, a Tuesday.
pub(crate) fn hour(hour: i64) -> Timestamp {
    at("2026-11-24T00:00:00+08:00").plus_ms(hour * HOUR_MS)
}

pub(crate) fn region(text: &str) -> RegionCode {
    text.parse().unwrap()
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

pub(crate) struct Outlet {
    pub(crate) site: i64,
    pub(crate) point: i64,
    device: i64,
    mn: &'static str,
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) directory: DirectoryHandle,
    pub(crate) clock: FixedClock,
    pub(crate) parameters: Parameters,
    pub(crate) own: Outlet,
    pub(crate) other: Outlet,
    /// The enterprise of the first outlet.
    pub(crate) enterprise: Actor,
    /// The enterprise of the second.
    pub(crate) rival: Actor,
    /// Somebody of the bureau, for the whole city.
    pub(crate) reviewer: Actor,
}

fn actor(name: &str, scope: Scope, permissions: &[Permission]) -> Actor {
    Actor {
        name: name.to_owned(),
        permissions: permissions.iter().copied().collect(),
        scope,
        address: None,
    }
}

fn factor(code: &str, sort_order: i64) -> FactorDetails {
    FactorDetails {
        factor_code: code.to_owned(),
        unit: "mg/m³".to_owned(),
        decimals: 1,
        sort_order,
        is_expected: true,
    }
}

async fn build_outlet(
    (database, clock, key): (&Database, &dyn Clock, &SealingKey),
    (county, code, mn): (&str, &str, &'static str),
) -> Outlet {
    let actor = Actor::built_in_operator();
    let site = SiteDetails {
        code: code.to_owned(),
        organisation_id: None,
        region_code: region(county),
        kind: SiteKind::Enterprise,
        name_zh: format!("模拟企业{code}"),
        name_en: format!("Simulated enterprise {code}"),
        address: String::new(),
        position: None,
        is_key: true,
        is_simulated: true,
    };
    let site = sites::create_site(database, clock, &actor, site)
        .await
        .unwrap();
    let point = PointDetails {
        code: "DA001".to_owned(),
        medium: Medium::WasteGas,
        name_zh: "1号排口".to_owned(),
        name_en: "Outlet 1".to_owned(),
        position: None,
        period_label: PeriodLabel::Start,
        timetable: Timetable {
            realtime_interval_s: None,
            minute_interval_min: None,
            is_hour_expected: true,
            is_day_expected: true,
        },
        is_enabled: true,
    };
    let point = sites::create_point(database, clock, &actor, site.id, point)
        .await
        .unwrap();
    for (order, code) in (0..).zip(["a21026", "a21002"]) {
        sites::create_factor(database, clock, &actor, point.id, factor(code, order))
            .await
            .unwrap();
    }
    let limit = LimitDetails {
        factor_code: "a21026".to_owned(),
        kind: sites::RecordKind::Hour,
        statistic: LimitStatistic::Avg,
        lower: None,
        upper: Some("35".parse().unwrap()),
        validity: Validity::ALWAYS,
        origin: LimitOrigin::Manual,
        basis: "for the test".to_owned(),
    };
    sites::create_limit(database, clock, &actor, point.id, limit)
        .await
        .unwrap();
    let device = DeviceDetails {
        mn: mn.to_owned(),
        name: "模拟数采仪".to_owned(),
        edition: Edition::Hj2017,
        system_type: "31".to_owned(),
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: true,
        channels: vec![Channel {
            point_id: point.id,
            factor_code: None,
            validity: Validity::ALWAYS,
        }],
    };
    let secrets = Secrets::with_password("123456");
    let device = sites::create_device(database, clock, key, &actor, device, secrets)
        .await
        .unwrap();
    Outlet {
        site: site.id.0,
        point: point.id.0,
        device: device.id.0,
        mn,
    }
}

impl World {
    /// The clock stands on Wednesday noon, the 25th of November 2026.
    pub(crate) async fn build(database: Database) -> Self {
        let clock = FixedClock::new(at("2026-11-25T12:00:00+08:00"));
        let operator = Actor::built_in_operator();
        let details = |parent: Option<&str>, name: &str| RegionDetails {
            parent_code: parent.map(region),
            name_zh: name.to_owned(),
            name_en: String::new(),
            position: None,
            is_simulated: false,
        };
        let regions = vec![
            (region("430000"), details(None, "湖南省")),
            (region("430400"), details(Some("430000"), "衡阳市")),
            (region("430421"), details(Some("430400"), "衡阳县")),
            (region("430422"), details(Some("430400"), "衡南县")),
        ];
        sites::install_regions(&database, &clock, &operator, regions)
            .await
            .unwrap();
        let key = SealingKey::from_bytes([3; 32]);
        let with = (&database, &clock as &dyn Clock, &key);
        let own = build_outlet(with, ("430421", "E1", "430421SIM00000000000001")).await;
        let other = build_outlet(with, ("430422", "E2", "430422SIM00000000000002")).await;
        let marks = [Permission::ReadData, Permission::MarkData];
        let reviews = [Permission::ReadData, Permission::ReviewData];
        Self {
            directory: DirectoryHandle::open(&database, key).await.unwrap(),
            parameters: Parameters::shipped().unwrap(),
            enterprise: actor("user:own", Scope::Sites([own.site].into()), &marks),
            rival: actor("user:rival", Scope::Sites([other.site].into()), &marks),
            reviewer: actor("user:bureau", Scope::Region(region("430400")), &reviews),
            database,
            clock,
            own,
            other,
        }
    }

    /// Sends hours of the first outlet: start, both values, their flag.
    pub(crate) async fn send(&self, hours: &[(Timestamp, &str, &str)]) {
        let mut areas = Vec::new();
        for (time, value, flag) in hours {
            let stamp = time.civil().to_compact();
            let area = format!(
                "DataTime={stamp};a21026-Avg={value},a21026-Cou={value},a21026-Flag={flag};\
                 a21002-Avg={value},a21002-Cou=1,a21002-Flag={flag}"
            );
            areas.push((time.plus_ms(HOUR_MS), "2061", area));
        }
        self.send_areas(&areas).await;
    }

    pub(crate) async fn send_areas(&self, areas: &[(Timestamp, &str, String)]) {
        let sink = Arc::new(Sink::default());
        let time: Arc<dyn Clock> = Arc::new(SystemClock);
        let (journal, journal_task) = Journal::start(
            self.database.clone(),
            Arc::clone(&time),
            JournalSettings::default(),
        );
        let interpreter = Interpreter::start(
            self.database.clone(),
            self.directory.clone(),
            journal.committed(),
            LiveFeed::default(),
            time,
            InterpreterSettings::default(),
        );
        let packets = areas.iter().map(|(received_at, command, area)| {
            let qn = received_at.civil().to_compact();
            let segment = format!(
                "QN={qn}000;ST=31;CN={command};PW=123456;MN={};Flag=5;CP=&&{area}&&",
                self.own.mn
            );
            let bytes: Bytes = hj212::encode_frame(segment.as_bytes());
            ArrivedPacket {
                bytes,
                received_at: *received_at,
                device_id: self.own.device,
                origin: PacketOrigin::Live,
                peer: "192.0.2.1:5000".into(),
                tag: 0,
                sink: Arc::clone(&sink) as Arc<dyn CommitSink>,
            }
        });
        journal.put_all(packets.collect()).await.unwrap();
        while *sink.committed.lock().unwrap() < areas.len() {
            sink.changed.notified().await;
        }
        let batch = *journal.committed().borrow();
        let mut checkpoint = interpreter.handle().checkpoint();
        tokio::time::timeout(PATIENCE, checkpoint.wait_for(|at| *at >= batch))
            .await
            .expect("interpreted in time")
            .unwrap();
        interpreter.finish(PATIENCE).await;
        journal_task.finish(PATIENCE).await;
    }

    /// Computes what is dirty and returns the rates of the 24th.
    pub(crate) async fn rates(&self) -> RateCounts {
        let directory = self.directory.current();
        while derive_dirty(&self.database, 1000).await.unwrap() > 0 {}
        while compute_dirty_days(&self.database, &directory, &self.clock, &[], 100)
            .await
            .unwrap()
            > 0
        {}
        let day = StatDay::containing(hour(0));
        let filter = monitoring::rates::RateFilter {
            level: monitoring::rates::RateLevel::Point,
            days: Some((day, day)),
            ..monitoring::rates::RateFilter::default()
        };
        let operator = Actor::built_in_operator();
        let groups =
            monitoring::rates::compute_rates(&self.database, &directory, &operator, &filter)
                .await
                .unwrap();
        let subject = monitoring::rates::RateSubject::Point(self.own.point);
        let kept = groups.iter().find(|group| group.subject == subject);
        let kept = kept.unwrap().counts;
        let (again, _hours) = load_rate_inputs(
            &self.database,
            &directory,
            &self.clock,
            &operator,
            (self.own.point, day),
            &[],
        )
        .await
        .unwrap();
        assert_eq!(kept, again, "what is kept is what would be computed now");
        kept
    }

    pub(crate) fn fault(&self, from: i64, to: i64) -> NewMarking {
        NewMarking {
            id: Uuid::now_v7(),
            subject: Subject {
                point_id: self.own.point,
                kind: None,
                factor_code: None,
                from: hour(from),
                to: hour(to),
            },
            mark: Mark::MonitorFault,
            reason: "采样泵故障".to_owned(),
        }
    }

    pub(crate) async fn submit(
        &self,
        actor: &Actor,
        new: NewMarking,
    ) -> Result<Marking, marking::MarkingError> {
        let directory = self.directory.current();
        marking::submit_marking(
            &self.database,
            &directory,
            &self.clock,
            &self.parameters,
            actor,
            new,
        )
        .await
    }

    pub(crate) async fn review(
        &self,
        actor: &Actor,
        marking: &Marking,
        verdict: Verdict,
    ) -> Result<Marking, marking::MarkingError> {
        let new = NewReviewOfMarking {
            revision: marking.revision,
            verdict,
            reason: "已核查".to_owned(),
        };
        let directory = self.directory.current();
        marking::review_marking(
            &self.database,
            &directory,
            &self.clock,
            actor,
            marking.id,
            new,
        )
        .await
    }
}

pub(crate) async fn trail(database: &Database, subject: &str) -> Vec<String> {
    let entries = database::audit::list_of_subject(database, subject, None, 100)
        .await
        .unwrap();
    entries
        .into_iter()
        .rev()
        .map(|entry| entry.action)
        .collect()
}
