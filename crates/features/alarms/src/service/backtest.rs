//! How many alarms a rule would have raised, had it been switched on: the engine itself, run over
//! history.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::Timestamp;
use database::Database;
use uuid::Uuid;

use crate::AlarmError;
use crate::engine::{
    Change, Circumstance, Engine, EngineSettings, Observation, RecordObservation, Rule, Subjects,
};
use crate::rules::RuleDefinition;
use crate::store;
use crate::words::{RecordKind, Severity};

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backtest {
    /// Records looked at.
    pub records: usize,
    /// The alarms it would have raised, in order.
    pub alarms: Vec<BacktestAlarm>,
}

/// An alarm that would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestAlarm {
    /// The identifier a live engine would have given it.
    pub id: Uuid,
    /// The point.
    pub point_id: Option<i64>,
    /// The factor.
    pub factor: Option<Arc<str>>,
    /// The kind of records.
    pub record_kind: Option<RecordKind>,
    /// When it would have opened.
    pub opened_at: Timestamp,
    /// When it would have recovered.
    pub recovered_at: Option<Timestamp>,
    /// The highest severity it would have reached.
    pub severity: Severity,
    /// How often it would have re-opened.
    pub reopened: u32,
    /// What would have opened it.
    pub seen: Circumstance,
}

/// Runs a rule over records from `from` up to `to`. Records need not be in order; each counts as
/// having come when it did.
pub fn compute_backtest(
    definition: RuleDefinition,
    rule_id: i64,
    subjects: Arc<Subjects>,
    mut records: Vec<RecordObservation>,
    (from, to): (Timestamp, Timestamp),
) -> Backtest {
    records.sort_by_key(|record| {
        (
            record.received_at,
            record.point_id,
            record.kind,
            record.time,
        )
    });
    let mut engine = Engine::new(EngineSettings::default());
    engine.set_world(subjects, vec![Rule::new(rule_id, 0, definition)], from);
    let mut result = Backtest {
        records: records.len(),
        ..Backtest::default()
    };
    let mut places = HashMap::new();
    for record in records {
        engine.observe(Observation::Record(record));
        collect(&mut engine, &mut result, &mut places);
    }
    engine.tick(to);
    engine.take_waiting();
    collect(&mut engine, &mut result, &mut places);
    result
}

fn collect(engine: &mut Engine, result: &mut Backtest, places: &mut HashMap<Uuid, usize>) {
    for transition in engine.take_changes() {
        let alarms = &mut result.alarms;
        match transition.change {
            Change::Opened(opening) => {
                places.insert(opening.id, alarms.len());
                alarms.push(BacktestAlarm {
                    id: opening.id,
                    point_id: opening.point_id,
                    factor: opening.factor,
                    record_kind: opening.record_kind,
                    opened_at: transition.at,
                    recovered_at: None,
                    severity: opening.severity,
                    reopened: 0,
                    seen: opening.seen,
                });
            }
            Change::Reopened { id, .. } => {
                if let Some(alarm) = places.get(&id).and_then(|place| alarms.get_mut(*place)) {
                    alarm.recovered_at = None;
                    alarm.reopened += 1;
                }
            }
            Change::Graded { id, to, .. } => {
                if let Some(alarm) = places.get(&id).and_then(|place| alarms.get_mut(*place)) {
                    alarm.severity = alarm.severity.max(to);
                }
            }
            Change::Recovered { id, .. } => {
                if let Some(alarm) = places.get(&id).and_then(|place| alarms.get_mut(*place)) {
                    alarm.recovered_at = Some(transition.at);
                }
            }
            _ => {}
        }
    }
}

/// What a back-test runs against: points, limits of all times, planned stops.
///
/// # Errors
/// [`AlarmError`] when the database cannot be read.
pub async fn load_backtest_subjects(
    database: &Database,
    from: Timestamp,
    to: Timestamp,
) -> Result<Subjects, AlarmError> {
    let mut subjects = store::subjects::load(database, to, from).await?;
    // a rule on records is tested; silence of devices is not in the records
    subjects.devices.clear();
    for point in subjects.points.values_mut() {
        point.device_ids.clear();
    }
    Ok(subjects)
}
