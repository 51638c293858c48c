//! The public stations that published figures belong to, registered where they are not yet.

use access::RegionCode;
use anyhow::{Context, bail};
use beijing_time::SystemClock;
use serde::Deserialize;
use sites::{
    DeviceDirectory, DirectoryPoint, FactorDetails, Medium, PeriodLabel, PointDetails, Position,
    SiteDetails, SiteKind, Timetable,
};

use super::super::Store;
use crate::city_data;

/// The code of the point of each station.
pub(super) const POINT_CODE: &str = "AIR";

/// What published figures are in.
const FACTORS: [(&str, &str, u32); 6] = [
    ("a21026", "μg/m³", 0),
    ("a21004", "μg/m³", 0),
    ("a21005", "mg/m³", 1),
    ("a05024", "μg/m³", 0),
    ("a34002", "μg/m³", 0),
    ("a34004", "μg/m³", 0),
];

/// A public station.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AirStation {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) name_en: String,
    pub(super) region: String,
    pub(super) longitude: Option<f64>,
    pub(super) latitude: Option<f64>,
    /// No station: figures of the city as a whole.
    #[serde(default)]
    pub(super) is_whole_city: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StationsFile {
    station: Vec<AirStation>,
}

/// The stations that come with the program.
///
/// # Errors
/// When the list is damaged.
pub(super) fn shipped() -> anyhow::Result<Vec<AirStation>> {
    let file: StationsFile =
        toml::from_str(city_data::AIR_STATIONS).context("the list of public air stations")?;
    Ok(file.station)
}

fn find_point<'d>(directory: &'d DeviceDirectory, code: &str) -> Option<&'d DirectoryPoint> {
    directory
        .points()
        .find(|point| point.site.code == code && point.details.code == POINT_CODE)
        .map(AsRef::as_ref)
}

fn plain(unit: &str) -> String {
    unit.replace(['µ', 'μ'], "u").replace('³', "3")
}

/// Stations that are not registered yet.
///
/// # Errors
/// When one that is registered measures in other units than the published figures are in.
pub(super) fn list_missing<'s>(
    directory: &DeviceDirectory,
    stations: &[&'s AirStation],
) -> anyhow::Result<Vec<&'s AirStation>> {
    let mut missing = Vec::new();
    for station in stations {
        let Some(point) = find_point(directory, &station.code) else {
            missing.push(*station);
            continue;
        };
        for (code, unit, _) in FACTORS {
            let own = point.factor(code).map(|factor| plain(&factor.unit));
            if own.is_some_and(|own| own != plain(unit)) {
                bail!(
                    "the point {POINT_CODE} of {} measures {code} in another unit than {unit}\nhint: correct the factor's unit first",
                    station.code
                );
            }
        }
    }
    Ok(missing)
}

/// Registers stations with their point and factors. The points are switched off: nothing comes from
/// them, and nothing is missing.
///
/// # Errors
/// When a region is not there, or the database cannot be written.
pub(super) async fn register(store: &Store, stations: &[&AirStation]) -> anyhow::Result<()> {
    for station in stations {
        register_one(store, station)
            .await
            .with_context(|| format!("cannot register the station {}", station.code))?;
    }
    Ok(())
}

async fn register_one(store: &Store, station: &AirStation) -> anyhow::Result<()> {
    let (database, clock, actor) = (&store.database, &SystemClock, &store.actor);
    let region: RegionCode = station.region.parse()?;
    let (name_zh, name_en, address) = if station.is_whole_city {
        (
            format!("{}市区日均值（第三方）", station.name),
            format!("Daily figures of the {} (third party)", station.name_en),
            "非官方数据，不完整 / not official, not complete",
        )
    } else {
        (
            format!("{}（公开数据）", station.name),
            format!("{} (published data)", station.name_en),
            "公开发布的数据，不完整 / published figures, not complete",
        )
    };
    let position = station
        .longitude
        .zip(station.latitude)
        .map(|(longitude, latitude)| Position {
            longitude,
            latitude,
        });
    let site = SiteDetails {
        code: station.code.clone(),
        organisation_id: None,
        region_code: region,
        kind: SiteKind::AirStation,
        name_zh,
        name_en,
        address: address.to_owned(),
        position,
        is_key: false,
        is_simulated: false,
    };
    let directory = store.load_directory().await?;
    let known = directory
        .points()
        .find(|point| point.site.code == station.code)
        .map(|point| point.site_id);
    let site_id = match known {
        Some(id) => id,
        None => sites::create_site(database, clock, actor, site).await?.id,
    };
    let point = PointDetails {
        code: POINT_CODE.to_owned(),
        medium: Medium::Air,
        name_zh: "环境空气".to_owned(),
        name_en: "Ambient air".to_owned(),
        position: None,
        period_label: PeriodLabel::End,
        timetable: Timetable {
            realtime_interval_s: None,
            minute_interval_min: None,
            is_hour_expected: false,
            is_day_expected: false,
        },
        is_enabled: false,
    };
    let point = sites::create_point(database, clock, actor, site_id, point).await?;
    for (order, (code, unit, decimals)) in (1..).zip(FACTORS) {
        let factor = FactorDetails {
            factor_code: code.to_owned(),
            unit: unit.to_owned(),
            decimals,
            sort_order: order,
            is_expected: false,
        };
        sites::create_factor(database, clock, actor, point.id, factor).await?;
    }
    Ok(())
}
