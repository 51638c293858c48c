//! Planned stops and the duty desk.
use access::Actor;
use alarms::{AlarmError, NewExemption, compute_backtest, load_backtest_subjects};
use beijing_time::FixedClock;
use test_support::test_on_both_databases;
use uuid::Uuid;

use crate::world::*;

test_on_both_databases!(a_shift_is_handed_over_with_its_log, |database| async move {
    let clock = FixedClock::new(minute(0));
    let actor = Actor::built_in_operator();
    let none = alarms::hand_over_shift(&database, &clock, &actor, "B", "").await;
    assert!(matches!(none, Err(AlarmError::Conflict { .. })));
    alarms::start_shift(&database, &clock, &actor, "A")
        .await
        .unwrap();
    let second = alarms::start_shift(&database, &clock, &actor, "B").await;
    assert!(matches!(second, Err(AlarmError::Conflict { .. })));
    let entry = |id| alarms::add_shift_entry(&database, &clock, &actor, id, "all quiet", None);
    let id = Some(Uuid::from_u128(7));
    entry(id).await.unwrap();
    entry(id).await.unwrap();
    clock.advance_ms(1000);
    let (ended, begun) = alarms::hand_over_shift(&database, &clock, &actor, "B", "nothing open")
        .await
        .unwrap();
    assert_eq!(ended.handed_to.as_deref(), Some("B"));
    let (present, log) = alarms::find_present_shift(&database, &actor)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((present.id, log.len()), (begun.id, 0));
    let log = alarms::list_shift_entries(&database, &actor, ended.id)
        .await
        .unwrap();
    assert_eq!(log.len(), 1, "a retry is no second entry");
    let shifts = alarms::list_shifts(&database, &actor, None, 10)
        .await
        .unwrap();
    assert_eq!(shifts.len(), 2);
});

test_on_both_databases!(
    a_planned_stop_is_kept_once_and_silences_live_and_back_test,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let actor = Actor::built_in_operator();
        let new = NewExemption {
            id: Uuid::from_u128(9),
            site_id: 1,
            point_id: Some(1),
            factor_code: String::new(),
            from: minute(0),
            to: minute(60),
            reason: "overhaul".to_owned(),
        };
        for _ in 0..2 {
            alarms::create_exemption(&database, &clock, &actor, new.clone())
                .await
                .unwrap();
        }
        let kept = alarms::list_exemptions(&database, &actor, minute(1))
            .await
            .unwrap();
        assert_eq!(kept.len(), 1);
        let records: Vec<_> = (0..20).map(|slot| record(slot, "60")).collect();
        let (mut keeper, _told) = keeper(&database, &clock).await;
        feed(&mut keeper, &clock, records.clone()).await;
        let live = alarms::list_alarms(&database, &actor, &all())
            .await
            .unwrap();
        let live: Vec<_> = live
            .iter()
            .filter(|alarm| alarm.kind == alarms::AlarmKind::OverUpper)
            .collect();
        assert_eq!(live.len(), 1);
        let rules = alarms::list_rules(&database, &clock, &actor).await.unwrap();
        let rule = rules
            .iter()
            .find(|rule| rule.key == "over-upper-realtime")
            .unwrap();
        let span = (minute(0), minute(1440));
        let subjects = load_backtest_subjects(&database, span.0, span.1)
            .await
            .unwrap();
        let definition = rule.definition.clone();
        let tested = compute_backtest(definition, rule.rule_id, subjects.into(), records, span);
        assert_eq!(
            tested.alarms.len(),
            1,
            "the back-test finds what the live engine found"
        );
        assert_eq!(tested.alarms[0].id, live[0].id);
        assert_eq!(tested.alarms[0].opened_at, live[0].opened_at);
    }
);

