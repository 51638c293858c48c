//! A made-up city with air stations whose hours and days are imported, and the way from these to the
//! plan's measures.

use std::collections::BTreeMap;

use access::{Actor, RegionCode};
use beijing_time::{FixedClock, Timestamp};
use city_plan::skeleton;
use database::Database;
use monitoring::import::{ImportFile, ImportOrigin, ImportRow, import_records};
use plan::{FollowedMeasures, MeasuresContext, PlanBook, follow_measures};
use sites::{
    DirectoryHandle, FactorDetails, Medium, PeriodLabel, PointDetails, RegionDetails, SealingKey,
    SiteDetails, SiteKind, Timetable,
};
use tokio::sync::mpsc;
use verdicts::{Rulebook, VerdictsContext, follow_changes};

pub(crate) fn clock() -> FixedClock {
    FixedClock::new("2017-01-10T08:00:00+08:00".parse().unwrap())
}

/// The skeleton's plan ten years earlier: with editions of the standards that are long in force.
pub(crate) fn book() -> PlanBook {
    book_with(|text| text)
}

/// The same with its texts changed.
pub(crate) fn book_with(change: impl Fn(String) -> String) -> PlanBook {
    let mut sources = skeleton();
    for source in &mut sources {
        let mut text = source.text.clone();
        for year in 2025..=2030 {
            text = text.replace(&year.to_string(), &(year - 10).to_string());
        }
        source.text = change(text);
    }
    let book = PlanBook::read(&sources);
    assert_eq!(book.years(), (2015, 2016, 2020));
    book
}

/// Values of an hour or day: SO2, NO2, CO, O3, PM10, PM2.5.
pub(crate) const CLEAN: [&str; 6] = ["12", "30", "0.8", "90", "60", "35"];
/// The same with PM2.5 of 120: an index of 158.
pub(crate) const FOUL: [&str; 6] = ["12", "30", "0.8", "90", "60", "120"];

const FACTORS: [&str; 6] = ["a21026", "a21004", "a21005", "a05024", "a34002", "a34004"];

pub(crate) struct World {
    pub(crate) database: Database,
    directory: DirectoryHandle,
    rulebook: Rulebook,
    pub(crate) clock: FixedClock,
    pub(crate) points: BTreeMap<String, i64>,
}

impl World {
    pub(crate) async fn build(database: &Database) -> Self {
        let actor = Actor::built_in_operator();
        let code = |text: &str| text.parse::<RegionCode>().unwrap();
        let region = |parent: Option<&str>| RegionDetails {
            parent_code: parent.map(code),
            name_zh: "示例".to_owned(),
            name_en: String::new(),
            position: None,
            is_simulated: true,
        };
        let regions = vec![
            (code("990000"), region(None)),
            (code("990100"), region(Some("990000"))),
            (code("990101"), region(Some("990100"))),
        ];
        sites::install_regions(database, &clock(), &actor, regions)
            .await
            .unwrap();
        let key = SealingKey::from_bytes([3; 32]);
        Self {
            database: database.clone(),
            directory: DirectoryHandle::open(database, key).await.unwrap(),
            rulebook: Rulebook::shipped().unwrap(),
            clock: clock(),
            points: BTreeMap::new(),
        }
    }

    pub(crate) async fn add_station(&mut self, code: &str, is_simulated: bool) {
        let actor = Actor::built_in_operator();
        let site = SiteDetails {
            code: code.to_owned(),
            organisation_id: None,
            region_code: "990101".parse().unwrap(),
            kind: SiteKind::AirStation,
            name_zh: format!("站 {code}"),
            name_en: String::new(),
            address: String::new(),
            position: None,
            is_key: false,
            is_simulated,
        };
        let site = sites::create_site(&self.database, &clock(), &actor, site)
            .await
            .unwrap();
        let point = PointDetails {
            code: "AIR".to_owned(),
            medium: Medium::Air,
            name_zh: "空气".to_owned(),
            name_en: String::new(),
            position: None,
            period_label: PeriodLabel::Start,
            timetable: Timetable {
                realtime_interval_s: None,
                minute_interval_min: None,
                is_hour_expected: false,
                is_day_expected: false,
            },
            is_enabled: false,
        };
        let point = sites::create_point(&self.database, &clock(), &actor, site.id, point)
            .await
            .unwrap();
        for (order, factor) in (1..).zip(FACTORS) {
            let unit = if factor == "a21005" {
                "mg/m³"
            } else {
                "μg/m³"
            };
            let factor = FactorDetails {
                factor_code: factor.to_owned(),
                unit: unit.to_owned(),
                decimals: 0,
                sort_order: order,
                is_expected: false,
            };
            sites::create_factor(&self.database, &clock(), &actor, point.id, factor)
                .await
                .unwrap();
        }
        self.directory.reload(&self.database).await.unwrap();
        self.points.insert(code.to_owned(), point.id.0);
    }

