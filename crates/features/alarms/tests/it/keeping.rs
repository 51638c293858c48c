//! Alarms as they are kept: opened, acknowledged, closed, restored, historical.
use access::{Actor, Permission, Scope};
use alarms::rules::RuleDefinition;
use alarms::{AlarmError, AlarmEventKind, AlarmKind, AlarmState, ExceedanceFilter, RuleChange};
use beijing_time::FixedClock;
use test_support::test_on_both_databases;

use crate::world::*;

fn over(states: &[AlarmState]) -> alarms::AlarmFilter {
    alarms::AlarmFilter {
        states: states.to_vec(),
        kinds: vec![AlarmKind::OverUpper],
        ..all()
    }
}

test_on_both_databases!(
    an_alarm_is_opened_acknowledged_and_closed,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let actor = Actor::built_in_operator();
        let (mut keeper, told) = keeper(&database, &clock).await;
        let mut changes = told.subscribe();
        feed(
            &mut keeper,
            &clock,
            (0..3).map(|slot| record(slot, "60.10")),
        )
        .await;
        // the device, which never spoke, is called offline as well
        let change = loop {
            let change = changes.try_recv().unwrap();
            if change.kind == Some(AlarmKind::OverUpper) {
                break change;
            }
            assert_eq!(change.kind, Some(AlarmKind::Offline));
        };
        assert!(!change.is_silent && change.event == AlarmEventKind::Opened);

        let narrowed = over(&[AlarmState::Open]);
        let open = alarms::list_alarms(&database, &actor, &narrowed);
        let open = open.await.unwrap();
        assert_eq!(open.len(), 1);
        let alarm = &open[0];
        assert_eq!(alarm.id, change.alarm_id);
        assert_eq!(alarm.value.as_deref(), Some("60.10"));
        assert_eq!(alarm.multiple.as_deref(), Some("0.2020"));
        assert_eq!(alarm.packet_id, Some(102));
        let limit = alarm.limit.as_ref().unwrap();
        assert_eq!(
            (limit.origin.as_str(), limit.value.as_str()),
            ("permit", "50.0")
        );
        assert_eq!(alarm.place.site_name.as_ref().unwrap().0, "模拟企业一");
        assert!(alarm.is_simulated);
        let counts = alarms::count_open_alarms(&database, &actor).await.unwrap();
        assert_eq!(counts, [(alarm.severity, 2)]);

        let id = alarm.id;
        let noted = alarms::acknowledge_alarm(&database, &clock, &actor, id, "called the plant");
        assert_eq!(noted.await.unwrap().state, AlarmState::Acknowledged);
        let again = alarms::acknowledge_alarm(&database, &clock, &actor, id, "").await;
        assert!(matches!(again, Err(AlarmError::Conflict { .. })));
        let without = alarms::close_alarm(&database, &clock, &actor, id, " ").await;
        assert!(matches!(without, Err(AlarmError::Invalid { .. })));
        clock.advance_ms(1);
        let closed = alarms::close_alarm(&database, &clock, &actor, id, "false alarm");
        assert_eq!(closed.await.unwrap().state, AlarmState::Closed);

        // the condition lasts: no new alarm after the engine took note of the close
        keeper.tick().await.unwrap();
        feed(&mut keeper, &clock, (3..9).map(|slot| record(slot, "70"))).await;
        let narrowed = over(&[AlarmState::Open]);
        let open = alarms::list_alarms(&database, &actor, &narrowed);
        assert!(open.await.unwrap().is_empty());
        let (_alarm, events) = alarms::load_alarm(&database, &actor, id).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                AlarmEventKind::Opened,
                AlarmEventKind::Acknowledged,
                AlarmEventKind::Closed
            ]
        );
        assert_eq!(
            database::audit::list(&database, 0, 10).await.unwrap().len(),
            2
        );
    }
);