#[test]
fn a_year_of_hours_of_ten_factors_is_back_tested() {
    use std::collections::HashMap;
    use std::sync::Arc;

    use alarms::engine::{FactorObservation, LimitFacts, PointFacts, Subjects, Timetable};
    use alarms::{RecordKind, Statistic};

    let codes: Vec<Arc<str>> = (0..10).map(|n| Arc::from(format!("w0100{n}"))).collect();
    let limit = Arc::new(LimitFacts {
        id: 1,
        kind: RecordKind::Hour,
        statistic: Statistic::Avg,
        lower: None,
        upper: Some("50".parse().unwrap()),
        valid_from: minute(-1),
        valid_to: None,
        origin: "permit".to_owned(),
        basis: "PERMIT-1".to_owned(),
    });
    let limits = codes
        .iter()
        .map(|code| (Arc::clone(code), vec![Arc::clone(&limit)]));
    let point = PointFacts {
        site_id: 1,
        region: "430421".to_owned(),
        medium: "waste_water".to_owned(),
        is_simulated: true,
        timetable: Timetable::default(),
        expected_factors: Vec::new(),
        limits: limits.collect(),
        device_ids: Vec::new(),
    };
    let subjects = Subjects {
        points: HashMap::from([(1, point)]),
        ..Subjects::default()
    };
    let records: Vec<_> = (0..8760_i64)
        .map(|hour| {
            // five hours above the limit every hundred hours
            let value = if hour % 100 < 5 { "80.5" } else { "30.25" };
            let factor = |code: &Arc<str>| FactorObservation {
                code: Arc::clone(code),
                flag: Some('N'),
                is_valid: true,
                values: vec![(Statistic::Avg, value.parse().unwrap())],
                packet_id: None,
            };
            alarms::engine::RecordObservation {
                kind: RecordKind::Hour,
                time: minute(hour * 60),
                received_at: minute(hour * 60 + 61),
                factors: codes.iter().map(factor).collect(),
                ..record(0, "0")
            }
        })
        .collect();
    let definition = alarms::rules::shipped_rules()
        .into_iter()
        .find(|rule| rule.key == "over-upper-hour")
        .unwrap()
        .definition;
    let span = (minute(0), minute(8760 * 60));
    let result = compute_backtest(definition, 1, subjects.into(), records, span);
    assert_eq!((result.records, result.alarms.len()), (8760, 88 * 10));
    assert!(
        result
            .alarms
            .iter()
            .all(|alarm| alarm.recovered_at.is_some())
    );
}

test_on_both_databases!(a_planned_stop_is_taken_back_once, |database| async move {
    furnish(&database).await;
    let clock = FixedClock::new(minute(0));
    let actor = Actor::built_in_operator();
    let new = NewExemption {
        id: Uuid::from_u128(9),
        site_id: 1,
        point_id: None,
        factor_code: String::new(),
        from: minute(0),
        to: minute(60),
        reason: "overhaul".to_owned(),
    };
    let made = alarms::create_exemption(&database, &clock, &actor, new);
    let id = made.await.unwrap().id;
    let waiting = monitoring::rates::find_first_dirty(&database, 10);
    assert_eq!(
        waiting.await.unwrap(),
        Some(minute(0).stat_day()),
        "the rates of its days follow"
    );
    clock.set(minute(20));
    let revoked = alarms::revoke_exemption(&database, &clock, &actor, id);
    let revoked = revoked.await.unwrap();
    assert_eq!(revoked.revoked, Some((minute(20), actor.name.clone())));
    let listed = alarms::list_exemptions(&database, &actor, minute(1));
    assert_eq!(listed.await.unwrap(), [revoked]);
    let again = alarms::revoke_exemption(&database, &clock, &actor, id).await;
    assert!(matches!(again, Err(alarms::AlarmError::Conflict { .. })));
    let none = alarms::revoke_exemption(&database, &clock, &actor, Uuid::from_u128(8)).await;
    assert!(matches!(none, Err(alarms::AlarmError::NotFound { .. })));
    // alarms are called again from then on
    let (mut keeper, _told) = keeper(&database, &clock).await;
    feed(&mut keeper, &clock, (2..6).map(|slot| record(slot, "60"))).await;
    let filter = alarms::AlarmFilter {
        kinds: vec![alarms::AlarmKind::OverUpper],
        ..all()
    };
    let called = alarms::list_alarms(&database, &actor, &filter);
    let called = called.await.unwrap();
    assert_eq!(called.len(), 1);
    // it is found by its point, by its state, and among what is under way
    let point_id = called[0].place.point_id;
    let (open, closed) = (alarms::AlarmState::Open, alarms::AlarmState::Closed);
    for (point_id, states, expected) in [
        (point_id, vec![], 1),
        (Some(99), vec![], 0),
        (None, vec![open], 1),
        (None, vec![alarms::AlarmState::Acknowledged], 0),
        (None, vec![open, closed], 1),
        (None, vec![closed], 0),
    ] {
        let filter = alarms::AlarmFilter {
            point_id,
            states: states.clone(),
            ..filter.clone()
        };
        let found = alarms::list_alarms(&database, &actor, &filter);
        assert_eq!(
            found.await.unwrap().len(),
            expected,
            "{point_id:?} {states:?}"
        );
    }
    let under_way = alarms::list_alarms_under_way_at_points(&database, &actor);
    let over = (point_id.unwrap(), alarms::AlarmKind::OverUpper);
    assert_eq!(under_way.await.unwrap(), [over]);
    let id = called[0].id;
    let note = "设备检修";
    alarms::close_alarm(&database, &clock, &actor, id, note)
        .await
        .unwrap();
    let under_way = alarms::list_alarms_under_way_at_points(&database, &actor);
    assert_eq!(under_way.await.unwrap(), []);
});
