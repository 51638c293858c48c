//! What an hour of a point counts as, and what hours come to.

use beijing_time::{HOUR_MS, StatDay, Timestamp};
use sites::{DeviceDirectory, DirectoryPoint};

use super::{HourValue, NotDue, PlannedStop, RateCounts, RateHour, ValueState};
use crate::layers::{RecordMark, RecordReview, Validity, apply_reviews, is_excused};
use crate::records::Record;
use crate::{FactorReading, RecordKind};

/// How long after an hour's end its values may still be on their way.
pub(super) const GRACE_MS: i64 = HOUR_MS;

/// What is known of one point and day.
pub(super) struct Known<'a> {
    pub(super) directory: &'a DeviceDirectory,
    pub(super) point: &'a DirectoryPoint,
    pub(super) stops: &'a [PlannedStop],
    pub(super) marks: &'a [RecordMark],
    pub(super) reviews: &'a [RecordReview],
    /// The hour records, by time.
    pub(super) hours: Vec<Record>,
    /// The hours from which minutes are held.
    pub(super) minutes: Vec<Timestamp>,
    pub(super) now: Timestamp,
}

impl Known<'_> {
    /// The 24 hours of a day.
    pub(super) fn compute_hours(&self, day: StatDay) -> Vec<RateHour> {
        (0..24)
            .map(|hour| self.compute_hour(day.start().plus_ms(hour * HOUR_MS)))
            .collect()
    }

    fn compute_hour(&self, time: Timestamp) -> RateHour {
        let record = self.hours.iter().find(|record| record.time == time);
        let values = self.compute_values(time, record);
        let is_running = values
            .iter()
            .any(|value| matches!(value.state, ValueState::Valid | ValueState::Invalid));
        RateHour {
            time,
            not_due: self.find_not_due(time, &values),
            is_networked: record.is_some() || self.minutes.contains(&time),
            is_running,
            values,
        }
    }

    fn find_not_due(&self, time: Timestamp, values: &[HourValue]) -> Option<NotDue> {
        if !self.point.details.is_enabled {
            return Some(NotDue::Disabled);
        }
        if time.plus_ms(HOUR_MS + GRACE_MS) > self.now {
            return Some(NotDue::NotYet);
        }
        if !self.has_device(time) {
            return Some(NotDue::NoDevice);
        }
        if self.stops.iter().any(|stop| self.covers(stop, None, time)) {
            return Some(NotDue::PlannedStop);
        }
        let is_stopped =
            !values.is_empty() && values.iter().all(|value| value.state == ValueState::Exempt);
        is_stopped.then_some(NotDue::Stopped)
    }

    fn has_device(&self, time: Timestamp) -> bool {
        let ids = self.directory.devices_of_point(self.point.id);
        ids.iter()
            .filter_map(|id| self.directory.device(*id))
            .any(|device| {
                device.is_enabled
                    && device.validity.contains(time)
                    && device.channels.iter().any(|channel| {
                        channel.point_id == self.point.id && channel.validity.contains(time)
                    })
            })
    }

    /// Whether a planned stop covers a whole hour, of one factor or of all.
    fn covers(&self, stop: &PlannedStop, factor_code: Option<&str>, time: Timestamp) -> bool {
        stop.site_id == self.point.site_id.0
            && stop.point_id.is_none_or(|id| id == self.point.id.0)
            && (stop.factor_code.is_empty() || Some(stop.factor_code.as_str()) == factor_code)
            && stop.from <= time
            && time.plus_ms(HOUR_MS) <= stop.to
    }

    fn compute_values(&self, time: Timestamp, record: Option<&Record>) -> Vec<HourValue> {
        let expected = self
            .point
            .factors
            .iter()
            .filter(|factor| factor.is_expected);
        expected
            .map(|factor| {
                let code = factor.factor_code.as_str();
                let won = record.and_then(|record| {
                    let mut readings = record.readings.iter();
                    readings.find(|won| &*won.reading.code == code)
                });
                let facts = (self.marks, self.reviews);
                let is_exempt = is_excused(facts, RecordKind::Hour, code, time)
                    || self
                        .stops
                        .iter()
                        .any(|stop| self.covers(stop, Some(code), time));
                HourValue {
                    factor_code: code.to_owned(),
                    flag: won.and_then(|won| won.reading.flag.clone()),
                    packet_id: won.map(|won| won.packet_id),
                    state: match won {
                        _ if is_exempt => ValueState::Exempt,
                        None => ValueState::Missing,
                        Some(won) => self.judge(time, won.reading.clone()),
                    },
                }
            })
            .collect()
    }

    fn judge(&self, time: Timestamp, mut reading: FactorReading) -> ValueState {
        let validity = apply_reviews(self.reviews, RecordKind::Hour, time, &mut reading);
        let is_number = reading
            .main_value()
            .is_some_and(|(_, value)| value.decimal().is_some());
        match (validity, reading.flag.as_deref().unwrap_or("N")) {
            (Validity::Replaced, _) => ValueState::Valid,
            // the source stands still: its values are not due (HJ 75-2017, from memory)
            (Validity::Received, "F") => ValueState::Exempt,
            (Validity::Received, "D" | "B") => ValueState::Faulty,
            (Validity::Received, "N") if is_number => ValueState::Valid,
            (Validity::Received | Validity::Invalid | Validity::AmountReplaced, _) => {
                ValueState::Invalid
            }
        }
    }
}

/// What hours come to. Hours that are not due count nowhere but as exempt.
pub(super) fn count(hours: &[RateHour]) -> RateCounts {
    let mut counts = RateCounts::default();
    for hour in hours {
        match hour.not_due {
            Some(NotDue::PlannedStop | NotDue::Stopped) => {
                counts.exempt_hours += 1;
                counts.exempt_values += i64::try_from(hour.values.len()).unwrap_or(i64::MAX);
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        counts.due_hours += 1;
        counts.networked_hours += i64::from(hour.is_networked);
        counts.running_hours += i64::from(hour.is_running);
        for value in &hour.values {
            let (is_received, is_valid) = match value.state {
                ValueState::Exempt => {
                    counts.exempt_values += 1;
                    continue;
                }
                ValueState::Missing => (false, false),
                ValueState::Valid => (true, true),
                ValueState::Invalid | ValueState::Faulty => (true, false),
            };
            counts.due_values += 1;
            counts.received_values += i64::from(is_received);
            counts.valid_values += i64::from(is_valid);
        }
    }
    counts
}
