//! Decisions without a database: what a file is, until when something is due, what may follow what.

use beijing_time::{CivilDate, DAY_MS, Timestamp};
use monitoring::layers::Decision;
use standards::emission::{compute_marking_deadlines, compute_review_deadline};
use standards::{Parameters, StandardError};

use crate::MarkingError;
use crate::error::invalid;
use crate::model::{MarkingState, Verdict};

/// The most files of one marking.
pub(crate) const MOST_FILES: i64 = 10;
/// The longest reason, in characters.
const LONGEST_TEXT: usize = 2000;
/// How long what still goes on may be marked ahead.
const MOST_AHEAD_MS: i64 = 31 * DAY_MS;

pub(crate) fn check_text(field: &'static str, text: &str) -> Result<String, MarkingError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(invalid(field, format!("1 to {LONGEST_TEXT} characters")));
    }
    Ok(text.to_owned())
}

/// What has begun can be marked, and what goes on a month ahead.
pub(crate) fn check_span(
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<(), MarkingError> {
    if from >= to {
        return Err(invalid("to", "is not after the beginning"));
    }
    if from > now {
        return Err(invalid("from", "lies in the future"));
    }
    if to.ms_since(now) > MOST_AHEAD_MS {
        return Err(invalid("to", "lies more than 31 days ahead"));
    }
    Ok(())
}

/// The deadlines of a marking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Due {
    pub(crate) mark: Option<Timestamp>,
    pub(crate) close: Option<Timestamp>,
}

fn last_instant(day: CivilDate) -> Timestamp {
    day.plus_days(1).midnight()
}

/// A year without a calendar has no deadline: it is never counted by weekends alone.
fn known<T>(computed: Result<T, StandardError>) -> Result<Option<T>, StandardError> {
    match computed {
        Ok(known) => Ok(Some(known)),
        Err(StandardError::NoRow { .. } | StandardError::NotInForce { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Until when values of a period that ends at `to` are to be marked.
pub(crate) fn find_due(parameters: &Parameters, to: Timestamp) -> Result<Due, StandardError> {
    let last_day = to.plus_ms(-1).civil().date();
    let deadlines = known(compute_marking_deadlines(parameters, last_day))?;
    Ok(deadlines.map_or_else(Due::default, |deadlines| Due {
        mark: Some(last_instant(deadlines.in_time.day)),
        close: Some(last_instant(deadlines.close.day)),
    }))
}

/// Until when a marking made at an instant is to be reviewed.
pub(crate) fn find_review_due(
    parameters: &Parameters,
    at: Timestamp,
) -> Result<Option<Timestamp>, StandardError> {
    let deadline = known(compute_review_deadline(parameters, at.civil().date()))?;
    Ok(deadline.map(|deadline| last_instant(deadline.day)))
}

/// Whether a verdict may follow a state.
pub(crate) fn check_step(state: MarkingState, verdict: &Verdict) -> Result<(), MarkingError> {
    use MarkingState as State;
    let (is_fine, wanted) = match verdict {
        Verdict::Accept | Verdict::Reject | Verdict::Invalidate => (
            state == State::Submitted,
            "only one that waits can be accepted, rejected or judged invalid",
        ),
        Verdict::Substitute(_) => (
            matches!(
                state,
                State::Submitted | State::Accepted | State::Invalid | State::Replaced
            ),
            "a substitute needs values that do not count",
        ),
        Verdict::Restore => (
            matches!(state, State::Accepted | State::Invalid | State::Replaced),
            "there is no decision to take back",
        ),
    };
    if is_fine {
        return Ok(());
    }
    Err(MarkingError::WrongState {
        state: state.as_str(),
        wanted,
    })
}

/// The decision in the layers; of a substitute it follows from its calculation.
pub(crate) fn plain_decision(verdict: &Verdict) -> Option<Decision> {
    match verdict {
        Verdict::Accept => Some(Decision::Accepted),
        Verdict::Reject => Some(Decision::Rejected),
        Verdict::Invalidate => Some(Decision::Invalid),
        Verdict::Restore => Some(Decision::Restored),
        Verdict::Substitute(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_not_decided_again() {
        use MarkingState::{Accepted, Rejected, Submitted, Withdrawn};
        assert!(check_step(Submitted, &Verdict::Accept).is_ok());
        assert!(check_step(Accepted, &Verdict::Restore).is_ok());
        for state in [Withdrawn, Rejected, Accepted] {
            assert!(check_step(state, &Verdict::Accept).is_err(), "{state:?}");
        }
        assert!(check_step(Submitted, &Verdict::Restore).is_err());
        assert!(check_step(Rejected, &Verdict::Restore).is_err());
    }

    #[test]
    fn a_year_without_a_calendar_has_no_deadline() {
        let parameters = Parameters::shipped().unwrap();
        let of = |text: &str| find_due(&parameters, text.parse().unwrap()).unwrap();
        // the Friday's hour that ends at midnight is Friday's
        let due = of("2026-11-28T00:00:00+08:00");
        assert_eq!(due.mark, Some("2026-12-03T00:00:00+08:00".parse().unwrap()));
        assert_eq!(of("2035-01-05T00:00:00+08:00"), Due::default());
        assert_eq!(of("2016-01-05T00:00:00+08:00"), Due::default());
    }
}
