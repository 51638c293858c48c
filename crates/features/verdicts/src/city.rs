//! The city at a glance: the air of its stations and their mean, the classes of its sections, and
//! which sources were over their limits.

use std::collections::BTreeMap;

use access::{Actor, Permission};
use beijing_time::{HOUR_MS, Timestamp};
use exact_decimal::Decimal;
use sites::{DirectoryPoint, Medium};
use standards::air::{Concentrations, IndexMethod, Item, compute_city_mean, is_city_day_valid};

use crate::judge::air_outcome;
use crate::store::{self, Span, settings};
use crate::{
    Outcome, PointSetting, Rulebook, Verdict, VerdictKind, VerdictState, VerdictsContext,
    VerdictsError,
};

/// How far back the last hour of the city is looked for.
const HOURS_BACK: i64 = 6;

/// An air station at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationSummary {
    /// The point.
    pub point_id: i64,
    /// Its last hour.
    pub hour: Option<Verdict>,
    /// Its last day that is over.
    pub day: Option<Verdict>,
}

/// A section at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSummary {
    /// The point.
    pub point_id: i64,
    /// What it is judged against.
    pub setting: PointSetting,
    /// Its last day.
    pub day: Option<Verdict>,
    /// Its last month.
    pub month: Option<Verdict>,
}

/// What the stations come to together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityAir {
    /// The hour or day.
    pub time: Timestamp,
    /// What the means say.
    pub outcome: Outcome,
    /// Stations that took part.
    pub stations: usize,
}

/// The city's air and water.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CitySummary {
    /// The stations, by point.
    pub stations: Vec<StationSummary>,
    /// The mean of the stations in the last hour that most of them have.
    pub hour: Option<CityAir>,
    /// The mean of the stations on each day of this year that most of them have.
    pub days: Vec<CityAir>,
    /// The sections, by point.
    pub sections: Vec<SectionSummary>,
    /// Sources with a verdict of the last day, and those of them that were over a limit.
    pub sources: usize,
    /// Sources over a limit.
    pub sources_over: usize,
}

/// Loads the city's summary, of what lies in the actor's region.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::Database`].
pub async fn load_city_summary(
    context: &VerdictsContext<'_>,
    actor: &Actor,
) -> Result<CitySummary, VerdictsError> {
    actor.check(Permission::ReadData)?;
    let mut points: Vec<_> = context
        .directory
        .points()
        .filter(|point| point.is_covered_by(&actor.scope) && point.details.is_enabled)
        .collect();
    points.sort_by_key(|point| point.id);
    let set = settings::list(context.database).await?;
    let mut summary = CitySummary::default();
    for point in &points {
        let id = point.id.0;
        match point.details.medium {
            Medium::Air => summary.stations.push(load_station(context, id).await?),
            Medium::SurfaceWater => summary.sections.push(SectionSummary {
                point_id: id,
                setting: set.get(&id).map(|(of, _)| *of).unwrap_or_default(),
                day: store::find_last(context.database, id, VerdictKind::Day, context.now).await?,
                month: store::find_last(context.database, id, VerdictKind::Month, context.now)
                    .await?,
            }),
            Medium::WasteGas | Medium::WasteWater => {
                summary.count_source(context, point).await?;
            }
            _ => {}
        }
    }
    summary.hour = summary.load_hour(context).await?;
    summary.days = summary.load_days(context).await?;
    Ok(summary)
}

async fn load_station(
    context: &VerdictsContext<'_>,
    point_id: i64,
) -> Result<StationSummary, VerdictsError> {
    let today = context.now.stat_day().start();
    let days = span(
        point_id,
        VerdictKind::Day,
        today.plus_ms(-3 * 24 * HOUR_MS),
        today,
    );
    let mut days = store::list(context.database, &days, 10).await?;
    Ok(StationSummary {
        point_id,
        hour: store::find_last(context.database, point_id, VerdictKind::Hour, context.now).await?,
        day: days.pop(),
    })
}

const fn span(point_id: i64, kind: VerdictKind, from: Timestamp, to: Timestamp) -> Span {
    Span {
        point_id,
        kind,
        from,
        to,
    }
}

