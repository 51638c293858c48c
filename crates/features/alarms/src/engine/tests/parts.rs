//! Records that come in several packets.
use std::collections::BTreeSet;
use std::sync::Arc;

use beijing_time::Timestamp;
use proptest::prelude::*;

use super::world::*;
use crate::engine::{
    Change, Circumstance, Engine, EngineSettings, Observation, RecordObservation, Rule, Subjects,
    TrackerSnapshot, Transition, Watermark,
};
use crate::words::RecordKind;

/// The values of exceedances that were found late.
fn late(transitions: &[Transition]) -> Vec<String> {
    let of = |transition: &Transition| match &transition.change {
        Change::Exceeded(one) if one.is_late => Some(one.value.to_string()),
        _ => None,
    };
    transitions.iter().filter_map(of).collect()
}

/// The packet of each alarm that opened.
fn packets(transitions: &[Transition]) -> Vec<Option<i64>> {
    let of = |transition: &Transition| match &transition.change {
        Change::Opened(opening) => Some(opening.seen.packet_id),
        _ => None,
    };
    transitions.iter().filter_map(of).collect()
}

/// COD and flow are expected and may be 50 at most.
fn split_world() -> Subjects {
    let mut world = subjects(1);
    let point = world.points.get_mut(&1).unwrap();
    point.expected_factors = vec![Arc::from(COD), Arc::from(FLOW)];
    let mut limits = point.limits[COD].clone();
    limits.truncate(2);
    point.limits.insert(Arc::from(FLOW), limits);
    world
}

fn missing_rule() -> Rule {
    let missing =
        r#""condition":{"type":"missing","kind":"hour","count":1,"grace_s":1800},"life":{}"#;
    rule(2, missing)
}

/// The two packets of an hour: COD in the first, flow in the second.
fn parts(record: &RecordObservation, flow: &str) -> [RecordObservation; 2] {
    let mut first = record.clone();
    let mut second = record.clone();
    first.factors.retain(|factor| &*factor.code == COD);
    second.factors.retain(|factor| &*factor.code == FLOW);
    second.factors[0].values[0].1 = flow.parse().unwrap();
    first.packet_id = Some(11);
    second.packet_id = Some(12);
    [first, second]
}

/// The first hour in two packets: COD over its limit in the first, flow in the second.
fn split_hour(first_at: Timestamp, second_at: Timestamp) -> (Engine, Vec<Observation>) {
    let engine = engine(split_world(), vec![over_rule("{}"), missing_rule()]);
    let [mut first, mut second] = parts(&hour(1, 0, "60"), "70");
    (first.received_at, second.received_at) = (first_at, second_at);
    let parts = [first, second].map(Observation::Record).to_vec();
    (engine, parts)
}

#[test]
fn the_parts_of_a_split_record_are_one_record() {
    // loggers send hours some minutes after their end, one part after the other
    let end = minute(60);
    for places in [[0, 1], [1, 0]] {
        let (mut engine, observed) = split_hour(end.plus_ms(180_000), end.plus_ms(181_000));
        for place in places {
            engine.observe(observed[place].clone());
        }
        engine.tick(end.plus_ms(600_000));
        let changes = engine.take_changes();
        let mut alarms = told(&changes);
        alarms.sort_unstable();
        assert_eq!(
            alarms,
            ["60:minor over_upper w00000", "60:minor over_upper w01018"]
        );
        assert!(late(&changes).is_empty(), "nothing of it is history");
    }
}

#[test]
fn a_part_that_exceeds_is_called_at_once() {
    let end = minute(60);
    let (mut engine, observed) = split_hour(end.plus_ms(180_000), end.plus_ms(190_000));
    engine.observe(observed[0].clone());
    let changes = engine.take_changes();
    assert_eq!(told(&changes), ["60:minor over_upper w01018"]);
    assert_eq!(packets(&changes), [Some(11)]);
    // the rest is not missing yet, and does not become so
    engine.tick(end.plus_ms(189_000));
    engine.observe(observed[1].clone());
    engine.tick(end.plus_ms(600_000));
    let changes = engine.take_changes();
    assert_eq!(told(&changes), ["60:minor over_upper w00000"]);
    assert_eq!(packets(&changes), [Some(12)], "each alarm names its packet");
}

