//! The collections of published air data that are known, and how their rows are read.

use std::collections::BTreeMap;

use anyhow::Context;
use exact_decimal::Decimal;
use monitoring::import::{ImportOrigin, ImportProblemKind, ImportRow};
use sites::PeriodLabel;

use super::stations::{AirStation, POINT_CODE};

/// How a set names its stations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// By their code.
    Code(&'static str),
    /// By their name, of the rows of the city.
    Name(&'static str),
    /// Not at all: a row is the city's.
    WholeCity,
}

/// A collection of published air data.
#[derive(Debug)]
pub(super) struct AirSet {
    pub(super) folder: &'static str,
    /// One of these files.
    pub(super) files: &'static [&'static str],
    pub(super) kind: &'static str,
    pub(super) label: PeriodLabel,
    pub(super) time: &'static str,
    pub(super) naming: Naming,
    /// Column and code (HJ 525) of each pollutant.
    pub(super) factors: [(&'static str, &'static str); 6],
    /// Whether 0 stands for a value that is missing.
    pub(super) is_zero_missing: bool,
    /// Times whose rows are known to be damaged.
    pub(super) damaged: &'static [&'static str],
    pub(super) origin: ImportOrigin,
    /// As the user is told.
    pub(super) source: &'static str,
}

pub(super) static SETS: [AirSet; 3] = [
    AirSet {
        folder: "air_aqistudy_daily_2013_2017",
        files: &["hengyang_daily.csv"],
        kind: "day",
        label: PeriodLabel::Start,
        time: "date",
        naming: Naming::WholeCity,
        factors: [
            ("so2", "a21026"),
            ("no2", "a21004"),
            ("co", "a21005"),
            ("o3", "a05024"),
            ("pm10", "a34002"),
            ("pm25", "a34004"),
        ],
        is_zero_missing: true,
        damaged: &[],
        origin: ImportOrigin::ThirdParty,
        source: "第三方整理的城市日均值（aqistudy.cn，非官方，不完整；github.com/ShuyaoHong/aqistudy）",
    },
    AirSet {
        folder: "air_cnemc_2019_hourly",
        files: &["hengyang_2019H1.csv"],
        kind: "hour",
        label: PeriodLabel::End,
        time: "time",
        naming: Naming::Code("station"),
        factors: [
            ("so2", "a21026"),
            ("no2", "a21004"),
            ("co", "a21005"),
            ("o3", "a05024"),
            ("pm10", "a34002"),
            ("pm25", "a34004"),
        ],
        is_zero_missing: false,
        // an hour of the archive in which hardly anything survives
        damaged: &["2019-04-24T23:00"],
        origin: ImportOrigin::Official,
        source: "中国环境监测总站实时发布的小时值（官方，汇集不完整；github.com/Feryt/IntroML-Final-Project）",
    },
    AirSet {
        folder: "air_pm25in_2020",
        files: &["hourly.csv"],
        kind: "hour",
        label: PeriodLabel::End,
        time: "time",
        naming: Naming::Name("station_name"),
        factors: [
            ("so2", "a21026"),
            ("no2", "a21004"),
            ("co", "a21005"),
            ("o3_1h", "a05024"),
            ("pm10", "a34002"),
            ("pm25", "a34004"),
        ],
        is_zero_missing: false,
        damaged: &[],
        origin: ImportOrigin::Official,
        source: "中国环境监测总站实时发布的小时值（官方，经 pm25.in 汇集，不完整；github.com/zzy-95/data_crawl_national_air）",
    },
];

impl AirSet {
    /// Whether the set may have figures of a station.
    pub(super) fn is_of(&self, station: &AirStation) -> bool {
        station.is_whole_city == (self.naming == Naming::WholeCity)
    }
}

/// Reads the rows of one file of a set.
pub(super) struct SetReader {
    set: &'static AirSet,
    city: String,
    time: usize,
    city_column: Option<usize>,
    station_column: Option<usize>,
    factors: Vec<(usize, &'static str)>,
    /// Codes of stations by what the set calls them.
    stations: BTreeMap<String, String>,
}

impl SetReader {
    /// Finds the columns of a set in a heading.
    ///
    /// # Errors
    /// When a column is missing.
    pub(super) fn new(
        set: &'static AirSet,
        stations: &[AirStation],
        city: &str,
        heading: &[String],
    ) -> anyhow::Result<Self> {
        let column = |name: &str| {
            heading
                .iter()
                .position(|known| known.trim() == name)
                .with_context(|| format!("the column `{name}` is missing"))
        };
        let (city_column, station_column) = match set.naming {
            Naming::Code(name) => (None, Some(column(name)?)),
            Naming::Name(name) => (Some(column("city")?), Some(column(name)?)),
            Naming::WholeCity => (Some(column("city")?), None),
        };
        let factors = set
            .factors
            .iter()
            .map(|(name, code)| Ok((column(name)?, *code)))
            .collect::<anyhow::Result<_>>()?;
        let stations = stations
            .iter()
            .filter(|station| set.is_of(station))
            .map(|station| {
                let name = match set.naming {
                    Naming::Code(_) => station.code.clone(),
                    Naming::Name(_) => station.name.clone(),
                    Naming::WholeCity => city.to_owned(),
                };
                (name, station.code.clone())
            })
            .collect();
        Ok(Self {
            set,
            city: city.to_owned(),
            time: column(set.time)?,
            city_column,
            station_column,
            factors,
            stations,
        })
    }

