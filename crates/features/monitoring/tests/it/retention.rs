//! What is older than set goes, once, and takes nothing else with it.

use access::{Actor, Permission, Scope};
use beijing_time::{FixedClock, Timestamp};
use bytes::Bytes;
use database::{Database, Kind, on_transaction, sqlx};
use monitoring::compaction::{Compacted, compact_records};
use monitoring::gaps::{Extent, GapSettings, scan_gaps};
use monitoring::rates::{compute_dirty_days, load_rate_inputs, mark_rates_dirty};
use monitoring::retention::{
    Retention, StepSize, list_retention, preview_retention, remove_next, set_retention,
};
use monitoring::{
    DerivedFactor, MonitoringError, RecordKind, RecordsRequest, compute_state_digest, load_derived,
    load_records,
};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, clock, code, frame};
use crate::interpreter::{count, feed, feed_received};
use crate::statistics::{derive_all, like, packets, review};

const FROM: &str = "2016-01-01T00:00:00+08:00";
const TO: &str = "2017-01-01T00:00:00+08:00";
/// A hundred days after the packets.
const NOW: &str = "2016-08-12T10:00:00+08:00";
const SMALL: StepSize = StepSize { rows: 3, blocks: 1 };

/// The packets of a day in May, and two days of minutes in August.
async fn fill(database: &Database) -> City {
    let city = city::build(database).await;
    feed(database, &city, &packets(), 7).await;
    let fresh: Vec<Bytes> = (0..24)
        .map(|number| {
            let time = format!("201608{:02}{:02}0000", 10 + number / 12, number % 12);
            let area = format!("DataTime={time};a21026-Avg={number}.5,a21026-Flag=N");
            frame(&format!("{time}100"), "2051", &area)
        })
        .collect();
    feed(database, &city, &fresh, 9).await;
    review(database, &city).await;
    derive_all(database).await;
    settle_rates(database, &city).await;
    city
}

async fn settle_rates(database: &Database, city: &City) {
    let (directory, clock) = (city.directory.current(), FixedClock::new(at(NOW)));
    while compute_dirty_days(database, &directory, &clock, &[], 100)
        .await
        .unwrap()
        > 0
    {}
}

async fn keep(database: &Database, kind: RecordKind, days: i64) {
    let actor = Actor::built_in_operator();
    let revision = state(database, kind).await.revision;
    set_retention(database, &clock(), &actor, (kind, revision), Some(days))
        .await
        .unwrap();
}

async fn state(database: &Database, kind: RecordKind) -> Retention {
    let all = list_retention(database, &Actor::built_in_operator())
        .await
        .unwrap();
    all.into_iter().find(|of| of.kind == kind).unwrap()
}

async fn remove_all(database: &Database, size: StepSize) -> u64 {
    let mut records = 0;
    while let Some(removed) = remove_next(database, at(NOW), size).await.unwrap() {
        assert!(removed.amount.records <= 10_000);
        records += removed.amount.records;
    }
    records
}

async fn records_of(database: &Database, city: &City, kind: RecordKind) -> usize {
    let request = RecordsRequest::new(city.gas, kind, at(FROM), at(TO));
    let actor = Actor::built_in_operator();
    load_records(database, &city.directory.current(), &actor, request)
        .await
        .unwrap()
        .len()
}

async fn derived(database: &Database, city: &City) -> Vec<Vec<(Timestamp, Vec<DerivedFactor>)>> {
    let actor = Actor::built_in_operator();
    let mut all = Vec::new();
    for kind in [RecordKind::Hour, RecordKind::Day] {
        let request = RecordsRequest::new(city.gas, kind, at(FROM), at(TO));
        let derived = load_derived(database, &city.directory.current(), &actor, request).await;
        all.push(derived.unwrap());
    }
    all
}

const RATES: &str = "SELECT CAST(SUM(networked_hours * 1000 + received_values) AS BIGINT) \
     FROM rate_day";

