//! Reading records and series back.

use access::{Actor, Permission, Scope};
use bytes::Bytes;
use monitoring::{
    Layer, MonitoringError, RecordKind, RecordsRequest, SeriesRequest, SeriesStatistic,
    list_records, load_records, load_series,
};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, clock, code, frame};
use crate::interpreter::feed;

/// Ten-minute records of a day but for two hours, two of them corrected later.
fn packets() -> Vec<Bytes> {
    let mut packets = Vec::new();
    for minute in (0..1440)
        .step_by(10)
        .filter(|minute| !(600..720).contains(minute))
    {
        let time = format!("20160504{:02}{:02}00", minute / 60, minute % 60);
        let flag = if minute == 300 { "C" } else { "N" };
        let area = format!(
            "DataTime={time};a21026-Min=0.5,a21026-Avg={minute}.00,a21026-Max=2000,\
             a21026-ZsAvg=1.5,a21026-Cou=3,a21026-Flag={flag};a21002-Avg=1"
        );
        packets.push(frame(&format!("{time}000"), "2051", &area));
    }
    let area = "DataTime=20160504000000;a21026-Avg=0.10";
    packets.push(frame("20160505000000000", "2051", area));
    packets
}

fn request(city: &City, most_points: Option<usize>) -> SeriesRequest {
    SeriesRequest {
        point_id: city.gas,
        kind: RecordKind::Minute,
        factors: vec!["a21026".to_owned(), "a34013".to_owned()],
        from: at("2016-05-04T00:00:00+08:00"),
        to: at("2016-05-05T00:00:00+08:00"),
        layer: Layer::Received,
        statistic: SeriesStatistic::Measured,
        known_at: None,
        most_points,
    }
}

fn text(value: Option<&monitoring::Value>) -> String {
    value.map_or_else(String::new, |value| value.text().into_owned())
}

test_on_both_databases!(
    a_series_has_values_gaps_and_packets,
    |database| async move {
        let city = city::build(&database).await;
        feed(&database, &city, &packets(), 1000).await;
        let directory = city.directory.current();
        let actor = Actor::built_in_operator();
        let later = beijing_time::FixedClock::new(at("2016-06-01T00:00:00+08:00"));
        let load = async |request: &SeriesRequest| {
            load_series(&database, &directory, &later, &actor, request)
                .await
                .unwrap()
        };
        let series = load(&request(&city, None)).await;
        assert_eq!(series.interval_ms, 600_000);
        let [sulphur, dust] = &series.factors[..] else {
            panic!("as asked for");
        };
        assert_eq!(sulphur.points.len(), 132);
        assert_eq!(
            text(sulphur.points[0].value.as_ref()),
            "0.10",
            "the later packet won"
        );
        assert_eq!(text(sulphur.points[1].value.as_ref()), "10.00");
        assert_eq!(text(sulphur.points[1].max.as_ref()), "2000");
        assert!(sulphur.points[1].packet_id > monitoring::PacketId(0));
        let noon = (
            at("2016-05-04T10:00:00+08:00"),
            at("2016-05-04T12:00:00+08:00"),
        );
        assert_eq!(sulphur.gaps, [noon]);
        assert!(dust.points.is_empty());
        assert_eq!(dust.gaps, [(series.from, series.to)]);
        // reduced: buckets of two hours
        let reduced = load(&request(&city, Some(12))).await;
        let sulphur = &reduced.factors[0];
        assert!(sulphur.is_reduced);
        assert_eq!(reduced.interval_ms, 7_200_000);
        assert_eq!(sulphur.points.len(), 11);
        // (0.10 + 10 + … + 110) / 12
        assert_eq!(text(sulphur.points[0].value.as_ref()), "55.01");
        assert_eq!(text(sulphur.points[0].min.as_ref()), "0.10");
        assert_eq!(text(sulphur.points[0].max.as_ref()), "2000");
        assert_eq!(sulphur.points[0].count, 12);
        assert_eq!(sulphur.points[2].flag.as_deref(), Some("C"));
        assert_eq!(sulphur.gaps, [noon]);
        let converted = SeriesRequest {
            statistic: SeriesStatistic::Converted,
            known_at: None,
            factors: Vec::new(),
            ..request(&city, None)
        };
        let converted = load(&converted).await;
        assert_eq!(converted.factors.len(), 2, "all that there are");
        assert_eq!(text(converted.factors[1].points[1].value.as_ref()), "1.5");
        // as long as it is today, only the past is a gap
        let noon = beijing_time::FixedClock::new(at("2016-05-04T11:00:00+08:00"));
        let request = request(&city, None);
        let today = load_series(&database, &directory, &noon, &actor, &request)
            .await
            .unwrap();
        assert_eq!(
            today.factors[1].gaps,
            [(series.from, at("2016-05-04T11:00:00+08:00"))]
        );
    }
);

test_on_both_databases!(records_are_listed_page_by_page, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &packets(), 1000).await;
    let directory = city.directory.current();
    let actor = Actor::built_in_operator();
    let request = RecordsRequest::new(
        city.gas,
        RecordKind::Minute,
        at("2010-01-01T00:00:00+08:00"),
        at("2020-01-01T00:00:00+08:00"),
    );
    let all = load_records(&database, &directory, &actor, request)
        .await
        .unwrap();
    assert_eq!(all.len(), 132);
    assert_eq!(all[0].packet_count, 2);
    assert_eq!(all[0].readings.len(), 2, "factors of both packets");
    assert!(all[0].is_late, "received sixteen hours later");
    let mut listed = Vec::new();
    let mut before = None;
    loop {
        let page = list_records(&database, &directory, &actor, request, (before, 50))
            .await
            .unwrap();
        listed.extend(page.records);
        before = page.next;
        if before.is_none() {
            break;
        }
        assert_eq!(listed.len() % 50, 0);
    }
    listed.reverse();
    assert_eq!(listed, all);
});

test_on_both_databases!(a_stranger_sees_nothing, |database| async move {
    let city = city::build(&database).await;
    let directory = city.directory.current();
    let mut blind = Actor::built_in_operator();
    blind.permissions.remove(&Permission::ReadData);
    let neighbour = Actor {
        scope: Scope::Region(code("430422")),
        ..Actor::built_in_operator()
    };
    let ask = request(&city, None);
    let records = RecordsRequest::new(city.gas, RecordKind::Minute, ask.from, ask.to);
    for (actor, is_refused) in [(blind, true), (neighbour, false)] {
        let errors = [
            load_series(&database, &directory, &clock(), &actor, &ask)
                .await
                .unwrap_err(),
            load_records(&database, &directory, &actor, records)
                .await
                .unwrap_err(),
            list_records(&database, &directory, &actor, records, (None, 10))
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(matches!(error, MonitoringError::Refused(_)), is_refused);
            assert_eq!(
                matches!(error, MonitoringError::NoSuchPoint { .. }),
                !is_refused
            );
        }
    }
    let backwards = SeriesRequest {
        to: ask.from,
        from: ask.to,
        ..ask
    };
    let operator = Actor::built_in_operator();
    let error = load_series(&database, &directory, &clock(), &operator, &backwards).await;
    assert!(matches!(
        error,
        Err(MonitoringError::Invalid { field: "to", .. })
    ));
});
