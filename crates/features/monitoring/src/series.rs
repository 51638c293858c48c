//! Values of factors over time, for charts and exports: in a layer of truth, reduced to what a
//! chart can show, with the times at which values are missing.

mod reduce;

use access::{Actor, Permission};
use beijing_time::{BEIJING_OFFSET_MS, Clock, DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use database::Database;
use sites::{DeviceDirectory, DirectoryPoint};

use crate::facts::Facts;
use crate::layers::{self, Layer, Mark, Validity};
use crate::records::{Record, RecordReading, Slices, find_point, interval_of, merge_rows};
use crate::retention::Removals;
use crate::versions::{Wanted, load_versions};
use crate::{FactorReading, Field, MonitoringError, PacketId, RecordKind, Value};
use reduce::Reducer;

/// Which values of a record are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SeriesStatistic {
    /// As measured: real-time value or mean.
    #[default]
    Measured,
    /// Converted (折算): `ZsRtd`, `ZsAvg`.
    Converted,
    /// The amount over the period (`Cou`).
    Amount,
}

/// Which series to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRequest {
    /// The point.
    pub point_id: i64,
    /// Which records.
    pub kind: RecordKind,
    /// Which factors; all that there are when empty.
    pub factors: Vec<String>,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
    /// Which layer of truth.
    pub layer: Layer,
    /// Which values.
    pub statistic: SeriesStatistic,
    /// As it was known at this time: what was received, marked and reviewed up to it, and no more.
    pub known_at: Option<Timestamp>,
    /// At most so many points of each factor: more are reduced to buckets with mean, least and
    /// greatest value. Without it, every value is given.
    pub most_points: Option<usize>,
}

/// Values of factors over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Which records.
    pub kind: RecordKind,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
    /// The time between two points: that of the timetable, or of the buckets when reduced; 0 when
    /// no interval is expected.
    pub interval_ms: i64,
    /// The factors: as asked for, or by code.
    pub factors: Vec<SeriesFactor>,
    /// Records of the time asked for were removed by retention up to here.
    pub removed_before: Option<Timestamp>,
}

/// Values of one factor over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesFactor {
    /// The factor.
    pub factor_code: String,
    /// Its values, oldest first.
    pub points: Vec<SeriesPoint>,
    /// Whether points stand for several values.
    pub is_reduced: bool,
    /// The times `from..to` in which values were expected and none came, up to now; at most 1000.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

/// One value, or several in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesPoint {
    /// Its time; of a bucket, that of its first value.
    pub time: Timestamp,
    /// The value as sent, or put in place; the mean of a bucket. Absent when it does not count.
    pub value: Option<Value>,
    /// The least value of the period or bucket.
    pub min: Option<Value>,
    /// The greatest value of the period or bucket.
    pub max: Option<Value>,
    /// The data flag; of a bucket, the first that is not `N`.
    pub flag: Option<Box<str>>,
    /// The enterprise's mark, in the layers `marked` and `effective`.
    pub mark: Option<Mark>,
    /// Whether it counts, in the layer `effective`; of a bucket, the first that is not as received.
    pub validity: Option<Validity>,
    /// The packet it came in; of a bucket, that of the greatest value.
    pub packet_id: PacketId,
    /// How many values it stands for.
    pub count: usize,
}

/// The most values of one answer that is not reduced.
const MOST_VALUES: usize = 2_000_000;
/// The longest time of one request.
const MOST_DAYS: i64 = 11 * 366;
/// The most gaps that are listed of a factor.
const MOST_GAPS: usize = 1000;

