//! What was known on that day, asked for today.

use std::fmt::Debug;

use access::Actor;
use beijing_time::{FixedClock, HOUR_MS, Timestamp};
use bytes::Bytes;
use database::Database;
use monitoring::compaction::compact_records;
use monitoring::knowledge::{Cause, DifferencesRequest, list_differences};
use monitoring::layers::{Decision, Mark, NewMark, NewReview, Subject, record_mark, record_review};
use monitoring::{
    Layer, MonitoringError, RecordKind, RecordsRequest, SeriesPoint, SeriesRequest,
    SeriesStatistic, list_records, load_derived, load_records, load_series,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use test_support::{TestDatabase, test_on_both_databases};

use crate::city::{self, City, at, frame};
use crate::compaction::late;
use crate::interpreter::feed_received;
use crate::statistics::{derive_all, like, packets};

const FROM: &str = "2016-05-01T00:00:00+08:00";
const TO: &str = "2016-06-01T00:00:00+08:00";
const BEGIN: &str = "2016-05-05T00:00:00+08:00";
const MANY: usize = 100_000;

/// Something that adds to what is known, or moves it.
#[derive(Debug, Clone)]
enum Event {
    Packet(Bytes),
    Mark(Subject, Mark),
    Review(Subject, Decision),
    Compact,
}

/// Point 0 stands for the gas outlet, 1 for the water outlet.
fn subject() -> impl Strategy<Value = Subject> {
    let kind = proptest::sample::select(vec![
        None,
        Some(RecordKind::Minute),
        Some(RecordKind::Hour),
        Some(RecordKind::Realtime),
    ]);
    let factor = proptest::sample::select(vec![None, Some("a21026"), Some("w01018")]);
    (0_i64..2, kind, factor, 0_i64..28, 1_i64..6).prop_map(
        |(point_id, kind, factor, from, length)| {
            let from = at("2016-05-04T10:00:00+08:00").plus_ms(from * HOUR_MS / 2);
            Subject {
                point_id,
                kind,
                factor_code: factor.map(str::to_owned),
                from,
                to: from.plus_ms(length * HOUR_MS / 4),
            }
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let all: Vec<Bytes> = packets().into_iter().chain(late()).collect();
    let marks = vec![Mark::StartingUp, Mark::MonitorFault];
    let decisions = vec![
        Decision::Accepted,
        Decision::Rejected,
        Decision::Invalid,
        Decision::Replaced,
        Decision::Restored,
    ];
    prop_oneof![
        20 => proptest::sample::select(all).prop_map(Event::Packet),
        2 => (subject(), proptest::sample::select(marks)).prop_map(|(s, m)| Event::Mark(s, m)),
        4 => (subject(), proptest::sample::select(decisions))
            .prop_map(|(s, d)| Event::Review(s, d)),
        1 => Just(Event::Compact),
    ]
}

/// Events in the order of their times.
fn history() -> impl Strategy<Value = Vec<(Timestamp, Event)>> {
    proptest::collection::vec((0_i64..40, event()), 30..90).prop_map(|mut events| {
        events.sort_by_key(|(hour, _)| *hour);
        let timed = events.into_iter();
        timed
            .map(|(hour, event)| (at(BEGIN).plus_ms(hour * HOUR_MS), event))
            .collect()
    })
}

async fn play(database: &Database, city: &City, events: &[(Timestamp, Event)]) {
    let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
    let placed = |subject: &Subject| Subject {
        point_id: if subject.point_id == 0 {
            city.gas
        } else {
            city.water
        },
        ..subject.clone()
    };
    let mut waiting = Vec::new();
    for (time, event) in events {
        if let Event::Packet(bytes) = event {
            waiting.push((*time, bytes.clone()));
            continue;
        }
        feed_received(database, city, &std::mem::take(&mut waiting), 4).await;
        let clock = FixedClock::new(*time);
        match event {
            Event::Packet(_) => {}
            Event::Mark(subject, mark) => {
                let (subject, mark) = (placed(subject), *mark);
                let reason = "said so".to_owned();
                let new = NewMark {
                    subject,
                    mark,
                    reason,
                };
                record_mark(database, &directory, &clock, &actor, new)
                    .await
                    .unwrap();
            }
            Event::Review(subject, decision) => {
                let mut subject = placed(subject);
                let value = (*decision == Decision::Replaced).then(|| "5.5".parse().unwrap());
                if value.is_some() {
                    subject.kind.get_or_insert(RecordKind::Minute);
                    subject
                        .factor_code
                        .get_or_insert_with(|| "a21026".to_owned());
                }
                let new = NewReview {
                    subject,
                    mark_id: None,
                    decision: *decision,
                    value,
                    reason: "decided so".to_owned(),
                };
                record_review(database, &directory, &clock, &actor, new)
                    .await
                    .unwrap();
            }
            Event::Compact => {
                compact_records(database, at(TO)).await.unwrap();
            }
        }
    }
    feed_received(database, city, &waiting, 4).await;
    derive_all(database).await;
}

/// Words without the numbers of packets, which are each store's own.
fn without_packets(said: &impl Debug) -> String {
    let text = format!("{said:?}");
    let mut parts = text.split("PacketId(");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.push_str(part.split_once(')').unwrap().1);
    }
    out
}

fn series_of(point_id: i64, kind: RecordKind, known_at: Option<Timestamp>) -> SeriesRequest {
    SeriesRequest {
        point_id,
        kind,
        factors: Vec::new(),
        from: at(FROM),
        to: at(TO),
        layer: Layer::Effective,
        statistic: SeriesStatistic::Measured,
        known_at,
        most_points: None,
    }
}

/// Everything that is known of records, hours and days: today, or at an instant.
async fn known(
    database: &Database,
    city: &City,
    now: Timestamp,
    known_at: Option<Timestamp>,
) -> Vec<String> {
    let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
    let clock = FixedClock::new(now);
    let mut known = Vec::new();
    for (point_id, kind) in [city.gas, city.water]
        .iter()
        .flat_map(|point| RecordKind::ALL.iter().map(move |kind| (*point, *kind)))
    {
        let request = RecordsRequest {
            layer: Layer::Effective,
            known_at,
            ..RecordsRequest::new(point_id, kind, at(FROM), at(TO))
        };
        let records = load_records(database, &directory, &actor, request)
            .await
            .unwrap();
        known.push(without_packets(&records));
        let page = list_records(database, &directory, &actor, request, (None, 1000))
            .await
            .unwrap();
        known.push(without_packets(&page));
        let derived = load_derived(database, &directory, &actor, request)
            .await
            .unwrap();
        known.push(without_packets(&derived));
        for most_points in [None, Some(3)] {
            let request = SeriesRequest {
                most_points,
                ..series_of(point_id, kind, known_at)
            };
            let series = load_series(database, &directory, &clock, &actor, &request)
                .await
                .unwrap();
            known.push(without_packets(&series));
        }
    }
    known
}

/// The values of a series by factor and time.
async fn values(
    database: &Database,
    city: &City,
    (point_id, kind): (i64, RecordKind),
    known_at: Option<Timestamp>,
) -> Vec<(Timestamp, String, SeriesPoint)> {
    let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
    let request = series_of(point_id, kind, known_at);
    let clock = FixedClock::new(at(TO));
    let series = load_series(database, &directory, &clock, &actor, &request)
        .await
        .unwrap();
    let mut values: Vec<_> = series
        .factors
        .into_iter()
        .flat_map(|factor| {
            let code = factor.factor_code;
            factor
                .points
                .into_iter()
                .map(move |point| (point.time, code.clone(), point))
        })
        .collect();
    values.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    values
}

/// That the differences lead from what was known then to what is known now, and say why.
async fn check_differences(database: &Database, city: &City, known_at: Timestamp) {
    let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
    for of in [city.gas, city.water]
        .iter()
        .flat_map(|point| [RecordKind::Minute, RecordKind::Hour].map(|kind| (*point, kind)))
    {
        let request = DifferencesRequest {
            point_id: of.0,
            kind: of.1,
            factors: Vec::new(),
            from: at(FROM),
            to: at(TO),
            layer: Layer::Effective,
            statistic: SeriesStatistic::Measured,
            known_at,
        };
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = list_differences(database, &directory, &actor, &request, (after, 3));
            let page = page.await.unwrap();
            found.extend(page.differences);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert!(
            found.iter().all(|difference| !difference.causes.is_empty()),
            "{found:?}"
        );
        let mut then = values(database, city, of, Some(known_at)).await;
        for difference in &found {
            let key = (difference.time, difference.factor_code.clone());
            let place = then
                .iter()
                .position(|(time, code, _)| (*time, code) == (key.0, &key.1));
            let before = place.map(|place| then.remove(place).2);
            assert_eq!(before, difference.then);
            then.extend(difference.now.clone().map(|now| (key.0, key.1, now)));
        }
        then.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let now = values(database, city, of, None).await;
        // which packet says the same is no difference
        let plain = |values: &[(Timestamp, String, SeriesPoint)]| without_packets(&values);
        assert_eq!(plain(&then), plain(&now));
    }
}

test_on_both_databases!(
    what_was_known_is_what_a_store_knew_that_got_no_more,
    |database| async move {
        let mut runner = TestRunner::default();
        for _ in 0..4 {
            let history = history().new_tree(&mut runner).unwrap().current();
            let whole = like(&database).await;
            let city = city::build(&whole).await;
            play(&whole, &city, &history).await;
            let hours = proptest::collection::vec(-1_i64..41, 3);
            for hour in hours.new_tree(&mut runner).unwrap().current() {
                let then = at(BEGIN).plus_ms(hour * HOUR_MS);
                let some = history.iter().take_while(|(time, _)| *time <= then).count();
                let part = TestDatabase::sqlite().await;
                let twin = city::build(&part).await;
                play(&part, &twin, &history[..some]).await;
                let expected = known(&part, &twin, then, None).await;
                let asked = known(&whole, &city, at(TO), Some(then)).await;
                for (asked, expected) in asked.iter().zip(&expected) {
                    assert_eq!(asked, expected, "known at {then} of {history:#?}");
                }
                check_differences(&whole, &city, then).await;
            }
            // moved into blocks, all of it is still known
            compact_records(&whole, at(TO)).await.unwrap();
            let then = at(BEGIN).plus_ms(20 * HOUR_MS);
            let before = known(&whole, &city, at(TO), Some(then)).await;
            compact_records(&whole, at(TO)).await.unwrap();
            assert_eq!(known(&whole, &city, at(TO), Some(then)).await, before);
        }
    }
);

test_on_both_databases!(a_difference_says_what_changed_it, |database| async move {
    let city = city::build(&database).await;
    let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
    let hour = |qn: &str, hour: u32, value: &str| {
        let area = format!("DataTime=20160504{hour}0000;a21026-Avg={value},a21026-Flag=N");
        frame(qn, "2061", &area)
    };
    let first = at("2016-05-04T18:00:00+08:00");
    let second = at("2016-05-06T08:00:00+08:00");
    let packets = [
        (first, hour("20160504160000000", 15, "9.90")),
        (first, hour("20160504170000000", 16, "7.00")),
        // corrects the first, says the second again
        (second, hour("20160506080000000", 15, "9.10")),
        (second, hour("20160506080000001", 16, "7.00")),
        (second, hour("20160506080000002", 17, "1.50")),
    ];
    feed_received(&database, &city, &packets, 2).await;
    let third = at("2016-05-07T08:00:00+08:00");
    let new = NewReview {
        subject: Subject {
            point_id: city.gas,
            kind: None,
            factor_code: None,
            from: at("2016-05-04T16:00:00+08:00"),
            to: at("2016-05-04T17:00:00+08:00"),
        },
        mark_id: None,
        decision: Decision::Invalid,
        value: None,
        reason: "probe blocked".to_owned(),
    };
    record_review(&database, &directory, &FixedClock::new(third), &actor, new)
        .await
        .unwrap();
    let request = |known_at: &str| DifferencesRequest {
        point_id: city.gas,
        kind: RecordKind::Hour,
        factors: vec!["a21026".to_owned()],
        from: at(FROM),
        to: at(TO),
        layer: Layer::Effective,
        statistic: SeriesStatistic::Measured,
        known_at: at(known_at),
    };
    let list = async |known_at: &str| {
        let request = request(known_at);
        let page = list_differences(&database, &directory, &actor, &request, (None, MANY)).await;
        let page = page.unwrap();
        assert_eq!(page.next, None);
        page.differences
    };
    let text = |point: &Option<SeriesPoint>| {
        let point = point.as_ref()?;
        Some(
            point
                .value
                .as_ref()
                .map_or("—".to_owned(), |value| value.text().into_owned()),
        )
    };
    let found = list("2016-05-05T00:00:00+08:00").await;
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            (
                text(&one.then).unwrap_or_default(),
                text(&one.now).unwrap_or_default(),
            )
        })
        .collect();
    let expected = [("9.90", "9.10"), ("7.00", "—"), ("", "1.50")];
    assert_eq!(told, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(matches!(
        &found[0].causes[..],
        [Cause::Packet { received_at, .. }] if *received_at == second
    ));
    assert!(matches!(&found[2].causes[..], [Cause::Packet { .. }]));
    assert!(
        matches!(&found[1].causes[..], [Cause::Packet { .. }, Cause::Review { reason, at, .. }]
            if reason == "probe blocked" && *at == third),
        "{found:?}"
    );
    // at the very instant of the packets they were known
    assert_eq!(list("2016-05-06T08:00:00+08:00").await.len(), 1);
    assert_eq!(list("2016-05-07T08:00:00+08:00").await.len(), 0);
    let backwards = DifferencesRequest {
        to: at(FROM),
        ..request(TO)
    };
    let error = list_differences(&database, &directory, &actor, &backwards, (None, 1)).await;
    assert!(matches!(
        error,
        Err(MonitoringError::Invalid { field: "to", .. })
    ));
    let nobody = DifferencesRequest {
        point_id: 99,
        ..request(TO)
    };
    let error = list_differences(&database, &directory, &actor, &nobody, (None, 1)).await;
    assert!(matches!(
        error,
        Err(MonitoringError::NoSuchPoint { point_id: 99 })
    ));
});
