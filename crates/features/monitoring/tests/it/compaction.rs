//! Compaction changes no answer, whenever it runs and whatever comes late.

use access::Actor;
use beijing_time::{StatDay, Timestamp};
use bytes::Bytes;
use database::Database;
use monitoring::compaction::{Compacted, CompactionPlace, compact_next, compact_records};
use monitoring::layers::list_reviews;
use monitoring::rates::load_rate_inputs;
use monitoring::{
    Layer, RecordKind, RecordsRequest, SeriesRequest, SeriesStatistic, compute_state_digest,
    list_records, load_derived, load_records, load_series,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use test_support::{TestDatabase, test_on_both_databases};

use crate::city::{self, City, at, clock, frame};
use crate::interpreter::{count, feed};
use crate::statistics::{derive_all, like, packets, resent, review};

const FROM: &str = "2016-05-01T00:00:00+08:00";
const TO: &str = "2016-06-01T00:00:00+08:00";

async fn compact(database: &Database) -> Compacted {
    compact_records(database, at(TO)).await.unwrap()
}

/// Everything that the readers of records say, word by word.
async fn answers(database: &Database, city: &City) -> Vec<String> {
    let actor = Actor::built_in_operator();
    let directory = city.directory.current();
    let clock = clock();
    let mut answers = vec![compute_state_digest(database).await.unwrap()];
    for (point_id, kind) in [city.gas, city.water, city.air]
        .iter()
        .flat_map(|point| RecordKind::ALL.iter().map(move |kind| (*point, *kind)))
    {
        let request = RecordsRequest::new(point_id, kind, at(FROM), at(TO));
        let records = load_records(database, &directory, &actor, request).await;
        answers.push(format!("{records:?}"));
        let mut before = None;
        loop {
            let page = list_records(database, &directory, &actor, request, (before, 5))
                .await
                .unwrap();
            answers.push(format!("{page:?}"));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let derived = load_derived(database, &directory, &actor, request).await;
        answers.push(format!("{derived:?}"));
        for (layer, factors, most_points) in [
            (Layer::Received, vec![], None),
            (Layer::Effective, vec!["a21026".to_owned()], None),
            (Layer::Effective, vec!["w01018".to_owned()], Some(3)),
        ] {
            let request = SeriesRequest {
                point_id,
                kind,
                factors,
                from: at("2016-05-04T15:07:00+08:00"),
                to: at(TO),
                layer,
                statistic: SeriesStatistic::Measured,
                known_at: None,
                most_points,
            };
            let series = load_series(database, &directory, &clock, &actor, &request).await;
            answers.push(format!("{series:?}"));
        }
    }
    let day = StatDay::containing(at("2016-05-04T12:00:00+08:00"));
    let rates = load_rate_inputs(database, &directory, &clock, &actor, (city.gas, day), &[]).await;
    answers.push(format!("{rates:?}"));
    let span = (at(FROM), at(TO));
    let reviews = list_reviews(database, &directory, &actor, city.gas, span).await;
    answers.push(format!("{reviews:?}"));
    answers
}

/// What comes when its day has been compacted: a correction, a re-sent value, another part.
pub(crate) fn late() -> Vec<Bytes> {
    vec![
        frame(
            "20160506000000000",
            "2051",
            "DataTime=20160504151000;a21002-Avg=99.5,a21002-Flag=N",
        ),
        resent(
            "20160506000000000",
            "2051",
            "DataTime=20160504152000;a21026-Avg=4.4,a21026-Flag=N",
        ),
        frame(
            "20160506000000000",
            "2061",
            "DataTime=20160504110000;a21026-Avg=1.1,a21026-Flag=N",
        ),
        // the number of a packet that came before, with another value: the digest decides
        frame(
            "20160504171000000",
            "2051",
            "DataTime=20160504152000;a21026-Avg=3.4,a21026-Flag=N",
        ),
    ]
}

test_on_both_databases!(compaction_changes_no_answer, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &packets(), 7).await;
    review(&database, &city).await;
    derive_all(&database).await;
    let before = answers(&database, &city).await;
    let rows = count(&database, "SELECT COUNT(*) FROM record").await;
    let done = compact(&database).await;
    assert_eq!((i64::try_from(done.rows).unwrap(), done.left), (rows, 0));
    assert_eq!(count(&database, "SELECT COUNT(*) FROM record").await, 0);
    assert_eq!(answers(&database, &city).await, before);
    assert_eq!(compact(&database).await, Compacted::default());

    // the same packets again: nothing new, before and after they are compacted
    feed(&database, &city, &packets(), 20).await;
    assert!(count(&database, "SELECT COUNT(*) FROM record").await > 0);
    derive_all(&database).await;
    assert_eq!(answers(&database, &city).await, before);
    compact(&database).await;
    assert_eq!(answers(&database, &city).await, before);

    // late ones stand beside the blocks, then in them
    feed(&database, &city, &late(), 2).await;
    derive_all(&database).await;
    let with_late = answers(&database, &city).await;
    assert_ne!(with_late, before);
    compact(&database).await;
    assert_eq!(answers(&database, &city).await, with_late);
    let plain = like(&database).await;
    let city = city::build(&plain).await;
    let all: Vec<Bytes> = packets().into_iter().chain(late()).collect();
    feed(&plain, &city, &all, 1000).await;
    review(&plain, &city).await;
    derive_all(&plain).await;
    assert_eq!(compute_state_digest(&plain).await.unwrap(), with_late[0]);
});

