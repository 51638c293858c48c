//! A small city for the tests.

use access::{Actor, RegionCode, Scope};
use beijing_time::{FixedClock, Timestamp};
use database::Database;
use hj212::Edition;
use sites::{
    Channel, Device, DeviceDetails, DeviceQuirks, Medium, PeriodLabel, Point, PointDetails,
    PointId, Position, RegionDetails, SealingKey, Secrets, Site, SiteDetails, SiteId, SiteKind,
    Timetable, Validity,
};

pub(crate) fn clock() -> FixedClock {
    FixedClock::new("2026-01-01T08:00:00+08:00".parse().unwrap())
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn operator() -> Actor {
    Actor::built_in_operator()
}

pub(crate) fn officer(region: &str) -> Actor {
    Actor {
        name: "user:officer".to_owned(),
        scope: Scope::Region(code(region)),
        ..Actor::built_in_operator()
    }
}

pub(crate) fn enterprise(sites: &[SiteId]) -> Actor {
    Actor {
        name: "user:enterprise".to_owned(),
        scope: Scope::Sites(sites.iter().map(|id| id.0).collect()),
        ..Actor::built_in_operator()
    }
}

pub(crate) fn sealing_key() -> SealingKey {
    SealingKey::from_bytes([3; 32])
}

pub(crate) fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

pub(crate) fn region(parent: Option<&str>, name_zh: &str) -> RegionDetails {
    RegionDetails {
        parent_code: parent.map(code),
        name_zh: name_zh.to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: false,
    }
}

/// A province, a city and two counties.
pub(crate) async fn install_regions(database: &Database) {
    let regions = vec![
        (code("430000"), region(None, "湖南省")),
        (code("430400"), region(Some("430000"), "衡阳市")),
        (code("430421"), region(Some("430400"), "衡阳县")),
        (code("430422"), region(Some("430400"), "衡南县")),
    ];
    sites::install_regions(database, &clock(), &operator(), regions)
        .await
        .unwrap();
}

pub(crate) fn site_details(code_text: &str, region: &str) -> SiteDetails {
    SiteDetails {
        code: code_text.to_owned(),
        organisation_id: None,
        region_code: code(region),
        kind: SiteKind::Enterprise,
        name_zh: format!("模拟企业{code_text}"),
        name_en: format!("Simulated enterprise {code_text}"),
        address: "模拟路 1 号".to_owned(),
        position: Some(Position {
            longitude: 112.37,
            latitude: 26.97,
        }),
        is_key: true,
        is_simulated: true,
    }
}

pub(crate) async fn create_site(database: &Database, code: &str, region: &str) -> Site {
    sites::create_site(database, &clock(), &operator(), site_details(code, region))
        .await
        .unwrap()
}

pub(crate) fn point_details(code: &str, medium: Medium) -> PointDetails {
    PointDetails {
        code: code.to_owned(),
        medium,
        name_zh: format!("排口{code}"),
        name_en: format!("Outlet {code}"),
        position: None,
        period_label: PeriodLabel::Start,
        timetable: Timetable {
            realtime_interval_s: Some(60),
            minute_interval_min: Some(10),
            is_hour_expected: true,
            is_day_expected: true,
        },
        is_enabled: true,
    }
}

pub(crate) async fn create_point(database: &Database, site: &Site, code: &str) -> Point {
    let details = point_details(code, Medium::WasteGas);
    sites::create_point(database, &clock(), &operator(), site.id, details)
        .await
        .unwrap()
}

pub(crate) fn channel(point_id: PointId, factor: Option<&str>) -> Channel {
    Channel {
        point_id,
        factor_code: factor.map(ToOwned::to_owned),
        validity: Validity::ALWAYS,
    }
}

pub(crate) fn device_details(mn: &str, channels: Vec<Channel>) -> DeviceDetails {
    DeviceDetails {
        mn: mn.to_owned(),
        name: "模拟数采仪".to_owned(),
        edition: Edition::Hj2017,
        system_type: "31".to_owned(),
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: true,
        channels,
    }
}

pub(crate) async fn create_device(database: &Database, mn: &str, channels: Vec<Channel>) -> Device {
    let details = device_details(mn, channels);
    let secrets = Secrets::with_password("123456");
    sites::create_device(
        database,
        &clock(),
        &sealing_key(),
        &operator(),
        details,
        secrets,
    )
    .await
    .unwrap()
}
