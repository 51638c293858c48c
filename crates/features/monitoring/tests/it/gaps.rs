//! Gaps are found on both databases, listed within the actor's part of the city, and asked for
//! again by hand.

use std::collections::HashSet;

use access::{Actor, Permission, Scope};
use beijing_time::{HOUR_MS, Timestamp};
use bytes::Bytes;
use database::Database;
use monitoring::gaps::{
    Extent, Gap, GapFilter, GapReason, GapScan, GapSettings, GapState, compute_label_span,
    count_gaps, list_gaps, list_open_gaps, load_gap, request_gap_again, save_gaps, scan_gaps,
};
use monitoring::rates::PlannedStop;
use monitoring::{MonitoringError, RecordKind};
use sites::PointId;
use test_support::test_on_both_databases;

use crate::city::{self, City, at, frame};
use crate::interpreter::feed;

fn actor() -> Actor {
    Actor::built_in_operator()
}

fn now() -> Timestamp {
    at("2016-05-04T12:30:00+08:00")
}

/// Six hours back, hours only.
fn settings() -> GapSettings {
    let mut settings = GapSettings::default();
    settings.hour.lookback_hours = 6;
    settings
}

fn hour(hour: u32) -> Bytes {
    let time = format!("20160504{hour:02}0000");
    let area = format!("DataTime={time};a21026-Avg=1.5,a21026-Flag=N");
    frame(&format!("{time}100"), "2061", &area)
}

async fn scan(database: &Database, city: &City, stops: &[PlannedStop], extent: Extent) -> GapScan {
    let directory = city.directory.current();
    scan_gaps(database, &directory, stops, &settings(), (extent, now()))
        .await
        .unwrap()
}

async fn hours_of(database: &Database, point_id: i64) -> Vec<Gap> {
    let filter = GapFilter {
        kind: Some(RecordKind::Hour),
        point_id: Some(point_id),
        limit: 100,
        ..GapFilter::default()
    };
    let mut gaps = list_gaps(database, &actor(), &filter).await.unwrap();
    gaps.reverse();
    gaps
}

fn clock(number: i64) -> Timestamp {
    at("2016-05-04").plus_ms(number * HOUR_MS)
}

test_on_both_databases!(gaps_are_found_followed_and_filled, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &[hour(7), hour(8), hour(11)], 100).await;
    scan(&database, &city, &[], Extent::Whole).await;
    let gaps = hours_of(&database, city.gas).await;
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].from, gaps[0].to), (clock(9), clock(11)));
    assert_eq!((gaps[0].missing, gaps[0].device_id), (2, city.logger));
    // the water of the same logger never came
    let water = hours_of(&database, city.water).await;
    assert_eq!((water[0].from, water[0].to), (clock(7), clock(12)));
    // nothing new: nothing changes
    let again = scan(&database, &city, &[], Extent::Recent).await;
    assert_eq!((again.found, again.changed), (0, 0));

    feed(&database, &city, &[hour(9)], 100).await;
    let shrunk = scan(&database, &city, &[], Extent::Recent).await;
    assert_eq!(shrunk.resending, HashSet::from([city.logger]));
    assert_eq!(hours_of(&database, city.gas).await[0].missing, 1);
    feed(&database, &city, &[hour(10)], 100).await;
    scan(&database, &city, &[], Extent::Recent).await;
    let filled = hours_of(&database, city.gas).await.remove(0);
    assert_eq!(
        (filled.state, filled.reason),
        (GapState::Filled, GapReason::FilledByDevice)
    );
    assert_eq!((filled.periods, filled.missing), (2, 0));
});

test_on_both_databases!(planned_stops_excuse_gaps, |database| async move {
    let city = city::build(&database).await;
    feed(&database, &city, &[hour(7), hour(8), hour(11)], 100).await;
    scan(&database, &city, &[], Extent::Whole).await;
    let directory = city.directory.current();
    let stop = PlannedStop {
        site_id: directory.point(PointId(city.gas)).unwrap().site_id.0,
        point_id: Some(city.gas),
        factor_code: String::new(),
        from: clock(9),
        to: clock(11),
    };
    let of_factor = PlannedStop {
        factor_code: "a21026".to_owned(),
        ..stop.clone()
    };
    scan(&database, &city, &[of_factor], Extent::Recent).await;
    assert_eq!(hours_of(&database, city.gas).await[0].state, GapState::Open);
    scan(&database, &city, &[stop], Extent::Recent).await;
    let gap = hours_of(&database, city.gas).await.remove(0);
    assert_eq!(
        (gap.state, gap.reason),
        (GapState::Excused, GapReason::PlannedStop)
    );
    assert_eq!(
        hours_of(&database, city.water).await[0].state,
        GapState::Open
    );
});

