//! What a logger has to send next: live values at their pace, periods once they are over, history
//! that was held back.

use beijing_time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

use crate::city::City;
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
        Self { series }
    }

    /// Takes what is due at a moment: live values first, then the oldest period.
    pub fn take_due(&mut self, now: Timestamp) -> Option<Due> {
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