#[test]
fn parts_that_wait_for_their_turn_together_keep_their_packets() {
    let end = minute(60);
    let (mut engine, observed) = split_hour(end.plus_ms(100), end.plus_ms(200));
    for part in observed {
        engine.observe(part);
    }
    assert!(engine.take_changes().is_empty(), "neighbours may come yet");
    engine.tick(end.plus_ms(2_100));
    assert_eq!(packets(&engine.take_changes()), [Some(12), Some(11)]);
}

#[test]
fn a_factor_that_does_not_come_is_missing_when_it_was_waited_for() {
    let end = minute(60);
    let (mut engine, observed) = split_hour(end.plus_ms(180_000), end);
    engine.observe(observed[0].clone());
    engine.take_changes();
    engine.tick(end.plus_ms(194_999));
    assert!(engine.take_changes().is_empty());
    engine.tick(end.plus_ms(195_000));
    assert_eq!(told(&engine.take_changes()), ["60:minor missing w00000"]);
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

#[test]
fn no_flow_in_the_second_part_excuses_values_that_do_not_move_in_the_first() {
    let stuck = r#""condition":{"type":"stuck","kind":"hour","statistic":"avg","count":2,
        "tolerance":"0","ignores_zero":true,"idle_factors":["w00000"],
        "except_factors":["w00000"]},"life":{}"#;
    for (flow, delay_ms, expected) in [
        ("0", 5_000, &[][..]),
        ("0", 60_000, &["120:minor stuck w01018"]),
        ("3", 5_000, &["120:minor stuck w01018"]),
    ] {
        let mut engine = engine(split_world(), vec![rule(1, stuck)]);
        for number in 0..2 {
            let [first, mut second] = parts(&hour(1, number, "20"), flow);
            second.received_at = first.received_at.plus_ms(delay_ms);
            engine.observe(Observation::Record(first));
            engine.observe(Observation::Record(second));
        }
        engine.tick(minute(180));
        assert_eq!(told(&engine.take_changes()), expected, "{flow} {delay_ms}");
    }
}

#[test]
fn a_flag_of_maintenance_in_any_part_is_told_once() {
    let maintenance =
        r#""condition":{"type":"maintenance","kinds":["hour"],"flags":["C"]},"life":{}"#;
    for flagged in [0, 1] {
        let mut engine = engine(split_world(), vec![rule(1, maintenance)]);
        for number in 0..2 {
            let mut two = parts(&hour(1, number, "20"), "20");
            two[1].received_at = two[0].received_at.plus_ms(5_000);
            if number == 0 {
                two[flagged].factors[0].flag = Some('C');
            }
            for part in two {
                engine.observe(Observation::Record(part));
            }
        }
        engine.tick(minute(180));
        assert_eq!(
            told(&engine.take_changes()),
            ["60:minor maintenance", "120:recovered"],
            "{flagged}"
        );
    }
}

#[test]
fn a_late_part_says_nothing_of_the_factors_it_does_not_hold() {
    let end = minute(60);
    let (mut engine, observed) = split_hour(end.plus_ms(180_000), end.plus_ms(181_000));
    for part in &observed {
        engine.observe(part.clone());
    }
    engine.take_changes();
    engine.observe(observed[0].clone());
    let rechecked = engine.take_changes().into_iter().find_map(|transition| {
        let Change::Rechecked { factors, found, .. } = transition.change else {
            return None;
        };
        Some((factors.len(), found.len(), factors[0].to_string()))
    });
    assert_eq!(rechecked, Some((1, 1, COD.to_owned())));
}

