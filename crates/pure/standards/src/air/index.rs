//! The index of an hour or a day: 空气质量指数 (HJ 633-2012, 4.4; HJ 633-2026, 4.2.4 and 4.3).

use exact_decimal::{Decimal, Rounding};

use super::{AqiRules, Concentrations, IndexMethod, Item, ItemSet, Pollutant, SubIndex};
use crate::{Basis, Input, StandardError};

/// What was done beyond the plain formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The concentration is above the last breakpoint: the table's last sub-index stands.
    AboveTable(Item),
    /// SO2 of the hour above 800: its 24-hour sub-index stands instead (text of 2012).
    So2ByDay,
    /// SO2 of the hour above 800 counts 200 (HJ 633-2026 and the practice before).
    So2Counts200,
    /// Ozone of 8 hours above 800 has no sub-index: the 1-hour sub-index stands (text of 2012).
    OzoneByHour,
    /// Ozone of 8 hours above 800 counts 300 (HJ 633-2026).
    OzoneCounts300,
    /// A pollutant is missing and the index of the rest is not above 100: the index is NA
    /// (HJ 633-2026, 5.3.1).
    WithheldForMissing,
}

impl Note {
    /// Name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::AboveTable(_) => "above_table",
            Self::So2ByDay => "so2_by_24h",
            Self::So2Counts200 => "so2_above_800_counts_200",
            Self::OzoneByHour => "o3_8h_above_800_by_1h",
            Self::OzoneCounts300 => "o3_8h_above_800_counts_300",
            Self::WithheldForMissing => "withheld_for_missing_pollutant",
        }
    }
}

/// The index of one station and hour or day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AirIndex {
    /// How it was made.
    pub method: IndexMethod,
    sub_indices: [Option<u16>; Item::COUNT],
    /// The index as it is published; none when it is NA.
    pub index: Option<u16>,
    /// The largest sub-index of what is there, published or not.
    pub largest: Option<u16>,
    /// 首要污染物: with an index above 50, every item whose rounded sub-index is the largest.
    pub primary: ItemSet,
    /// 超标污染物 (2012 only): items with a sub-index above 100.
    pub exceeding: ItemSet,
    /// Pollutants without any sub-index.
    pub missing: Vec<Pollutant>,
    /// What was done beyond the plain formula.
    pub notes: Vec<Note>,
}

impl AirIndex {
    /// The sub-index of an item.
    pub fn sub_index(&self, item: Item) -> Option<u16> {
        self.sub_indices.get(item.index()).copied().flatten()
    }

    /// The sub-index of a pollutant: the larger when it has two items.
    pub fn pollutant_sub_index(&self, pollutant: Pollutant) -> Option<u16> {
        Item::ALL
            .into_iter()
            .filter(|item| item.pollutant() == pollutant)
            .filter_map(|item| self.sub_index(item))
            .max()
    }

    /// The primary pollutants by the names of the national publication, in its order.
    pub fn primary_names(&self) -> Vec<&'static str> {
        self.primary.iter().map(Item::published_name).collect()
    }

    /// What the index rests on.
    pub fn basis(&self, rules: &AqiRules, concentrations: &Concentrations) -> Basis {
        Basis {
            edition: rules.edition().to_owned(),
            clause: self.method.clause(),
            method: self.method.name(),
            parameters: rules.citation().to_owned(),
            confidence: if self.method == IndexMethod::DailySixItems2012 {
                crate::Confidence::MemoryHigh
            } else {
                rules.confidence()
            },
            rounding: if self.method.is_2026() {
                "concentration half to even (GB/T 8170), sub-index up to the next integer"
            } else {
                "sub-index up to the next integer"
            },
            inputs: Item::ALL
                .into_iter()
                .filter_map(|item| {
                    concentrations.get(item).map(|value| Input {
                        name: item.key().to_owned(),
                        value: format!("{value} {}", item.pollutant().unit()),
                    })
                })
                .collect(),
        }
    }
}

