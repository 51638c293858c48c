//! What happens, told as short stories.
use std::sync::Arc;

use super::world::*;
use crate::engine::{
    Change, Engine, Observation, PlatformObservation, RecordObservation, Rule, Transition,
};
use crate::words::PlatformMeasure;

fn play(rule: Rule, values: &str) -> Vec<String> {
    let mut engine = engine(subjects(1), vec![rule]);
    feed(&mut engine, values);
    told(&engine.take_changes())
}

fn exceedances(transitions: &[Transition]) -> Vec<(String, bool, bool)> {
    let of = |transition: &Transition| match &transition.change {
        Change::Exceeded(one) => Some((one.value.to_string(), one.is_late, one.is_exempt)),
        _ => None,
    };
    transitions.iter().filter_map(of).collect()
}

#[test]
fn a_value_equal_to_its_limit_does_not_exceed() {
    assert!(play(over_rule("{}"), "50 50.0 49").is_empty());
    assert_eq!(
        play(over_rule("{}"), "50.000000000001"),
        ["10:minor over_upper w01018"]
    );
}

#[test]
fn recovers_only_ten_percent_below_the_limit_when_the_rule_says_so() {
    assert_eq!(
        play(over_rule("{}"), "60 49 46 45.01 45"),
        ["10:minor over_upper w01018", "50:recovered"]
    );
}

#[test]
fn grades_by_the_exact_multiple_of_the_limit() {
    let life = r#"{"steps":[{"multiple":"1","severity":"major"},
        {"multiple":"3","severity":"critical"}]}"#;
    assert_eq!(
        play(over_rule(life), "60 99.999999999 100 199 200 60"),
        [
            "10:minor over_upper w01018",
            "30:minor->major",
            "50:major->critical",
            "60:critical->minor"
        ]
    );
}

#[test]
fn a_value_below_its_lower_limit_is_an_alarm_of_its_own() {
    let rule = rule(
        1,
        r#""condition":{"type":"below_lower","kinds":["minute"]},"life":{"delay_count":2}"#,
    );
    assert_eq!(
        play(rule, "0.9 1 0.9 0.5 1"),
        ["40:minor below_lower w01018", "50:recovered"]
    );
}

#[test]
fn a_calibration_does_not_exceed() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    engine.observe(Observation::Record(flagged(1, 0, "400", 'C')));
    engine.take_waiting();
    assert!(engine.take_changes().is_empty());
}

#[test]
fn nothing_is_called_during_a_planned_stop_but_exceedances_are_recorded() {
    let mut world = subjects(1);
    world.exemptions.push(stop(minute(0), minute(20)));
    let mut engine = engine(world, vec![over_rule("{}")]);
    feed(&mut engine, "60 60 60");
    let changes = engine.take_changes();
    assert_eq!(told(&changes), ["30:minor over_upper w01018"]);
    let found = exceedances(&changes);
    let exempt: Vec<bool> = found.iter().map(|(_, _, is_exempt)| *is_exempt).collect();
    assert_eq!(exempt, [true, true, false]);
}

#[test]
fn an_alarm_recovers_during_a_planned_stop() {
    let mut world = subjects(1);
    world.exemptions.push(stop(minute(10), minute(100)));
    let mut engine = engine(world, vec![over_rule("{}")]);
    feed(&mut engine, "60 60 10 60 60");
    assert_eq!(
        told(&engine.take_changes()),
        ["10:minor over_upper w01018", "30:recovered"]
    );
}

#[test]
fn an_exceedance_in_late_data_is_history_and_calls_nobody() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    let late = RecordObservation {
        received_at: minute(600),
        ..record(1, 0, "60")
    };
    engine.observe(Observation::Record(late));
    engine.observe(Observation::Record(record(1, 60, "10")));
    // out of order, although not long after
    engine.observe(Observation::Record(RecordObservation {
        received_at: minute(613),
        ..record(1, 59, "70")
    }));
    let resent = RecordObservation {
        is_history: true,
        ..record(1, 61, "80")
    };
    engine.observe(Observation::Record(resent));
    engine.take_waiting();
    let changes = engine.take_changes();
    assert_eq!(
        told(&changes),
        [
            "10:historical over_upper",
            "600:historical over_upper",
            "620:historical over_upper"
        ]
    );
    assert!(exceedances(&changes).iter().all(|(_, is_late, _)| *is_late));
    let id_of = |transition: &Transition| match &transition.change {
        Change::Historical { opening, .. } => Some(opening.id),
        _ => None,
    };
    let mut ids: Vec<_> = changes.iter().filter_map(id_of).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "one historical alarm a day");
}

#[test]
fn a_packet_from_the_future_does_not_hide_what_follows() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    let future = RecordObservation {
        received_at: minute(5),
        ..record(1, 100_000, "10")
    };
    engine.observe(Observation::Record(future));
    feed(&mut engine, "60");
    assert_eq!(told(&engine.take_changes()), ["10:minor over_upper w01018"]);
}

