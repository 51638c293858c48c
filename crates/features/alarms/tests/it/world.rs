//! One site with one point, whose COD may be 50 at most in ten-minute records.
use std::sync::Arc;

use alarms::engine::{EngineSettings, FactorObservation, Observation, RecordObservation};
use alarms::{AlarmFeed, AlarmFilter, AlarmKeeper, RecordKind, Statistic};
use beijing_time::{FixedClock, MINUTE_MS, Timestamp};
use database::{Database, on_transaction};

pub(crate) fn minute(minutes: i64) -> Timestamp {
    "2026-03-01T00:00:00+08:00"
        .parse::<Timestamp>()
        .unwrap()
        .plus_ms(minutes * MINUTE_MS)
}

pub(crate) async fn furnish(database: &Database) {
    const STATEMENTS: [&str; 6] = [
        "INSERT INTO region (code, name_zh, name_en, is_simulated, revision) VALUES \
         ('430421', '甲县', 'County A', TRUE, 1)",
        "INSERT INTO site (id, code, region_code, kind, name_zh, name_en, address, is_key, \
         is_simulated, revision) VALUES (1, 'S1', '430421', 'enterprise', '模拟企业一', \
         'Simulated 1', '', TRUE, TRUE, 1)",
        "INSERT INTO monitoring_point (id, site_id, code, medium, name_zh, name_en, \
         period_label, minute_interval_min, is_hour_expected, is_day_expected, is_enabled, \
         revision) VALUES (1, 1, 'DW001', 'waste_water', '总排口', 'Outlet', 'start', 10, FALSE, \
         FALSE, TRUE, 1)",
        "INSERT INTO point_factor (id, point_id, factor_code, unit, decimals, sort_order, \
         is_expected, revision) VALUES (1, 1, 'w01018', 'mg/L', 1, 1, TRUE, 1)",
        "INSERT INTO factor_limit (id, point_id, factor_code, kind, statistic, upper_mantissa, \
         upper_scale, valid_from_ms, origin, basis, revision) VALUES (1, 1, 'w01018', 'minute', \
         'avg', 500, 1, 0, 'permit', 'PERMIT-1', 1)",
        "INSERT INTO device (id, mn, name, edition, system_type, quirks_json, valid_from_ms, \
         is_enabled, is_simulated, revision) VALUES (1, 'TEST1', 'T', '2017', '32', '{}', 0, \
         TRUE, TRUE, 1)",
    ];
    let mut transaction = database.begin().await.unwrap();
    for statement in STATEMENTS {
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(statement).execute(connection).await.unwrap();
        });
    }
    transaction.commit().await.unwrap();
}

pub(crate) async fn keeper(database: &Database, clock: &FixedClock) -> (AlarmKeeper, AlarmFeed) {
    let (feed, _observations) = AlarmFeed::new(4);
    let settings = EngineSettings::default();
    let keeper = AlarmKeeper::load(database.clone(), Arc::new(clock.clone()), settings, &feed);
    (keeper.await.unwrap(), feed)
}

/// Ten-minute record number `slot`, arrived on time.
pub(crate) fn record(slot: i64, value: &str) -> RecordObservation {
    RecordObservation {
        point_id: 1,
        kind: RecordKind::Minute,
        time: minute(slot * 10),
        received_at: minute(slot * 10 + 10).plus_ms(3_000),
        packet_id: Some(slot + 100),
        is_history: false,
        factors: vec![FactorObservation {
            code: Arc::from("w01018"),
            flag: Some('N'),
            is_valid: true,
            values: vec![(Statistic::Avg, value.parse().unwrap())],
            packet_id: None,
        }],
    }
}

pub(crate) async fn feed(
    keeper: &mut AlarmKeeper,
    clock: &FixedClock,
    records: impl IntoIterator<Item = RecordObservation>,
) {
    for record in records {
        clock.set(record.received_at);
        keeper
            .observe(vec![Observation::Record(record)])
            .await
            .unwrap();
    }
    clock.advance_ms(5_000);
    keeper.tick().await.unwrap();
}

pub(crate) fn all() -> AlarmFilter {
    AlarmFilter {
        limit: 100,
        ..AlarmFilter::default()
    }
}

/// From now on flow is expected as well, and a factor that is missing in a record is called.
pub(crate) async fn expect_flow(database: &Database, clock: &FixedClock) {
    const FLOW: &str = "INSERT INTO point_factor (id, point_id, factor_code, unit, decimals, \
        sort_order, is_expected, revision) VALUES (2, 1, 'w00000', 'L/s', 1, 2, TRUE, 1)";
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(FLOW).execute(connection).await.unwrap();
    });
    transaction.commit().await.unwrap();
    let definition = alarms::rules::RuleDefinition::parse_json(
        r#"{"name_zh":"缺数","name_en":"Missing","severity":"minor",
        "condition":{"type":"missing","kind":"minute","count":1,"grace_s":600}}"#,
    );
    let change = alarms::RuleChange {
        definition: definition.unwrap(),
        is_enabled: true,
        valid_from: None,
        reason: "trial".to_owned(),
    };
    let actor = access::Actor::built_in_operator();
    let rule = alarms::create_rule(database, clock, &actor, change);
    rule.await.unwrap();
    clock.advance_ms(1_000);
}
