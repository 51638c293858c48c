//! Whatever the order of arrival, the same packets come to the same figures.

use access::Actor;
use bytes::Bytes;
use database::{Database, Kind};
use monitoring::layers::{Decision, NewReview, Subject, record_review};
use monitoring::{
    RecordKind, RecordsRequest, Statistics, StatisticsSettings, compute_state_digest, derive_dirty,
    load_derived,
};
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::time::Duration;
use test_support::{TestDatabase, test_on_both_databases};

use crate::city::{self, City, at, clock, frame};
use crate::interpreter::{PATIENCE, count, feed};

pub(crate) fn resent(qn: &str, command: &str, area: &str) -> Bytes {
    let segment = format!(
        "QN={qn};ST=31;CN={command};PW=123456;MN=010000A8900016F000169DC0;Flag=9;RF=1;CP=&&{area}&&"
    );
    hj212::encode_frame(segment.as_bytes())
}

/// Two hours of minutes with conflicts, parts, flags, re-sent values and oddities.
pub(crate) fn packets() -> Vec<Bytes> {
    let mut packets = Vec::new();
    for minute in (0..120).step_by(10) {
        let time = format!("20160504{}{:02}00", 15 + minute / 60, minute % 60);
        let flag = if minute == 30 { "D" } else { "N" };
        let area = format!(
            "DataTime={time};a21026-Avg=1.{minute:03},a21026-Cou=0.1,a21026-Flag={flag};\
             w01018-Avg={minute}.50,w01018-Flag=N"
        );
        packets.push(frame(&format!("{time}100"), "2051", &area));
        // another part of the same record
        let area = format!("DataTime={time};a21002-Avg=-{minute}.0,a21002-Flag=N");
        packets.push(frame(&format!("{time}101"), "2051", &area));
    }
    // a later packet corrects an earlier one
    let area = "DataTime=20160504151000;a21026-Avg=7.5,a21026-Flag=N";
    packets.push(frame("20160504170000000", "2051", area));
    // re-sent data wins over any QN
    let area = "DataTime=20160504151000;a21026-Avg=8.25,a21026-Flag=N";
    packets.push(resent("20160504160000000", "2051", area));
    // two different packets of one QN: the digest decides
    for value in ["3.1", "3.2", "3.3"] {
        let area = format!("DataTime=20160504152000;a21026-Avg={value},a21026-Flag=N");
        packets.push(frame("20160504171000000", "2051", &area));
    }
    for hour in 10..24 {
        let time = format!("20160504{hour}0000");
        let area = format!("DataTime={time};a21026-Avg={hour}.10,a21026-Flag=N");
        packets.push(frame(&format!("{time}200"), "2061", &area));
    }
    packets.push(frame(
        "20160505000100000",
        "2031",
        "DataTime=20160504000000;a21026-Avg=1.5",
    ));
    packets.push(frame(
        "20160504150000001",
        "2011",
        "DataTime=20160504150000;a21026-Rtd=--",
    ));
    packets.push(frame(
        "20160504150000002",
        "2021",
        "DataTime=20160504150000;SB1-RS=1",
    ));
    packets
}

pub(crate) async fn review(database: &Database, city: &City) {
    let new = NewReview {
        subject: Subject {
            point_id: city.gas,
            kind: Some(RecordKind::Minute),
            factor_code: Some("a21026".to_owned()),
            from: at("2016-05-04T16:00:00+08:00"),
            to: at("2016-05-04T16:20:00+08:00"),
        },
        mark_id: None,
        decision: Decision::Replaced,
        value: Some("5.5".parse().unwrap()),
        reason: "manual measurement".to_owned(),
    };
    let actor = Actor::built_in_operator();
    record_review(database, &city.directory.current(), &clock(), &actor, new)
        .await
        .unwrap();
}

pub(crate) async fn derive_all(database: &Database) {
    while derive_dirty(database, 3).await.unwrap() > 0 {}
}

pub(crate) async fn like(database: &Database) -> TestDatabase {
    match database.kind() {
        Kind::Sqlite => TestDatabase::sqlite().await,
        Kind::Postgres => TestDatabase::postgres().await,
    }
}

