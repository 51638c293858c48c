//! What the verdicts of a region's points come to in a year: the air of its stations together and
//! the classes of its sections (HJ 663, GB 3838). Real and simulated figures are never mixed.

use std::collections::BTreeMap;

use access::{Actor, Permission, RegionCode};
use beijing_time::{CivilDate, StatDay, Timestamp};
use exact_decimal::Decimal;
use monitoring::import::{ImportOrigin, PointOrigin, list_point_origins};
use sites::{DirectoryPoint, Medium};
use sm3::{Digest, Sm3};
use standards::StandardError;
use standards::air::{
    AnnualEvaluation, AnnualRules, AreaClass, DailyValue, Pollutant, compute_city_mean,
};

use crate::city::{CityAir, find_city_air};
use crate::judge::{code_of, daily_item};
use crate::store::{self, Span, settings};
use crate::{Verdict, VerdictBasis, VerdictKind, VerdictState, VerdictsContext, VerdictsError};

/// Verdicts of a point in a year: days.
const MOST_DAYS: u32 = 400;

/// What the figures of a year are, the first before the others where there are several: a year is of
/// one kind only, but that what the platform received and what was published officially are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataOrigin {
    /// Received from monitors, or from an older system of the bureau.
    Platform,
    /// Published officially and imported, wholly or partly.
    Official,
    /// Made by a third party and imported.
    ThirdParty,
    /// Simulated.
    Simulated,
}

impl DataOrigin {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Platform,
        Self::Official,
        Self::ThirdParty,
        Self::Simulated,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Official => "official",
            Self::ThirdParty => "third_party",
            Self::Simulated => "simulated",
        }
    }

    /// The entry of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }
}

/// Whose points take part: those in the regions, and those of the sites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Regions.
    pub regions: Vec<RegionCode>,
    /// Codes of sites, wherever they are.
    pub sites: Vec<String>,
}

impl Place {
    /// Whether a point takes part.
    pub fn holds(&self, point: &DirectoryPoint) -> bool {
        self.sites.contains(&point.site.code)
            || self
                .regions
                .iter()
                .any(|region| region.contains(point.region_code()))
    }
}

/// A point's part in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointYear {
    /// The point.
    pub point_id: i64,
    /// Days, or months, of which it has a verdict.
    pub periods: u32,
}

/// The air of a region in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AirYear {
    /// What the figures are.
    pub origin: DataOrigin,
    /// The stations that took part.
    pub points: Vec<PointYear>,
    /// The days that enough stations have.
    pub days: Vec<CityAir>,
    /// Days with an index.
    pub days_valid: u32,
    /// Those of them with an index of at most 100.
    pub days_good: u32,
    /// Days of the year.
    pub days_in_year: u32,
    /// The year of each pollutant that is measured.
    pub pollutants: Vec<AnnualEvaluation>,
    /// Whether there are enough days for the statistics to stand for the year.
    pub is_sufficient: bool,
    /// What the index of the days rests on, edition by edition.
    pub index_basis: Vec<VerdictBasis>,
    /// What the statistics of the year rest on.
    pub year_basis: Option<VerdictBasis>,
    /// Tells its inputs apart.
    pub digest: i64,
}

/// A section's year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionYear {
    /// The point.
    pub point_id: i64,
    /// Its class, 1 to 6, when the year was judged.
    pub class: Option<i64>,
    /// Whether it keeps its target.
    pub is_attained: Option<bool>,
    /// Months with a verdict.
    pub months: u32,
}

/// The waters of a region in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaterYear {
    /// What the figures are.
    pub origin: DataOrigin,
    /// The sections with any data of the year.
    pub sections: Vec<SectionYear>,
    /// What the classes rest on.
    pub basis: Option<VerdictBasis>,
    /// Tells its inputs apart.
    pub digest: i64,
}

/// The first day of a year and of the next, no further than what is over.
fn bounds(year: i32, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let first = |year: i32| {
        let date = CivilDate::new(i16::try_from(year).ok()?, 1, 1).ok()?;
        Some(StatDay::of(date).start())
    };
    let (from, to) = (first(year)?, first(year + 1)?);
    Some((from, to.min(now.stat_day().start()))).filter(|(from, to)| from < to)
}

fn days_in_year(year: i32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + u32::from(is_leap)
}

/// What a point's figures of a time are.
fn origin_of(
    point: &DirectoryPoint,
    origins: &[PointOrigin],
    (from, to): (Timestamp, Timestamp),
) -> DataOrigin {
    if point.is_simulated() {
        return DataOrigin::Simulated;
    }
    origins
        .iter()
        .filter(|one| one.point_id == point.id.0 && one.first < to && from <= one.last)
        .map(|one| match one.origin {
            ImportOrigin::OlderSystem => DataOrigin::Platform,
            ImportOrigin::Official => DataOrigin::Official,
            ImportOrigin::ThirdParty => DataOrigin::ThirdParty,
        })
        .max()
        .unwrap_or(DataOrigin::Platform)
}

