//! How many alarms a rule would have raised, had it been switched on: the engine itself, run over
//! history.

use std::collections::HashMap;
use std::sync::Arc;

use access::{Actor, Permission};
use beijing_time::{DAY_MS, Timestamp};
use database::Database;
use monitoring::RecordsRequest;
use sites::{DeviceDirectory, PointId};
use uuid::Uuid;

use crate::AlarmError;
use crate::engine::{
    Change, Circumstance, Engine, EngineSettings, Observation, RecordObservation, Rule, Subjects,
};
use crate::readings::{monitoring_kind, observe_reading};
use crate::rules::RuleDefinition;
use crate::store;
use crate::words::{RecordKind, Severity};

/// The longest time that is tested at once.
const MOST_DAYS: i64 = 366;
/// Records that are tested in all: a year of hours of a city, or two days of its minutes.
const MOST_RECORDS: usize = 2_000_000;
/// Days whose records are in memory at a time.
const WINDOW_DAYS: i64 = 7;

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

/// A rule under way through history.
#[derive(Debug)]
struct Run {
    engine: Engine,
    result: Backtest,
    places: HashMap<Uuid, usize>,
}

impl Run {
    fn start(
        definition: RuleDefinition,
        rule_id: i64,
        subjects: Arc<Subjects>,
        from: Timestamp,
    ) -> Self {
        let mut engine = Engine::new(EngineSettings::default());
        engine.set_world(subjects, vec![Rule::new(rule_id, 0, definition)], from);
        Self {
            engine,
            result: Backtest::default(),
            places: HashMap::new(),
        }
    }

    /// Shows it records that came after all that it has seen.
    fn observe(&mut self, mut records: Vec<RecordObservation>) {
        records.sort_by_key(|record| {
            (
                record.received_at,
                record.point_id,
                record.kind,
                record.time,
            )
        });
        self.result.records += records.len();
        for record in records {
            self.engine.observe(Observation::Record(record));
            collect(&mut self.engine, &mut self.result, &mut self.places);
        }
    }

    fn finish(mut self, to: Timestamp) -> Backtest {
        self.engine.tick(to);
        self.engine.take_waiting();
        collect(&mut self.engine, &mut self.result, &mut self.places);
        self.result
    }
}

/// Runs a rule over records from `from` up to `to`. Records need not be in order; each counts as
/// having come when it did.
pub fn compute_backtest(
    definition: RuleDefinition,
    rule_id: i64,
    subjects: Arc<Subjects>,
    records: Vec<RecordObservation>,
    (from, to): (Timestamp, Timestamp),
) -> Backtest {
    let mut run = Run::start(definition, rule_id, subjects, from);
    run.observe(records);
    run.finish(to)
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

/// What is to be back-tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestRequest {
    /// The rule as it would be.
    pub definition: RuleDefinition,
    /// Its number, for a rule that exists; 0 for a new one.
    pub rule_id: i64,
    /// From.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
}

/// Back-tests a rule on the records of the actor's part of the city. Every record counts as having
/// come right after its period: what came late in truth would hide what the rule does.
///
/// # Errors
/// [`AlarmError::BadRule`] with everything that is wrong with the rule, [`AlarmError::Invalid`]
/// when the time is out of order or holds more than 2,000,000 records.
pub async fn run_backtest(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: BacktestRequest,
) -> Result<Backtest, AlarmError> {
    actor.check(Permission::ManageAlarmRules)?;
    let problems = |problems| AlarmError::BadRule { problems };
    request.definition.check().map_err(problems)?;
    let (from, to) = (request.from, request.to);
    if to <= from || to.ms_since(from) > MOST_DAYS * DAY_MS {
        return Err(AlarmError::invalid(
            "to",
            "must be later than from, by a year at most",
        ));
    }
    let subjects = Arc::new(load_backtest_subjects(database, from, to).await?);
    let definition = &request.definition;
    let mut points: Vec<_> = subjects
        .points
        .iter()
        .filter(|(id, point)| {
            let is_visible = directory
                .point(PointId(**id))
                .is_some_and(|known| known.is_covered_by(&actor.scope));
            let scope = &definition.scope;
            is_visible && scope.covers_point(**id, &point.medium, &point.region)
        })
        .collect();
    points.sort_unstable_by_key(|(id, _)| **id);
    let points: Vec<_> = points
        .into_iter()
        .map(|(id, point)| (*id, point.timetable))
        .collect();
    let condition = request.definition.condition.clone();
    let mut run = Run::start(request.definition, request.rule_id, subjects.clone(), from);
    // a record counts as having come by the end of its day: days of all points keep the order
    let mut begin = from;
    while begin < to {
        let end = begin.stat_day().plus(WINDOW_DAYS).start().min(to);
        let mut records = Vec::new();
        for kind in RecordKind::ALL
            .iter()
            .filter(|kind| condition.looks_at(**kind))
        {
            for (point_id, timetable) in &points {
                let asked = RecordsRequest::new(*point_id, monitoring_kind(*kind), begin, end);
                let loaded = monitoring::load_records(database, directory, actor, asked).await?;
                let period_ms = timetable.period_ms(*kind);
                let observed = loaded
                    .iter()
                    .map(|record| observe(record, *kind, period_ms));
                records.extend(observed);
                if run.result.records + records.len() > MOST_RECORDS {
                    return Err(AlarmError::invalid(
                        "to",
                        "more than 2,000,000 records: choose a shorter time or fewer points",
                    ));
                }
            }
        }
        // much work on a week of records must not hold up anything else
        let step = move || {
            run.observe(records);
            run
        };
        run = tokio::task::spawn_blocking(step)
            .await
            .map_err(|_panic| AlarmError::conflict("the back-test failed"))?;
        begin = end;
    }
    Ok(run.finish(to))
}

/// A record as it would have come right after its period.
fn observe(record: &monitoring::Record, kind: RecordKind, period_ms: i64) -> RecordObservation {
    RecordObservation {
        point_id: record.point_id,
        kind,
        time: record.time,
        received_at: record.time.plus_ms(period_ms),
        packet_id: (record.packet_id.import_id().is_none()).then_some(record.packet_id.0),
        is_history: false,
        factors: record
            .readings
            .iter()
            .map(|one| observe_reading(&one.reading, kind))
            .collect(),
    }
}
