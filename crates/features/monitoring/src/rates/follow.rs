//! What changes rates besides data: the directory and the passing of time. What was taken into
//! account is kept for each point, so that a start lets be computed only what is not up to date.

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::{DAY_MS, HOUR_MS, Timestamp};
use database::Database;
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, DirectoryPoint, Validity};

use super::compute::GRACE_MS;
use crate::MonitoringError;
use crate::store::rates as store;

/// How far back a change that has no time of its own, such as of the list of factors, is followed.
const BACK_MS: i64 = 31 * DAY_MS;
/// How far back at most anything is followed.
const MOST_BACK_MS: i64 = 400 * DAY_MS;

/// From an instant up to another, or without end.
type Span = (i64, Option<i64>);

/// What of the directory a point's rates are computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Facts {
    /// The site, for whose planned stops hold.
    site_id: i64,
    is_enabled: bool,
    /// The factors that every hour must hold.
    expected: BTreeSet<String>,
    /// When a device serves the point: disjoint, in order.
    service: Vec<Span>,
}

fn common(a: Validity, b: Validity) -> Option<Span> {
    let from = a.from.max(b.from).epoch_ms();
    let to = match (a.to, b.to) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let to = to.map(Timestamp::epoch_ms);
    to.is_none_or(|to| from < to).then_some((from, to))
}

/// Joins spans that touch.
fn join(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some((_, end)) if end.is_none_or(|end| from <= end) => {
                *end = end.zip(to).map(|(end, to)| end.max(to));
            }
            _ => joined.push((from, to)),
        }
    }
    joined
}

impl Facts {
    fn of(directory: &DeviceDirectory, point: &DirectoryPoint) -> Self {
        let devices = directory.devices_of_point(point.id).iter();
        let service = devices
            .filter_map(|id| directory.device(*id))
            .filter(|device| device.is_enabled)
            .flat_map(|device| {
                let channels = device.channels.iter();
                let serving = channels.filter(|channel| channel.point_id == point.id);
                serving.filter_map(|channel| common(device.validity, channel.validity))
            });
        let factors = point.factors.iter().filter(|factor| factor.is_expected);
        Self {
            site_id: point.site_id.0,
            is_enabled: point.details.is_enabled,
            expected: factors.map(|factor| factor.factor_code.clone()).collect(),
            service: join(service.collect()),
        }
    }

    fn is_served(&self, at: i64) -> bool {
        let mut spans = self.service.iter();
        spans.any(|(from, to)| *from <= at && to.is_none_or(|to| at < to))
    }

    /// The time, up to now, for which rates differ when these facts take the place of others.
    fn changed_since(&self, before: Option<&Self>, now: i64) -> Option<(i64, i64)> {
        let all = (now - BACK_MS, now);
        let Some(before) = before else {
            return Some(all);
        };
        let service = self.changed_service(before, now);
        let is_same = (self.site_id, self.is_enabled, &self.expected)
            == (before.site_id, before.is_enabled, &before.expected);
        if is_same {
            service
        } else {
            Some((all.0.min(service.map_or(now, |(from, _)| from)), now))
        }
    }

    /// From the first to the last instant at which a device serves by one and not by the other.
    fn changed_service(&self, before: &Self, now: i64) -> Option<(i64, i64)> {
        let bounds = |facts: &Self| -> Vec<i64> {
            let spans = facts.service.iter();
            spans
                .flat_map(|(from, to)| [Some(*from), *to])
                .flatten()
                .collect()
        };
        let mut times = [bounds(self), bounds(before), vec![now - MOST_BACK_MS, now]].concat();
        times.retain(|time| (now - MOST_BACK_MS..=now).contains(time));
        times.sort_unstable();
        let mut changed: Option<(i64, i64)> = None;
        for (from, to) in times.iter().zip(times.iter().skip(1)) {
            if from < to && self.is_served(*from) != before.is_served(*from) {
                changed = Some((changed.map_or(*from, |(first, _)| first), *to));
            }
        }
        changed
    }
}

/// The starts of the hours that became due after one instant and up to another, from the first to
/// the last.
fn hours_due(after: i64, until: i64) -> Option<(i64, i64)> {
    let last_due = |at: i64| (at - HOUR_MS - GRACE_MS).div_euclid(HOUR_MS) * HOUR_MS;
    let (before, last) = (last_due(after), last_due(until));
    (before < last).then(|| (before.max(until - MOST_BACK_MS) + HOUR_MS, last))
}