impl AqiRules {
    /// The concentration as it enters the formula: rounded half to even to whole µg/m³, CO to
    /// one decimal, by HJ 633-2026, 4.2.2; as given by the 2012 edition.
    pub fn entering_value(method: IndexMethod, item: Item, value: Decimal) -> Decimal {
        let places = item.pollutant().places();
        if method.is_2026() && value.scale() > places {
            value.rounded(Rounding::HalfEven { places })
        } else {
            value
        }
    }

    /// The index by a named method.
    ///
    /// `not_monitored` are pollutants that never block an index under HJ 633-2026, 5.3.2: not in
    /// the monitoring plan, and for three years never primary on a polluted day.
    ///
    /// # Errors
    /// [`StandardError::BadInput`] for a concentration below zero.
    pub fn compute_index(
        &self,
        method: IndexMethod,
        concentrations: &Concentrations,
        not_monitored: &[Pollutant],
    ) -> Result<AirIndex, StandardError> {
        let mut result = AirIndex {
            method,
            sub_indices: [None; Item::COUNT],
            index: None,
            largest: None,
            primary: ItemSet::default(),
            exceeding: ItemSet::default(),
            missing: Vec::new(),
            notes: Vec::new(),
        };
        let mut present = 0_u8;
        for &item in method.items() {
            let Some(value) = concentrations.get(item) else {
                continue;
            };
            let value = Self::entering_value(method, item, value);
            let outcome = self.compute_sub_index(item, value)?;
            let (counted, number) =
                self.counted(method, item, outcome, concentrations, &mut result)?;
            if let Some(number) = number {
                present |= 1 << (item.pollutant() as u8);
                if let Some(slot) = result.sub_indices.get_mut(counted.index()) {
                    *slot = Some(number);
                }
                result.largest = result.largest.max(Some(number));
                if number > 100 && !method.is_2026() {
                    result.exceeding.insert(counted);
                }
            }
        }
        result.missing = Pollutant::ALL
            .into_iter()
            .filter(|pollutant| present & (1 << (*pollutant as u8)) == 0)
            .collect();
        let blocks = result
            .missing
            .iter()
            .any(|pollutant| !not_monitored.contains(pollutant));
        result.index = result.largest;
        if method.is_2026() && blocks && result.largest.is_some_and(|largest| largest <= 100) {
            result.index = None;
            result.notes.push(Note::WithheldForMissing);
        }
        if let Some(index) = result.index.filter(|index| *index > 50) {
            result.primary = Item::ALL
                .into_iter()
                .filter(|item| result.sub_index(*item) == Some(index))
                .collect();
        }
        Ok(result)
    }

    /// The item and sub-index that count, after the rules for values above a table's end.
    fn counted(
        &self,
        method: IndexMethod,
        item: Item,
        outcome: SubIndex,
        concentrations: &Concentrations,
        result: &mut AirIndex,
    ) -> Result<(Item, Option<u16>), StandardError> {
        let last = match outcome {
            SubIndex::Value(number) => return Ok((item, Some(number))),
            SubIndex::AboveTable(last) => last,
        };
        match (item, method) {
            (Item::So2Hour, IndexMethod::HourlyText2012) => {
                result.notes.push(Note::So2ByDay);
                let by_day = match concentrations.get(Item::So2Day) {
                    Some(value) => match self.compute_sub_index(Item::So2Day, value)? {
                        SubIndex::Value(number) | SubIndex::AboveTable(number) => Some(number),
                    },
                    None => None,
                };
                Ok((Item::So2Day, by_day))
            }
            (Item::So2Hour, _) => {
                result.notes.push(Note::So2Counts200);
                Ok((item, Some(last)))
            }
            (Item::O3EightHours, IndexMethod::HourlyText2012 | IndexMethod::DailyText2012) => {
                result.notes.push(Note::OzoneByHour);
                Ok((item, None))
            }
            (Item::O3EightHours, _) => {
                result.notes.push(Note::OzoneCounts300);
                Ok((item, Some(last)))
            }
            _ => {
                result.notes.push(Note::AboveTable(item));
                Ok((item, Some(last)))
            }
        }
    }
}