test_on_both_databases!(
    any_order_of_packets_comes_to_the_same_state,
    |database| async move {
        // all in order, reviewed and derived last, on SQLite
        let plain = TestDatabase::sqlite().await;
        let city = city::build(&plain).await;
        feed(&plain, &city, &packets(), 1000).await;
        let received = compute_state_digest(&plain).await.unwrap();
        review(&plain, &city).await;
        derive_all(&plain).await;
        let expected = compute_state_digest(&plain).await.unwrap();
        assert_ne!(
            received, expected,
            "reviews and derived values belong to the state"
        );
        let mut runner = TestRunner::default();
        for case in 0..6 {
            let order = Just(packets()).prop_shuffle();
            let order = order.new_tree(&mut runner).unwrap().current();
            let fresh = like(&database).await;
            let city = city::build(&fresh).await;
            if case % 2 == 0 {
                review(&fresh, &city).await;
            }
            // twice, in small and large batches, derived in between
            feed(&fresh, &city, &order, 1 + case * 5).await;
            derive_all(&fresh).await;
            if case % 2 == 1 {
                review(&fresh, &city).await;
            }
            feed(&fresh, &city, &order, 20).await;
            derive_all(&fresh).await;
            let found = compute_state_digest(&fresh).await.unwrap();
            assert_eq!(found, expected, "in this order: {order:?}");
        }
        // one value less is another state
        let less = packets();
        feed(&database, &city::build(&database).await, &less[1..], 1000).await;
        derive_all(&database).await;
        assert_ne!(compute_state_digest(&database).await.unwrap(), expected);
    }
);

test_on_both_databases!(hours_and_days_are_exact_sums, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &packets(), 1000).await;
    derive_all(&database).await;
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM dirty_period").await,
        0
    );
    let load = async |point_id, kind| {
        let request = RecordsRequest::new(
            point_id,
            kind,
            at("2016-05-04T00:00:00+08:00"),
            at("2016-05-05T00:00:00+08:00"),
        );
        let actor = Actor::built_in_operator();
        load_derived(&database, &city.directory.current(), &actor, request)
            .await
            .unwrap()
    };
    let hours = load(city.gas, RecordKind::Hour).await;
    assert_eq!(hours.len(), 2);
    let (time, factors) = &hours[0];
    assert_eq!(*time, at("2016-05-04T15:00:00+08:00"));
    let sulphur = factors
        .iter()
        .find(|factor| factor.factor_code == "a21026")
        .unwrap();
    // 1.000 + 8.25 (re-sent) + one of 3.1 to 3.3 + 1.040 + 1.050; the faulty 1.030 does not count
    assert_eq!((sulphur.count, sulphur.received), (5, 6));
    let sum = sulphur.sum.to_string();
    assert!(
        ["14.440", "14.540", "14.640"].contains(&sum.as_str()),
        "{sum}"
    );
    assert_eq!(sulphur.max.unwrap().to_string(), "8.25");
    assert_eq!(sulphur.amount.unwrap().to_string(), "0.3");
    let nitrogen = factors
        .iter()
        .find(|factor| factor.factor_code == "a21002")
        .unwrap();
    assert_eq!(
        (nitrogen.sum.to_string(), nitrogen.count),
        ("-150.0".to_owned(), 6)
    );
    let water = load(city.water, RecordKind::Hour).await;
    assert_eq!(water[0].1[0].sum.to_string(), "153.00");
    let days = load(city.gas, RecordKind::Day).await;
    assert_eq!(days[0].0, at("2016-05-04T00:00:00+08:00"));
    assert_eq!(
        (days[0].1[0].sum.to_string(), days[0].1[0].count),
        ("232.40".to_owned(), 14)
    );
});

test_on_both_databases!(the_task_empties_the_queue, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &packets(), 1000).await;
    let (_checkpoint, interpreted) = tokio::sync::watch::channel(0);
    let settings = StatisticsSettings {
        most_periods: 2,
        ..StatisticsSettings::default()
    };
    let task = Statistics::start(database.handle(), interpreted, settings);
    let handle = task.handle();
    tokio::time::timeout(PATIENCE, async {
        while handle.figures().rests == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the queue is empty in time");
    assert_eq!(handle.figures().periods, 5);
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM dirty_period").await,
        0
    );
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM derived_period").await,
        5
    );
    task.finish(PATIENCE).await;
});
