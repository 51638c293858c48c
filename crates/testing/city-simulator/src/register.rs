//! The city as CSV files for `qingshan sites import`.

use std::path::Path;

use anyhow::{Context, Result};
use hj212::Edition;

use crate::city::City;

/// Writes one file of each sheet into a folder: sites, points, devices with passwords, channels,
/// factors and limits. The regions come from the city's own file.
pub fn write_register(city: &City, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    write_sites(city, folder)?;
    write_points(city, folder)?;
    write_devices(city, folder)?;
    write_factors(city, folder)
}

pub(crate) fn open(
    folder: &Path,
    name: &str,
    columns: &[&str],
) -> Result<csv::Writer<std::fs::File>> {
    let path = folder.join(name);
    let mut writer = csv::Writer::from_path(&path).with_context(|| path.display().to_string())?;
    writer.write_record(columns)?;
    Ok(writer)
}

fn write_sites(city: &City, folder: &Path) -> Result<()> {
    let columns = [
        "code",
        "name_zh",
        "name_en",
        "kind",
        "region_code",
        "longitude",
        "latitude",
        "is_key",
        "is_simulated",
    ];
    let mut writer = open(folder, "sites.csv", &columns)?;
    for site in &city.sites {
        let (longitude, latitude) = (site.longitude.to_string(), site.latitude.to_string());
        writer.write_record([
            site.code.as_str(),
            &site.name_zh,
            &site.name_en,
            &site.kind,
            &site.region,
            &longitude,
            &latitude,
            "是",
            "是",
        ])?;
    }
    writer.flush()?;
    Ok(())
}

fn write_points(city: &City, folder: &Path) -> Result<()> {
    let columns = [
        "site_code",
        "code",
        "name_zh",
        "name_en",
        "medium",
        "period_label",
        "realtime_interval_s",
        "minute_interval_min",
        "is_hour_expected",
        "is_day_expected",
    ];
    let mut writer = open(folder, "points.csv", &columns)?;
    for point in &city.points {
        let Some(site) = city.site_of(point) else {
            continue;
        };
        let label = if point.is_labelled_by_end {
            "end"
        } else {
            "start"
        };
        writer.write_record([
            site.code.as_str(),
            &point.code,
            &point.name_zh,
            &point.name_en,
            &point.outlet.medium,
            label,
            &point.realtime_interval_s.to_string(),
            &point.minute_interval_min.to_string(),
            "是",
            "是",
        ])?;
    }
    writer.flush()?;
    Ok(())
}

fn write_devices(city: &City, folder: &Path) -> Result<()> {
    let columns = [
        "mn",
        "name",
        "password",
        "edition",
        "system_type",
        "is_simulated",
    ];
    let mut devices = open(folder, "devices.csv", &columns)?;
    let columns = ["mn", "site_code", "point_code", "factor_code"];
    let mut channels = open(folder, "channels.csv", &columns)?;
    for logger in &city.loggers {
        let points: Vec<_> = logger
            .points
            .iter()
            .filter_map(|index| city.points.get(*index))
            .collect();
        let Some(first) = points.first() else {
            continue;
        };
        let edition = match logger.edition {
            Edition::Hjt2005 => "2005",
            Edition::Hj2017 => "2017",
            Edition::Hj2025 => "2025",
        };
        let site = city.site_of(first).context("every point has a site")?;
        devices.write_record([
            logger.mn.as_str(),
            &format!("{} 数采仪", site.name_zh),
            &logger.password,
            edition,
            &first.outlet.system_type,
            "是",
        ])?;
        for point in &points {
            if points.len() == 1 {
                channels.write_record([logger.mn.as_str(), &site.code, &point.code, ""])?;
                continue;
            }
            for factor in &point.outlet.factors {
                channels.write_record([
                    logger.mn.as_str(),
                    &site.code,
                    &point.code,
                    &factor.code,
                ])?;
            }
        }
    }
    devices.flush()?;
    channels.flush()?;
    Ok(())
}

fn write_factors(city: &City, folder: &Path) -> Result<()> {
    let columns = [
        "site_code",
        "point_code",
        "factor_code",
        "unit",
        "decimals",
        "sort_order",
    ];
    let mut factors = open(folder, "factors.csv", &columns)?;
    let columns = [
        "site_code",
        "point_code",
        "factor_code",
        "kind",
        "statistic",
        "lower",
        "upper",
        "origin",
        "basis",
    ];
    let mut limits = open(folder, "limits.csv", &columns)?;
    for point in &city.points {
        let Some(site) = city.site_of(point) else {
            continue;
        };
        for (factor, order) in point.outlet.factors.iter().zip(1..) {
            factors.write_record([
                site.code.as_str(),
                &point.code,
                &factor.code,
                &factor.unit,
                &factor.decimals.to_string(),
                &order.to_string(),
            ])?;
            let bounds = [factor.lower.as_deref(), factor.upper.as_deref()];
            if bounds == [None, None] {
                continue;
            }
            let [lower, upper] = bounds.map(Option::unwrap_or_default);
            let statistics = if factor.converted {
                [("realtime", "zs_rtd"), ("hour", "zs_avg")]
            } else {
                [("realtime", "rtd"), ("hour", "avg")]
            };
            for (kind, statistic) in statistics {
                limits.write_record([
                    site.code.as_str(),
                    &point.code,
                    &factor.code,
                    kind,
                    statistic,
                    lower,
                    upper,
                    "permit",
                    &point.outlet.basis,
                ])?;
            }
        }
    }
    factors.flush()?;
    limits.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_has_a_row_for_everything() {
        let city = City::hengyang(1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write_register(&city, folder.path()).unwrap();
        let rows = |name: &str| {
            csv::Reader::from_path(folder.path().join(name))
                .unwrap()
                .records()
                .flatten()
                .count()
        };
        assert_eq!(rows("sites.csv"), city.sites.len());
        assert_eq!(rows("points.csv"), city.points.len());
        assert_eq!(rows("devices.csv"), city.loggers.len());
        assert!(rows("channels.csv") > city.loggers.len());
        assert!(rows("limits.csv") > 100 && rows("factors.csv") > rows("points.csv"));
    }
}