test_on_both_databases!(
    what_is_older_goes_and_what_follows_from_it_stays,
    |database| async move {
        let city = fill(&database).await;
        compact_records(&database, at("2016-06-01T00:00:00+08:00"))
            .await
            .unwrap();
        let (figures, rates) = (
            derived(&database, &city).await,
            count(&database, RATES).await,
        );
        assert!(figures.iter().all(|figures| !figures.is_empty()) && rates > 0);
        let raw = "SELECT COUNT(*) FROM record_block";
        let blocks = count(&database, raw).await;

        // without a setting nothing goes
        assert_eq!(remove_all(&database, SMALL).await, 0);
        let preview = preview_retention(
            &database,
            &FixedClock::new(at(NOW)),
            &Actor::built_in_operator(),
            RecordKind::Minute,
            Some(90),
        )
        .await
        .unwrap();
        assert_eq!(preview.before, Some(at("2016-05-14T00:00:00+08:00")));
        assert_eq!(count(&database, raw).await, blocks);

        keep(&database, RecordKind::Minute, 90).await;
        keep(&database, RecordKind::Hour, 62).await;
        let kept = state(&database, RecordKind::Minute).await.kept;
        remove_all(&database, SMALL).await;
        let minutes = state(&database, RecordKind::Minute).await;
        assert_eq!(minutes.removed_before, preview.before);
        assert_eq!(minutes.removed.records, preview.amount.records);
        assert_eq!(minutes.removed.bytes, preview.amount.bytes);
        assert_eq!(minutes.kept.records, kept.records - preview.amount.records);
        assert_eq!(records_of(&database, &city, RecordKind::Minute).await, 24);
        assert_eq!(records_of(&database, &city, RecordKind::Hour).await, 0);
        // kinds that were not set are whole
        assert_eq!(records_of(&database, &city, RecordKind::Day).await, 1);
        assert_eq!(derived(&database, &city).await, figures);

        // late packets, reviews, planned stops: nothing brings it back or computes it again
        let late = frame(
            "20160812100000000",
            "2051",
            "DataTime=20160504151000;a21026-Avg=99,a21026-Flag=N",
        );
        feed(&database, &city, &[late], 1).await;
        review(&database, &city).await;
        let (first, last) = (
            at("2016-05-03T12:00:00+08:00"),
            at("2016-05-06T12:00:00+08:00"),
        );
        let mut transaction = database.begin().await.unwrap();
        let points = [city.gas, city.water, city.air];
        let end = last.stat_day().end();
        mark_rates_dirty(&mut transaction, &points, (first, end), end)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        derive_all(&database).await;
        settle_rates(&database, &city).await;
        for queue in [
            "SELECT COUNT(*) FROM dirty_period",
            "SELECT COUNT(*) FROM rate_dirty",
        ] {
            assert_eq!(count(&database, queue).await, 0, "{queue}");
        }
        assert_eq!(derived(&database, &city).await, figures);
        assert_eq!(count(&database, RATES).await, rates);
        let of = (city.gas, at("2016-05-04T12:00:00+08:00").stat_day());
        let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
        let inputs = load_rate_inputs(&database, &directory, &clock(), &actor, of, &[]).await;
        let (counts, hours) = inputs.unwrap();
        assert!(counts.networked_hours > 0 && hours.is_empty(), "{counts:?}");
        assert_eq!(records_of(&database, &city, RecordKind::Minute).await, 24);
        assert_eq!(state(&database, RecordKind::Minute).await.late_records, 1);
        let compacted = compact_records(&database, at("2016-06-01T00:00:00+08:00")).await;
        assert_eq!(compacted.unwrap(), Compacted::default());

        // a longer time brings nothing back, for ever neither
        keep(&database, RecordKind::Minute, 3650).await;
        assert_eq!(remove_all(&database, SMALL).await, 0);
        let minutes = state(&database, RecordKind::Minute).await;
        assert_eq!(minutes.removed_before, preview.before);
    }
);

