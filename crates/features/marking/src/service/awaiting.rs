//! What nobody has marked yet: gaps, flagged values, exceedances, with the time left.

use std::collections::BTreeMap;

use access::{Actor, Permission, RegionCode};
use beijing_time::{Clock, DAY_MS, HOUR_MS, Timestamp};
use database::Database;
use monitoring::gaps::{GapFilter, GapState, list_gaps};
use monitoring::layers::{RecordMark, list_marks};
use monitoring::{Field, RecordKind, RecordReading, RecordsRequest, Value, load_records};
use sites::{DeviceDirectory, DirectoryPoint, LimitStatistic};
use standards::Parameters;

use crate::MarkingError;
use crate::rules::{self, Due};

/// How far back is looked.
const BACK_DAYS: i64 = 14;
/// The most points that are looked through at once.
const MOST_POINTS: usize = 50;

/// Why something awaits marking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AwaitingReason {
    /// Hours are missing.
    Gap,
    /// The device flagged its values.
    Flag,
    /// Values lie beyond their limit.
    Exceedance,
}

impl AwaitingReason {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Flag => "flag",
            Self::Exceedance => "exceedance",
        }
    }
}

/// A time of a point that awaits marking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    /// The point.
    pub point_id: i64,
    /// Why.
    pub reason: AwaitingReason,
    /// The flag, if that is why.
    pub flag: Option<String>,
    /// The factors; empty when all are missing.
    pub factor_codes: Vec<String>,
    /// From this hour.
    pub from: Timestamp,
    /// Up to, not including.
    pub to: Timestamp,
    /// How many hours of it.
    pub hours: i64,
    /// Until when it is to be marked.
    pub due: Option<Timestamp>,
    /// Until when it can be marked at all.
    pub close: Option<Timestamp>,
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct AwaitingFilter {
    /// In a region and below.
    pub region: Option<RegionCode>,
    /// Of one site.
    pub site_id: Option<i64>,
    /// Of one point.
    pub point_id: Option<i64>,
    /// Points after this one.
    pub after: Option<i64>,
}

/// What awaits marking, what is due first coming first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwaitingPage {
    /// The times.
    pub awaiting: Vec<Awaiting>,
    /// The last point looked through when there are more.
    pub next: Option<i64>,
    /// From when on was looked.
    pub since: Option<Timestamp>,
}

/// Lists what awaits marking in the last two weeks, of at most fifty points at once.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::Monitoring`].
pub async fn list_awaiting(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    parameters: &Parameters,
    actor: &Actor,
    filter: &AwaitingFilter,
) -> Result<AwaitingPage, MarkingError> {
    actor.check(Permission::MarkData)?;
    actor.check(Permission::ReadData)?;
    let until = clock.now().stat_hour().start();
    let since = until.plus_ms(-BACK_DAYS * DAY_MS).stat_day().start();
    let mut points: Vec<_> = directory
        .points()
        .filter(|point| is_wanted(point, actor, filter))
        .collect();
    points.sort_by_key(|point| point.id.0);
    let next = points
        .get(MOST_POINTS - 1)
        .filter(|_| points.len() > MOST_POINTS)
        .map(|point| point.id.0);
    let mut page = AwaitingPage {
        awaiting: Vec::new(),
        next,
        since: Some(since),
    };
    for point in points.into_iter().take(MOST_POINTS) {
        let (id, span) = (point.id.0, (since, until));
        let marks = list_marks(database, directory, actor, id, span).await?;
        let request = RecordsRequest::new(id, RecordKind::Hour, since, until);
        let records = load_records(database, directory, actor, request).await?;
        let mut found = Found::default();
        for record in &records {
            for won in &record.readings {
                look_at(&mut found, (point, record.time), won, &marks);
            }
        }
        page.awaiting.extend(found.join(id));
        let gaps = GapFilter {
            states: vec![GapState::Open, GapState::Requested, GapState::GivenUp],
            kind: Some(RecordKind::Hour),
            point_id: Some(id),
            from: Some(since),
            to: Some(until),
            limit: 200,
            ..GapFilter::default()
        };
        for gap in list_gaps(database, actor, &gaps).await? {
            let is_marked = marks.iter().any(|mark| {
                let subject = &mark.subject;
                mark.withdrawn_at.is_none()
                    && subject.from <= gap.from
                    && gap.to <= subject.to
                    && subject.kind.is_none_or(|kind| kind == RecordKind::Hour)
            });
            if !is_marked {
                page.awaiting.push(Awaiting {
                    point_id: id,
                    reason: AwaitingReason::Gap,
                    flag: None,
                    factor_codes: Vec::new(),
                    from: gap.from,
                    to: gap.to,
                    hours: gap.missing,
                    due: None,
                    close: None,
                });
            }
        }
    }
    for one in &mut page.awaiting {
        let Due { mark, close } = rules::find_due(parameters, one.to)?;
        (one.due, one.close) = (mark, close);
    }
    page.awaiting.sort_by_key(|one| {
        (
            one.due.is_none(),
            one.due,
            one.point_id,
            one.from,
            one.reason,
        )
    });
    Ok(page)
}

