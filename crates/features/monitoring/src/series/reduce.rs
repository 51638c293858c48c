//! Many values as few: buckets of equal time, each with its mean, least and greatest value.

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use exact_decimal::{Decimal, Rounding};

use super::{Series, SeriesFactor, SeriesPoint, SeriesRequest, find_gaps};
use crate::Value;
use crate::layers::Validity;

/// Collects the values of all factors.
pub(super) struct Reducer {
    from: Timestamp,
    interval_ms: i64,
    /// The time of a bucket; 0 when values are not put together.
    bucket_ms: i64,
    factors: BTreeMap<Box<str>, Collected>,
}

#[derive(Default)]
struct Collected {
    points: Vec<SeriesPoint>,
    times: Vec<Timestamp>,
    bucket: Option<Bucket>,
    is_reduced: bool,
}

impl Reducer {
    pub(super) fn new(request: &SeriesRequest, interval_ms: i64) -> Self {
        let span = request.to.ms_since(request.from);
        let bucket_ms = match request.most_points {
            Some(most) => {
                let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
                let least = (span + most - 1) / most;
                // whole intervals, so that each bucket holds as many values as the next
                if interval_ms > 0 {
                    (least + interval_ms - 1) / interval_ms * interval_ms
                } else {
                    least
                }
            }
            None => 0,
        };
        Self {
            from: request.from,
            interval_ms,
            bucket_ms: if bucket_ms <= interval_ms {
                0
            } else {
                bucket_ms
            },
            factors: BTreeMap::new(),
        }
    }

    /// Takes the next value of a factor; values come in the order of time.
    pub(super) fn take(&mut self, code: &str, point: SeriesPoint) {
        if !self.factors.contains_key(code) {
            self.factors.insert(code.into(), Collected::default());
        }
        let Some(factor) = self.factors.get_mut(code) else {
            return;
        };
        factor.times.push(point.time);
        if self.bucket_ms == 0 {
            factor.points.push(point);
            return;
        }
        let place = point.time.ms_since(self.from).div_euclid(self.bucket_ms);
        match &mut factor.bucket {
            Some(bucket) if bucket.place == place => {
                bucket.add(&point);
                factor.is_reduced = true;
            }
            bucket => {
                let full = bucket.replace(Bucket::new(place, point));
                factor.points.extend(full.map(Bucket::finish));
            }
        }
    }

    /// The series, with the gaps of what was due between two instants.
    pub(super) fn finish(
        self,
        request: &SeriesRequest,
        (from, now): (Timestamp, Timestamp),
    ) -> Series {
        let span = (from, request.to.min(now));
        let interval_ms = self.interval_ms;
        let mut found = self.factors;
        let finish = |factor_code: String, collected: Option<Collected>| {
            let mut collected = collected.unwrap_or_default();
            collected
                .points
                .extend(collected.bucket.take().map(Bucket::finish));
            SeriesFactor {
                factor_code,
                gaps: find_gaps(&collected.times, interval_ms, span),
                points: collected.points,
                is_reduced: collected.is_reduced,
            }
        };
        let factors = if request.factors.is_empty() {
            found
                .into_iter()
                .map(|(code, collected)| finish(code.into_string(), Some(collected)))
                .collect()
        } else {
            request
                .factors
                .iter()
                .map(|code| finish(code.clone(), found.remove(code.as_str())))
                .collect()
        };
        Series {
            kind: request.kind,
            from: request.from,
            to: request.to,
            interval_ms: self.interval_ms.max(self.bucket_ms),
            factors,
            removed_before: None,
        }
    }
}

/// Values of one bucket.
struct Bucket {
    place: i64,
    point: SeriesPoint,
    /// Sum and count of the values, exact; no sum when it leaves the range.
    sum: Option<Decimal>,
    numbers: i64,
    scale: u32,
    highest: Option<Decimal>,
}

impl Bucket {
    fn new(place: i64, point: SeriesPoint) -> Self {
        let number = point.value.as_ref().and_then(Value::decimal);
        Self {
            place,
            sum: Some(number.unwrap_or_default()),
            numbers: i64::from(number.is_some()),
            scale: number.map_or(0, Decimal::scale),
            highest: greatest(&point),
            point,
        }
    }

    fn add(&mut self, next: &SeriesPoint) {
        let point = &mut self.point;
        point.count += next.count;
        if let Some(number) = next.value.as_ref().and_then(Value::decimal) {
            self.sum = self.sum.and_then(|sum| sum.checked_add(number).ok());
            self.numbers += 1;
            self.scale = self.scale.max(number.scale());
        }
        if point.min.is_none() {
            point.min = point.value.clone();
        }
        if point.max.is_none() {
            point.max = point.value.clone();
        }
        let less = next.min.as_ref().or(next.value.as_ref());
        if is_beyond(less, point.min.as_ref(), |new, old| new < old) {
            point.min = less.cloned();
        }
        let more = next.max.as_ref().or(next.value.as_ref());
        if is_beyond(more, point.max.as_ref(), |new, old| new > old) {
            point.max = more.cloned();
        }
        let highest = greatest(next);
        if highest > self.highest {
            self.highest = highest;
            point.packet_id = next.packet_id;
        }
        if point.flag.as_deref().is_none_or(|flag| flag == "N") && next.flag.is_some() {
            point.flag.clone_from(&next.flag);
        }
        point.mark = point.mark.or(next.mark);
        if point
            .validity
            .is_none_or(|known| known == Validity::Received)
        {
            point.validity = next.validity.or(point.validity);
        }
    }

    fn finish(self) -> SeriesPoint {
        if self.point.count == 1 {
            return self.point;
        }
        let mean = self.sum.and_then(|sum| {
            let count = Decimal::from_mantissa_and_scale(self.numbers, 0).ok()?;
            let one = Decimal::from_mantissa_and_scale(1, 0).ok()?;
            let places = self.scale;
            sum.multiply_then_divide(one, count, Rounding::HalfEven { places })
                .ok()
        });
        SeriesPoint {
            value: mean.map(|mean| Value::parse(&mean.to_string())),
            ..self.point
        }
    }
}

fn greatest(point: &SeriesPoint) -> Option<Decimal> {
    let value = point.max.as_ref().or(point.value.as_ref())?;
    value.decimal()
}

fn is_beyond(
    new: Option<&Value>,
    old: Option<&Value>,
    beyond: fn(Decimal, Decimal) -> bool,
) -> bool {
    match (new.and_then(Value::decimal), old.and_then(Value::decimal)) {
        (Some(new), Some(old)) => beyond(new, old),
        (Some(_), None) => true,
        (None, _) => false,
    }
}
