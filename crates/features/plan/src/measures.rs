//! Which measures the platform computes, of which regions and years, and from what.

use std::collections::BTreeSet;

use city_plan::{Statistic, StatisticKind};
use exact_decimal::Decimal;
use sites::Medium;
use verdicts::{AirYear, Place, WaterYear};

use crate::PlanBook;
use crate::model::{ComputedMeasure, MeasureBasis, MeasureKey, PointPart};

/// The medium of the points that a statistic is made from.
pub(crate) const fn medium_of(kind: StatisticKind) -> Medium {
    match kind {
        StatisticKind::GoodAirDays | StatisticKind::ValidAirDays | StatisticKind::AirMean => {
            Medium::Air
        }
        StatisticKind::WorstWaterClass
        | StatisticKind::SectionsOnTarget
        | StatisticKind::SectionsJudged => Medium::SurfaceWater,
    }
}

/// Whose points a statistic is made from, of a region.
pub(crate) fn place_of(statistic: &Statistic, region: &str) -> Place {
    let named: &[String] = &statistic.within;
    let regions = if named.is_empty() {
        vec![region]
    } else {
        named.iter().map(String::as_str).collect()
    };
    Place {
        // a code that cannot be read holds no point; the linter has told
        regions: regions
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect(),
        sites: statistic.sites.clone(),
    }
}

/// The measures that are computed, each with the regions in which an indicator asks for it.
pub(crate) fn list_computed(book: &PlanBook) -> Vec<(&str, &Statistic, BTreeSet<&str>)> {
    let plan = book.plan();
    plan.measures
        .iter()
        .filter_map(|measure| {
            let id = measure.id.get_ref().as_str();
            let statistic = measure.statistic.as_ref()?;
            let regions: BTreeSet<&str> = plan
                .indicators
                .iter()
                .filter(|indicator| {
                    book.formula(indicator.id.get_ref())
                        .is_some_and(|formula| formula.names().any(|name| name == id))
                })
                .flat_map(|indicator| book.regions_of(indicator))
                .collect();
            Some((id, statistic, regions))
        })
        .collect()
}

/// The keys of a measure over all years of the plan.
pub(crate) fn keys_of(book: &PlanBook, measure: &str, regions: &BTreeSet<&str>) -> Vec<MeasureKey> {
    let (base_year, _, last_year) = book.years();
    let mut keys = Vec::new();
    for region in regions {
        for year in base_year..=last_year {
            keys.push(MeasureKey {
                measure: measure.to_owned(),
                region: (*region).to_owned(),
                year,
            });
        }
    }
    keys
}

fn days_in_year(year: i32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + u32::from(is_leap)
}

/// A measure without anything to compute it from.
pub(crate) fn nothing(key: &MeasureKey, statistic: &Statistic) -> ComputedMeasure {
    ComputedMeasure {
        key: key.clone(),
        value: None,
        covered: 0,
        coverable: match medium_of(statistic.kind) {
            Medium::Air => days_in_year(key.year),
            _ => 0,
        },
        is_sufficient: false,
        origin: None,
        basis: MeasureBasis::default(),
        points: Vec::new(),
        inputs_digest: 0,
        computed_at: beijing_time::Timestamp::from_epoch_ms(0),
    }
}

/// A measure of the air of a year.
pub(crate) fn of_air(key: &MeasureKey, statistic: &Statistic, air: &AirYear) -> ComputedMeasure {
    let days = |count: u32| (air.days_valid > 0).then(|| Decimal::from(count));
    let (value, covered, is_sufficient) = match statistic.kind {
        StatisticKind::GoodAirDays => (days(air.days_good), air.days_valid, air.is_sufficient),
        StatisticKind::ValidAirDays => (days(air.days_valid), air.days_valid, air.is_sufficient),
        _ => {
            let wanted = statistic.pollutant.as_deref().unwrap_or_default();
            let found = air
                .pollutants
                .iter()
                .find(|one| one.pollutant.key() == wanted);
            found.map_or((None, 0, false), |one| {
                (one.mean_rounded, one.days, one.mean.valid().is_some())
            })
        }
    };
    let of_year = statistic.kind == StatisticKind::AirMean;
    let bases = air
        .index_basis
        .iter()
        .filter(|_| !of_year)
        .chain(&air.year_basis);
    let mut editions: Vec<String> = bases.clone().map(|basis| basis.edition.clone()).collect();
    editions.dedup();
    ComputedMeasure {
        value,
        covered,
        coverable: air.days_in_year,
        is_sufficient,
        origin: Some(air.origin),
        basis: MeasureBasis {
            editions,
            parameter_set: bases
                .last()
                .map_or_else(String::new, |basis| basis.set.clone()),
        },
        points: air
            .points
            .iter()
            .map(|one| PointPart {
                point_id: one.point_id,
                periods: one.periods,
            })
            .collect(),
        inputs_digest: air.digest,
        ..nothing(key, statistic)
    }
}

/// A measure of the waters of a year.
pub(crate) fn of_water(
    key: &MeasureKey,
    statistic: &Statistic,
    water: &WaterYear,
) -> ComputedMeasure {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let sections = number(water.sections.len());
    let classes: Vec<i64> = water.sections.iter().filter_map(|one| one.class).collect();
    let judged = number(classes.len());
    let on_target = number(
        water
            .sections
            .iter()
            .filter(|one| one.is_attained == Some(true))
            .count(),
    );
    let count = |count: u32| (judged > 0).then(|| Decimal::from(count));
    let value = match statistic.kind {
        StatisticKind::SectionsOnTarget => count(on_target),
        StatisticKind::SectionsJudged => count(judged),
        _ => classes
            .iter()
            .max()
            .and_then(|class| Decimal::from_mantissa_and_scale(*class, 0).ok()),
    };
    ComputedMeasure {
        value,
        covered: judged,
        coverable: sections,
        is_sufficient: judged == sections && sections > 0,
        origin: Some(water.origin),
        basis: MeasureBasis {
            editions: water
                .basis
                .iter()
                .map(|basis| basis.edition.clone())
                .collect(),
            parameter_set: water
                .basis
                .as_ref()
                .map_or_else(String::new, |basis| basis.set.clone()),
        },
        points: water
            .sections
            .iter()
            .map(|one| PointPart {
                point_id: one.point_id,
                periods: one.months,
            })
            .collect(),
        inputs_digest: water.digest,
        ..nothing(key, statistic)
    }
}
