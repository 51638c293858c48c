//! Rates of points, enterprises and counties, by day and month.

use std::collections::BTreeMap;

use access::{Actor, Permission, RegionCode};
use beijing_time::StatDay;
use database::Database;
use sites::{DeviceDirectory, DirectoryPoint, Medium, PointId};

use super::RateCounts;
use crate::MonitoringError;
use crate::store::rates as store;

/// What rates are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RateLevel {
    /// Each point.
    Point,
    /// Each enterprise; a site without one stands for itself.
    Organisation,
    /// Each county.
    #[default]
    County,
    /// All together.
    All,
}

impl RateLevel {
    /// The level of a name in the API.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "point" => Some(Self::Point),
            "organisation" => Some(Self::Organisation),
            "county" => Some(Self::County),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RatePeriod {
    /// Beijing days.
    #[default]
    Day,
    /// Beijing months.
    Month,
}

impl RatePeriod {
    /// The period of a name in the API.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// The first day of the period that holds a day.
    fn first_day(self, day: StatDay) -> StatDay {
        match self {
            Self::Day => day,
            Self::Month => day.month().first_day(),
        }
    }
}

/// Whose rates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RateSubject {
    /// All that was asked for.
    All,
    /// A county, by its six digits.
    County(String),
    /// An enterprise.
    Organisation(i64),
    /// A site without an enterprise.
    Site(i64),
    /// A point.
    Point(i64),
}

/// Which rates.
#[derive(Debug, Clone, Default)]
pub struct RateFilter {
    /// What for.
    pub level: RateLevel,
    /// By day or month.
    pub period: RatePeriod,
    /// The first and the last day.
    pub days: Option<(StatDay, StatDay)>,
    /// Of points in this region.
    pub region: Option<RegionCode>,
    /// Of points of this enterprise.
    pub organisation_id: Option<i64>,
    /// Of points of this site.
    pub site_id: Option<i64>,
    /// Of this point.
    pub point_id: Option<i64>,
    /// Of points of this medium.
    pub medium: Option<Medium>,
}

/// The rates of one subject and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateGroup {
    /// Whose.
    pub subject: RateSubject,
    /// The first day of the period: a day, or the first of a month.
    pub day: StatDay,
    /// What was counted.
    pub counts: RateCounts,
    /// How many points it is made of.
    pub points: usize,
    /// Whether one of them is simulated.
    pub is_simulated: bool,
}

/// The longest time of one request, days.
const MOST_DAYS: i64 = 400;

impl RateFilter {
    fn holds(&self, point: &DirectoryPoint) -> bool {
        let region = &point.site.region_code;
        let owner = point.site.organisation_id.map(|id| id.0);
        self.region.as_ref().is_none_or(|of| of.contains(region))
            && self.organisation_id.is_none_or(|id| owner == Some(id))
            && self.site_id.is_none_or(|id| id == point.site_id.0)
            && self.point_id.is_none_or(|id| id == point.id.0)
            && self.medium.is_none_or(|of| of == point.details.medium)
    }

    fn subject(&self, point: &DirectoryPoint) -> RateSubject {
        match self.level {
            RateLevel::All => RateSubject::All,
            RateLevel::Point => RateSubject::Point(point.id.0),
            RateLevel::County => {
                let code = point.site.region_code.as_str();
                RateSubject::County(code.get(..6).unwrap_or(code).to_owned())
            }
            RateLevel::Organisation => match point.site.organisation_id {
                Some(id) => RateSubject::Organisation(id.0),
                None => RateSubject::Site(point.site_id.0),
            },
        }
    }
}

/// Computes rates from the days of points within the actor's scope, by period and subject. A rate
/// of several is the sum of what counted over the sum of what was due, never a mean of rates.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Invalid`] for days out of order or too many.
pub async fn compute_rates(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    filter: &RateFilter,
) -> Result<Vec<RateGroup>, MonitoringError> {
    actor.check(Permission::ReadData)?;
    let invalid = |detail: String| MonitoringError::Invalid {
        field: "to",
        detail,
    };
    let (from, to) = filter
        .days
        .ok_or_else(|| invalid("is missing".to_owned()))?;
    let (from, to) = (from.number(), to.number());
    if from > to {
        return Err(invalid("is before the beginning".to_owned()));
    }
    if to - from > MOST_DAYS {
        return Err(invalid(format!("more than {MOST_DAYS} days at once")));
    }
    let days = store::list_days(database, filter.point_id, (from, to)).await?;
    let mut groups: BTreeMap<(i64, RateSubject), Sum> = BTreeMap::new();
    for day in days {
        let Some(point) = directory.point(PointId(day.point_id)) else {
            continue;
        };
        if !point.is_covered_by(&actor.scope) || !filter.holds(point) {
            continue;
        }
        let first = filter.period.first_day(StatDay::from_number(day.day));
        let sum = groups
            .entry((first.number(), filter.subject(point)))
            .or_default();
        sum.counts.add(&day.counts);
        sum.points.insert(day.point_id);
        sum.is_simulated |= point.is_simulated();
    }
    let groups = groups.into_iter().map(|((day, subject), sum)| RateGroup {
        subject,
        day: StatDay::from_number(day),
        counts: sum.counts,
        points: sum.points.len(),
        is_simulated: sum.is_simulated,
    });
    Ok(groups.collect())
}

#[derive(Default)]
struct Sum {
    counts: RateCounts,
    points: std::collections::BTreeSet<i64>,
    is_simulated: bool,
}