    /// The values of a row, each as a row of records; none when the row is of another city or hour.
    pub(super) fn read(&self, number: u64, cells: &[String]) -> Vec<ImportRow> {
        let cell = |at: usize| cells.get(at).map_or("", |text| text.trim());
        if self.city_column.is_some_and(|at| cell(at) != self.city) {
            return Vec::new();
        }
        let name = self.station_column.map_or(self.city.as_str(), cell);
        let Some(station) = self.stations.get(name) else {
            return Vec::new();
        };
        let time = cell(self.time);
        if self.set.damaged.contains(&time) {
            return Vec::new();
        }
        self.factors
            .iter()
            .filter_map(|(at, code)| {
                let text = cell(*at);
                if text.is_empty() {
                    return None;
                }
                let value = text.parse::<Decimal>();
                if self.set.is_zero_missing && value.as_ref().is_ok_and(|value| value.is_zero()) {
                    return None;
                }
                let defect = value.is_err().then(|| ImportProblemKind::NotADecimal {
                    text: text.chars().take(40).collect(),
                });
                let cells = [station, POINT_CODE, self.set.kind, time, code, text];
                Some(ImportRow {
                    number,
                    cells: cells.map(str::to_owned).to_vec(),
                    defect,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(code: &str, name: &str, is_whole_city: bool) -> AirStation {
        AirStation {
            code: code.to_owned(),
            name: name.to_owned(),
            name_en: String::new(),
            region: "430408".to_owned(),
            longitude: None,
            latitude: None,
            is_whole_city,
        }
    }

    fn read(set: &'static AirSet, heading: &str, row: &str) -> Vec<ImportRow> {
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let stations = [
            station("2456A", "原169医院", false),
            station("HENGYANG-DAILY", "衡阳", true),
        ];
        let reader = SetReader::new(set, &stations, "衡阳", &split(heading)).unwrap();
        reader.read(7, &split(row))
    }

    fn cells(rows: &[ImportRow]) -> Vec<String> {
        rows.iter().map(|row| row.cells.join(" ")).collect()
    }

    #[test]
    fn an_hour_becomes_a_row_for_each_value_that_is_there() {
        let [_, hours, _] = &SETS;
        let heading = "time,station,aqi,pm25,pm25_24h,pm10,so2,no2,o3,co";
        let rows = read(
            hours,
            heading,
            "2019-01-01T00:00,2456A,60,43,38,,5,18,34,0.5",
        );
        assert_eq!(
            cells(&rows),
            [
                "2456A AIR hour 2019-01-01T00:00 a21026 5",
                "2456A AIR hour 2019-01-01T00:00 a21004 18",
                "2456A AIR hour 2019-01-01T00:00 a21005 0.5",
                "2456A AIR hour 2019-01-01T00:00 a05024 34",
                "2456A AIR hour 2019-01-01T00:00 a34004 43",
            ]
        );
        assert!(
            rows.iter()
                .all(|row| row.number == 7 && row.defect.is_none())
        );
        assert!(
            read(
                hours,
                heading,
                "2019-01-01T00:00,1001A,60,43,38,,5,18,34,0.5"
            )
            .is_empty()
        );
        let damaged = "2019-04-24T23:00,2456A,41,27,22,,,,,";
        assert!(read(hours, heading, damaged).is_empty());
        let rows = read(hours, heading, "2019-01-01T00:00,2456A,60,4x,38,,,,,");
        assert!(rows[0].defect.is_some());
    }

    #[test]
    fn a_day_of_the_city_leaves_out_zeros_and_other_cities() {
        let [days, _, _] = &SETS;
        let heading = "city,date,aqi,range,level,pm25,pm10,so2,co,no2,o3,rank";
        let row = "衡阳,2015-01-01,102,92~121,轻度污染,62.4,0,34.8,0.778,52.2,121,464";
        let rows = read(days, heading, row);
        assert_eq!(rows.len(), 5);
        assert_eq!(
            cells(&rows)[4],
            "HENGYANG-DAILY AIR day 2015-01-01 a34004 62.4"
        );
        assert!(read(days, heading, &row.replace("衡阳", "株洲")).is_empty());
    }
}