/// What happens to a database between its packets.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    Derive,
    Compact(&'static str),
    OneSpan,
}

fn course() -> impl Strategy<Value = Vec<(Vec<Bytes>, Between)>> {
    let between = prop_oneof![
        Just(Between::Nothing),
        Just(Between::Derive),
        Just(Between::Compact("2016-05-04T15:30:00+08:00")),
        Just(Between::Compact(TO)),
        Just(Between::OneSpan),
    ];
    let all: Vec<Bytes> = packets().into_iter().chain(late()).collect();
    let twice: Vec<Bytes> = all.iter().chain(&all).cloned().collect();
    let shuffled = Just(twice).prop_shuffle();
    (
        shuffled,
        proptest::collection::vec((1_usize..25, between), 3..9),
    )
        .prop_map(|(packets, parts)| {
            let mut rest = packets.as_slice();
            let mut course = Vec::new();
            for (length, between) in parts {
                let (part, others) = rest.split_at(length.min(rest.len()));
                course.push((part.to_vec(), between));
                rest = others;
            }
            course.push((rest.to_vec(), Between::Nothing));
            course
        })
}

test_on_both_databases!(
    any_course_of_packets_and_compactions_comes_to_the_same_state,
    |database| async move {
        let plain = TestDatabase::sqlite().await;
        let city = city::build(&plain).await;
        let all: Vec<Bytes> = packets().into_iter().chain(late()).collect();
        feed(&plain, &city, &all, 1000).await;
        review(&plain, &city).await;
        derive_all(&plain).await;
        let expected = compute_state_digest(&plain).await.unwrap();
        let mut runner = TestRunner::default();
        for case in 0..8 {
            let course = course().new_tree(&mut runner).unwrap().current();
            let fresh = like(&database).await;
            let city = city::build(&fresh).await;
            review(&fresh, &city).await;
            for (part, between) in &course {
                feed(&fresh, &city, part, 1 + case).await;
                match between {
                    Between::Nothing => {}
                    Between::Derive => derive_all(&fresh).await,
                    Between::Compact(before) => {
                        compact_records(&fresh, at(before)).await.unwrap();
                    }
                    Between::OneSpan => {
                        let place = CompactionPlace::default();
                        compact_next(&fresh, at(TO), place).await.unwrap();
                    }
                }
            }
            derive_all(&fresh).await;
            let found = compute_state_digest(&fresh).await.unwrap();
            assert_eq!(found, expected, "in this course: {course:?}");
            compact(&fresh).await;
            assert_eq!(compute_state_digest(&fresh).await.unwrap(), expected);
        }
    }
);

test_on_both_databases!(
    what_comes_while_compaction_runs_is_neither_lost_nor_doubled,
    |database| async move {
        let city = city::build(&database).await;
        let minutes: Vec<Bytes> = (0..240)
            .map(|minute| {
                let time = format!("20160504{:02}{:02}00", minute / 60, minute % 60);
                let area = format!("DataTime={time};a21026-Avg={minute}.5,a21026-Flag=N");
                frame(&format!("{time}100"), "2051", &area)
            })
            .collect();
        let handle = database.handle();
        let compacting = tokio::spawn(async move {
            let mut rows = 0;
            while rows < 240 {
                let before: Timestamp = at(TO);
                rows += compact_records(&handle, before).await.unwrap().rows;
                tokio::task::yield_now().await;
            }
            rows
        });
        feed(&database, &city, &minutes, 3).await;
        assert_eq!(compacting.await.unwrap(), 240);
        let request = RecordsRequest::new(city.gas, RecordKind::Minute, at(FROM), at(TO));
        let actor = Actor::built_in_operator();
        let records = load_records(&database, &city.directory.current(), &actor, request)
            .await
            .unwrap();
        assert_eq!(records.len(), 240);
        assert!(records.iter().all(|record| record.packet_count == 1));
        let blocks = count(
            &database,
            "SELECT CAST(SUM(row_count) AS BIGINT) FROM record_block",
        )
        .await;
        assert_eq!(blocks, 240);
    }
);
