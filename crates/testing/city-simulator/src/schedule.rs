//! What a logger has to send next: live values at their pace, periods once they are over, history
//! that was held back.

use beijing_time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

use crate::city::{City, Memory};
use crate::noise::Noise;
use crate::packet::PacketKind;

/// How far back a logger that starts has data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backfill {
    /// Hour and day records, days.
    pub days: i64,
    /// Minute records, hours.
    pub minute_hours: i64,
}

/// A period that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The place of its point in the city.
    pub point: usize,
    /// Its kind.
    pub kind: PacketKind,
    /// Its start.
    pub start: Timestamp,
    /// Whether it is history: over long ago.
    pub is_history: bool,
}

#[derive(Debug, Clone, Copy)]
struct Series {
    point: usize,
    kind: PacketKind,
    length_ms: i64,
    /// The start of the next period.
    next: Timestamp,
    /// How long after the end of a period it is sent.
    delay_ms: i64,
}

/// The series of one logger.
#[derive(Debug, Clone)]
pub struct Schedule {
    series: Vec<Series>,
    /// Spans of which nothing is sent by itself: what ended within is left out.
    left_out: Vec<(Timestamp, Timestamp)>,
}

impl Schedule {
    /// The schedule of a logger that starts at a moment.
    pub fn new(city: &City, logger: usize, now: Timestamp, backfill: Backfill) -> Self {
        let points = city
            .loggers
            .get(logger)
            .map_or(&[][..], |logger| &logger.points);
        let noise = Noise::new(city.seed, "pace").of(&logger.to_string());
        let mut series = Vec::new();
        for (point, place) in points.iter().zip(0..) {
            let Some(details) = city.points.get(*point) else {
                continue;
            };
            let draw = |salt: i64, most_ms: i64| {
                i64::try_from(noise.number(place * 8 + salt) % most_ms.unsigned_abs().max(1))
                    .unwrap_or(0)
            };
            for kind in [
                PacketKind::Realtime,
                PacketKind::Minute,
                PacketKind::Hour,
                PacketKind::Day,
            ] {
                let length_ms = kind.length_ms(details);
                let (from, delay_ms) = match kind {
                    // loggers do not all speak in the same second
                    PacketKind::Realtime => (now.plus_ms(draw(1, length_ms)), 0),
                    PacketKind::Minute => (
                        now.plus_ms(-backfill.minute_hours * HOUR_MS),
                        2_000 + draw(2, 40_000),
                    ),
                    PacketKind::Hour => (
                        now.plus_ms(-backfill.days * DAY_MS),
                        20_000 + draw(3, 3 * MINUTE_MS),
                    ),
                    PacketKind::Day => (
                        now.plus_ms(-backfill.days * DAY_MS),
                        2 * MINUTE_MS + draw(4, 8 * MINUTE_MS),
                    ),
                };
                let next = match kind {
                    PacketKind::Realtime => from,
                    PacketKind::Day => from.stat_day().start(),
                    PacketKind::Minute | PacketKind::Hour => {
                        Timestamp::from_epoch_ms(from.epoch_ms().div_euclid(length_ms) * length_ms)
                    }
                };
                series.push(Series {
                    point: *point,
                    kind,
                    length_ms,
                    next,
                    delay_ms,
                });
            }
        }
        let mut schedule = Self {
            series,
            left_out: Vec::new(),
        };
        if let Some(logger) = city.loggers.get(logger)
            && logger.memory != Memory::SendsByItself
        {
            // its line was down for some hours before the simulation began
            let hours = i64::try_from(noise.number(-1) % 30).unwrap_or(0) + 6;
            let from = now.plus_ms(-hours * HOUR_MS);
            let length = i64::try_from(noise.number(-2) % 4).unwrap_or(0) + 2;
            schedule.leave_out(from, from.plus_ms(length * HOUR_MS));
        }
        schedule
    }

    /// The line was down: what ended meanwhile is not sent by itself.
    pub fn leave_out(&mut self, from: Timestamp, to: Timestamp) {
        self.left_out.push((from, to));
    }

    /// Whether a period ended while the line was down.
    pub fn is_left_out(&self, end: Timestamp) -> bool {
        self.left_out
            .iter()
            .any(|(from, to)| *from < end && end <= *to)
    }