test_on_both_databases!(
    a_removal_that_ends_in_the_middle_goes_on_to_the_same_end,
    |database| async move {
        let at_once = like(&database).await;
        for database in [&*database, &*at_once] {
            fill(database).await;
            compact_records(database, at("2016-05-04T20:00:00+08:00"))
                .await
                .unwrap();
            keep(database, RecordKind::Minute, 90).await;
            keep(database, RecordKind::Realtime, 90).await;
        }
        remove_all(&at_once, StepSize::default()).await;
        let expected = compute_state_digest(&at_once).await.unwrap();
        // one step, and the process is gone; what is left of the rows is known to nobody
        let city = city_of(&database).await;
        let first = remove_next(&database, at(NOW), SMALL)
            .await
            .unwrap()
            .unwrap();
        assert!(first.amount.records > 0);
        let before = state(&database, first.kind).await.removed_before;
        assert_eq!(before, Some(first.before));
        if first.kind == RecordKind::Minute {
            assert_eq!(records_of(&database, &city, RecordKind::Minute).await, 24);
        }
        for _ in 0..3 {
            let step = remove_next(&database, at(NOW), SMALL).await.unwrap();
            if step.is_some()
                && state(&database, RecordKind::Minute)
                    .await
                    .removed_before
                    .is_some()
            {
                assert_eq!(records_of(&database, &city, RecordKind::Minute).await, 24);
            }
        }
        remove_all(&database, SMALL).await;
        assert_eq!(compute_state_digest(&database).await.unwrap(), expected);
        for rest in [
            "SELECT COUNT(*) FROM record WHERE kind = 2 AND time_ms < 1464710400000",
            "SELECT COUNT(*) FROM record_block WHERE kind = 2 AND day < 16935",
        ] {
            assert_eq!(count(&database, rest).await, 0, "{rest}");
        }
        assert_eq!(remove_all(&database, SMALL).await, 0);
    }
);

async fn city_of(database: &Database) -> City {
    let key = sites::SealingKey::from_bytes([3; 32]);
    let directory = sites::DirectoryHandle::open(database, key).await.unwrap();
    let mut ids: Vec<i64> = directory
        .current()
        .points()
        .map(|point| point.id.0)
        .collect();
    ids.sort_unstable();
    City {
        directory,
        gas: ids[0],
        water: ids[1],
        air: ids[2],
        logger: 1,
        station: 2,
    }
}

test_on_both_databases!(
    records_stay_while_figures_of_them_wait_to_be_derived,
    |database| async move {
        let city = fill(&database).await;
        keep(&database, RecordKind::Minute, 90).await;
        let late = frame(
            "20160505100000000",
            "2051",
            "DataTime=20160504151000;a21026-Avg=99,a21026-Flag=N",
        );
        feed(&database, &city, &[late], 1).await;
        assert_eq!(remove_next(&database, at(NOW), SMALL).await.unwrap(), None);
        assert_eq!(
            state(&database, RecordKind::Minute).await.removed_before,
            None
        );
        derive_all(&database).await;
        settle_rates(&database, &city).await;
        let figures = derived(&database, &city).await;
        assert!(remove_all(&database, SMALL).await > 0);
        assert_eq!(derived(&database, &city).await, figures);
    }
);

test_on_both_databases!(a_failing_database_loses_nothing, |database| async move {
    let city = fill(&database).await;
    keep(&database, RecordKind::Minute, 90).await;
    let before = compute_state_digest(&database).await.unwrap();
    // the disk is full at the end of a step, when its rows are deleted already
    let (refuse, relent): (&[&'static str], &'static str) = match database.kind() {
        Kind::Sqlite => (
            &["CREATE TRIGGER disk_full BEFORE UPDATE ON record_removal \
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"],
            "DROP TRIGGER disk_full",
        ),
        Kind::Postgres => (
            &[
                "CREATE FUNCTION disk_full() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION \
                 'could not extend file' USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql",
                "CREATE TRIGGER disk_full BEFORE UPDATE ON record_removal \
                 FOR EACH ROW EXECUTE FUNCTION disk_full()",
            ],
            "DROP TRIGGER disk_full ON record_removal",
        ),
    };
    for statement in refuse {
        execute(&database, statement).await;
    }
    for _again in 0..2 {
        assert!(matches!(
            remove_next(&database, at(NOW), SMALL).await,
            Err(MonitoringError::Database(_))
        ));
    }
    execute(&database, relent).await;
    let minutes = state(&database, RecordKind::Minute).await;
    assert_eq!(minutes.removed_before, None);
    assert_eq!(compute_state_digest(&database).await.unwrap(), before);
    assert_eq!(records_of(&database, &city, RecordKind::Minute).await, 36);
    assert!(remove_all(&database, SMALL).await > 0);
});

async fn execute(database: &Database, statement: &'static str) {
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(statement).execute(connection).await.unwrap();
    });
    transaction.commit().await.unwrap();
}

