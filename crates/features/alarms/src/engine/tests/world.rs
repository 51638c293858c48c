//! A small world: points that measure COD and flow, devices, and rules written as JSON.
use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::{MINUTE_MS, Timestamp};
use uuid::Uuid;

use crate::engine::{
    Change, DeviceFacts, DeviceObservation, Engine, EngineSettings, ExemptWindow,
    FactorObservation, LimitFacts, Observation, PointFacts, RecordObservation, Rule, Subjects,
    Timetable, Transition,
};
use crate::rules::RuleDefinition;
use crate::words::{RecordKind, Statistic};

pub(super) const COD: &str = "w01018";
pub(super) const FLOW: &str = "w00000";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Minutes after the start of the test's day.
pub(super) fn minute(minutes: i64) -> Timestamp {
    at("2026-03-01T00:00:00+08:00").plus_ms(minutes * MINUTE_MS)
}

pub(super) fn rule(id: i64, json: &str) -> Rule {
    let names = r#""name_zh":"测试","name_en":"Test","severity":"minor","#;
    let definition = RuleDefinition::parse_json(&format!("{{{names}{json}}}"));
    Rule::new(id, 1, definition.unwrap())
}

pub(super) fn over_rule(life: &str) -> Rule {
    rule(
        1,
        &format!(
            r#""condition":{{"type":"over_upper","kinds":["minute","hour"],"hysteresis":"0.1"}},
            "life":{life}"#
        ),
    )
}

/// `count` points, each with a device of its own; minutes and hours are expected, real-time
/// values are not; COD may be 50 at most and not below 1, in minutes and in hours.
pub(super) fn subjects(count: i64) -> Subjects {
    let limit = |id, kind| {
        Arc::new(LimitFacts {
            id,
            kind,
            statistic: Statistic::Avg,
            lower: Some("1".parse().unwrap()),
            upper: Some("50".parse().unwrap()),
            valid_from: at("2020-01-01"),
            valid_to: None,
            origin: "permit".to_owned(),
            basis: "PERMIT-1".to_owned(),
        })
    };
    let points = (1..=count).map(|id| {
        let limits = vec![limit(1, RecordKind::Minute), limit(2, RecordKind::Hour)];
        let facts = PointFacts {
            site_id: id,
            region: "430421".to_owned(),
            medium: "waste_water".to_owned(),
            is_simulated: true,
            timetable: Timetable {
                realtime_interval_s: None,
                minute_interval_min: Some(10),
                has_hours: true,
                has_days: false,
            },
            expected_factors: vec![Arc::from(COD)],
            limits: HashMap::from([(Arc::from(COD), limits)]),
            device_ids: vec![id],
        };
        (id, facts)
    });
    let devices = (1..=count).map(|id| {
        let facts = DeviceFacts {
            mn: format!("TEST{id}"),
            point_ids: vec![id],
        };
        (id, facts)
    });
    Subjects {
        points: points.collect(),
        devices: devices.collect(),
        exemptions: Vec::new(),
    }
}

pub(super) fn stop(from: Timestamp, to: Timestamp) -> ExemptWindow {
    ExemptWindow {
        id: Uuid::nil(),
        site_id: 1,
        point_id: None,
        factor: None,
        from,
        to,
    }
}

pub(super) fn engine(subjects: Subjects, rules: Vec<Rule>) -> Engine {
    let mut engine = Engine::new(EngineSettings::default());
    engine.set_world(Arc::new(subjects), rules, minute(0));
    engine
}

/// Ten-minute record number `slot` of a point, arrived five seconds after its end.
pub(super) fn record(point_id: i64, slot: i64, cod: &str) -> RecordObservation {
    flagged(point_id, slot, cod, 'N')
}

pub(super) fn flagged(point_id: i64, slot: i64, cod: &str, flag: char) -> RecordObservation {
    let factor = |code: &str, value: &str| FactorObservation {
        code: Arc::from(code),
        flag: Some(flag),
        is_valid: flag == 'N',
        values: if value.is_empty() {
            Vec::new()
        } else {
            vec![(Statistic::Avg, value.parse().unwrap())]
        },
        packet_id: None,
    };
    RecordObservation {
        point_id,
        kind: RecordKind::Minute,
        time: minute(slot * 10),
        received_at: minute(slot * 10 + 10).plus_ms(5_000),
        packet_id: Some(point_id * 1_000_000 + slot),
        is_history: false,
        factors: vec![factor(COD, cod), factor(FLOW, "12.5")],
    }
}

/// The same slot as an hour record.
pub(super) fn hour(point_id: i64, hour: i64, cod: &str) -> RecordObservation {
    RecordObservation {
        kind: RecordKind::Hour,
        time: minute(hour * 60),
        received_at: minute(hour * 60 + 60).plus_ms(30_000),
        ..record(point_id, 0, cod)
    }
}

pub(super) fn sign(device_id: i64, at: Timestamp) -> Observation {
    Observation::Device(DeviceObservation {
        device_id,
        at,
        peer: Some("198.51.100.7".to_owned()),
        skew_ms: Some(0),
    })
}

/// Minute records one after another; `_` is a gap.
pub(super) fn feed(engine: &mut Engine, values: &str) {
    for (slot, value) in values.split_whitespace().enumerate() {
        let slot = i64::try_from(slot).unwrap();
        if value == "_" {
            continue;
        }
        engine.observe(Observation::Record(record(1, slot, value)));
    }
    engine.take_waiting();
}

/// What happened to alarms, as `minute:what`; exceedances are left out.
pub(super) fn told(transitions: &[Transition]) -> Vec<String> {
    transitions.iter().filter_map(tell).collect()
}

fn tell(transition: &Transition) -> Option<String> {
    let minutes = transition.at.ms_since(minute(0)) / MINUTE_MS;
    let what = match &transition.change {
        Change::Opened(opening) => {
            let part = opening.factor.as_deref().or(opening.detail.as_deref());
            let part = part.map(|part| format!(" {part}")).unwrap_or_default();
            format!("{} {}{part}", opening.severity, opening.kind)
        }
        Change::Reopened { severity, .. } => format!("reopened {severity}"),
        Change::Graded { from, to, .. } => format!("{from}->{to}"),
        Change::Recovered { .. } => "recovered".to_owned(),
        Change::Ended { reason, .. } => format!("ended {reason}"),
        Change::Grouped { .. } => "grouped".to_owned(),
        Change::Historical { opening, .. } => format!("historical {}", opening.kind),
        Change::Exceeded(_) | Change::Rechecked { .. } => return None,
    };
    Some(format!("{minutes}:{what}"))
}
