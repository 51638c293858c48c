//! Rates follow what came, what is late, what stands still and what was planned.

use access::{Actor, Permission, Scope};
use beijing_time::{Clock, FixedClock, StatDay, Timestamp};
use bytes::Bytes;
use database::{Database, on_transaction, sqlx};
use monitoring::layers::{Decision, NewReview, Subject, record_review};
use monitoring::rates::{
    NotDue, PlannedStop, RateCounts, RateFilter, RateLevel, RatePeriod, RateSubject,
    compute_dirty_days, compute_rates, find_first_dirty, follow_directory_and_time,
    load_rate_inputs, mark_rates_dirty,
};
use monitoring::{MonitoringError, RecordKind, derive_dirty};
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sites::{FactorDetails, PointId};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, frame};
use crate::interpreter::feed;
use crate::statistics::{derive_all, like};

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
    let now = evening().now();
    follow_directory_and_time(&database, &directory, now)
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

/// What came of all days so far, by day and point.
async fn all_days(database: &Database, city: &City) -> Vec<(i64, RateSubject, RateCounts)> {
    let wanted = RateFilter {
        level: RateLevel::Point,
        days: Some((day().plus(-40), day().plus(2))),
        ..RateFilter::default()
    };
    let (directory, actor) = (city.directory.current(), Actor::built_in_operator());
    let groups = compute_rates(database, &directory, &actor, &wanted);
    let groups = groups.await.unwrap().into_iter();
    groups
        .map(|group| (group.day.number(), group.subject, group.counts))
        .collect()
}

/// What changes while rates are kept: everything they follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Morning,
    Afternoon,
    Late,
    Reviewed,
    Planned,
    TakenBack,
    OneMoreFactor,
    PointOff,
    HoursGoBy,
    NothingButARestart,
}

const EVENTS: [Event; 10] = [
    Event::Morning,
    Event::Afternoon,
    Event::Late,
    Event::Reviewed,
    Event::Planned,
    Event::TakenBack,
    Event::OneMoreFactor,
    Event::PointOff,
    Event::HoursGoBy,
    Event::NothingButARestart,
];

/// As if nothing had ever been followed.
async fn forget_what_was_followed(database: &Database) {
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query("DELETE FROM rate_mark")
            .execute(connection)
            .await
            .unwrap();
    });
    transaction.commit().await.unwrap();
}

struct Story<'a> {
    database: &'a Database,
    city: City,
    clock: FixedClock,
    stops: Vec<PlannedStop>,
}

