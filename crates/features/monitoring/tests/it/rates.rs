//! Rates follow what came, what is late, what stands still and what was planned.

use access::{Actor, Permission, Scope};
use beijing_time::{FixedClock, StatDay};
use bytes::Bytes;
use database::Database;
use monitoring::MonitoringError;
use monitoring::derive_dirty;
use monitoring::rates::{
    NotDue, PlannedStop, RateCounts, RateFilter, RateLevel, RatePeriod, RateSubject,
    compute_dirty_days, compute_rates, find_first_dirty, load_rate_inputs, mark_rates_dirty,
    refresh_days,
};
use sites::{FactorDetails, PointId};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, frame};
use crate::interpreter::feed;

async fn build(database: &Database) -> City {
    let city = city::build(database).await;
    let (clock, actor) = (city::clock(), Actor::built_in_operator());
    for code in ["a21026", "a21002"] {
        let factor = FactorDetails {
            factor_code: code.to_owned(),
            unit: "mg/m³".to_owned(),
            decimals: 1,
            sort_order: 0,
            is_expected: true,
        };
        sites::create_factor(database, &clock, &actor, PointId(city.gas), factor)
            .await
            .unwrap();
    }
    city.directory.reload(database).await.unwrap();
    city
}

fn hour(hour: u32, flags: [&str; 2]) -> Bytes {
    let time = format!("20160504{hour:02}0000");
    let area = format!(
        "DataTime={time};a21026-Avg=1.5,a21026-Flag={};a21002-Avg=2.5,a21002-Flag={}",
        flags[0], flags[1]
    );
    frame(&format!("{time}100"), "2061", &area)
}

fn day() -> StatDay {
    at("2016-05-04T00:00:00+08:00").stat_day()
}

fn evening() -> FixedClock {
    // 22:00 has passed with its hour of grace, 23:00 has not
    FixedClock::new(at("2016-05-05T00:10:00+08:00"))
}

async fn compute(database: &Database, city: &City, stops: &[PlannedStop]) {
    while derive_dirty(database, 100).await.unwrap() > 0 {}
    let directory = city.directory.current();
    while compute_dirty_days(database, &directory, &evening(), stops, 2)
        .await
        .unwrap()
        > 0
    {}
}

fn filter(level: RateLevel) -> RateFilter {
    RateFilter {
        level,
        days: Some((day(), day())),
        ..RateFilter::default()
    }
}

async fn of_gas(database: &Database, city: &City) -> RateCounts {
    let actor = Actor::built_in_operator();
    let groups = compute_rates(
        database,
        &city.directory.current(),
        &actor,
        &filter(RateLevel::Point),
    )
    .await
    .unwrap();
    let gas = RateSubject::Point(city.gas);
    let found = groups.iter().find(|group| group.subject == gas);
    found.unwrap().counts
}

test_on_both_databases!(rates_follow_the_data, |database| async move {
    let city = build(&database).await;
    let mut packets: Vec<Bytes> = (0..10).map(|time| hour(time, ["N", "N"])).collect();
    packets.push(hour(10, ["N", "D"]));
    packets.push(hour(11, ["D", "B"]));
    packets.push(hour(12, ["F", "F"]));
    packets.push(hour(13, ["N", "F"]));
    // minutes alone: networked, but no hour value
    packets.push(frame(
        "20160504141001000",
        "2051",
        "DataTime=20160504141000;a21026-Avg=1.0,a21026-Flag=N",
    ));
    feed(&database, &city, &packets, 100).await;
    compute(&database, &city, &[]).await;
    let counts = of_gas(&database, &city).await;
    let expected = RateCounts {
        // 23 hours are over, one of them stood still
        due_hours: 22,
        exempt_hours: 1,
        networked_hours: 14,
        running_hours: 12,
        // without the stopped hour and the stopped factor of 13:00
        due_values: 43,
        exempt_values: 3,
        received_values: 25,
        valid_values: 22,
    };
    assert_eq!(counts, expected);
    assert_eq!(
        counts.transmission_effectiveness().as_deref(),
        Some("51.16")
    );

    // late data change the rate
    let late: Vec<Bytes> = (15..20).map(|time| hour(time, ["N", "N"])).collect();
    feed(&database, &city, &late, 100).await;
    compute(&database, &city, &[]).await;
    let counts = of_gas(&database, &city).await;
    assert_eq!((counts.networked_hours, counts.valid_values), (19, 32));
    // what is there already changes nothing
    feed(&database, &city, &packets, 3).await;
    compute(&database, &city, &[]).await;
    assert_eq!(of_gas(&database, &city).await, counts);

    let (from_inputs, hours) = load_rate_inputs(
        &database,
        &city.directory.current(),
        &evening(),
        &Actor::built_in_operator(),
        (city.gas, day()),
        &[],
    )
    .await
    .unwrap();
    assert_eq!(from_inputs, counts);
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[12].not_due, Some(NotDue::Stopped));
    assert_eq!(hours[23].not_due, Some(NotDue::NotYet));
    assert!(hours[14].is_networked && !hours[14].is_running);
    assert!(
        hours[0]
            .values
            .iter()
            .all(|value| value.packet_id.is_some())
    );
});

