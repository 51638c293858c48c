//! The parameters in use, made ready for judging once.

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use exact_decimal::Decimal;
use standards::air::{AqiRules, AreaClass};
use standards::water::{WaterItem, WaterRules};
use standards::{Basis, Parameters, StandardError};

use crate::VerdictBasis;
use crate::what_if::OtherLimit;

/// A set of parameters with what is often needed of it.
#[derive(Debug)]
pub struct Rulebook {
    pub(crate) parameters: Parameters,
    set: String,
    air: BTreeMap<String, AqiRules>,
    water: BTreeMap<CivilDate, WaterRules>,
    /// Judge as if everything had been measured on this day.
    rules_of: Option<CivilDate>,
    /// Limits in place of those that are registered at points.
    pub(crate) limits: Vec<OtherLimit>,
}

impl Rulebook {
    /// The shipped set.
    ///
    /// # Errors
    /// When a shipped table cannot be read; a test reads them all.
    pub fn shipped() -> Result<Self, StandardError> {
        Self::of(Parameters::shipped()?)
    }

    /// A set of parameters, such as the shipped one with a city's own values over it.
    ///
    /// # Errors
    /// When a table is damaged.
    pub fn of(parameters: Parameters) -> Result<Self, StandardError> {
        let mut air = BTreeMap::new();
        for version in &parameters.load_table("aqi-breakpoints")?.versions {
            let rules = AqiRules::of_edition(&parameters, &version.edition)?;
            air.insert(version.edition.clone(), rules);
        }
        let mut water = BTreeMap::new();
        for version in &parameters.load_table("surface-water-limits")?.versions {
            let from = version.in_force_from;
            water.insert(from, WaterRules::on(&parameters, from)?);
        }
        Ok(Self {
            set: parameters.fingerprint(),
            parameters,
            air,
            water,
            rules_of: None,
            limits: Vec::new(),
        })
    }

    /// The same tables, to be used in another way.
    ///
    /// # Errors
    /// When a table is damaged.
    pub fn with_own_tables(&self) -> Result<Self, StandardError> {
        Self::of(self.parameters.clone())
    }

    /// The same rules, with the editions in force on one day for all days.
    #[must_use]
    pub fn as_of(mut self, day: CivilDate) -> Self {
        self.rules_of = Some(day);
        self
    }

    /// The tables in use.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The day by whose editions a day is judged: itself, unless another was chosen.
    pub(crate) fn day_of_rules(&self, date: CivilDate) -> CivilDate {
        self.rules_of.unwrap_or(date)
    }

    /// What tells the set apart.
    pub fn set(&self) -> &str {
        &self.set
    }

    /// The rules of the index on a day; none before the first edition.
    pub(crate) fn air(&self, date: CivilDate) -> Option<&AqiRules> {
        let date = self.day_of_rules(date);
        let version = self.parameters.load_version("aqi-breakpoints", date).ok()?;
        self.air.get(&version.edition)
    }

    /// The limits of surface water on a day; none before the first edition.
    pub(crate) fn water(&self, date: CivilDate) -> Option<&WaterRules> {
        let version = self
            .parameters
            .load_version("surface-water-limits", self.day_of_rules(date))
            .ok()?;
        self.water.get(&version.in_force_from)
    }

    /// The Chinese name of an item of surface water, by the last edition.
    pub fn water_name(&self, item: WaterItem) -> &str {
        self.water
            .last_key_value()
            .map_or(item.key(), |(_, rules)| rules.name(item))
    }

    /// The words of a level of the index in Chinese and English; the editions use the same.
    pub fn level_names(&self, number: i64) -> Option<(String, String)> {
        let rules = self.air.values().next_back()?;
        // the highest index of each level, the last one open
        let level = [50, 100, 150, 200, 300, u16::MAX]
            .into_iter()
            .filter_map(|index| rules.find_level(index))
            .find(|level| i64::from(level.number) == number)?;
        Some((level.category.clone(), level.english_name().to_owned()))
    }

    /// The limit of the largest 8-hour mean of ozone on a day (GB 3095, class 2).
    pub(crate) fn ozone_limit(&self, date: CivilDate) -> Result<Decimal, StandardError> {
        self.parameters
            .load_version("air-quality-limits", self.day_of_rules(date))?
            .load_row("o3.max8h")?
            .load_decimal("class2")
    }

    /// A basis as it is kept, with the set that was in use.
    pub(crate) fn keep(&self, basis: &Basis) -> VerdictBasis {
        VerdictBasis {
            edition: basis.edition.clone(),
            clause: basis.clause.to_owned(),
            method: basis.method.to_owned(),
            parameters: basis.parameters.clone(),
            confidence: basis.confidence.name().to_owned(),
            rounding: basis.rounding.to_owned(),
            set: self.set.clone(),
        }
    }
}

/// The class of an area by its number.
pub(crate) const fn area_class(number: i64) -> AreaClass {
    if number == 1 {
        AreaClass::First
    } else {
        AreaClass::Second
    }
}