test_on_both_databases!(
    a_restart_and_a_replay_change_nothing,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let actor = Actor::built_in_operator();
        let (mut first, _told) = keeper(&database, &clock).await;
        feed(&mut first, &clock, (0..4).map(|slot| record(slot, "60"))).await;
        clock.advance_ms(20_000);
        first.tick().await.unwrap();
        drop(first);
        let before = alarms::list_alarms(&database, &actor, &all())
            .await
            .unwrap();
        let (mut second, told) = keeper(&database, &clock).await;
        let mut changes = told.subscribe();
        let replayed = (0..4).map(|slot| alarms::engine::Observation::Record(record(slot, "60")));
        second.observe(replayed.collect()).await.unwrap();
        second.tick().await.unwrap();
        assert_eq!(
            alarms::list_alarms(&database, &actor, &all())
                .await
                .unwrap(),
            before
        );
        assert!(changes.try_recv().is_err(), "nobody is called twice");
        // three records below the limit end what the first keeper opened
        feed(&mut second, &clock, (4..7).map(|slot| record(slot, "10"))).await;
        let narrowed = over(&[AlarmState::Recovered]);
        let recovered = alarms::list_alarms(&database, &actor, &narrowed);
        assert_eq!(recovered.await.unwrap().len(), 1);
    }
);

test_on_both_databases!(
    late_exceedances_are_counted_and_a_correction_withdraws_them,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let actor = Actor::built_in_operator();
        let (mut keeper, told) = keeper(&database, &clock).await;
        let mut changes = told.subscribe();
        let late = |slot, value| alarms::engine::RecordObservation {
            received_at: minute(900),
            ..record(slot, value)
        };
        feed(
            &mut keeper,
            &clock,
            [late(0, "60"), late(1, "70"), late(1, "70")],
        )
        .await;
        let narrowed = over(&[AlarmState::Historical]);
        let found = alarms::list_alarms(&database, &actor, &narrowed);
        let found = found.await.unwrap();
        assert_eq!((found.len(), found[0].late_count), (1, 2));
        while let Ok(change) = changes.try_recv() {
            assert!(change.is_silent || change.kind != Some(AlarmKind::OverUpper));
        }
        let filter = ExceedanceFilter {
            from: minute(0),
            to: minute(1440),
            kind: None,
            point_id: None,
            region: None,
            after: None,
            limit: 100,
        };
        let rows = alarms::list_exceedances(&database, &actor, &filter)
            .await
            .unwrap();
        assert!(rows.len() == 2 && rows.iter().all(|row| row.is_late));
        let report = alarms::write_exceedance_report(
            &rows,
            (filter.from, filter.to),
            minute(900),
            &|_code| None,
        );
        assert!(report.unwrap().starts_with(b"PK"));
        feed(&mut keeper, &clock, [late(1, "20")]).await;
        let rows = alarms::list_exceedances(&database, &actor, &filter)
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
    }
);

test_on_both_databases!(nobody_sees_beyond_their_scope, |database| async move {
    furnish(&database).await;
    let clock = FixedClock::new(minute(0));
    let (mut keeper, _told) = keeper(&database, &clock).await;
    feed(&mut keeper, &clock, (0..3).map(|slot| record(slot, "60"))).await;
    let with_scope = |scope| Actor {
        scope,
        ..Actor::built_in_operator()
    };
    let county = |code: &str| with_scope(Scope::Region(code.parse().unwrap()));
    for (actor, expected) in [
        (county("430421"), 1),
        (county("430422"), 0),
        (with_scope(Scope::Sites([1].into())), 1),
        (with_scope(Scope::Sites([2, 11].into())), 0),
    ] {
        let seen = alarms::list_alarms(&database, &actor, &over(&[]))
            .await
            .unwrap();
        assert_eq!(seen.len(), expected, "{:?}", actor.scope);
    }
    let mine = alarms::list_alarms(&database, &county("430421"), &over(&[]))
        .await
        .unwrap();
    let id = mine[0].id;
    let other = alarms::close_alarm(&database, &clock, &county("430422"), id, "x").await;
    assert!(matches!(other, Err(AlarmError::NotFound { .. })));
    let mut reader = Actor::built_in_operator();
    reader.permissions.remove(&Permission::HandleAlarms);
    let refused = alarms::close_alarm(&database, &clock, &reader, id, "x").await;
    assert!(matches!(refused, Err(AlarmError::Refused(_))));
});