/// Real-time records every five seconds in three parts, judged by rules of every kind that looks
/// at records.
fn live_rules() -> Vec<Rule> {
    vec![
        rule(
            1,
            r#""condition":{"type":"over_upper","kinds":["realtime"]},"life":{"delay_count":2}"#,
        ),
        rule(
            2,
            r#""condition":{"type":"missing","kind":"realtime","count":2,"grace_s":60},"life":{}"#,
        ),
        rule(
            3,
            r#""condition":{"type":"stuck","kind":"realtime","statistic":"avg","count":3,
            "tolerance":"0","ignores_zero":false,"idle_factors":["B01"],
            "except_factors":["B01"]},"life":{}"#,
        ),
        rule(
            4,
            r#""condition":{"type":"maintenance","kinds":["realtime"],"flags":["C"]},
            "life":{"recover_count":2}"#,
        ),
        rule(
            5,
            r#""condition":{"type":"combined","kind":"realtime","when":{"op":"any","of":[
            {"op":"above","factor":"w01018","statistic":"avg","than":"5"},
            {"op":"all","of":[
              {"op":"above","factor":"w00000","statistic":"avg","than":"1"},
              {"op":"flagged","factor":"B01","flags":["C"]}]}]}},"life":{"recover_count":2}"#,
        ),
        rule(
            6,
            r#""condition":{"type":"fault","kinds":["realtime"],"flags":["D"]},"life":{}"#,
        ),
    ]
}

const LIVE: [&str; 3] = [COD, FLOW, "B01"];

fn live_world() -> Subjects {
    let mut world = subjects(1);
    let point = world.points.get_mut(&1).unwrap();
    point.timetable.realtime_interval_s = Some(5);
    point.timetable.minute_interval_min = None;
    point.timetable.has_hours = false;
    point.expected_factors = LIVE.map(Arc::from).to_vec();
    for limits in point.limits.values_mut() {
        let mut limit = (*limits[0]).clone();
        limit.kind = RecordKind::Realtime;
        limit.upper = Some("6".parse().unwrap());
        limits.push(Arc::new(limit));
    }
    world
}

/// One factor of one record: nothing, or a value and a flag.
type Cell = Option<(u8, char)>;

/// Records of three factors, of which one at least comes in time.
fn cells() -> impl Strategy<Value = Vec<[Cell; 3]>> {
    let flag = prop::sample::select(vec!['N', 'N', 'N', 'C', 'D']);
    let value = (0_u8..8, flag);
    let cell = prop::option::weighted(0.85, value.clone());
    let record = (value, cell.clone(), cell).prop_map(|(a, b, c)| [Some(a), b, c]);
    prop::collection::vec(record, 1..40)
}

/// Every part of every record, each factor as late as its lane, in order of arrival.
fn live_parts(cells: &[[Cell; 3]], delays_ms: [i64; 3]) -> Vec<RecordObservation> {
    let mut parts = Vec::new();
    for (slot, row) in cells.iter().enumerate() {
        let time = minute(1).plus_ms(i64::try_from(slot).unwrap() * 5_000);
        for (lane, cell) in row.iter().enumerate() {
            let Some((value, flag)) = cell else { continue };
            let mut part = flagged(1, 0, &value.to_string(), *flag);
            part.factors.truncate(1);
            part.factors[0].code = Arc::from(LIVE[lane]);
            part.kind = RecordKind::Realtime;
            part.time = time;
            part.received_at = time.plus_ms(100 + delays_ms[lane]);
            part.packet_id = None;
            parts.push(part);
        }
    }
    parts.sort_by_key(|part| part.received_at);
    parts
}

fn live_engine() -> Engine {
    engine(live_world(), live_rules())
}

