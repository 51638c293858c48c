//! Gaps against what is due and held, and whom to ask.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use beijing_time::{HOUR_MS, MINUTE_MS, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::expected::Slot;
use super::reconcile::Known;
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2016-05-04T14:30:00+08:00")
}

fn hour(hour: i64) -> Timestamp {
    at("2016-05-04").plus_ms(hour * HOUR_MS)
}

fn slots(hours: std::ops::Range<i64>) -> Vec<Slot> {
    hours
        .map(|start| Slot {
            start: hour(start),
            end: hour(start + 1),
            device_id: Some(7),
            is_stopped: false,
        })
        .collect()
}

fn reconcile(slots: &[Slot], held: &[i64], gaps: Vec<Gap>) -> Vec<Gap> {
    let held: HashSet<Timestamp> = held.iter().map(|start| hour(*start)).collect();
    Known {
        point_id: 1,
        kind: RecordKind::Hour,
        slots,
        is_held: &|start| held.contains(&start),
        horizon: (hour(0), hour(14)),
        now: now(),
    }
    .reconcile(gaps)
}

fn spans(gaps: &[Gap]) -> Vec<(Timestamp, Timestamp, i64)> {
    gaps.iter()
        .map(|gap| (gap.from, gap.to, gap.missing))
        .collect()
}

