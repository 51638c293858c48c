//! What befalls a monitor: calibration, maintenance, faults, standstill, exceedance, outages. All
//! of it follows from the seed, so that history and the live city agree.

use beijing_time::{HOUR_MS, MINUTE_MS, Timestamp};

use crate::noise::Noise;

/// How a monitor does at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// The data flag of its values: N, C, M, D or F.
    pub flag: char,
    /// What pollutant concentrations are multiplied by: 1, or more in an episode.
    pub excess: f64,
    /// Whether the line to the host is down: the logger keeps its data and sends them later.
    pub is_cut_off: bool,
}

impl Condition {
    /// All is well.
    pub const NORMAL: Self = Self {
        flag: 'N',
        excess: 1.0,
        is_cut_off: false,
    };
}

/// Chances of a point and day.
const FAULT: f64 = 0.015;
const STANDSTILL: f64 = 0.010;
const EXCESS: f64 = 0.030;
const CUT_OFF: f64 = 0.020;

/// How the monitor named `subject` does at a moment.
pub fn condition_at(seed: u64, subject: &str, time: Timestamp) -> Condition {
    let mut condition = Condition::NORMAL;
    let day = time.stat_day();
    // an episode may have begun the day before
    for number in [day.number() - 1, day.number()] {
        let start = beijing_time::StatDay::from_number(number).start();
        let in_episode = |name: &str, chance: f64, longest_hours: f64| {
            let noise = Noise::new(seed, name).of(subject);
            if !noise.happens(number, chance) {
                return false;
            }
            let begin = within_ms(noise.unit(number ^ 0x55), 24.0);
            let length = within_ms(0.15 + 0.85 * noise.unit(number ^ 0xaa), longest_hours);
            (begin..begin + length).contains(&time.ms_since(start))
        };
        if in_episode("excess", EXCESS, 4.0) {
            condition.excess = 2.6;
        }
        if in_episode("fault", FAULT, 5.0) {
            condition.flag = 'D';
        }
        if in_episode("standstill", STANDSTILL, 14.0) {
            condition.flag = 'F';
        }
        condition.is_cut_off |= in_episode("cut off", CUT_OFF, 5.0);
    }
    let since_midnight = time.ms_since(day.start());
    let own = Noise::new(seed, "schedule").of(subject);
    // calibration for 20 minutes early each day, maintenance for 90 minutes once a week
    let calibration = HOUR_MS + within_ms(own.unit(1), 4.0);
    if (calibration..calibration + 20 * MINUTE_MS).contains(&since_midnight) {
        condition.flag = 'C';
    }
    let maintenance = 9 * HOUR_MS + within_ms(own.unit(2), 6.0);
    let weekday = i64::try_from(own.number(3) % 5).unwrap_or(0) + 1;
    if i64::from(day.date().weekday()) == weekday
        && (maintenance..maintenance + 90 * MINUTE_MS).contains(&since_midnight)
    {
        condition.flag = 'M';
    }
    condition
}

/// A share of some hours, in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a few hours")]
fn within_ms(share: f64, hours: f64) -> i64 {
    (share * hours * 3_600_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_every_kind_of_day() {
        let start: Timestamp = "2016-01-01".parse().unwrap();
        let mut seen = std::collections::BTreeMap::new();
        for step in 0..366 * 144 {
            let condition = condition_at(1, "SIM-E01/DA001", start.plus_ms(step * 10 * MINUTE_MS));
            *seen.entry(condition.flag).or_insert(0) += 1;
            if condition.excess > 1.0 {
                *seen.entry('x').or_insert(0) += 1;
            }
            if condition.is_cut_off {
                *seen.entry('o').or_insert(0) += 1;
            }
        }
        for letter in ['N', 'C', 'M', 'D', 'F', 'x', 'o'] {
            assert!(seen.contains_key(&letter), "{letter}: {seen:?}");
        }
        assert!(seen[&'N'] > 366 * 144 * 9 / 10, "{seen:?}");
        assert!((700..770).contains(&seen[&'C']), "{seen:?}");
    }

    #[test]
    fn monitors_do_not_fail_together() {
        let time: Timestamp = "2016-03-03T13:00:00+08:00".parse().unwrap();
        let faults = (0..400)
            .filter(|point| condition_at(1, &point.to_string(), time).flag == 'D')
            .count();
        assert!(faults < 20, "{faults}");
    }
}
