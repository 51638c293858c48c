//! A small city for the tests: an outlet with one logger, a second outlet on the same logger, an
//! air station that labels its periods by their end.

use std::sync::Arc;

use access::{Actor, RegionCode};
use beijing_time::{FixedClock, Timestamp};
use bytes::Bytes;
use database::Database;
use hj212::Edition;
use monitoring::{PacketId, PacketOrigin, StoredPacket};
use sites::{
    Channel, DeviceDetails, DeviceKey, DeviceQuirks, DirectoryHandle, Medium, PeriodLabel,
    PointDetails, PointId, RegionDetails, SealingKey, SecretChange, Secrets, SiteDetails, SiteId,
    SiteKind, Timetable, Validity,
};

pub(crate) const KEY: [u8; 16] = *b"0123456789abcdef";

pub(crate) struct City {
    pub(crate) directory: DirectoryHandle,
    /// Waste gas, everything but `w…` of the first logger.
    pub(crate) gas: i64,
    /// Waste water: `w01018` of the first logger.
    pub(crate) water: i64,
    /// Air, labelled by the end.
    pub(crate) air: i64,
    /// Serves gas and water.
    pub(crate) logger: i64,
    /// Serves air; encrypts.
    pub(crate) station: i64,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn clock() -> FixedClock {
    FixedClock::new(at("2016-05-04T12:00:00+08:00"))
}

pub(crate) fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

async fn build_site(database: &Database) -> SiteId {
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
        (code("430422"), region(Some("430400"), "衡南县")),
    ];
    sites::install_regions(database, &clock, &actor, regions)
        .await
        .unwrap();
    let details = SiteDetails {
        code: "E1".to_owned(),
        organisation_id: None,
        region_code: code("430421"),
        kind: SiteKind::Enterprise,
        name_zh: "模拟企业".to_owned(),
        name_en: "Simulated enterprise".to_owned(),
        address: "模拟路 1 号".to_owned(),
        position: None,
        is_key: true,
        is_simulated: true,
    };
    sites::create_site(database, &clock, &actor, details)
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
) -> PointId {
    let details = PointDetails {
        code: code.to_owned(),
        medium,
        name_zh: format!("排口{code}"),
        name_en: format!("Outlet {code}"),
        position: None,
        period_label,
        timetable: Timetable {
            realtime_interval_s: Some(60),
            minute_interval_min: Some(10),
            is_hour_expected: true,
            is_day_expected: true,
        },
        is_enabled: true,
    };
    let actor = Actor::built_in_operator();
    sites::create_point(database, &clock(), &actor, site, details)
        .await
        .unwrap()
        .id
}

pub(crate) async fn build(database: &Database) -> City {
    let (clock, actor) = (clock(), Actor::built_in_operator());
    let site = build_site(database).await;
    let start = PeriodLabel::Start;
    let gas = build_point(database, site, "DA001", Medium::WasteGas, start).await;
    let water = build_point(database, site, "DW001", Medium::WasteWater, start).await;
    let air = build_point(database, site, "AIR", Medium::Air, PeriodLabel::End).await;
    let sealing_key = SealingKey::from_bytes([3; 32]);
    let channel = |point_id: PointId, factor: Option<&str>| Channel {
        point_id,
        factor_code: factor.map(ToOwned::to_owned),
        validity: Validity::ALWAYS,
    };
    let mut devices = Vec::new();
    for (mn, edition, channels, key) in [
        (
            "010000A8900016F000169DC0",
            Edition::Hj2017,
            vec![channel(gas, None), channel(water, Some("w01018"))],
            SecretChange::Keep,
        ),
        (
            "010000A8900016F000169DC1",
            Edition::Hj2025,
            vec![channel(air, None)],
            SecretChange::Set(DeviceKey::new(KEY)),
        ),
    ] {
        let details = DeviceDetails {
            mn: mn.to_owned(),
            name: "模拟数采仪".to_owned(),
            edition,
            system_type: "31".to_owned(),
            quirks: DeviceQuirks::default(),
            validity: Validity::ALWAYS,
            is_enabled: true,
            is_simulated: true,
            channels,
        };
        let secrets = Secrets {
            key,
            ..Secrets::with_password("123456")
        };
        let device = sites::create_device(database, &clock, &sealing_key, &actor, details, secrets)
            .await
            .unwrap();
        devices.push(device.id);
    }
    let [logger, station] = devices[..] else {
        panic!("two devices");
    };
    City {
        directory: DirectoryHandle::open(database, sealing_key).await.unwrap(),
        gas: gas.0,
        water: water.0,
        air: air.0,
        logger: logger.0,
        station: station.0,
    }
}

/// A frame of the first logger: QN, command, data area.
pub(crate) fn frame(qn: &str, command: &str, area: &str) -> Bytes {
    let segment = format!(
        "QN={qn};ST=31;CN={command};PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&{area}&&"
    );
    hj212::encode_frame(segment.as_bytes())
}

/// A frame as stored, received at a time.
pub(crate) fn stored(device_id: i64, received: &str, bytes: Bytes) -> StoredPacket {
    StoredPacket {
        id: PacketId(65_536),
        received_at: at(received),
        device_id,
        origin: PacketOrigin::Live,
        peer: Arc::from("192.0.2.1:5000"),
        bytes,
    }
}
