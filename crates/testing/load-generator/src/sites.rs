//! The loggers as files for `qingshan sites import`.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use crate::packets::{FACTORS, PASSWORD, SYSTEM_TYPE, mn_of};

/// How many loggers one site has.
const DEVICES_OF_SITE: usize = 100;

/// Writes regions, sites, points, devices, channels and factors.
pub(crate) fn write_sites(folder: &Path, devices: usize) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in make_sites(devices)? {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn make_sites(devices: usize) -> Result<[(&'static str, String); 6], std::fmt::Error> {
    let regions = "code,name_zh,is_simulated\n430000,湖南省,是\n".to_owned();
    let mut sites = "code,name_zh,kind,region_code,is_simulated\n".to_owned();
    for site in 0..devices.div_ceil(DEVICES_OF_SITE) {
        writeln!(sites, "LOAD{site:05},负载站点{site:05},排污企业,430000,是")?;
    }
    let mut points = "site_code,code,name_zh,medium,realtime_interval_s\n".to_owned();
    let mut loggers = "mn,name,password,edition,system_type,is_simulated\n".to_owned();
    let mut channels = "mn,site_code,point_code\n".to_owned();
    let mut factors = "site_code,point_code,factor_code\n".to_owned();
    for device in 0..devices {
        let site = device / DEVICES_OF_SITE;
        let point = format!("DA{:03}", device % DEVICES_OF_SITE + 1);
        let mn = mn_of(device);
        writeln!(points, "LOAD{site:05},{point},排口{point},废气,60")?;
        writeln!(
            loggers,
            "{mn},数采仪{device},{PASSWORD},2017,{SYSTEM_TYPE},是"
        )?;
        writeln!(channels, "{mn},LOAD{site:05},{point}")?;
        for factor in FACTORS {
            writeln!(factors, "LOAD{site:05},{point},{factor}")?;
        }
    }
    Ok([
        ("regions.csv", regions),
        ("sites.csv", sites),
        ("points.csv", points),
        ("devices.csv", loggers),
        ("channels.csv", channels),
        ("factors.csv", factors),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_logger_has_its_point_and_factors() {
        let files = make_sites(101).expect("text");
        let rows: Vec<usize> = files
            .iter()
            .map(|(_name, text)| text.lines().count() - 1)
            .collect();
        assert_eq!(rows, [1, 2, 101, 101, 101, 101 * FACTORS.len()]);
        let devices = &files[3].1;
        assert!(devices.contains(&mn_of(100)));
    }
}