#[test]
fn what_is_due_and_not_held_is_missing_whatever_rows_there_are() {
    let found = reconcile(
        &slots(0..14),
        &[0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        Vec::new(),
    );
    assert_eq!(
        spans(&found),
        [(hour(2), hour(4), 2), (hour(13), hour(14), 1)]
    );
    // a point that never sent anything
    let found = reconcile(&slots(0..14), &[], Vec::new());
    assert_eq!(spans(&found), [(hour(0), hour(14), 14)]);
    // nothing changed: nothing to write
    assert_eq!(reconcile(&slots(0..14), &[], found), []);
}

#[test]
fn a_gap_grows_until_it_was_asked_for() {
    let mut gap = reconcile(&slots(0..5), &[0, 1], Vec::new()).remove(0);
    let grown = reconcile(&slots(0..7), &[0, 1], vec![gap.clone()]);
    assert_eq!(spans(&grown), [(hour(2), hour(7), 5)]);
    assert_eq!(grown[0].id, gap.id);
    gap.mark_requested(Uuid::nil(), now());
    let apart = reconcile(&slots(0..7), &[0, 1], vec![gap]);
    assert_eq!(spans(&apart), [(hour(5), hour(7), 2)]);
}

#[test]
fn planned_stops_and_other_devices_part_gaps() {
    let mut stopped = slots(0..8);
    stopped[3].is_stopped = true;
    stopped[4].device_id = None;
    stopped[6].device_id = Some(8);
    stopped[7].device_id = Some(8);
    let found = reconcile(&stopped, &[0], Vec::new());
    assert_eq!(
        spans(&found),
        [
            (hour(1), hour(3), 2),
            (hour(5), hour(6), 1),
            (hour(6), hour(8), 2)
        ]
    );
    assert_eq!(found[2].device_id, 8);
}

#[test]
fn a_gap_ends_filled_or_excused() {
    let gap = reconcile(&slots(0..5), &[0, 1], Vec::new()).remove(0);
    let filled = reconcile(&slots(0..5), &[0, 1, 2, 3, 4], vec![gap.clone()]).remove(0);
    assert_eq!(
        (filled.state, filled.reason),
        (GapState::Filled, GapReason::FilledByDevice)
    );
    assert_eq!(filled.resent_at, Some(now()));
    let mut asked = gap.clone();
    asked.mark_requested(Uuid::nil(), now());
    let filled = reconcile(&slots(0..5), &[0, 1, 2, 3, 4], vec![asked]).remove(0);
    assert_eq!(
        (filled.state, filled.reason),
        (GapState::Filled, GapReason::FilledOnRequest)
    );
    assert_eq!(filled.resent_at, None);
    let mut stopped = slots(0..5);
    for slot in &mut stopped {
        slot.is_stopped = true;
    }
    let excused = reconcile(&stopped, &[], vec![gap.clone()]).remove(0);
    assert_eq!(
        (excused.state, excused.reason),
        (GapState::Excused, GapReason::PlannedStop)
    );
    let excused = reconcile(&[], &[], vec![gap]).remove(0);
    assert_eq!(
        (excused.state, excused.reason),
        (GapState::Excused, GapReason::NotExpected)
    );
}

proptest! {
    /// Whatever comes in whatever order, what is listed as missing is exactly what is due and not
    /// held, each period once.
    #[test]
    fn every_missing_period_lies_in_one_gap(
        steps in prop::collection::vec((0_i64..30, prop::collection::vec(0_i64..30, 0..8), any::<bool>()), 1..8)
    ) {
        let mut kept: Vec<Gap> = Vec::new();
        let mut held: Vec<i64> = Vec::new();
        let mut until = 0;
        for (more, came, is_asked) in steps {
            until = (until + more).min(30);
            held.extend(came);
            let slots = slots(0..until);
            let open = kept.iter().filter(|gap| gap.closed_at.is_none()).cloned().collect();
            let known_held: HashSet<Timestamp> = held.iter().map(|start| hour(*start)).collect();
            let changed = Known {
                point_id: 1,
                kind: RecordKind::Hour,
                slots: &slots,
                is_held: &|start| known_held.contains(&start),
                horizon: (hour(0), hour(until)),
                now: now(),
            }
            .reconcile(open);
            for gap in changed {
                kept.retain(|old| old.id != gap.id);
                kept.push(gap);
            }
            for slot in &slots {
                let covering = kept
                    .iter()
                    .filter(|gap| gap.closed_at.is_none())
                    .filter(|gap| gap.from <= slot.start && slot.end <= gap.to)
                    .count();
                if known_held.contains(&slot.start) {
                    prop_assert!(covering <= 1);
                } else {
                    prop_assert_eq!(covering, 1);
                }
            }
            let missing: i64 = kept.iter().filter(|gap| gap.closed_at.is_none()).map(|gap| gap.missing).sum();
            let truly = slots.iter().filter(|slot| !known_held.contains(&slot.start)).count();
            prop_assert_eq!(missing, i64::try_from(truly).unwrap());
            if is_asked && let Some(gap) = kept.iter_mut().find(|gap| gap.state == GapState::Open) {
                gap.mark_requested(Uuid::nil(), now());
            }
        }
    }
}

fn gap(device_id: i64, kind: RecordKind, from: Timestamp, to: Timestamp) -> Gap {
    let mut gap = reconcile(&slots(0..1), &[], Vec::new()).remove(0);
    gap.id = Uuid::now_v7();
    gap.device_id = device_id;
    gap.kind = kind;
    gap.from = from;
    gap.to = to;
    gap.next_at = now();
    gap
}

fn online() -> GapDevice {
    GapDevice {
        online_since: Some(now().plus_ms(-HOUR_MS)),
        has_history: true,
        ..GapDevice::default()
    }
}

fn plan(gaps: &mut [Gap], device: GapDevice) -> Vec<GapRequest> {
    plan_requests(gaps, |_| device, &GapSettings::default(), now())
}

#[test]
fn gaps_of_one_device_kind_and_window_are_asked_for_together() {
    let mut gaps = [
        gap(7, RecordKind::Minute, hour(1), hour(2)),
        gap(7, RecordKind::Hour, hour(1), hour(2)),
        gap(7, RecordKind::Hour, hour(5), hour(6)),
        gap(8, RecordKind::Minute, hour(1), hour(2)),
        gap(8, RecordKind::Minute, hour(3), hour(4)),
        gap(8, RecordKind::Minute, hour(7), hour(8)),
    ];
    let requests = plan(&mut gaps, online());
    let planned: Vec<_> = requests
        .iter()
        .map(|request| (request.device_id, request.kind, request.gaps.clone()))
        .collect();
    // one request to a device at a time, hours first, the latest window first
    assert_eq!(
        planned,
        [
            (7, RecordKind::Hour, vec![1, 2]),
            (8, RecordKind::Minute, vec![5])
        ]
    );
    assert_eq!(gaps[0].reason, GapReason::InTurn);
    assert_eq!(gaps[3].reason, GapReason::InTurn);
    // while one is under way the others wait
    for place in [1, 2] {
        gaps[place].mark_requested(Uuid::nil(), now());
    }
    let requests = plan(&mut gaps, online());
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].device_id, 8);
}