#[test]
fn faults_are_called_for_each_factor_and_maintenance_once_for_the_point() {
    let rules = vec![
        rule(
            1,
            r#""condition":{"type":"fault","kinds":["minute"],"flags":["D"]}"#,
        ),
        rule(
            2,
            r#""condition":{"type":"maintenance","kinds":["minute"],"flags":["M"]}"#,
        ),
    ];
    let mut engine = engine(subjects(1), rules);
    for (slot, flag) in "DNMN".chars().enumerate() {
        let slot = i64::try_from(slot).unwrap();
        engine.observe(Observation::Record(flagged(1, slot, "10", flag)));
    }
    engine.take_waiting();
    assert_eq!(
        told(&engine.take_changes()),
        [
            "10:minor fault w01018",
            "10:minor fault w00000",
            "20:recovered",
            "20:recovered",
            "30:minor maintenance",
            "40:recovered"
        ]
    );
}

#[test]
fn conditions_join_by_and_and_or() {
    let json = r#""condition":{"type":"combined","kind":"minute","when":{"op":"all","of":[
        {"op":"above","factor":"w00000","statistic":"avg","than":"10"},
        {"op":"any","of":[{"op":"below","factor":"w01018","statistic":"avg","than":"5"},
        {"op":"above","factor":"w01018","statistic":"avg","than":"40"}]}]}}"#;
    assert_eq!(
        play(rule(1, json), "30 41 30 4 30"),
        [
            "20:minor combined",
            "30:recovered",
            "40:minor combined",
            "50:recovered"
        ]
    );
}

const MISSING: &str =
    r#""condition":{"type":"missing","kind":"minute","count":2,"grace_s":60},"life":{}"#;

#[test]
fn one_factor_that_stops_is_called_though_the_device_goes_on() {
    let mut engine = engine(subjects(1), vec![rule(1, MISSING)]);
    for (slot, value) in ["10", "", "", "", "10"].iter().enumerate() {
        let slot = i64::try_from(slot).unwrap();
        engine.observe(Observation::Record(record(1, slot, value)));
    }
    engine.take_waiting();
    assert_eq!(
        told(&engine.take_changes()),
        ["30:minor missing w01018", "50:recovered"]
    );
}

#[test]
fn records_that_do_not_come_are_called_when_they_are_overdue() {
    let mut engine = engine(subjects(1), vec![rule(1, MISSING)]);
    feed(&mut engine, "10 10");
    // the last covers minutes 10 to 20; two more are missing at minute 40, with a minute's grace
    engine.tick(minute(40).plus_ms(59_999));
    assert!(engine.take_changes().is_empty());
    engine.tick(minute(500));
    assert_eq!(told(&engine.take_changes()), ["41:minor missing"]);
    engine.observe(Observation::Record(record(1, 50, "10")));
    engine.take_waiting();
    assert_eq!(told(&engine.take_changes()), ["510:recovered"]);
}

#[test]
fn late_records_that_fill_the_gap_end_the_alarm() {
    let mut engine = engine(subjects(1), vec![rule(1, MISSING)]);
    feed(&mut engine, "10 10");
    engine.tick(minute(70));
    for slot in 2..6 {
        engine.observe(Observation::Record(RecordObservation {
            received_at: minute(100),
            ..record(1, slot, "10")
        }));
    }
    assert_eq!(told(&engine.take_changes()), ["41:minor missing"]);
    for slot in 6..9 {
        engine.observe(Observation::Record(RecordObservation {
            received_at: minute(100),
            is_history: true,
            ..record(1, slot, "10")
        }));
    }
    assert_eq!(told(&engine.take_changes()), ["100:recovered"]);
}

const OFFLINE: &str = r#""condition":{"type":"offline","after_s":900},
    "life":{"steps":[{"after_s":3600,"severity":"major"}]},
    "storm":{"cause":"peer","window_s":600,"least":3}"#;

#[test]
fn a_silent_device_is_offline_until_it_speaks() {
    let mut engine = engine(subjects(1), vec![rule(1, OFFLINE)]);
    engine.observe(sign(1, minute(5)));
    engine.tick(minute(100));
    engine.observe(sign(1, minute(101)));
    assert_eq!(
        told(&engine.take_changes()),
        ["20:minor offline", "80:minor->major", "101:recovered"]
    );
}

#[test]
fn data_missing_because_the_device_is_offline_are_not_called_as_well() {
    let mut engine = engine(subjects(1), vec![rule(1, OFFLINE), rule(2, MISSING)]);
    engine.tick(minute(100));
    assert_eq!(
        told(&engine.take_changes()),
        ["15:minor offline", "75:minor->major"]
    );
    engine.observe(sign(1, minute(100)));
    engine.tick(minute(110));
    assert_eq!(told(&engine.take_changes()), ["100:recovered"]);
    for later in [110, 120, 130] {
        engine.observe(sign(1, minute(later)));
    }
    engine.tick(minute(131));
    assert_eq!(told(&engine.take_changes()), ["131:minor missing"]);
}