test_on_both_databases!(
    removed_history_is_not_asked_for_again,
    |database| async move {
        let city = city::build(&database).await;
        let directory = city.directory.current();
        let now = at("2016-05-10T12:00:00+08:00");
        let hours: Vec<(Timestamp, Bytes)> = (0..3 * 24)
            .map(|hour| {
                let time = at("2016-05-01T00:00:00+08:00").plus_ms(hour * 3_600_000);
                let text = time.to_string().replace(['-', ':', 'T'], "");
                let area = format!("DataTime={};a21026-Avg=1.5,a21026-Flag=N", &text[..14]);
                (now, frame(&format!("{}000", &text[..14]), "2061", &area))
            })
            .collect();
        feed_received(&database, &city, &hours, 20).await;
        derive_all(&database).await;
        settle_rates(&database, &city).await;
        let gaps = "SELECT COUNT(*) FROM data_gap WHERE kind = 3 AND from_ms < 1461427200000";
        // hours are kept in spans of 32 days: this much of April is gone by a mark set by hand
        execute(
            &database,
            "INSERT INTO record_removal VALUES (3, 1461427200000, 0, 0, 0, 0)",
        )
        .await;
        let mut settings = GapSettings::default();
        settings.hour.lookback_hours = 30 * 24;
        let extent = (Extent::Whole, now);
        scan_gaps(&database, &directory, &[], &settings, extent)
            .await
            .unwrap();
        assert_eq!(count(&database, gaps).await, 0);
        let all = "SELECT COUNT(*) FROM data_gap WHERE kind = 3";
        assert!(count(&database, all).await > 0);
        // a gap that was open when its time went is closed and says why
        execute(
            &database,
            "UPDATE record_removal SET before_ms = 1462809600000 WHERE kind = 3",
        )
        .await;
        scan_gaps(&database, &directory, &[], &settings, extent)
            .await
            .unwrap();
        let open = "SELECT COUNT(*) FROM data_gap WHERE kind = 3 AND state = 'open' \
         AND to_ms <= 1462809600000";
        assert_eq!(count(&database, open).await, 0);
        let removed = "SELECT COUNT(*) FROM data_gap WHERE kind = 3 AND state = 'excused' \
         AND reason = 'removed'";
        assert!(count(&database, removed).await > 0);
    }
);

test_on_both_databases!(who_may_not_sets_nothing, |database| async move {
    let operator = Actor::built_in_operator();
    let set = async |actor: &Actor, revision, days| {
        let of = (RecordKind::Minute, revision);
        set_retention(&database, &clock(), actor, of, days).await
    };
    let mut reader = Actor::built_in_operator();
    reader.permissions.remove(&Permission::ManageRetention);
    let county = Actor {
        scope: Scope::Region(code("430421")),
        ..Actor::built_in_operator()
    };
    for actor in [&reader, &county] {
        let refused = set(actor, 0, Some(365)).await;
        assert!(
            matches!(refused, Err(MonitoringError::Refused(_))),
            "{refused:?}"
        );
    }
    for days in [0, -1, 61, 36_601, i64::MAX] {
        let refused = set(&operator, 0, Some(days)).await;
        let is_told = matches!(
            refused,
            Err(MonitoringError::Invalid {
                field: "keep_days",
                ..
            })
        );
        assert!(is_told, "{days}");
    }
    set(&operator, 0, Some(365)).await.unwrap();
    let stale = set(&operator, 0, Some(90)).await;
    assert!(matches!(
        stale,
        Err(MonitoringError::StaleRetention {
            kind: RecordKind::Minute
        })
    ));
    set(&operator, 1, None).await.unwrap();
    let minutes = state(&database, RecordKind::Minute).await;
    assert_eq!((minutes.keep_days, minutes.revision), (None, 2));
    let trail = "SELECT COUNT(*) FROM audit_entry WHERE action = 'monitoring.set_retention' \
         AND subject = 'retention:minute'";
    assert_eq!(count(&database, trail).await, 2);
});