fn days_of((from, to): (i64, i64)) -> std::ops::RangeInclusive<i64> {
    let day = |at| Timestamp::from_epoch_ms(at).stat_day().number();
    day(from)..=day(to)
}

/// Lets days be computed again that the directory or the passing of time has changed since this
/// was last asked, perhaps before a restart; returns how many.
///
/// # Errors
/// [`MonitoringError::Database`].
///
/// # Panics
/// Never: what is kept of the directory is plain.
pub async fn follow_directory_and_time(
    database: &Database,
    directory: &DeviceDirectory,
    now: Timestamp,
) -> Result<usize, MonitoringError> {
    let kept = store::list_marks(database).await?;
    let kept: BTreeMap<i64, (String, i64)> = kept
        .into_iter()
        .map(|mark| (mark.point_id, (mark.facts_json, mark.due_ms)))
        .collect();
    let now = now.epoch_ms();
    let (mut days, mut marks) = (BTreeSet::new(), Vec::new());
    for point in directory.points() {
        let facts = Facts::of(directory, point);
        let mark = kept.get(&point.id.0);
        // what cannot be read any more is as good as not kept: everything is computed again
        let before = mark.and_then(|(json, _)| serde_json::from_str::<Facts>(json).ok());
        let changed = facts.changed_since(before.as_ref(), now);
        let due = mark.and_then(|(_, due_ms)| hours_due(*due_ms, now));
        if changed.is_none() && due.is_none() {
            continue;
        }
        for span in changed.into_iter().chain(due) {
            days.extend(days_of(span).map(|day| (day, point.id.0)));
        }
        marks.push(store::RateMark {
            point_id: point.id.0,
            facts_json: serde_json::to_string(&facts).expect("numbers and texts always serialise"),
            due_ms: mark.map_or(now, |(_, due_ms)| now.max(*due_ms)),
        });
    }
    if marks.is_empty() {
        return Ok(0);
    }
    let days: Vec<(i64, i64)> = days.into_iter().collect();
    let mut transaction = database.begin().await?;
    store::put_dirty(&mut transaction, &days).await?;
    store::put_marks(&mut transaction, &marks).await?;
    transaction.commit().await?;
    Ok(days.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(service: &[Span]) -> Facts {
        Facts {
            site_id: 1,
            is_enabled: true,
            expected: ["a21026".to_owned()].into(),
            service: join(service.to_vec()),
        }
    }

    const NOW: i64 = 1_000 * DAY_MS;

    #[test]
    fn what_a_device_served_counts_once() {
        assert_eq!(join(vec![(5, Some(9)), (0, Some(5)), (20, None)]).len(), 2);
        assert_eq!(
            join(vec![(0, None), (3, Some(4))]),
            [(0, None)],
            "a device for ever"
        );
    }

    #[test]
    fn a_device_that_ends_changes_what_comes_after_its_end() {
        let before = facts(&[(0, None)]);
        let end = NOW - 3 * DAY_MS;
        let after = facts(&[(0, Some(end))]);
        assert_eq!(after.changed_since(Some(&before), NOW), Some((end, NOW)));
        // replaced on the spot: nothing changes
        let replaced = facts(&[(0, Some(end)), (end, None)]);
        assert_eq!(replaced.changed_since(Some(&before), NOW), None);
        // an end that is still to come changes nothing yet
        let later = facts(&[(0, Some(NOW + DAY_MS))]);
        assert_eq!(later.changed_since(Some(&before), NOW), None);
    }

    #[test]
    fn other_factors_change_the_last_month() {
        let before = facts(&[(0, None)]);
        let mut after = before.clone();
        after.expected.insert("a21002".to_owned());
        let span = Some((NOW - BACK_MS, NOW));
        assert_eq!(after.changed_since(Some(&before), NOW), span);
        assert_eq!(after.changed_since(None, NOW), span);
        assert_eq!(before.changed_since(Some(&before), NOW), None);
    }

    #[test]
    fn an_hour_is_due_an_hour_after_its_end() {
        let noon = NOW + 12 * HOUR_MS;
        let ten = noon - 2 * HOUR_MS;
        assert_eq!(hours_due(noon - 1, noon), Some((ten, ten)));
        assert_eq!(hours_due(noon, noon + HOUR_MS - 1), None);
        assert_eq!(
            hours_due(noon - DAY_MS, noon),
            Some((ten - DAY_MS + HOUR_MS, ten))
        );
        assert_eq!(hours_due(noon, noon - DAY_MS), None, "a clock set back");
    }
}