#[test]
fn only_so_many_devices_are_asked_at_once() {
    let mut gaps: Vec<Gap> = (0..30)
        .map(|device| gap(device, RecordKind::Hour, hour(1), hour(2)))
        .collect();
    let first = plan(&mut gaps, online());
    assert_eq!(first.len(), 16);
    for request in &first {
        gaps[request.gaps[0]].mark_requested(Uuid::now_v7(), now());
    }
    assert_eq!(plan(&mut gaps, online()), []);
}

#[test]
fn the_reason_says_why_nobody_is_asked() {
    let check = |device: GapDevice, expect: GapReason| {
        let mut gaps = [gap(7, RecordKind::Hour, hour(1), hour(2))];
        assert_eq!(plan(&mut gaps, device), []);
        assert_eq!(gaps[0].reason, expect);
    };
    check(
        GapDevice {
            online_since: None,
            ..online()
        },
        GapReason::NotConnected,
    );
    check(
        GapDevice {
            has_history: false,
            ..online()
        },
        GapReason::HistoryOff,
    );
    let moment = Some(now().plus_ms(-60_000));
    check(
        GapDevice {
            online_since: moment,
            ..online()
        },
        GapReason::Settling,
    );
    check(
        GapDevice {
            resent_at: moment,
            ..online()
        },
        GapReason::DeviceResends,
    );
    check(
        GapDevice {
            requests_in_hour: 12,
            ..online()
        },
        GapReason::Budget,
    );
}

#[test]
fn data_that_do_not_come_yet_are_asked_for_when_their_window_is_over() {
    let edge = now().plus_ms(-10 * MINUTE_MS);
    let mut growing = gap(7, RecordKind::Minute, hour(13), edge);
    growing.periods = edge.ms_since(hour(13)) / (10 * MINUTE_MS);
    let mut gaps = [growing];
    assert_eq!(plan(&mut gaps, online()), []);
    assert_eq!(gaps[0].reason, GapReason::Growing);
    // windows of minutes end at 6, 12, 18 and 24 o'clock
    let mut over = gap(7, RecordKind::Minute, hour(7), hour(12));
    over.periods = 30;
    assert_eq!(plan(&mut [over], online()).len(), 1);
}

#[test]
fn what_is_older_than_the_look_back_is_given_up() {
    let mut old = gap(7, RecordKind::Hour, hour(-200), hour(-199));
    old.next_at = hour(-198);
    let mut gaps = [old];
    assert_eq!(plan(&mut gaps, online()), []);
    assert_eq!(
        (gaps[0].state, gaps[0].reason),
        (GapState::GivenUp, GapReason::Expired)
    );
    // unless somebody has just asked for it by hand
    let mut gaps = [gap(7, RecordKind::Hour, hour(-200), hour(-199))];
    assert_eq!(plan(&mut gaps, online()).len(), 1);
}

#[test]
fn the_pause_doubles_and_the_third_failure_is_the_last() {
    let settings = GapSettings::default();
    let mut gap = gap(7, RecordKind::Hour, hour(1), hour(2));
    for (outcome, reason, pause_ms) in [
        (Outcome::NoAnswer, GapReason::NoAnswer, 600_000),
        (Outcome::Done, GapReason::StillMissing, 1_200_000),
    ] {
        gap.mark_requested(Uuid::nil(), now());
        judge_request(&mut gap, Outcome::UnderWay, &settings, now());
        assert_eq!(gap.state, GapState::Requested);
        judge_request(&mut gap, outcome, &settings, now());
        assert_eq!((gap.state, gap.reason), (GapState::Open, reason));
        assert_eq!(gap.next_at.ms_since(now()), pause_ms);
    }
    gap.mark_requested(Uuid::nil(), now());
    judge_request(&mut gap, Outcome::NotSent, &settings, now());
    assert_eq!((gap.state, gap.attempts), (GapState::Open, 2));
    gap.mark_requested(Uuid::nil(), now());
    judge_request(&mut gap, Outcome::Refused, &settings, now());
    assert_eq!(
        (gap.state, gap.reason),
        (GapState::GivenUp, GapReason::Refused)
    );
}

#[test]
fn settings_outside_their_range_are_named() {
    assert_eq!(GapSettings::default().check(), Ok(()));
    let mut settings = GapSettings::default();
    settings.minute.window_hours = 0;
    assert!(
        settings
            .check()
            .unwrap_err()
            .contains("gaps.minute.window_hours")
    );
    let settings = GapSettings {
        max_attempts: 0,
        ..GapSettings::default()
    };
    assert!(settings.check().is_err());
}
