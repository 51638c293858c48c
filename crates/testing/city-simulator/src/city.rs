//! The city as data: its sites, points and loggers.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use hj212::Edition;
use serde::Deserialize;

use crate::noise::Noise;
use crate::outlet::{Outlet, load_outlets};

/// The simulated city.
#[derive(Debug, Clone)]
pub struct City {
    /// The seed that everything follows from.
    pub seed: u64,
    /// Its sites.
    pub sites: Vec<SimulatedSite>,
    /// Its monitoring points, by site.
    pub points: Vec<SimulatedPoint>,
    /// Its data loggers.
    pub loggers: Vec<Logger>,
}

/// A site of `cities/hengyang/simulated-sites.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedSite {
    /// Stable code.
    pub code: String,
    /// `enterprise`, `sewage_plant`, `air_station` …
    pub kind: String,
    /// Chinese name; it says that the site is simulated.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Division code of the county (GB/T 2260).
    pub region: String,
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
    /// The kinds of its outlets.
    pub outlets: Vec<String>,
    /// Whether its first gas and its first water outlet hang on one logger.
    #[serde(default)]
    pub has_shared_logger: bool,
}

/// A monitoring point.
#[derive(Debug, Clone)]
pub struct SimulatedPoint {
    /// The place of its site in [`City::sites`].
    pub site: usize,
    /// `DA001`, `DW001` or the station's `S1`.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What kind of outlet it is.
    pub outlet: Outlet,
    /// The name of that kind.
    pub outlet_kind: String,
    /// The place of its logger in [`City::loggers`].
    pub logger: usize,
    /// Seconds between real-time packets.
    pub realtime_interval_s: u32,
    /// Minutes of a minute record.
    pub minute_interval_min: u32,
    /// Whether a period's label is its end (air stations' practice).
    pub is_labelled_by_end: bool,
}

/// A data logger (数采仪).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logger {
    /// MN.
    pub mn: String,
    /// PW.
    pub password: String,
    /// The edition it speaks.
    pub edition: Edition,
    /// The places of its points in [`City::points`].
    pub points: Vec<usize>,
    /// What it does with what it could not send.
    pub memory: Memory,
}

/// What a logger does with what it could not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It keeps it and sends it by itself when the line is up again.
    SendsByItself,
    /// It keeps it and sends it when it is asked (补传).
    SendsWhenAsked,
    /// It loses it: asked, it says that it has no data.
    Forgets,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    site: Vec<SimulatedSite>,
}

impl City {
    /// The city of Hengyang's plan.
    pub fn hengyang(seed: u64) -> Result<Self> {
        Self::from_toml(
            include_str!("../../../../cities/hengyang/simulated-sites.toml"),
            seed,
        )
        .context("cities/hengyang/simulated-sites.toml")
    }

    /// A city from the text of its file of sites.
    pub fn from_toml(text: &str, seed: u64) -> Result<Self> {
        let file: SiteFile = toml::from_str(text)?;
        let outlets = load_outlets()?;
        let mut city = Self {
            seed,
            sites: file.site,
            points: Vec::new(),
            loggers: Vec::new(),
        };
        for index in 0..city.sites.len() {
            city.add_points(index, &outlets)?;
        }
        Ok(city)
    }

    fn add_points(&mut self, index: usize, outlets: &BTreeMap<String, Outlet>) -> Result<()> {
        let site = self.sites.get(index).context("a site of the file")?.clone();
        let edition = self.edition_of(&site);
        let (mut gas, mut water) = (0, 0);
        let mut shared = None;
        for kind in &site.outlets {
            let outlet = outlets
                .get(kind)
                .with_context(|| format!("{}: no outlet is called {kind}", site.code))?
                .clone();
            ensure!(!outlet.factors.is_empty(), "{kind} measures nothing");
            let is_gas = outlet.medium == "waste_gas";
            let is_first = if is_gas { gas == 0 } else { water == 0 };
            let (code, zh, en) = match outlet.medium.as_str() {
                "waste_gas" => {
                    gas += 1;
                    (
                        format!("DA{gas:03}"),
                        format!("{gas}号废气排口"),
                        format!("Gas outlet {gas}"),
                    )
                }
                "waste_water" => {
                    water += 1;
                    let name = if kind == "sewage_in" {
                        ("进水口".to_owned(), "Inlet".to_owned())
                    } else {
                        (
                            format!("{water}号废水排口"),
                            format!("Water outlet {water}"),
                        )
                    };
                    (format!("DW{water:03}"), name.0, name.1)
                }
                "air" => (
                    "S1".to_owned(),
                    "空气自动监测".to_owned(),
                    "Air monitor".to_owned(),
                ),
                _ => (
                    "S1".to_owned(),
                    "水质自动监测".to_owned(),
                    "Water monitor".to_owned(),
                ),
            };
            let logger = match shared {
                Some(logger) if site.has_shared_logger && is_first => logger,
                _ => self.add_logger(edition),
            };
            shared.get_or_insert(logger);
            let point = self.points.len();
            if let Some(logger) = self.loggers.get_mut(logger) {
                logger.points.push(point);
            }
            let is_air = outlet.medium == "air";
            self.points.push(SimulatedPoint {
                site: index,
                name_zh: zh,
                name_en: en,
                code,
                logger,
                realtime_interval_s: if outlet.system_type == "21" { 300 } else { 60 },
                minute_interval_min: if is_air { 5 } else { 10 },
                is_labelled_by_end: is_air,
                outlet,
                outlet_kind: kind.clone(),
            });
        }
        Ok(())
    }