/// What is known in the end, in no order: every alarm with its value, every exceedance. What an
/// alarm on several factors saw first is not the same in every order.
fn outcome(transitions: &[Transition]) -> BTreeSet<String> {
    let of = |transition: &Transition| match &transition.change {
        Change::Rechecked { .. } => None,
        Change::Exceeded(one) => Some(format!("{one:?}")),
        Change::Opened(opening) => {
            let mut opening = opening.clone();
            if opening.factor.is_none() {
                opening.seen = Circumstance::default();
            }
            Some(format!("{opening:?}"))
        }
        Change::Recovered { id, .. } => Some(format!("{} {id} recovered", transition.at)),
        _ => Some(told(std::slice::from_ref(transition)).join("")),
    };
    transitions.iter().filter_map(of).collect()
}

/// Hands snapshots over as a database would, as text.
fn kept(engine: &mut Engine) -> (Vec<TrackerSnapshot>, Vec<Watermark>) {
    let (trackers, mut marks) = engine.take_snapshots();
    for mark in &mut marks {
        let json = serde_json::to_string(&mark.gatherings).unwrap();
        mark.gatherings = serde_json::from_str(&json).unwrap();
    }
    (trackers, marks)
}

/// What is known in the end without and with a restart after the part at `place`, when the journal
/// tells again of what waited for its neighbours, and of `again` parts more.
fn restart(
    cells: &[[Cell; 3]],
    delays: [i64; 3],
    place: usize,
    again: usize,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let parts = live_parts(cells, delays);
    let place = place.min(parts.len());
    let mut straight = live_engine();
    for part in &parts {
        straight.observe(Observation::Record(part.clone()));
    }
    straight.tick(minute(10));
    let mut first = live_engine();
    for part in &parts[..place] {
        first.observe(Observation::Record(part.clone()));
    }
    let mut changes = first.take_changes();
    let (trackers, marks) = kept(&mut first);
    let mut second = Engine::new(EngineSettings::default());
    second.restore(trackers, marks, Vec::new());
    // hours later
    let settled = |part: &&RecordObservation| first.now().ms_since(part.received_at) >= 2_000;
    let from = parts[..place].iter().filter(settled).count();
    second.enter_world(Arc::new(live_world()), live_rules(), minute(300));
    for part in &parts[from.saturating_sub(again)..] {
        second.observe(Observation::Record(part.clone()));
    }
    second.tick(minute(10));
    changes.extend(second.take_changes());
    // what is told again of the past is known to the database already
    let without_late = |mut all: BTreeSet<String>| {
        all.retain(|what| !what.contains("is_late: true") && !what.contains("historical"));
        all
    };
    (
        without_late(outcome(&straight.take_changes())),
        without_late(outcome(&changes)),
    )
}

#[test]
fn a_part_of_a_forgotten_record_is_not_new_after_a_restart() {
    let whole = [Some((0, 'N')); 3];
    let mut cells = vec![whole; 11];
    cells.push([Some((0, 'N')), None, Some((0, 'N'))]);
    cells.extend([[Some((0, 'N')), None, None]; 3]);
    let (straight, restarted) = restart(&cells, [6_059, 0, 0], 37, 4);
    assert_eq!(straight, restarted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn how_late_each_part_comes_does_not_matter(
        cells in cells(), second in 0_i64..12_000, third in 0_i64..12_000
    ) {
        let play = |delays| {
            let mut engine = live_engine();
            for part in live_parts(&cells, delays) {
                engine.observe(Observation::Record(part));
            }
            engine.tick(minute(10));
            outcome(&engine.take_changes())
        };
        prop_assert_eq!(play([0; 3]), play([0, second, third]));
    }

    #[test]
    fn a_restart_between_two_parts_changes_nothing(
        cells in cells(), delays in prop::array::uniform3(0_i64..20_000), place in 0_usize..120,
        again in 0_usize..6
    ) {
        let (straight, restarted) = restart(&cells, delays, place, again);
        prop_assert_eq!(straight, restarted);
    }
}