test_on_both_databases!(planned_stops_are_not_due, |database| async move {
    let city = build(&database).await;
    feed(&database, &city, &[hour(0, ["N", "N"])], 100).await;
    compute(&database, &city, &[]).await;
    assert_eq!(of_gas(&database, &city).await.due_hours, 23);
    let directory = city.directory.current();
    let site_id = directory.point(PointId(city.gas)).unwrap().site_id.0;
    let span = (
        at("2016-05-04T01:00:00+08:00"),
        at("2016-05-04T03:30:00+08:00"),
    );
    let stop = PlannedStop {
        site_id,
        point_id: Some(city.gas),
        factor_code: String::new(),
        from: span.0,
        to: span.1,
    };
    let mut transaction = database.begin().await.unwrap();
    let now = at("2016-05-05T00:10:00+08:00");
    mark_rates_dirty(&mut transaction, &[city.gas], span, now)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let first = find_first_dirty(&database, 10).await.unwrap();
    assert_eq!(first, Some(day()));
    compute(&database, &city, &[stop]).await;
    let counts = of_gas(&database, &city).await;
    // only whole hours are exempt
    assert_eq!((counts.due_hours, counts.exempt_hours), (21, 2));
    assert_eq!((counts.due_values, counts.exempt_values), (42, 4));
});

test_on_both_databases!(rates_of_many_are_sums, |database| async move {
    let city = build(&database).await;
    feed(&database, &city, &[hour(0, ["N", "N"])], 100).await;
    let directory = city.directory.current();
    refresh_days(&database, &directory, (day().plus(-1), day()))
        .await
        .unwrap();
    compute(&database, &city, &[]).await;
    let actor = Actor::built_in_operator();
    let county = compute_rates(&database, &directory, &actor, &filter(RateLevel::County))
        .await
        .unwrap();
    assert_eq!(county.len(), 1);
    assert_eq!(county[0].subject, RateSubject::County("430421".to_owned()));
    assert_eq!((county[0].points, county[0].is_simulated), (3, true));
    assert_eq!(county[0].counts.due_hours, 3 * 23);
    assert_eq!(county[0].counts.networked_hours, 1);
    let month = RateFilter {
        period: RatePeriod::Month,
        days: Some((day().plus(-1), day())),
        ..filter(RateLevel::Organisation)
    };
    let month = compute_rates(&database, &directory, &actor, &month)
        .await
        .unwrap();
    assert_eq!(month.len(), 1);
    assert_eq!(month[0].counts.due_hours, 3 * 47);
    assert_eq!(month[0].day.date().to_string(), "2016-05-01");

    // next door sees nothing, and who may not read data is refused
    let mut other = Actor {
        scope: Scope::Region(city::code("430422")),
        ..Actor::built_in_operator()
    };
    let none = compute_rates(&database, &directory, &other, &filter(RateLevel::All))
        .await
        .unwrap();
    assert_eq!(none, []);
    let at_gas = (city.gas, day());
    let inputs = load_rate_inputs(&database, &directory, &evening(), &other, at_gas, &[]).await;
    assert!(matches!(inputs, Err(MonitoringError::NoSuchPoint { .. })));
    other.permissions.remove(&Permission::ReadData);
    let refused = compute_rates(&database, &directory, &other, &filter(RateLevel::All)).await;
    assert!(matches!(refused, Err(MonitoringError::Refused(_))));
    let backwards = RateFilter {
        days: Some((day(), day().plus(-1))),
        ..RateFilter::default()
    };
    let refused = compute_rates(&database, &directory, &actor, &backwards).await;
    assert!(matches!(refused, Err(MonitoringError::Invalid { .. })));
});