/// Loads values of factors over time.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`]
/// for a time out of order or too long.
pub async fn load_series(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    request: &SeriesRequest,
) -> Result<Series, MonitoringError> {
    let point = find_point(directory, actor, Permission::ReadData, request.point_id)?;
    check_request(request)?;
    let interval_ms = compute_interval_ms(point, request.kind);
    let span = (request.from, request.to);
    let facts = Facts::load(database, request.point_id, span, request.layer).await?;
    let facts = facts.known_at(request.known_at);
    let mut reducer = Reducer::new(request, interval_ms);
    let removals = Removals::load(database).await?;
    let from = removals.start(request.kind, request.from);
    let mut slices = Slices::new(request.kind, from, request.to);
    let mut count = 0;
    while let Some((from, to)) = slices.next() {
        let wanted = Wanted {
            factors: (!request.factors.is_empty()).then_some(request.factors.as_slice()),
            known_at: request.known_at,
            ..Wanted::new(request.kind, from, to)
        };
        let rows = load_versions(database, request.point_id, &wanted).await?;
        slices.grow_if(rows.is_empty());
        for record in merge_rows(request.kind, interval_of(point), rows) {
            count += take_record(&mut reducer, &facts, request, record);
        }
        if request.most_points.is_none() && count > MOST_VALUES {
            return Err(MonitoringError::Invalid {
                field: "to",
                detail: format!("more than {MOST_VALUES} values: ask for a shorter time"),
            });
        }
    }
    let now = clock.now();
    // what was not due yet did not miss then
    let due = request.known_at.map_or(now, |known_at| known_at.min(now));
    Ok(Series {
        removed_before: removals.cut(request.kind, request.from),
        ..reducer.finish(request, (from, due))
    })
}

fn check_request(request: &SeriesRequest) -> Result<(), MonitoringError> {
    let invalid = |detail: String| {
        Err(MonitoringError::Invalid {
            field: "to",
            detail,
        })
    };
    if request.from >= request.to {
        return invalid("is not after the beginning".to_owned());
    }
    if request.to.ms_since(request.from) > MOST_DAYS * DAY_MS {
        return invalid(format!("more than {MOST_DAYS} days at once"));
    }
    Ok(())
}

/// The time between two records of a kind by the point's timetable; 0 when none is expected.
pub(crate) fn compute_interval_ms(point: &DirectoryPoint, kind: RecordKind) -> i64 {
    let timetable = point.details.timetable;
    match kind {
        RecordKind::Realtime => timetable
            .realtime_interval_s
            .map_or(0, |seconds| i64::from(seconds) * 1000),
        RecordKind::Minute => timetable
            .minute_interval_min
            .map_or(0, |minutes| i64::from(minutes) * MINUTE_MS),
        RecordKind::Hour if timetable.is_hour_expected => HOUR_MS,
        RecordKind::Day if timetable.is_day_expected => DAY_MS,
        RecordKind::Furnace => 5 * MINUTE_MS,
        _ => 0,
    }
}

/// Puts a record's values into the series; returns how many.
fn take_record(
    reducer: &mut Reducer,
    facts: &Facts,
    request: &SeriesRequest,
    record: Record,
) -> usize {
    let mut count = 0;
    for won in record.readings {
        if won.reading.code.is_empty() || !is_wanted(request, &won.reading.code) {
            continue;
        }
        let code = won.reading.code.clone();
        let of = (record.kind, record.time);
        let point = show_reading(facts, (request.layer, request.statistic), of, won);
        reducer.take(&code, point);
        count += 1;
    }
    count
}

/// What won for one factor as it is shown in a layer.
pub(crate) fn show_reading(
    facts: &Facts,
    (layer, statistic): (Layer, SeriesStatistic),
    (kind, time): (RecordKind, Timestamp),
    mut won: RecordReading,
) -> SeriesPoint {
    let reading = &mut won.reading;
    let mark = layers::find_mark(&facts.marks, kind, &reading.code, time);
    let validity = (layer == Layer::Effective)
        .then(|| layers::apply_reviews(&facts.reviews, kind, time, reading));
    let point = SeriesPoint {
        time,
        value: None,
        min: None,
        max: None,
        flag: reading.flag.clone(),
        mark: mark.map(|mark| mark.mark),
        validity,
        packet_id: won.packet_id,
        count: 1,
    };
    if validity == Some(Validity::Invalid) {
        point
    } else {
        with_values(point, reading, statistic)
    }
}