test_on_both_databases!(labels_are_the_devices_own, |database| async move {
    let city = city::build(&database).await;
    scan(&database, &city, &[], Extent::Whole).await;
    let directory = city.directory.current();
    let gas = hours_of(&database, city.gas).await;
    let span = compute_label_span(&directory, gas.iter());
    assert_eq!(span, Some((clock(7), clock(11))), "both ends belong to it");
    // an air station names its hours by their end
    let air = hours_of(&database, city.air).await;
    let span = compute_label_span(&directory, air.iter());
    assert_eq!(span, Some((clock(8), clock(12))));
});

test_on_both_databases!(
    gaps_are_listed_counted_and_asked_for_again,
    |database| async move {
        let city = city::build(&database).await;
        scan(&database, &city, &[], Extent::Whole).await;
        let filter = GapFilter {
            limit: 2,
            ..GapFilter::default()
        };
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = GapFilter {
                after,
                ..filter.clone()
            };
            let page = list_gaps(&database, &actor(), &page).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.from, last.id));
            seen.extend(page.iter().map(|gap| gap.id));
        }
        let unique: HashSet<_> = seen.iter().copied().collect();
        let open = list_open_gaps(&database).await.unwrap();
        assert_eq!((seen.len(), unique.len()), (open.len(), open.len()));
        let counts = count_gaps(&database, &actor(), clock(0)).await.unwrap();
        let hours = counts
            .iter()
            .find(|count| count.kind == RecordKind::Hour)
            .unwrap();
        assert_eq!(
            (hours.state, hours.gaps, hours.missing),
            (GapState::Open, 3, 15)
        );
        let wanted = GapFilter {
            states: vec![GapState::Filled, GapState::GivenUp],
            ..GapFilter::default()
        };
        assert_eq!(list_gaps(&database, &actor(), &wanted).await.unwrap(), []);

        // given up and asked for again, with its trail
        let mut gap = hours_of(&database, city.gas).await.remove(0);
        gap.state = GapState::GivenUp;
        gap.reason = GapReason::NoData;
        gap.attempts = 3;
        gap.closed_at = Some(now());
        save_gaps(&database, std::slice::from_ref(&gap))
            .await
            .unwrap();
        // whoever wrote before is not undone
        save_gaps(&database, std::slice::from_ref(&gap))
            .await
            .unwrap();
        let kept = load_gap(&database, &actor(), gap.id).await.unwrap();
        assert_eq!(kept.revision, gap.revision + 1);
        let again = request_gap_again(&database, &city::clock(), &actor(), gap.id)
            .await
            .unwrap();
        assert_eq!((again.state, again.attempts), (GapState::Open, 0));
        assert_eq!(load_gap(&database, &actor(), gap.id).await.unwrap(), again);
        assert_eq!(database::audit::find_break(&database).await.unwrap(), None);

        // what lies elsewhere is not found, and who may not send commands is refused
        let elsewhere = Actor {
            scope: Scope::Region(city::code("430422")),
            ..actor()
        };
        assert_eq!(list_gaps(&database, &elsewhere, &filter).await.unwrap(), []);
        let missing = load_gap(&database, &elsewhere, gap.id).await;
        assert!(matches!(missing, Err(MonitoringError::NoSuchGap { .. })));
        let mut reader = actor();
        reader.permissions.remove(&Permission::SendCommands);
        let refused = request_gap_again(&database, &city::clock(), &reader, gap.id).await;
        assert!(matches!(refused, Err(MonitoringError::Refused(_))));
        feed(
            &database,
            &city,
            &(7..12).map(hour).collect::<Vec<_>>(),
            100,
        )
        .await;
        scan(&database, &city, &[], Extent::Whole).await;
        let ended = request_gap_again(&database, &city::clock(), &actor(), gap.id).await;
        assert!(matches!(ended, Err(MonitoringError::GapEnded { .. })));
    }
);