impl CitySummary {
    async fn count_source(
        &mut self,
        context: &VerdictsContext<'_>,
        point: &DirectoryPoint,
    ) -> Result<(), VerdictsError> {
        let kind = if point.details.medium == Medium::WasteGas {
            VerdictKind::Hour
        } else {
            VerdictKind::Day
        };
        let from = context.now.plus_ms(-24 * HOUR_MS);
        let of_day = span(point.id.0, kind, from, context.now);
        let verdicts = store::list(context.database, &of_day, 100).await?;
        let attained: Vec<bool> = verdicts
            .iter()
            .filter_map(|verdict| verdict.outcome.is_attained)
            .collect();
        self.sources += usize::from(!attained.is_empty());
        self.sources_over += usize::from(attained.contains(&false));
        Ok(())
    }

    async fn load_hour(
        &self,
        context: &VerdictsContext<'_>,
    ) -> Result<Option<CityAir>, VerdictsError> {
        let last = self
            .stations
            .iter()
            .filter_map(|station| station.hour.as_ref())
            .map(|hour| hour.time)
            .max();
        let Some(last) = last else { return Ok(None) };
        let from = last.plus_ms(-HOURS_BACK * HOUR_MS);
        let by_time = self
            .load_by_time(context, VerdictKind::Hour, (from, last.plus_ms(1)))
            .await?;
        for (time, verdicts) in by_time.iter().rev() {
            if let Some(city) = self.city_of(context, VerdictKind::Hour, *time, verdicts)? {
                return Ok(Some(city));
            }
        }
        Ok(None)
    }

    async fn load_days(
        &self,
        context: &VerdictsContext<'_>,
    ) -> Result<Vec<CityAir>, VerdictsError> {
        let from = VerdictKind::Year.start(context.now);
        let today = context.now.stat_day().start();
        let by_time = self
            .load_by_time(context, VerdictKind::Day, (from, today))
            .await?;
        let mut days = Vec::new();
        for (time, verdicts) in &by_time {
            days.extend(self.city_of(context, VerdictKind::Day, *time, verdicts)?);
        }
        Ok(days)
    }

    fn city_of(
        &self,
        context: &VerdictsContext<'_>,
        kind: VerdictKind,
        time: Timestamp,
        verdicts: &[Verdict],
    ) -> Result<Option<CityAir>, VerdictsError> {
        let verdicts: Vec<&Verdict> = verdicts.iter().collect();
        find_city_air(
            context.rulebook,
            (kind, time),
            &verdicts,
            self.stations.len(),
        )
    }

    async fn load_by_time(
        &self,
        context: &VerdictsContext<'_>,
        kind: VerdictKind,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<Timestamp, Vec<Verdict>>, VerdictsError> {
        let mut by_time: BTreeMap<Timestamp, Vec<Verdict>> = BTreeMap::new();
        for station in &self.stations {
            let wanted = span(station.point_id, kind, from, to);
            for verdict in store::list(context.database, &wanted, 1_000).await? {
                by_time.entry(verdict.time).or_default().push(verdict);
            }
        }
        Ok(by_time)
    }
}

/// The index of the means over the stations (HJ 663); none when too few have the period.
pub(crate) fn find_city_air(
    rulebook: &Rulebook,
    (kind, time): (VerdictKind, Timestamp),
    verdicts: &[&Verdict],
    stations: usize,
) -> Result<Option<CityAir>, VerdictsError> {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let with_data = verdicts
        .iter()
        .filter(|verdict| verdict.outcome.state != VerdictState::Insufficient)
        .count();
    if !is_city_day_valid(number(with_data), number(stations)) {
        return Ok(None);
    }
    let Some(rules) = rulebook.air(time.stat_day().date()) else {
        return Ok(None);
    };
    let method = if kind == VerdictKind::Hour {
        IndexMethod::published_hourly(rules)
    } else {
        IndexMethod::daily(rules)
    };
    let mut means = Concentrations::default();
    let mut missing = Vec::new();
    for item in Item::ALL {
        let values: Vec<Option<Decimal>> = verdicts
            .iter()
            .map(|verdict| verdict.outcome.item(item.key())?.value.parse().ok())
            .collect();
        let mean = compute_city_mean(&values, item.pollutant().places())?;
        means.set(item, mean.any().map(|mean| mean.rounded));
        // what no station measures does not block the city's index
        if values.iter().all(Option::is_none) && !missing.contains(&item.pollutant()) {
            missing.push(item.pollutant());
        }
    }
    let index = rules.compute_index(method, &means, &missing)?;
    Ok(Some(CityAir {
        time,
        outcome: air_outcome(rules, &index, &means),
        stations: with_data,
    }))
}