impl Story<'_> {
    async fn happen(&mut self, event: Event) {
        let hours = |range: std::ops::Range<u32>, flags| {
            range.map(|time| hour(time, flags)).collect::<Vec<Bytes>>()
        };
        let (database, city) = (self.database, &self.city);
        let actor = Actor::built_in_operator();
        match event {
            Event::Morning => feed(database, city, &hours(0..8, ["N", "N"]), 3).await,
            Event::Afternoon => feed(database, city, &hours(13..18, ["N", "F"]), 50).await,
            Event::Late => feed(database, city, &hours(6..14, ["D", "N"]), 2).await,
            Event::Reviewed => {
                let review = NewReview {
                    subject: Subject {
                        point_id: city.gas,
                        kind: Some(RecordKind::Hour),
                        factor_code: Some("a21026".to_owned()),
                        from: at("2016-05-04T02:00:00+08:00"),
                        to: at("2016-05-04T05:00:00+08:00"),
                    },
                    mark_id: None,
                    decision: Decision::Invalid,
                    value: None,
                    reason: "the probe was blocked".to_owned(),
                };
                let directory = city.directory.current();
                record_review(database, &directory, &self.clock, &actor, review)
                    .await
                    .unwrap();
            }
            Event::Planned => {
                let directory = city.directory.current();
                let (from, to) = (
                    at("2016-05-03T20:00:00+08:00"),
                    at("2016-05-04T04:00:00+08:00"),
                );
                self.stops.push(PlannedStop {
                    site_id: directory.point(PointId(city.gas)).unwrap().site_id.0,
                    point_id: Some(city.gas),
                    factor_code: String::new(),
                    from,
                    to,
                });
                self.mark_stop((from, to)).await;
            }
            Event::TakenBack => {
                let ends = at("2016-05-04T01:30:00+08:00");
                for stop in &mut self.stops {
                    stop.to = stop.to.min(ends);
                }
                let span = (ends.plus_ms(-3_600_000), at("2016-05-04T04:00:00+08:00"));
                self.mark_stop(span).await;
            }
            Event::OneMoreFactor => {
                let factor = FactorDetails {
                    factor_code: "a01011".to_owned(),
                    unit: "m/s".to_owned(),
                    decimals: 1,
                    sort_order: 9,
                    is_expected: true,
                };
                sites::create_factor(database, &self.clock, &actor, PointId(city.gas), factor)
                    .await
                    .unwrap();
                city.directory.reload(database).await.unwrap();
            }
            Event::PointOff => {
                let point = sites::load_point(database, &actor, PointId(city.water));
                let point = point.await.unwrap();
                let mut details = point.details.clone();
                details.is_enabled = false;
                let expected = sites::Expected {
                    id: point.id,
                    revision: point.revision,
                };
                sites::update_point(database, &self.clock, &actor, expected, details)
                    .await
                    .unwrap();
                city.directory.reload(database).await.unwrap();
            }
            Event::HoursGoBy => self.clock.advance_ms(5 * 3_600_000),
            Event::NothingButARestart => {}
        }
    }

    async fn mark_stop(&self, span: (Timestamp, Timestamp)) {
        let mut transaction = self.database.begin().await.unwrap();
        mark_rates_dirty(&mut transaction, &[self.city.gas], span, self.clock.now())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// Follows what is not data; says how many days that changed.
    async fn follow(&self) -> usize {
        let directory = self.city.directory.current();
        follow_directory_and_time(self.database, &directory, self.clock.now())
            .await
            .unwrap()
    }

    async fn compute(&self) -> usize {
        derive_all(self.database).await;
        let directory = self.city.directory.current();
        let mut days = 0;
        loop {
            let stops = &self.stops;
            match compute_dirty_days(self.database, &directory, &self.clock, stops, 20).await {
                Ok(0) => return days,
                Ok(some) => days += some,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

test_on_both_databases!(
    rates_that_follow_changes_are_those_of_everything_computed_anew,
    |database| async move {
        let mut runner = TestRunner::default();
        for case in 0..4 {
            let order = Just(EVENTS.to_vec()).prop_shuffle();
            let order = order.new_tree(&mut runner).unwrap().current();
            let fresh = like(&database).await;
            let mut story = Story {
                database: &fresh,
                city: build(&fresh).await,
                clock: FixedClock::new(at("2016-05-04T18:40:00+08:00")),
                stops: Vec::new(),
            };
            for (number, event) in order.iter().enumerate() {
                story.happen(*event).await;
                if (number + case) % 2 == 0 {
                    story.follow().await;
                    story.compute().await;
                }
            }
            story.follow().await;
            story.compute().await;
            let followed = all_days(&fresh, &story.city).await;
            assert_eq!(
                (story.follow().await, story.compute().await),
                (0, 0),
                "a start with nothing changed computes nothing"
            );
            forget_what_was_followed(&fresh).await;
            assert!(story.follow().await > 90, "everything");
            story.compute().await;
            let anew = all_days(&fresh, &story.city).await;
            assert_eq!(followed, anew, "in this order: {order:?}");
            assert!(anew.iter().any(|(_, _, counts)| counts.valid_values > 0));
        }
    }
);

test_on_both_databases!(
    only_what_a_change_touches_is_computed_again,
    |database| async move {
        let mut story = Story {
            database: &database,
            city: build(&database).await,
            clock: FixedClock::new(at("2016-05-04T18:40:00+08:00")),
            stops: Vec::new(),
        };
        assert_eq!(story.follow().await, 3 * 32, "a month of three points");
        assert_eq!(story.compute().await, 3 * 32);
        story.happen(Event::NothingButARestart).await;
        assert_eq!(story.follow().await, 0);
        // late data touch the day of one point
        story.happen(Event::Morning).await;
        assert_eq!((story.follow().await, story.compute().await), (0, 1));
        // a planned stop touches the days it lies in
        story.happen(Event::Planned).await;
        assert_eq!((story.follow().await, story.compute().await), (0, 2));
        // one more factor touches the month of its point
        story.happen(Event::OneMoreFactor).await;
        assert_eq!((story.follow().await, story.compute().await), (32, 32));
        // until 23:40 five hours have become due, until 02:40 two of today are
        story.happen(Event::HoursGoBy).await;
        assert_eq!((story.follow().await, story.compute().await), (3, 3));
        story.clock.advance_ms(3 * 3_600_000);
        assert_eq!((story.follow().await, story.compute().await), (6, 6));
    }
);
