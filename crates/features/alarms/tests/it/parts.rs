//! Records that come in parts, and a restart between two of them.
use std::sync::Arc;

use access::Actor;
use alarms::engine::{Observation, RecordObservation};
use alarms::{AlarmKind, AlarmState};
use beijing_time::FixedClock;
use database::Database;
use test_support::test_on_both_databases;

use crate::world::*;

/// COD over its limit, and flow, of the first ten minutes: two packets, ten seconds apart.
fn parts() -> [RecordObservation; 2] {
    let first = record(0, "60");
    let mut second = first.clone();
    second.factors[0].code = Arc::from("w00000");
    second.received_at = first.received_at.plus_ms(10_000);
    second.packet_id = Some(101);
    [first, second]
}

/// Alarms on the record that stand, by kind and factor.
async fn standing(database: &Database) -> Vec<(AlarmKind, String)> {
    let open = alarms::AlarmFilter {
        states: vec![AlarmState::Open],
        kinds: vec![AlarmKind::OverUpper, AlarmKind::Missing],
        ..all()
    };
    let actor = Actor::built_in_operator();
    let found = alarms::list_alarms(database, &actor, &open);
    let found = found.await.unwrap().into_iter();
    let of = |alarm: alarms::Alarm| (alarm.kind, alarm.factor_code);
    let mut standing: Vec<_> = found.map(of).collect();
    standing.sort();
    standing
}

/// A rule that calls at the first exceedance.
async fn call_at_once(database: &Database, clock: &FixedClock) {
    let definition = alarms::rules::RuleDefinition::parse_json(
        r#"{"name_zh":"超限","name_en":"Over","severity":"minor",
        "condition":{"type":"over_upper","kinds":["minute"]}}"#,
    );
    let change = alarms::RuleChange {
        definition: definition.unwrap(),
        is_enabled: true,
        valid_from: None,
        reason: "trial".to_owned(),
    };
    let actor = Actor::built_in_operator();
    let rule = alarms::create_rule(database, clock, &actor, change);
    rule.await.unwrap();
}

fn exceeds() -> (AlarmKind, String) {
    (AlarmKind::OverUpper, "w01018".to_owned())
}

fn lacks_flow() -> (AlarmKind, String) {
    (AlarmKind::Missing, "w00000".to_owned())
}

test_on_both_databases!(
    a_part_that_exceeds_is_called_before_the_other_has_come,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        call_at_once(&database, &clock).await;
        expect_flow(&database, &clock).await;
        let (mut keeper, _told) = keeper(&database, &clock).await;
        let [first, _second] = parts();
        clock.set(first.received_at);
        let batch = keeper.observe_batch(1, vec![Observation::Record(first)]);
        batch.await.unwrap();
        assert_eq!(standing(&database).await, [exceeds()]);
        clock.advance_ms(14_000);
        keeper.tick().await.unwrap();
        assert_eq!(standing(&database).await, [exceeds()]);
        clock.advance_ms(2_000);
        keeper.tick().await.unwrap();
        assert_eq!(standing(&database).await, [exceeds(), lacks_flow()]);
    }
);

test_on_both_databases!(
    a_restart_while_a_part_is_waited_for_neither_forgets_it_nor_calls_it_missing,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        call_at_once(&database, &clock).await;
        expect_flow(&database, &clock).await;
        let (mut before, _told) = keeper(&database, &clock).await;
        let [first, second] = parts();
        clock.set(first.received_at);
        let batch = before.observe_batch(1, vec![Observation::Record(first.clone())]);
        batch.await.unwrap();
        clock.advance_ms(3_000);
        before.observe_batch(2, Vec::new()).await.unwrap();
        drop(before);

        // the other part lies in the journal when the server is back, an hour later
        clock.set(minute(70));
        let (mut after, _told) = keeper(&database, &clock).await;
        let again = after.checkpoint() == 0;
        if again {
            let batch = after.observe_batch(1, vec![Observation::Record(first)]);
            batch.await.unwrap();
        }
        let batch = after.observe_batch(3, vec![Observation::Record(second)]);
        batch.await.unwrap();
        after.tick().await.unwrap();
        assert_eq!(standing(&database).await, [exceeds()]);
    }
);

test_on_both_databases!(
    a_factor_that_did_not_come_is_missing_after_a_restart_too,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        call_at_once(&database, &clock).await;
        expect_flow(&database, &clock).await;
        let (mut before, _told) = keeper(&database, &clock).await;
        let [first, _second] = parts();
        clock.set(first.received_at);
        let batch = before.observe_batch(1, vec![Observation::Record(first)]);
        batch.await.unwrap();
        drop(before);
        clock.set(minute(20));
        let (mut after, _told) = keeper(&database, &clock).await;
        assert_eq!(
            standing(&database).await,
            [exceeds()],
            "not yet: it may have come"
        );
        after.tick().await.unwrap();
        assert_eq!(standing(&database).await, [exceeds(), lacks_flow()]);
    }
);

test_on_both_databases!(
    a_part_told_again_does_not_withdraw_what_the_other_found,
    |database| async move {
        furnish(&database).await;
        let clock = FixedClock::new(minute(0));
        let (mut keeper, _told) = keeper(&database, &clock).await;
        let [first, second] = parts();
        clock.set(second.received_at);
        for record in [&first, &second, &second] {
            let batch = keeper.observe(vec![Observation::Record(record.clone())]);
            batch.await.unwrap();
        }
        let filter = alarms::ExceedanceFilter {
            from: minute(0),
            to: minute(1440),
            kind: None,
            point_id: None,
            region: None,
            after: None,
            limit: 100,
        };
        let actor = Actor::built_in_operator();
        let rows = alarms::list_exceedances(&database, &actor, &filter);
        assert_eq!(rows.await.unwrap().len(), 1);
    }
);