fn is_wanted(point: &DirectoryPoint, actor: &Actor, filter: &AwaitingFilter) -> bool {
    let region = &point.site.region_code;
    point.details.is_enabled
        && point.is_covered_by(&actor.scope)
        && filter.after.is_none_or(|after| point.id.0 > after)
        && filter.point_id.is_none_or(|id| point.id.0 == id)
        && filter.site_id.is_none_or(|id| point.site_id.0 == id)
        && filter
            .region
            .as_ref()
            .is_none_or(|root| root.contains(region))
}

/// Hours by reason, flag and factor.
#[derive(Default)]
struct Found(BTreeMap<(AwaitingReason, String, String), Vec<Timestamp>>);

fn look_at(
    found: &mut Found,
    (point, time): (&DirectoryPoint, Timestamp),
    won: &RecordReading,
    marks: &[RecordMark],
) {
    let code = &*won.reading.code;
    let is_marked = marks.iter().any(|mark| {
        mark.withdrawn_at.is_none() && mark.subject.covers(RecordKind::Hour, code, time)
    });
    if is_marked || point.factor(code).is_none() {
        return;
    }
    let flag = won.reading.flag.as_deref().unwrap_or("N");
    let reason = if flag != "N" {
        AwaitingReason::Flag
    } else if exceeds(point, time, won) {
        AwaitingReason::Exceedance
    } else {
        return;
    };
    let flag = if reason == AwaitingReason::Flag {
        flag
    } else {
        ""
    };
    let key = (reason, flag.to_owned(), code.to_owned());
    found.0.entry(key).or_default().push(time);
}

/// Whether a value lies beyond a limit of its hour.
fn exceeds(point: &DirectoryPoint, time: Timestamp, won: &RecordReading) -> bool {
    let code = &*won.reading.code;
    point.limits.iter().any(|(_, limit)| {
        if limit.factor_code != code
            || limit.kind != sites::RecordKind::Hour
            || !limit.validity.contains(time)
        {
            return false;
        }
        let field = match limit.statistic {
            LimitStatistic::ZsAvg => Field::ZsAvg,
            LimitStatistic::Avg => Field::Avg,
            _ => return false,
        };
        let value = won.reading.value(&field).and_then(Value::decimal);
        value.is_some_and(|value| {
            limit.upper.is_some_and(|upper| value > upper)
                || limit.lower.is_some_and(|lower| value < lower)
        })
    })
}

impl Found {
    /// Neighbouring hours joined to times, and factors of the same time joined.
    fn join(self, point_id: i64) -> Vec<Awaiting> {
        type Key = (AwaitingReason, String, Timestamp, Timestamp);
        let mut joined: BTreeMap<Key, (Vec<String>, i64)> = BTreeMap::new();
        for ((reason, flag, code), hours) in self.0 {
            let touch = |a: &Timestamp, b: &Timestamp| b.ms_since(*a) <= HOUR_MS;
            for run in hours.chunk_by(touch) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else {
                    continue;
                };
                let key = (reason, flag.clone(), *first, last.plus_ms(HOUR_MS));
                let count = i64::try_from(run.len()).unwrap_or(i64::MAX);
                let (codes, hours) = joined.entry(key).or_default();
                codes.push(code.clone());
                *hours = count;
            }
        }
        joined
            .into_iter()
            .map(
                |((reason, flag, from, to), (factor_codes, hours))| Awaiting {
                    point_id,
                    reason,
                    flag: Some(flag).filter(|flag| !flag.is_empty()),
                    factor_codes,
                    from,
                    to,
                    hours,
                    due: None,
                    close: None,
                },
            )
            .collect()
    }
}