    /// Old plants kept their loggers of 2005, a few have those of 2025.
    fn edition_of(&self, site: &SimulatedSite) -> Edition {
        let noise = Noise::new(self.seed, "edition");
        let draw = noise.unit(
            site.code
                .bytes()
                .fold(0_i64, |sum, byte| sum * 31 + i64::from(byte)),
        );
        match site.kind.as_str() {
            "air_station" | "water_station" => Edition::Hj2017,
            _ if draw < 0.35 => Edition::Hjt2005,
            _ if draw < 0.88 => Edition::Hj2017,
            _ => Edition::Hj2025,
        }
    }

    /// Most loggers send what is missing by themselves, some when asked, a few not at all.
    fn memory_of(&self, number: usize) -> Memory {
        let draw = Noise::new(self.seed, "memory").unit(i64::try_from(number).unwrap_or(0));
        match draw {
            _ if draw < 0.80 => Memory::SendsByItself,
            _ if draw < 0.95 => Memory::SendsWhenAsked,
            _ => Memory::Forgets,
        }
    }

    fn add_logger(&mut self, edition: Edition) -> usize {
        let number = self.loggers.len() + 1;
        let noise = Noise::new(self.seed, "password");
        let password = noise.number(i64::try_from(number).unwrap_or(0)) % 900_000 + 100_000;
        self.loggers.push(Logger {
            mn: match edition {
                Edition::Hjt2005 => format!("8888888{number:07}"),
                Edition::Hj2017 | Edition::Hj2025 => format!("5A4E5D{number:018X}"),
            },
            password: password.to_string(),
            edition,
            points: Vec::new(),
            memory: self.memory_of(number),
        });
        number - 1
    }

    /// The site of a point.
    pub fn site_of(&self, point: &SimulatedPoint) -> Option<&SimulatedSite> {
        self.sites.get(point.site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(city: &City, medium: &str) -> usize {
        city.points
            .iter()
            .filter(|point| point.outlet.medium == medium)
            .count()
    }

    #[test]
    fn the_city_is_as_large_as_the_plan_counts() {
        let city = City::hengyang(1).unwrap();
        let enterprises = city
            .sites
            .iter()
            .filter(|site| site.code.starts_with("SIM-E"))
            .count();
        assert_eq!(enterprises, 58);
        assert_eq!(count(&city, "waste_gas") + count(&city, "waste_water"), 124);
        assert_eq!(count(&city, "air"), 18);
        assert_eq!(count(&city, "surface_water"), 5);
        let counties: std::collections::BTreeSet<_> =
            city.sites.iter().map(|site| &site.region).collect();
        assert_eq!(counties.len(), 12);
    }

    #[test]
    fn every_name_says_that_the_site_is_simulated() {
        for site in City::hengyang(1).unwrap().sites {
            assert!(site.name_zh.starts_with("模拟"), "{}", site.name_zh);
            assert!(site.name_en.starts_with("Simulated"), "{}", site.name_en);
        }
    }

    #[test]
    fn every_edition_and_a_shared_logger_occur() {
        let city = City::hengyang(1).unwrap();
        for edition in Edition::ALL {
            assert!(
                city.loggers.iter().any(|logger| logger.edition == edition),
                "{edition:?}"
            );
        }
        assert!(city.loggers.iter().any(|logger| logger.points.len() == 2));
        for memory in [
            Memory::SendsByItself,
            Memory::SendsWhenAsked,
            Memory::Forgets,
        ] {
            assert!(
                city.loggers.iter().any(|logger| logger.memory == memory),
                "{memory:?}"
            );
        }
        let mut names: Vec<_> = city.loggers.iter().map(|logger| &logger.mn).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), city.loggers.len());
    }
}