/// Keeps the points whose figures count for the year, and says what they are.
fn choose<T>(mut all: Vec<(DataOrigin, T)>) -> Option<(DataOrigin, Vec<T>)> {
    let best = all.iter().map(|(origin, _)| *origin).min()?;
    let counts = |origin: DataOrigin| {
        origin == best || (best == DataOrigin::Platform && origin == DataOrigin::Official)
    };
    all.retain(|(origin, _)| counts(*origin));
    let told = all.iter().map(|(origin, _)| *origin).max()?;
    Some((told, all.into_iter().map(|(_, one)| one).collect()))
}

fn points_of<'a>(
    context: &'a VerdictsContext<'_>,
    actor: &'a Actor,
    medium: Medium,
    place: &'a Place,
) -> Vec<&'a DirectoryPoint> {
    let mut points: Vec<&DirectoryPoint> = context
        .directory
        .points()
        .map(AsRef::as_ref)
        .filter(|point| point.details.medium == medium && place.holds(point))
        .filter(|point| point.is_covered_by(&actor.scope))
        .collect();
    points.sort_by_key(|point| point.id);
    points
}

/// Loads what verdicts of a kind the points have of a time, with what the figures are.
async fn load_years<'p>(
    context: &VerdictsContext<'_>,
    points: Vec<&'p DirectoryPoint>,
    (kind, origins): (VerdictKind, &[PointOrigin]),
    (from, to): (Timestamp, Timestamp),
) -> Result<Option<(DataOrigin, Vec<(&'p DirectoryPoint, Vec<Verdict>)>)>, VerdictsError> {
    let mut found = Vec::new();
    for point in points {
        let span = Span {
            point_id: point.id.0,
            kind,
            from,
            to,
        };
        let verdicts = store::list(context.database, &span, MOST_DAYS).await?;
        if !verdicts.is_empty() {
            found.push((origin_of(point, origins, (from, to)), (point, verdicts)));
        }
    }
    Ok(choose(found))
}

/// The air of a place in a year; none without a verdict of a day.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::Database`].
pub async fn load_air_year(
    context: &VerdictsContext<'_>,
    actor: &Actor,
    place: &Place,
    year: i32,
) -> Result<Option<AirYear>, VerdictsError> {
    actor.check(Permission::ReadData)?;
    let Some(span) = bounds(year, context.now) else {
        return Ok(None);
    };
    let origins = list_point_origins(context.database).await?;
    let points = points_of(context, actor, Medium::Air, place);
    let kind = VerdictKind::Day;
    let Some((origin, stations)) = load_years(context, points, (kind, &origins), span).await?
    else {
        return Ok(None);
    };
    let set = settings::list(context.database).await?;
    // the strictest area among the stations would be no rule of the standard: a city is class 2
    // unless all of it is class 1 (GB 3095, 4.1)
    let is_first_class = stations.iter().all(|(point, _)| {
        set.get(&point.id.0)
            .is_some_and(|(of, _)| of.area_class == 1)
    });
    let class = if is_first_class {
        AreaClass::First
    } else {
        AreaClass::Second
    };
    compute_air_year(context, year, (origin, class), &stations)
}

fn compute_air_year(
    context: &VerdictsContext<'_>,
    year: i32,
    (origin, class): (DataOrigin, AreaClass),
    stations: &[(&DirectoryPoint, Vec<Verdict>)],
) -> Result<Option<AirYear>, VerdictsError> {
    let mut by_day: BTreeMap<Timestamp, Vec<&Verdict>> = BTreeMap::new();
    let mut hasher = Sm3::new();
    for verdict in stations.iter().flat_map(|(_, verdicts)| verdicts) {
        by_day.entry(verdict.time).or_default().push(verdict);
        hasher.update(verdict.point_id.to_be_bytes());
        hasher.update(verdict.time.epoch_ms().to_be_bytes());
        hasher.update(verdict.inputs_digest.to_be_bytes());
    }
    let count = stations.len();
    let mut days = Vec::new();
    let mut values: BTreeMap<Pollutant, Vec<DailyValue>> = BTreeMap::new();
    for (time, verdicts) in &by_day {
        for (pollutant, value) in daily_means(verdicts, count)? {
            let day = time.stat_day();
            values
                .entry(pollutant)
                .or_default()
                .push(DailyValue { day, value });
        }
        days.extend(find_city_air(
            context.rulebook,
            (VerdictKind::Day, *time),
            verdicts,
            count,
        )?);
    }
    let is_measured = |pollutant: Pollutant| {
        stations
            .iter()
            .any(|(point, _)| point.factor(code_of(pollutant)).is_some())
    };
    let last = i16::try_from(year)
        .ok()
        .and_then(|year| CivilDate::new(year, 12, 31).ok());
    let rules = last.map(|last| AnnualRules::on(&context.rulebook.parameters, last, class));
    let mut pollutants = Vec::new();
    match rules {
        Some(Ok(rules)) => {
            for pollutant in Pollutant::ALL.into_iter().filter(|one| is_measured(*one)) {
                let of = values.get(&pollutant).map_or(&[][..], Vec::as_slice);
                pollutants.push(rules.evaluate(pollutant, of)?);
            }
        }
        Some(Err(StandardError::NotInForce { .. })) | None => {}
        Some(Err(error)) => return Err(error.into()),
    }
    let given = |day: &&CityAir| day.outcome.state == VerdictState::Given;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut index_basis: Vec<VerdictBasis> = Vec::new();
    for verdict in by_day.values().filter_map(|verdicts| verdicts.first()) {
        let last = index_basis.last().map(|basis| basis.edition.as_str());
        if last != Some(verdict.basis.edition.as_str()) {
            index_basis.push(verdict.basis.clone());
        }
    }
    Ok(Some(AirYear {
        origin,
        points: stations
            .iter()
            .map(|(point, verdicts)| PointYear {
                point_id: point.id.0,
                periods: number(verdicts.len()),
            })
            .collect(),
        days_valid: number(days.iter().filter(given).count()),
        days_good: number(
            days.iter()
                .filter(given)
                .filter(|day| day.outcome.is_attained == Some(true))
                .count(),
        ),
        days,
        days_in_year: days_in_year(year),
        is_sufficient: !pollutants.is_empty()
            && pollutants.iter().all(|one| one.mean.valid().is_some()),
        year_basis: pollutants
            .first()
            .map(|one| context.rulebook.keep(&one.basis)),
        pollutants,
        index_basis,
        digest: finish(hasher),
    }))
}

/// The means over the stations of a day of each pollutant that enough of them have.
fn daily_means(
    verdicts: &[&Verdict],
    stations: usize,
) -> Result<Vec<(Pollutant, Decimal)>, VerdictsError> {
    let mut means = Vec::new();
    for pollutant in Pollutant::ALL {
        let key = daily_item(pollutant).key();
        let mut values: Vec<Option<Decimal>> = verdicts
            .iter()
            .map(|verdict| verdict.outcome.item(key)?.value.parse().ok())
            .collect();
        // a station without a verdict of the day is one without a value
        values.resize(stations.max(values.len()), None);
        let mean = compute_city_mean(&values, pollutant.places())?;
        means.extend(mean.valid().map(|mean| (pollutant, mean.rounded)));
    }
    Ok(means)
}

fn finish(hasher: Sm3) -> i64 {
    let hash: [u8; 32] = hasher.finalize().into();
    i64::from_be_bytes(hash.first_chunk::<8>().copied().unwrap_or_default())
}

/// The waters of a place in a year; none without a verdict of a year.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::Database`].
pub async fn load_water_year(
    context: &VerdictsContext<'_>,
    actor: &Actor,
    place: &Place,
    year: i32,
) -> Result<Option<WaterYear>, VerdictsError> {
    actor.check(Permission::ReadData)?;
    let Some(span) = bounds(year, context.now) else {
        return Ok(None);
    };
    let origins = list_point_origins(context.database).await?;
    let points = points_of(context, actor, Medium::SurfaceWater, place);
    let kind = VerdictKind::Year;
    let Some((origin, sections)) = load_years(context, points, (kind, &origins), span).await?
    else {
        return Ok(None);
    };
    let mut water = WaterYear {
        origin,
        sections: Vec::new(),
        basis: None,
        digest: 0,
    };
    let mut hasher = Sm3::new();
    for (point, verdicts) in sections {
        let Some(verdict) = verdicts.first() else {
            continue;
        };
        let months = Span {
            point_id: point.id.0,
            kind: VerdictKind::Month,
            from: span.0,
            to: span.1,
        };
        let months = store::list(context.database, &months, 12).await?;
        hasher.update(verdict.point_id.to_be_bytes());
        hasher.update(verdict.inputs_digest.to_be_bytes());
        hasher.update(verdict.outcome.grade.unwrap_or(0).to_be_bytes());
        water.basis.get_or_insert_with(|| verdict.basis.clone());
        water.sections.push(SectionYear {
            point_id: verdict.point_id,
            class: verdict.outcome.grade,
            is_attained: verdict.outcome.is_attained,
            months: u32::try_from(months.len()).unwrap_or(u32::MAX),
        });
    }
    water.digest = finish(hasher);
    Ok(Some(water))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_figures_come_before_a_third_partys_and_those_before_simulated_ones() {
        use DataOrigin::{Official, Platform, Simulated, ThirdParty};
        let chosen = |origins: &[DataOrigin]| {
            choose(origins.iter().map(|origin| (*origin, *origin)).collect())
        };
        assert_eq!(
            chosen(&[Simulated, ThirdParty, Official]),
            Some((Official, vec![Official]))
        );
        assert_eq!(
            chosen(&[Simulated, ThirdParty, Simulated]),
            Some((ThirdParty, vec![ThirdParty]))
        );
        // what was received and what was published are both of the stations
        assert_eq!(
            chosen(&[Platform, Official, Simulated]),
            Some((Official, vec![Platform, Official]))
        );
        assert_eq!(chosen(&[Simulated]), Some((Simulated, vec![Simulated])));
        assert_eq!(chosen(&[]), None);
    }
}
