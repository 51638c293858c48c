//! What holds for any observations: replay, order, restart.
use std::collections::BTreeMap;
use std::sync::Arc;

use beijing_time::Timestamp;
use proptest::prelude::*;

use super::world::*;
use crate::engine::{
    Change, Engine, EngineSettings, Observation, RecordObservation, Rule, Transition,
};
use crate::rules::shipped_rules;

/// What a database that keeps changes by their names would hold in the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    alarms: BTreeMap<String, Vec<String>>,
    exceedances: BTreeMap<String, String>,
}

impl Kept {
    fn keep(&mut self, transitions: Vec<Transition>) {
        for Transition { at, change } in transitions {
            let (id, event) = match change {
                Change::Exceeded(one) => {
                    let name = format!("{} {} {} {:?}", one.point_id, one.kind, one.time, one.key);
                    let text = format!("{} {}", one.value, one.bound);
                    self.exceedances.entry(name).or_insert(text);
                    continue;
                }
                // the historical are counted only with a new exceedance, which a replay does not bring
                Change::Rechecked { .. } | Change::Historical { .. } => continue,
                Change::Opened(opening) => (opening.id, format!("{opening:?}")),
                Change::Reopened { id, .. } => (id, "reopened".to_owned()),
                Change::Graded { id, from, to, .. } => (id, format!("{from}->{to}")),
                Change::Recovered { id, .. } => (id, "recovered".to_owned()),
                Change::Ended { id, reason } => (id, reason.to_owned()),
                Change::Grouped { id, group_id } => (id, format!("in {group_id}")),
            };
            let events = self.alarms.entry(id.to_string()).or_default();
            let event = format!("{at} {event}");
            if !events.contains(&event) {
                events.push(event);
            }
        }
    }
}

fn rules() -> Vec<Rule> {
    shipped_rules()
        .into_iter()
        .zip(1..)
        .map(|(shipped, id)| Rule::new(id, 1, shipped.definition))
        .collect()
}

fn values() -> impl Strategy<Value = Vec<Option<(u32, char)>>> {
    let one = (
        0_u32..1200,
        prop::sample::select(vec!['N', 'N', 'N', 'N', 'D', 'C']),
    );
    prop::collection::vec(prop::option::weighted(0.9, one), 1..120)
}

fn records(values: &[Option<(u32, char)>]) -> Vec<RecordObservation> {
    let mut records = Vec::new();
    for (slot, value) in values.iter().enumerate() {
        let Some((tenths, flag)) = value else {
            continue;
        };
        let text = format!("{}.{}", tenths / 10, tenths % 10);
        let slot = i64::try_from(slot).unwrap();
        records.push(flagged(1, slot, &text, *flag));
        if slot % 6 == 5 {
            records.push(hour(1, slot / 6, &text));
        }
    }
    records
}

fn new_engine(settle_ms: i64) -> Engine {
    let mut engine = Engine::new(EngineSettings {
        settle_ms,
        // what is late is so by its own times, whatever came before it
        late_after_ms: [settle_ms.max(600_000); 4],
        ..EngineSettings::default()
    });
    engine.set_world(Arc::new(subjects(1)), rules(), minute(0));
    engine
}

fn end() -> Timestamp {
    minute(120 * 10 + 600)
}

fn run(engine: &mut Engine, records: &[RecordObservation]) -> Vec<Transition> {
    for record in records {
        engine.observe(sign(1, record.received_at));
        engine.observe(Observation::Record(record.clone()));
    }
    engine.tick(end());
    engine.take_changes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_observations_twice_change_nothing(values in values()) {
        let records = records(&values);
        let mut engine = new_engine(2_000);
        let mut once = Kept::default();
        once.keep(run(&mut engine, &records));
        let mut twice = Kept::default();
        let mut engine = new_engine(2_000);
        for record in &records {
            for _ in 0..2 {
                engine.observe(sign(1, record.received_at));
                engine.observe(Observation::Record(record.clone()));
            }
        }
        engine.tick(end());
        twice.keep(engine.take_changes());
        // the whole again, as after a crash before the checkpoint
        for record in &records {
            engine.observe(Observation::Record(record.clone()));
        }
        twice.keep(engine.take_changes());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_order_of_arrival_within_the_settling_time_does_not_matter(
        values in values(), seed in any::<u64>()
    ) {
        // all records of an hour arrive within one settling time, in any order
        let mut records = records(&values);
        let settle_ms = 5_000_000;
        for record in &mut records {
            let end = record.received_at.stat_hour().end();
            record.received_at = end;
        }
        let mut shuffled = records.clone();
        let mut state = seed | 1;
        shuffled.sort_by_cached_key(|record| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (record.received_at, state >> 33)
        });
        records.sort_by_key(|record| (record.received_at, record.time));
        let straight = run(&mut new_engine(settle_ms), &records);
        let mixed = run(&mut new_engine(settle_ms), &shuffled);
        prop_assert_eq!(straight, mixed);
    }

    #[test]
    fn looking_at_the_clock_more_often_changes_nothing(values in values()) {
        let records = records(&values);
        let seldom = run(&mut new_engine(2_000), &records);
        let mut engine = new_engine(2_000);
        let mut now = minute(0);
        for record in &records {
            while now < record.received_at {
                engine.tick(now);
                now = now.plus_ms(17_000);
            }
            engine.observe(sign(1, record.received_at));
            engine.observe(Observation::Record(record.clone()));
        }
        engine.tick(end());
        prop_assert_eq!(seldom, engine.take_changes());
    }

    #[test]
    fn a_restart_anywhere_changes_nothing(values in values(), place in 0_usize..120) {
        let records = records(&values);
        let straight = run(&mut new_engine(2_000), &records);
        let (before, after) = records.split_at(place.min(records.len()));
        let mut first = new_engine(2_000);
        for record in before {
            first.observe(sign(1, record.received_at));
            first.observe(Observation::Record(record.clone()));
        }
        // what waits is taken again from the feed: here it settles before the stop
        first.tick(first.now().plus_ms(2_000));
        let mut changes = first.take_changes();
        let (trackers, marks) = first.take_snapshots();
        let trackers = trackers
            .into_iter()
            .map(|mut snapshot| {
                snapshot.state = snapshot.state.map(|state| {
                    let json = serde_json::to_string(&state).unwrap();
                    let again = serde_json::from_str(&json).unwrap();
                    assert_eq!(state, again);
                    again
                });
                snapshot
            })
            .collect();
        let mut second = Engine::new(EngineSettings::default());
        second.restore(trackers, marks, Vec::new());
        second.set_world(Arc::new(subjects(1)), rules(), first.now());
        changes.extend(run(&mut second, after));
        prop_assert_eq!(straight, changes);
    }
}
