//! Table tests of an alarm's life, each a sentence.
use super::*;
use crate::rules::SeverityStep;

/// Plays readings one minute apart: `!` met, `-` between, `.` cleared, `^` met and grave, `x` the
/// open alarm is closed by a person, ` ` a minute without a reading. Returns what happened, as
/// `minute:step`.
fn play(life: &Life, script: &str) -> Vec<String> {
    let mut phase = Phase::Quiet;
    let mut told = Vec::new();
    let make_id = |at: Timestamp| Uuid::from_u128(u128::from(at.epoch_ms().unsigned_abs()) + 1);
    for (minute, sign) in script.chars().enumerate() {
        let at = Timestamp::from_epoch_ms(i64::try_from(minute).unwrap() * 60_000);
        let mut steps = phase.pass_time(life, Severity::Minor, at, &make_id);
        let (verdict, level) = match sign {
            '!' => (Verdict::Met, None),
            '^' => (Verdict::Met, Some(Severity::Critical)),
            '-' => (Verdict::Between, None),
            '.' => (Verdict::Cleared, None),
            'x' => {
                let id = phase.open_alarm().map(|alarm| alarm.id);
                assert!(id.is_some_and(|id| phase.close(id, at)), "{script}");
                told.push(format!("{minute}:close"));
                continue;
            }
            _ => {
                tell(&mut told, minute, &steps);
                continue;
            }
        };
        let reading = Reading {
            at,
            verdict,
            level,
            value: None,
            multiple: None,
            packet_id: None,
        };
        steps.extend(phase.apply(life, Severity::Minor, &reading, &make_id));
        tell(&mut told, minute, &steps);
    }
    told
}

fn tell(told: &mut Vec<String>, minute: usize, steps: &[Step]) {
    for step in steps {
        told.push(match step {
            Step::Opened { alarm, since } => {
                let traced = if alarm.trace_id == alarm.id {
                    ""
                } else {
                    " traced"
                };
                format!(
                    "{minute}:open {} since {}{traced}",
                    alarm.severity,
                    since.epoch_ms() / 60_000
                )
            }
            Step::Reopened { severity, .. } => format!("{minute}:reopen {severity}"),
            Step::Graded { from, to, .. } => format!("{minute}:{from}->{to}"),
            Step::Recovered { .. } => format!("{minute}:recover"),
        });
    }
}

fn life() -> Life {
    Life {
        delay_count: 3,
        recover_count: 2,
        ..Life::default()
    }
}

#[track_caller]
fn check(life: &Life, script: &str, expect: &[&str]) {
    assert_eq!(play(life, script), expect, "{script}");
}

#[test]
fn opens_only_after_three_readings_in_a_row() {
    check(&life(), "!!.!!.!!.", &[]);
    check(&life(), "!!-!!-", &[]);
    check(&life(), ".!!!", &["3:open minor since 1"]);
}

#[test]
fn opens_after_a_time_when_the_rule_counts_seconds() {
    let life = Life {
        delay_count: u32::MAX,
        delay_s: Some(180),
        ..life()
    };
    check(&life, "!!!", &[]);
    check(&life, "!!!!", &["3:open minor since 0"]);
    check(&life, "! ! !", &["4:open minor since 0"]);
}

#[test]
fn recovers_only_beyond_the_hysteresis_and_for_long_enough() {
    check(&life(), "!!!------", &["2:open minor since 0"]);
    check(&life(), "!!!.-.-.-", &["2:open minor since 0"]);
    check(&life(), "!!!..", &["2:open minor since 0", "4:recover"]);
    let slow = Life {
        recover_s: 180,
        ..life()
    };
    check(&slow, "!!!....", &["2:open minor since 0", "6:recover"]);
}

#[test]
fn a_value_swinging_about_the_limit_opens_one_alarm() {
    let swinging = "!!!".to_owned() + &".!".repeat(100);
    check(&life(), &swinging, &["2:open minor since 0"]);
}

#[test]
fn a_recurrence_soon_after_recovery_reopens_the_same_alarm() {
    let life = Life {
        reopen_within_s: 600,
        ..life()
    };
    check(
        &life,
        "!!!..!!!",
        &["2:open minor since 0", "4:recover", "7:reopen minor"],
    );
    check(
        &life,
        "!!!............!!!",
        &[
            "2:open minor since 0",
            "4:recover",
            "17:open minor since 15",
        ],
    );
}

#[test]
fn escalates_and_downgrades_by_size() {
    let life = life();
    check(
        &life,
        "!!!^!!..",
        &[
            "2:open minor since 0",
            "3:minor->critical",
            "5:critical->minor",
            "7:recover",
        ],
    );
    check(
        &life,
        "!!!^!^!^",
        &["2:open minor since 0", "3:minor->critical"],
    );
}

#[test]
fn escalates_and_downgrades_by_time() {
    let step = |after_s, severity| SeverityStep {
        after_s: Some(after_s),
        multiple: None,
        severity,
    };
    let life = Life {
        steps: vec![step(300, Severity::Major), step(600, Severity::Info)],
        ..life()
    };
    check(
        &life,
        "!!!           !!..",
        &[
            "2:open minor since 0",
            "7:minor->major",
            "12:major->info",
            "17:recover",
        ],
    );
}

#[test]
fn after_a_manual_close_a_new_alarm_waits_until_the_condition_cleared() {
    check(
        &life(),
        "!!!x!!!!!!..!!!",
        &["2:open minor since 0", "3:close", "14:open minor since 12"],
    );
}

#[test]
fn after_a_manual_close_a_lasting_condition_is_raised_again_when_the_rule_says_so() {
    let life = Life {
        rearm: Rearm::After { seconds: 300 },
        ..life()
    };
    check(
        &life,
        "!!!x!!!!!!",
        &[
            "2:open minor since 0",
            "3:close",
            "8:open minor since 8 traced",
        ],
    );
    check(&life, "!!!x!..!!.", &["2:open minor since 0", "3:close"]);
    check(
        &life,
        "!!!x       ",
        &[
            "2:open minor since 0",
            "3:close",
            "8:open minor since 8 traced",
        ],
    );
}
