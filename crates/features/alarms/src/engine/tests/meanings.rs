//! What a limit is compared with, where it comes from, and what silence means in a planned stop.
use std::sync::Arc;

use super::world::*;
use crate::engine::{Change, LimitFacts, Observation, Opening, Transition};
use crate::words::{RecordKind, Statistic};

fn openings(transitions: &[Transition]) -> Vec<&Opening> {
    let mut openings = Vec::new();
    for transition in transitions {
        if let Change::Opened(opening) = &transition.change {
            openings.push(&**opening);
        }
    }
    openings
}

#[test]
fn each_limit_is_compared_with_its_own_statistic_and_names_its_origin() {
    let mut world = subjects(1);
    let limit = |id, statistic, upper: &str, origin: &str| {
        Arc::new(LimitFacts {
            id,
            kind: RecordKind::Hour,
            statistic,
            lower: None,
            upper: Some(upper.parse().unwrap()),
            valid_from: at("2020-01-01"),
            valid_to: None,
            origin: origin.to_owned(),
            basis: format!("{origin} of the test"),
        })
    };
    world.points.get_mut(&1).unwrap().limits.insert(
        Arc::from(COD),
        vec![
            limit(1, Statistic::Avg, "50", "permit"),
            limit(2, Statistic::ZsAvg, "40", "standard"),
            limit(3, Statistic::Max, "100", "manual"),
        ],
    );
    let mut engine = engine(world, vec![over_rule("{}")]);
    let mut record = hour(1, 0, "45");
    let values = &mut record.factors[0].values;
    values.push((Statistic::ZsAvg, "45".parse().unwrap()));
    values.push((Statistic::Max, "120".parse().unwrap()));
    engine.observe(Observation::Record(record));
    engine.take_waiting();
    let changes = engine.take_changes();
    let mut seen: Vec<_> = openings(&changes)
        .iter()
        .map(|opening| {
            let limit = opening.seen.limit.as_ref().unwrap();
            assert!(!opening.trace_id.is_nil(), "every alarm has a trace");
            (
                limit.id,
                limit.origin.as_str(),
                limit.basis.as_str(),
                opening.seen.value.unwrap().to_string(),
            )
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            (Some(2), "standard", "standard of the test", "45".to_owned()),
            (Some(3), "manual", "manual of the test", "120".to_owned()),
        ]
    );
}

#[test]
fn silence_in_a_planned_stop_is_called_only_when_it_outlasts_the_stop() {
    let missing =
        r#""condition":{"type":"missing","kind":"minute","count":2,"grace_s":60},"life":{}"#;
    let offline = r#""condition":{"type":"offline","after_s":900},"life":{}"#;
    let play = |stop_to: i64| {
        let mut world = subjects(1);
        world.exemptions.push(stop(minute(15), minute(stop_to)));
        let mut engine = engine(world, vec![rule(1, missing), rule(2, offline)]);
        engine.observe(sign(1, minute(20)));
        feed(&mut engine, "10 10");
        engine.tick(minute(200));
        told(&engine.take_changes())
    };
    assert!(play(300).is_empty(), "the stop lasts on");
    let called = play(100);
    assert!(!called.is_empty(), "it is over, and nothing comes");
    for what in &called {
        let minutes: i64 = what.split(':').next().unwrap().parse().unwrap();
        assert!(minutes >= 100, "{called:?}");
    }
}