fn is_wanted(request: &SeriesRequest, code: &str) -> bool {
    request.factors.is_empty() || request.factors.iter().any(|wanted| wanted == code)
}

fn with_values(
    point: SeriesPoint,
    reading: &FactorReading,
    statistic: SeriesStatistic,
) -> SeriesPoint {
    let find = |fields: &[Field]| {
        fields
            .iter()
            .find_map(|field| reading.value(field))
            .cloned()
    };
    let (value, min, max) = match statistic {
        SeriesStatistic::Measured => (
            reading.main_value().map(|(_, value)| value.clone()),
            find(&[Field::Min]),
            find(&[Field::Max]),
        ),
        SeriesStatistic::Converted => (
            find(&[Field::ZsRtd, Field::ZsAvg]),
            find(&[Field::ZsMin]),
            find(&[Field::ZsMax]),
        ),
        SeriesStatistic::Amount => (find(&[Field::Cou]), None, None),
    };
    SeriesPoint {
        value,
        min,
        max,
        ..point
    }
}

/// The times in which values were expected and none came.
fn find_gaps(
    times: &[Timestamp],
    interval_ms: i64,
    (from, to): (Timestamp, Timestamp),
) -> Vec<(Timestamp, Timestamp)> {
    if interval_ms == 0 || from >= to {
        return Vec::new();
    }
    // hours and days begin at whole hours and days of Beijing
    let offset = from.epoch_ms() + BEIJING_OFFSET_MS;
    let first_due = from.plus_ms((-offset).rem_euclid(interval_ms));
    let mut gaps = Vec::new();
    let mut due = first_due;
    for (place, time) in times.iter().copied().chain([to]).enumerate() {
        if gaps.len() == MOST_GAPS {
            break;
        }
        // between two values half an interval of grace, for they do not come to the second; at the
        // ends a whole one, for nobody knows where in the interval a device sends
        let is_end = place == 0 || place == times.len();
        let missing = time.ms_since(due);
        if missing >= interval_ms || (!is_end && missing > interval_ms / 2) {
            gaps.push((due, time));
        }
        due = time.plus_ms(interval_ms);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2016-05-04T{text}+08:00").parse().unwrap()
    }

    fn gaps(times: &[&str], interval_ms: i64, from: &str, to: &str) -> Vec<String> {
        let times: Vec<_> = times.iter().map(|time| at(time)).collect();
        find_gaps(&times, interval_ms, (at(from), at(to)))
            .iter()
            .map(|(from, to)| {
                let clock = |time: &Timestamp| time.to_string().get(11..16).unwrap().to_owned();
                format!("{}-{}", clock(from), clock(to))
            })
            .collect()
    }

    #[test]
    fn gaps_are_where_values_were_due() {
        let hours = |times: &[&str], from, to| gaps(times, HOUR_MS, from, to);
        let all = ["10:00:00", "11:00:00", "12:00:00"];
        assert_eq!(hours(&all, "10:00:00", "13:00:00"), [""; 0]);
        assert_eq!(hours(&all, "09:10:00", "13:40:00"), [""; 0]);
        assert_eq!(
            hours(&all, "09:00:00", "14:00:00"),
            ["09:00-10:00", "13:00-14:00"]
        );
        assert_eq!(
            hours(&["10:00:00", "12:00:00"], "10:00:00", "13:00:00"),
            ["11:00-12:00"]
        );
        assert_eq!(hours(&[], "10:00:00", "13:00:00"), ["10:00-13:00"]);
        assert_eq!(gaps(&[], 0, "10:00:00", "13:00:00"), [""; 0]);
        // real-time values that drift are no gaps
        let drifting = ["10:00:31", "10:01:35", "10:02:33", "10:05:00"];
        let found = gaps(&drifting, MINUTE_MS, "10:00:00", "10:05:30");
        assert_eq!(found, ["10:03-10:05"]);
    }
}