    /// Imports the 24 hours of a day of a station.
    pub(crate) async fn import_hours(
        &self,
        station: &str,
        day: &str,
        values: [&str; 6],
        origin: ImportOrigin,
    ) {
        let times = (0..24).map(|hour| format!("{day} {hour:02}:00"));
        self.import(station, "hour", times, (values, origin)).await;
    }

    /// Imports daily values of a station.
    pub(crate) async fn import_days(
        &self,
        station: &str,
        days: impl Iterator<Item = String>,
        values: [&str; 6],
        origin: ImportOrigin,
    ) {
        self.import(station, "day", days, (values, origin)).await;
    }

    async fn import(
        &self,
        station: &str,
        kind: &str,
        times: impl Iterator<Item = String>,
        (values, origin): ([&str; 6], ImportOrigin),
    ) {
        let mut rows = Vec::new();
        for (number, time) in (2..).zip(times) {
            for (factor, value) in FACTORS.into_iter().zip(values) {
                let cells = [station, "AIR", kind, &time, factor, value].map(str::to_owned);
                rows.push(ImportRow {
                    number,
                    cells: cells.to_vec(),
                    defect: None,
                });
            }
        }
        let file = ImportFile {
            name: format!("{station}.csv"),
            sm3: format!("{station} {kind} {}", rows[0].cells[3]),
            label: PeriodLabel::Start,
            origin,
            source: "试".to_owned(),
        };
        let (sender, receiver) = mpsc::channel(rows.len());
        for row in rows {
            sender.try_send(row).unwrap();
        }
        drop(sender);
        let heading = ["site", "point", "kind", "time", "factor", "avg"].map(str::to_owned);
        let directory = self.directory.current();
        let actor = Actor::built_in_operator();
        let about = (&file, &heading[..]);
        let clock = &self.clock;
        let summary = import_records(&self.database, &directory, clock, &actor, about, receiver)
            .await
            .unwrap();
        assert_eq!(summary.problems, []);
    }

    pub(crate) fn now(&self) -> Timestamp {
        beijing_time::Clock::now(&self.clock)
    }

    /// Lets verdicts and measures take in everything that waits.
    pub(crate) async fn follow(&self, book: &PlanBook) -> Vec<FollowedMeasures> {
        let directory = self.directory.current();
        let verdicts = VerdictsContext {
            database: &self.database,
            directory: &directory,
            rulebook: &self.rulebook,
            now: self.now(),
        };
        while follow_changes(&verdicts, 1000).await.unwrap().taken > 0 {}
        let context = MeasuresContext { verdicts, book };
        let mut runs = Vec::new();
        loop {
            let run = follow_measures(&context, 1000).await.unwrap();
            if run == FollowedMeasures::default() {
                return runs;
            }
            runs.push(run);
        }
    }

    /// Opens a measure.
    pub(crate) async fn open(
        &self,
        book: &PlanBook,
        measure: &str,
        year: i32,
    ) -> Result<plan::MeasureYear, plan::PlanError> {
        let directory = self.directory.current();
        let context = MeasuresContext {
            verdicts: VerdictsContext {
                database: &self.database,
                directory: &directory,
                rulebook: &self.rulebook,
                now: self.now(),
            },
            book,
        };
        let key = plan::MeasureKey {
            measure: measure.to_owned(),
            region: "990100".to_owned(),
            year,
        };
        plan::load_measure_year(&context, &Actor::built_in_operator(), &key).await
    }
}
