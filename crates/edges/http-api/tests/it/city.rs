//! A small city for the tests of the API: one enterprise, one waste gas outlet, one device.

use access::Actor;
use exact_decimal::Decimal;
use hj212::Edition;
use sites::{
    Channel, DeviceDetails, DeviceId, DeviceQuirks, FactorDetails, LimitDetails, LimitOrigin,
    LimitStatistic, Medium, PeriodLabel, PointDetails, PointId, Position, RecordKind,
    RegionDetails, Secrets, SiteDetails, SiteId, SiteKind, Timetable, Validity,
};

use crate::app::TestApp;

/// The MN of the device.
pub(crate) const MN: &str = "430421SIM00000000000001";

/// What was made.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "three identifiers")]
pub(crate) struct City {
    pub(crate) site_id: SiteId,
    pub(crate) point_id: PointId,
    pub(crate) device_id: DeviceId,
}

impl TestApp {
    /// Makes the small city and lets the directory know it.
    pub(crate) async fn with_city() -> (Self, City) {
        let app = Self::new().await;
        let city = app.create_city().await;
        (app, city)
    }

    pub(crate) async fn create_city(&self) -> City {
        let (database, clock) = (&self.state.database, &*self.state.clock);
        let actor = Actor::built_in_operator();
        let region = |parent: Option<&str>, name_zh: &str| RegionDetails {
            parent_code: parent.map(|code| code.parse().unwrap()),
            name_zh: name_zh.to_owned(),
            name_en: String::new(),
            position: None,
            is_simulated: false,
        };
        let regions = vec![
            ("430000".parse().unwrap(), region(None, "湖南省")),
            ("430400".parse().unwrap(), region(Some("430000"), "衡阳市")),
            ("430421".parse().unwrap(), region(Some("430400"), "衡阳县")),
        ];
        sites::install_regions(database, clock, &actor, regions)
            .await
            .unwrap();
        self.create_enterprise("430421", "01", MN).await
    }

    /// A county beside the first, with an enterprise of its own.
    pub(crate) async fn create_neighbour(&self, mn: &str) -> City {
        let (database, clock) = (&self.state.database, &*self.state.clock);
        let county = RegionDetails {
            parent_code: Some("430400".parse().unwrap()),
            name_zh: "衡南县".to_owned(),
            name_en: String::new(),
            position: None,
            is_simulated: false,
        };
        let counties = vec![("430422".parse().unwrap(), county)];
        sites::install_regions(database, clock, &Actor::built_in_operator(), counties)
            .await
            .unwrap();
        self.create_enterprise("430422", "02", mn).await
    }

    async fn create_enterprise(&self, region: &str, number: &str, mn: &str) -> City {
        let (database, clock) = (&self.state.database, &*self.state.clock);
        let actor = Actor::built_in_operator();
        let site = SiteDetails {
            code: format!("SIM-E{number}"),
            organisation_id: None,
            region_code: region.parse().unwrap(),
            kind: SiteKind::Enterprise,
            name_zh: format!("模拟企业{number}"),
            name_en: format!("Simulated enterprise {number}"),
            address: String::new(),
            position: Some(Position {
                longitude: 112.37,
                latitude: 26.97,
            }),
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
                realtime_interval_s: Some(60),
                minute_interval_min: Some(10),
                is_hour_expected: true,
                is_day_expected: true,
            },
            is_enabled: true,
        };
        let point = sites::create_point(database, clock, &actor, site.id, point)
            .await
            .unwrap();
        for (order, code) in ["a21026", "a21002"].into_iter().enumerate() {
            let factor = FactorDetails {
                factor_code: code.to_owned(),
                unit: "mg/m³".to_owned(),
                decimals: 1,
                sort_order: i64::try_from(order).unwrap(),
                is_expected: true,
            };
            sites::create_factor(database, clock, &actor, point.id, factor)
                .await
                .unwrap();
        }
        let limit = LimitDetails {
            factor_code: "a21026".to_owned(),
            kind: RecordKind::Hour,
            statistic: LimitStatistic::ZsAvg,
            lower: None,
            upper: Some("35".parse::<Decimal>().unwrap()),
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
        let key = self.state.directory.sealing_key();
        let secrets = Secrets::with_password("123456");
        let device = sites::create_device(database, clock, key, &actor, device, secrets)
            .await
            .unwrap();
        self.state.directory.reload(database).await.unwrap();
        City {
            site_id: site.id,
            point_id: point.id,
            device_id: device.id,
        }
    }
}