#[test]
fn devices_of_one_address_that_fall_silent_together_become_one_alarm() {
    let mut engine = engine(subjects(5), vec![rule(1, OFFLINE)]);
    for id in 1..=5 {
        engine.observe(sign(id, minute(1).plus_ms(id * 1000)));
    }
    engine.tick(minute(20));
    assert_eq!(
        told(&engine.take_changes()),
        [
            "16:minor offline",
            "16:minor offline",
            "16:minor offline",
            "16:major storm peer 198.51.100.7",
            "16:grouped",
            "16:grouped",
            "16:grouped",
            "16:minor offline",
            "16:grouped",
            "16:minor offline",
            "16:grouped",
        ]
    );
    for id in 1..=4 {
        engine.observe(sign(id, minute(20 + id)));
    }
    assert_eq!(
        told(&engine.take_changes()),
        [
            "21:recovered",
            "22:recovered",
            "23:recovered",
            "24:recovered"
        ]
    );
    engine.observe(sign(5, minute(25)));
    assert_eq!(
        told(&engine.take_changes()),
        ["25:recovered", "25:recovered"],
        "with its last member the group recovers"
    );
}

#[test]
fn a_value_that_does_not_move_is_stuck_unless_nothing_flows() {
    let json = r#""condition":{"type":"stuck","kind":"minute","statistic":"avg","count":4,
        "tolerance":"0.02","ignores_zero":true,"idle_factors":["w00000"],
        "except_factors":["w00000"]}"#;
    assert_eq!(
        play(rule(1, json), "5 5.01 5.02 5 5 6"),
        ["40:minor stuck w01018", "60:recovered"]
    );
    assert!(play(rule(1, json), "5 5.01 5.02 5.03 5.04 5.05 5.06").is_empty());
    assert!(play(rule(1, json), "0 0 0 0 0 0").is_empty());
    let mut engine = engine(subjects(1), vec![rule(1, json)]);
    for slot in 0..8 {
        let mut still = record(1, slot, "5");
        still.factors[1].values[0].1 = "0.00".parse().unwrap();
        engine.observe(Observation::Record(still));
    }
    engine.take_waiting();
    assert!(engine.take_changes().is_empty());
}

#[test]
fn a_clock_that_is_off_is_called_after_enough_packets() {
    let json = r#""condition":{"type":"clock_skew","more_than_s":300},
        "life":{"delay_count":3,"recover_count":2}"#;
    let mut engine = engine(subjects(1), vec![rule(1, json)]);
    for (step, skew_s) in [400, -400, 10, 301, -301, 301, 300, 0].iter().enumerate() {
        let Observation::Device(mut packet) = sign(1, minute(i64::try_from(step).unwrap())) else {
            continue;
        };
        packet.skew_ms = Some(skew_s * 1000);
        engine.observe(Observation::Device(packet));
    }
    assert_eq!(
        told(&engine.take_changes()),
        ["5:minor clock_skew", "7:recovered"]
    );
}

#[test]
fn the_platform_watches_itself_by_part() {
    let json = r#""condition":{"type":"platform","measure":"forwarding_lag_s","above":"600",
        "below":null}"#;
    let mut engine = engine(subjects(0), vec![rule(1, json)]);
    for (step, part, value) in [
        (1, "a", "601"),
        (1, "b", "600"),
        (2, "a", "700"),
        (3, "a", "5"),
    ] {
        engine.observe(Observation::Platform(PlatformObservation {
            measure: PlatformMeasure::ForwardingLag,
            part: part.to_owned(),
            at: minute(step),
            value: value.parse().unwrap(),
        }));
    }
    assert_eq!(
        told(&engine.take_changes()),
        ["1:minor platform a", "3:recovered"]
    );
}

#[test]
fn a_rule_that_ends_closes_its_alarms_and_a_new_version_keeps_them() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    feed(&mut engine, "60");
    assert_eq!(engine.take_changes().len(), 2);
    let next = Rule::new(1, 2, over_rule("{}").definition);
    engine.set_world(Arc::new(subjects(1)), vec![next], minute(20));
    assert!(engine.take_changes().is_empty());
    engine.set_world(Arc::new(subjects(1)), Vec::new(), minute(30));
    assert_eq!(told(&engine.take_changes()), ["30:ended rule_ended"]);
}

#[test]
fn a_person_closes_an_alarm_and_the_condition_goes_on() {
    let mut engine = engine(subjects(1), vec![over_rule("{}")]);
    feed(&mut engine, "60");
    let changes = engine.take_changes();
    let opened = |t: &Transition| match &t.change {
        Change::Opened(opening) => Some(opening.id),
        _ => None,
    };
    let id = changes.iter().find_map(opened).unwrap();
    engine.close(id, minute(15));
    let go_on = |engine: &mut Engine, slots: std::ops::Range<i64>, value: &str| {
        for slot in slots {
            engine.observe(Observation::Record(record(1, slot, value)));
        }
        engine.take_waiting();
        told(&engine.take_changes())
    };
    assert!(go_on(&mut engine, 1..5, "60").is_empty());
    assert!(go_on(&mut engine, 5..6, "10").is_empty());
    assert_eq!(
        go_on(&mut engine, 6..7, "60"),
        ["70:minor over_upper w01018"]
    );
}
