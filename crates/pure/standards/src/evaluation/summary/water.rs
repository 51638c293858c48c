//! Rivers and basins, lakes, and the water index of cities, from the sections of a table.

mod judge;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::super::further_water::Further;
use super::super::{Fields, Options, OutputColumn, column};
use super::{Book, Summary, SummaryPeriod, day_of, period_of};
use crate::Parameters;
use crate::water::{Samples, WaterBody, WaterMethod, WaterState};

use sums::Sums;

/// The most sections, each counted once a period.
const MOST_SECTIONS: usize = 20_000;
/// Decimals of the index of a city.
const INDEX_PLACES: u32 = 4;

pub(in super::super) const COLUMNS: &[OutputColumn] = &[
    column("sections", "断面（点位）数", false),
    column("good_share", "Ⅰ~Ⅲ类比例(%)", false),
    column("worst_share", "劣Ⅴ类比例(%)", false),
    column("class", "水质类别", true),
    column("state", "水质状况", true),
    column("main_pollutants", "主要污染指标", true),
    column("change", "与上一时段相比", true),
    column("water_index", "城市水质指数", true),
    column("rank", "排名", true),
    column("trophic_index", "综合营养状态指数", false),
    column("trophic_level", "营养状态", true),
];

/// What kind of water is judged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Water {
    Basin,
    River,
    Lake,
}

/// The river, basin or city of a row, the first that it names.
fn first_name<'a>(row: &Fields<'a>) -> &'a str {
    ["river", "basin", "city"]
        .into_iter()
        .find_map(|key| row.text(key))
        .unwrap_or_default()
}

/// A section in a period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_lake: bool,
    river: String,
    basin: String,
    city: String,
    section: String,
    period: String,
}

/// One group on its way.
struct Found {
    state: Option<WaterState>,
    /// Shares of class I to III and of worse than V, where the state is by shares.
    shares: Option<(Decimal, Decimal)>,
    sections: BTreeSet<String>,
}

/// Keeps what summaries of surface water need.
pub(in super::super) struct WaterLedger<'a> {
    parameters: &'a Parameters,
    method: WaterMethod,
    by: SummaryPeriod,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    sections: BTreeMap<Place, Sums>,
    /// First day of each period, by which periods are in order.
    periods: BTreeMap<String, CivilDate>,
    book: Book,
}

type Sections<'a> = Vec<(&'a Place, &'a Sums)>;

impl<'a> WaterLedger<'a> {
    /// A ledger for a table that says what its sections belong to.
    pub(in super::super) fn open(
        parameters: &'a Parameters,
        method: WaterMethod,
        options: &Options,
        has: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        ["river", "basin", "city"]
            .into_iter()
            .any(has)
            .then(|| Self {
                parameters,
                method,
                by: options.period.unwrap_or_default(),
                date: options.date,
                rules_of: options.rules_of,
                sections: BTreeMap::new(),
                periods: BTreeMap::new(),
                book: Book::default(),
            })
    }

    /// Takes a judged row.
    pub(in super::super) fn take(
        &mut self,
        row: &Fields<'_>,
        (day, body): (CivilDate, WaterBody),
        samples: &Samples,
        further: &Further,
    ) {
        let text = |key| row.text(key).unwrap_or_default().to_owned();
        let period = period_of(row, self.by, Some(day));
        let (river, basin, city) = (text("river"), text("basin"), text("city"));
        let name = first_name(row).to_owned();
        let group = (name.as_str(), period.as_str());
        if name.is_empty() {
            self.book.leave(
                row.number,
                group,
                "没有河流、湖库或城市名称，不参与汇总",
                "it names no river, lake or city",
            );
            return;
        }
        let section = row
            .text("section")
            .map_or_else(|| format!("#{}", row.number), str::to_owned);
        let place = Place {
            is_lake: body == WaterBody::Lake,
            river,
            basin,
            city,
            section,
            period: period.clone(),
        };
        if !self.sections.contains_key(&place) && self.sections.len() >= MOST_SECTIONS {
            self.book.leave(
                row.number,
                group,
                "断面超过 20000 个，不再参与汇总",
                "there are more than 20000 sections",
            );
            return;
        }
        let first = self.periods.entry(period.clone()).or_insert(day);
        *first = (*first).min(day);
        if let Err(error) = self
            .sections
            .entry(place)
            .or_default()
            .take(samples, further)
        {
            self.book
                .leave(row.number, group, &error.chinese(), &error.to_string());
        }
    }

    /// Takes note of a row that could not be judged.
    pub(in super::super) fn refuse(&mut self, row: &Fields<'_>) {
        let period = period_of(row, self.by, day_of(row, self.date));
        let name = first_name(row);
        self.book.refuse(row.number, (name, &period));
    }

    /// The summary of what was taken.
    pub(in super::super) fn close(mut self) -> Summary {
        let sections = std::mem::take(&mut self.sections);
        let mut waters: BTreeMap<(Water, &str, CivilDate, &str), Sections<'_>> = BTreeMap::new();
        let mut cities: BTreeMap<(CivilDate, &str, &str), Sections<'_>> = BTreeMap::new();
        for (place, sums) in &sections {
            let Some(first) = self.periods.get(&place.period).copied() else {
                continue;
            };
            let water = if place.is_lake {
                Water::Lake
            } else {
                Water::River
            };
            // a basin is made of its rivers
            let of = [
                (water, place.river.as_str()),
                (
                    Water::Basin,
                    if place.is_lake {
                        ""
                    } else {
                        place.basin.as_str()
                    },
                ),
            ];
            for (water, name) in of.into_iter().filter(|(_, name)| !name.is_empty()) {
                let key = (water, name, first, place.period.as_str());
                waters.entry(key).or_default().push((place, sums));
            }
            if !place.city.is_empty() {
                let key = (first, place.period.as_str(), place.city.as_str());
                cities.entry(key).or_default().push((place, sums));
            }
        }
        let mut groups = Vec::new();
        let mut before: Option<(Water, &str, &str, Found)> = None;
        for ((water, name, day, period), members) in waters {
            let past = before
                .take()
                .filter(|(of, named, ..)| (*of, *named) == (water, name))
                .map(|(_, _, period, found)| (period, found));
            let judged = if water == Water::Lake {
                self.judge_lake((name, day), &members, past.as_ref())
            } else {
                self.judge_river((name, day), &members, past.as_ref())
            };
            match judged {
                Ok((group, found)) => {
                    groups.push(group);
                    before = Some((water, name, period, found));
                }
                Err(error) => self.book.fail((name, period), &error),
            }
        }
        groups.extend(self.judge_cities(cities));
        std::mem::take(&mut self.book).close(COLUMNS, groups)
    }
}
