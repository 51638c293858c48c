//! Which time one block covers.

use beijing_time::{StatDay, Timestamp};

use crate::RecordKind;

/// Instants beyond, on either side, are no device's: they count as this one.
const FAR_MS: i64 = 1 << 60;

/// The span of one block: a Beijing day; for kinds of which little comes 32 or 512 days, so that a
/// block is always worth its row. Spans are counted from 1970, which needs no calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The number of its first day, by which it is stored.
    pub(crate) day: i64,
    /// Its start.
    pub(crate) from: Timestamp,
    /// Its end, which belongs to the next.
    pub(crate) to: Timestamp,
}

impl Span {
    /// The span that a time belongs to.
    pub(crate) fn containing(kind: RecordKind, time: Timestamp) -> Self {
        let near = time.epoch_ms().clamp(-FAR_MS, FAR_MS);
        let day = StatDay::containing(Timestamp::from_epoch_ms(near));
        Self::of_day(kind, day.number())
    }

    /// The span that holds a day.
    pub(crate) fn of_day(kind: RecordKind, day: i64) -> Self {
        let days = days_of(kind);
        let first = StatDay::from_number(day.div_euclid(days) * days);
        Self {
            day: first.number(),
            from: first.start(),
            to: first.plus(days).start(),
        }
    }

    /// The one after.
    pub(crate) fn next(self, kind: RecordKind) -> Self {
        Self::containing(kind, self.to)
    }

    /// The one before.
    pub(crate) fn previous(self, kind: RecordKind) -> Self {
        Self::containing(kind, self.from.plus_ms(-1))
    }
}

const fn days_of(kind: RecordKind) -> i64 {
    match kind {
        RecordKind::Hour | RecordKind::Check | RecordKind::Periodic | RecordKind::Event => 32,
        RecordKind::Day | RecordKind::RunningTime => 512,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beijing_time::DAY_MS;
    use proptest::prelude::*;

    #[test]
    fn a_day_of_minutes_is_a_day_of_beijing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let span = Span::containing(RecordKind::Minute, at("2024-02-29T23:59:59+08:00"));
        assert_eq!(span.from, at("2024-02-29T00:00:00+08:00"));
        assert_eq!(span.to, at("2024-03-01T00:00:00+08:00"));
    }

    proptest! {
        #[test]
        fn spans_hold_their_time_and_lie_side_by_side(
            time in -300_000_000_000_000_i64..300_000_000_000_000,
            kind in proptest::sample::select(RecordKind::ALL),
        ) {
            let time = Timestamp::from_epoch_ms(time);
            let span = Span::containing(kind, time);
            prop_assert!(span.from <= time && time < span.to);
            prop_assert_eq!(span.to.ms_since(span.from), days_of(kind) * DAY_MS);
            prop_assert_eq!(Span::of_day(kind, span.day), span);
            prop_assert_eq!(span.next(kind).from, span.to);
            prop_assert_eq!(span.previous(kind).to, span.from);
        }
    }

    #[test]
    fn the_ends_of_time_have_a_span() {
        for time in [i64::MIN, i64::MAX] {
            Span::containing(RecordKind::Hour, Timestamp::from_epoch_ms(time));
        }
    }
}