test_on_both_databases!(a_rule_changes_by_a_new_version, |database| async move {
    let clock = FixedClock::new(minute(0));
    let actor = Actor::built_in_operator();
    let shipped = alarms::seed_rules(&database, &clock).await.unwrap();
    assert!(shipped > 10);
    assert_eq!(alarms::seed_rules(&database, &clock).await.unwrap(), 0);
    let change = |is_enabled| RuleChange {
        definition: RuleDefinition::parse_json(
            r#"{"name_zh":"甲","name_en":"A","severity":"minor",
            "condition":{"type":"offline","after_s":60}}"#,
        )
        .unwrap(),
        is_enabled,
        valid_from: None,
        reason: "trial".to_owned(),
    };
    let rule = alarms::create_rule(&database, &clock, &actor, change(false))
        .await
        .unwrap();
    clock.advance_ms(1000);
    let id = rule.rule_id;
    let next = alarms::update_rule(&database, &clock, &actor, id, 1, change(true))
        .await
        .unwrap();
    assert_eq!(next.version, 2);
    let stale = alarms::update_rule(&database, &clock, &actor, id, 1, change(true)).await;
    assert!(matches!(stale, Err(AlarmError::Conflict { .. })));
    let versions = alarms::list_rule_versions(&database, &actor, id)
        .await
        .unwrap();
    assert_eq!(versions[0].valid_to, Some(versions[1].valid_from));
    let now = alarms::list_rules(&database, &clock, &actor).await.unwrap();
    assert_eq!(now.len(), shipped + 1);
});

test_on_both_databases!(
    how_far_the_journal_was_read_is_kept_with_what_was_found,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let (mut first, _told) = keeper(&database, &clock).await;
        let observation = |slot: i64| {
            let mut record = record(slot, "60");
            record.received_at = minute(slot * 10 + 10).plus_ms(100);
            alarms::engine::Observation::Record(record)
        };
        for slot in 0..3 {
            clock.set(minute(slot * 10 + 10).plus_ms(100));
            let batch = first.observe_batch(slot + 1, vec![observation(slot)]);
            batch.await.unwrap();
        }
        // the last record waits for its neighbours: a restart looks at its batch again
        clock.advance_ms(500);
        first.observe_batch(4, Vec::new()).await.unwrap();
        assert_eq!(first.checkpoint(), 2);
        drop(first);
        let (mut second, _told) = keeper(&database, &clock).await;
        let from = second.checkpoint();
        for batch_id in from + 1..=3 {
            let slot = batch_id - 1;
            let batch = second.observe_batch(batch_id, vec![observation(slot)]);
            batch.await.unwrap();
        }
        clock.advance_ms(15_000);
        second.tick().await.unwrap();
        assert_eq!(second.checkpoint(), 3);
        let actor = Actor::built_in_operator();
        let narrowed = over(&[AlarmState::Open]);
        let open = alarms::list_alarms(&database, &actor, &narrowed);
        assert_eq!(open.await.unwrap().len(), 1);
    }
);

test_on_both_databases!(
    silence_while_the_platform_stood_still_is_not_held_against_devices,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let (mut first, _told) = keeper(&database, &clock).await;
        clock.advance_ms(20_000);
        first.tick().await.unwrap();
        drop(first);
        clock.set(minute(600));
        let (mut second, told) = keeper(&database, &clock).await;
        let mut changes = told.subscribe();
        clock.advance_ms(290_000);
        second.tick().await.unwrap();
        assert!(changes.try_recv().is_err());
        clock.advance_ms(20_000);
        second.tick().await.unwrap();
        let change = changes.try_recv().unwrap();
        assert_eq!(change.kind, Some(AlarmKind::Offline));
    }
);