    /// Takes what is due at a moment: live values first, then the oldest period.
    pub fn take_due(&mut self, now: Timestamp) -> Option<Due> {
        let left_out = core::mem::take(&mut self.left_out);
        for series in &mut self.series {
            let is_left_out =
                |end: Timestamp| left_out.iter().any(|(from, to)| *from < end && end <= *to);
            while series.kind != PacketKind::Realtime
                && is_left_out(series.next.plus_ms(series.length_ms))
            {
                series.next = series.next.plus_ms(series.length_ms);
            }
        }
        self.left_out = left_out;
        let due = self
            .series
            .iter_mut()
            .filter(|series| match series.kind {
                PacketKind::Realtime => series.next <= now,
                _ => series.next.plus_ms(series.length_ms + series.delay_ms) <= now,
            })
            .min_by_key(|series| (series.kind != PacketKind::Realtime, series.next))?;
        let start = due.next;
        if due.kind == PacketKind::Realtime {
            // what was missed of live values is gone
            let missed = now.ms_since(start) / due.length_ms;
            due.next = start.plus_ms((missed + 1) * due.length_ms);
            return Some(Due {
                point: due.point,
                kind: due.kind,
                start: now,
                is_history: false,
            });
        }
        due.next = start.plus_ms(due.length_ms);
        let age = now.ms_since(due.next);
        Some(Due {
            point: due.point,
            kind: due.kind,
            start,
            is_history: age > due.delay_ms + 15 * MINUTE_MS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_while_the_line_was_down_is_left_out() {
        let city = City::hengyang(1).unwrap();
        let by_itself = |logger: &crate::city::Logger| logger.memory == Memory::SendsByItself;
        let logger = city.loggers.iter().position(by_itself).unwrap();
        let now: Timestamp = "2016-05-04T15:07:00+08:00".parse().unwrap();
        let backfill = Backfill {
            days: 1,
            minute_hours: 6,
        };
        let hours = |schedule: &mut Schedule| {
            let mut hours = Vec::new();
            while let Some(due) = schedule.take_due(now) {
                if due.kind == PacketKind::Hour {
                    hours.push(due.start);
                }
            }
            hours.dedup();
            hours
        };
        let all = hours(&mut Schedule::new(&city, logger, now, backfill));
        let mut schedule = Schedule::new(&city, logger, now, backfill);
        let (from, to) = (now.plus_ms(-5 * HOUR_MS), now.plus_ms(-3 * HOUR_MS));
        schedule.leave_out(from, to);
        let some = hours(&mut schedule);
        let missing: Vec<_> = all.iter().filter(|hour| !some.contains(hour)).collect();
        // 11:00 and 12:00 are the ends that lie within 10:07 to 12:07
        assert_eq!(missing.len(), 2);
        assert!(
            missing
                .iter()
                .all(|hour| schedule.is_left_out(hour.plus_ms(HOUR_MS)))
        );
    }

    #[test]
    fn history_comes_in_order_and_once_and_live_values_come_first() {
        let city = City::hengyang(1).unwrap();
        let now: Timestamp = "2016-05-04T15:07:00+08:00".parse().unwrap();
        let backfill = Backfill {
            days: 2,
            minute_hours: 3,
        };
        let mut schedule = Schedule::new(&city, 0, now, backfill);
        let later = now.plus_ms(6 * MINUTE_MS);
        let mut seen = Vec::new();
        while let Some(due) = schedule.take_due(later) {
            seen.push(due);
            assert!(seen.len() < 1_000);
        }
        assert_eq!(seen[0].kind, PacketKind::Realtime);
        assert_eq!(seen[0].start, later);
        let hours: Vec<_> = seen
            .iter()
            .filter(|due| due.kind == PacketKind::Hour)
            .map(|due| (due.point, due.start))
            .collect();
        let mut sorted = hours.clone();
        sorted.dedup();
        assert_eq!(sorted.len(), hours.len());
        let of_first: Vec<_> = hours
            .iter()
            .filter(|(point, _)| *point == hours[0].0)
            .collect();
        // from 15:00 two days ago up to 14:00 today
        assert_eq!(of_first.len(), 48);
        assert!(of_first.is_sorted());
        assert!(seen.iter().any(|due| due.is_history));
    }
}
