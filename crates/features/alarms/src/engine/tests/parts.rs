//! Records that come in several packets.
use std::sync::Arc;

use beijing_time::Timestamp;

use super::world::*;
use crate::engine::{Change, Engine, Observation, Transition};

/// The values of exceedances that were found late.
fn late(transitions: &[Transition]) -> Vec<String> {
    let of = |transition: &Transition| match &transition.change {
        Change::Exceeded(one) if one.is_late => Some(one.value.to_string()),
        _ => None,
    };
    transitions.iter().filter_map(of).collect()
}

/// The first hour in two packets: COD over its limit in the first, flow in the second.
fn split_hour(first_at: Timestamp, second_at: Timestamp) -> (Engine, Vec<Observation>) {
    let mut world = subjects(1);
    let point = world.points.get_mut(&1).unwrap();
    point.expected_factors = vec![Arc::from(COD), Arc::from(FLOW)];
    let mut limits = point.limits[COD].clone();
    limits.truncate(2);
    point.limits.insert(Arc::from(FLOW), limits);
    let missing =
        r#""condition":{"type":"missing","kind":"hour","count":1,"grace_s":1800},"life":{}"#;
    let engine = engine(world, vec![over_rule("{}"), rule(2, missing)]);
    let mut first = hour(1, 0, "60");
    let mut second = first.clone();
    first.factors.retain(|factor| &*factor.code == COD);
    second.factors.retain(|factor| &*factor.code == FLOW);
    second.factors[0].values[0].1 = "70".parse().unwrap();
    (first.received_at, second.received_at) = (first_at, second_at);
    let parts = [first, second].map(Observation::Record).to_vec();
    (engine, parts)
}

#[test]
fn the_parts_of_a_split_record_are_one_record() {
    // loggers send hours some minutes after their end, one part after the other
    let end = minute(60);
    for parts in [[0, 1], [1, 0]] {
        let (mut engine, observed) = split_hour(end.plus_ms(180_000), end.plus_ms(181_000));
        for place in parts {
            engine.observe(observed[place].clone());
        }
        engine.tick(end.plus_ms(600_000));
        let changes = engine.take_changes();
        assert_eq!(
            told(&changes),
            ["60:minor over_upper w00000", "60:minor over_upper w01018"]
        );
        assert!(late(&changes).is_empty(), "nothing of it is history");
    }
}

#[test]
fn a_part_that_was_sent_again_a_minute_later_is_no_history() {
    let end = minute(60);
    let (mut engine, observed) = split_hour(end.plus_ms(180_000), end.plus_ms(240_000));
    for part in &observed {
        engine.observe(part.clone());
    }
    let changes = engine.take_changes();
    assert_eq!(
        told(&changes),
        [
            "60:minor over_upper w01018",
            "60:minor missing w00000",
            "60:minor over_upper w00000",
            "60:recovered"
        ]
    );
    assert!(late(&changes).is_empty(), "nothing of it is history");
    // the same part once more changes nothing but is history
    engine.observe(observed[1].clone());
    assert!(
        told(&engine.take_changes())
            .iter()
            .all(|what| what.contains("historical"))
    );
}

#[test]
fn a_whole_record_does_not_wait_for_parts() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    engine.observe(Observation::Record(hour(1, 0, "60")));
    assert_eq!(told(&engine.take_changes()), ["60:minor over_upper w01018"]);
}
