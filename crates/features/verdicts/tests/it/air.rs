//! Hours, days, months and years of an air station, explained, and changed by what comes late.

use access::{Actor, Permission, Scope};
use beijing_time::{DAY_MS, HOUR_MS, Timestamp};
use bytes::Bytes;
use test_support::test_on_both_databases;
use verdicts::{
    Cause, Verdict, VerdictKind, VerdictState, VerdictsError, VerdictsRequest,
    list_verdict_changes, list_verdicts, load_city_summary, load_explanation,
};

use crate::world::{Sender, World, at, hour};

async fn load(world: &World, kind: VerdictKind, from: &str, to: &str) -> Vec<Verdict> {
    let request = VerdictsRequest {
        point_id: world.air,
        kind,
        from: at(from),
        to: at(to),
    };
    let actor = Actor::built_in_operator();
    let directory = world.directory.current();
    list_verdicts(&world.database, &directory, &actor, request, (None, 1000))
        .await
        .unwrap()
        .verdicts
}

/// A whole day of hours with the same values.
fn day(start: &str, values: &str) -> Vec<(Sender, Bytes)> {
    let start = at(start);
    (0..24)
        .map(|step| hour(Sender::Air, start.plus_ms(step * HOUR_MS), 1, values))
        .collect()
}

const CLEAN: &str = "a21026=12;a21004=30;a21005=0.8;a05024=90;a34002=60;a34004=0.035";

async fn check_explanations(world: &World, kind: VerdictKind, verdicts: &[Verdict]) {
    let directory = world.directory.current();
    let context = world.context(&directory);
    let actor = Actor::built_in_operator();
    for verdict in verdicts {
        let of = (kind, verdict.time);
        let opened = load_explanation(&context, &actor, verdict.point_id, of)
            .await
            .unwrap();
        assert_eq!(&opened.verdict, verdict);
        assert!(opened.agrees, "{verdict:?}");
        assert!(!opened.told.steps.is_empty());
        assert!(!opened.inputs.is_empty());
    }
}

test_on_both_databases!(an_hour_and_a_day_have_their_index, |database| async move {
    let world = World::build(&database).await;
    world.feed(&day("2018-05-04", CLEAN), 100).await;
    world.follow(1000).await;
    let hours = load(&world, VerdictKind::Hour, "2018-05-04", "2018-05-05").await;
    assert_eq!(hours.len(), 24);
    // PM10 of 60: (100 - 50) / (150 - 50) × (60 - 50) + 50 = 55; PM2.5 of 0.035 mg/m³ is 50
    let outcome = &hours[0].outcome;
    assert_eq!((outcome.figure, outcome.grade), (Some(55), Some(2)));
    assert_eq!(outcome.deciding, ["pm10"]);
    assert_eq!(outcome.item("pm2_5").unwrap().value, "35");
    assert_eq!(outcome.item("pm2_5").unwrap().mark, "50");
    assert_eq!(hours[0].basis.edition, "HJ 633-2012");
    assert_eq!(hours[0].basis.method, "hourly-practice-2012");
    let days = load(&world, VerdictKind::Day, "2018-05-04", "2018-05-05").await;
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].outcome.figure, Some(55));
    assert_eq!(days[0].outcome.deciding, ["pm10_24h"]);
    assert_eq!(days[0].outcome.item("o3_8h").unwrap().value, "90");
    check_explanations(&world, VerdictKind::Hour, &hours).await;
    check_explanations(&world, VerdictKind::Day, &days).await;
    let months = load(&world, VerdictKind::Month, "2018-05-01", "2018-06-01").await;
    assert_eq!(months[0].outcome.state, VerdictState::Insufficient);
    assert_eq!(months[0].outcome.item("days_good").unwrap().value, "1");
    check_explanations(&world, VerdictKind::Month, &months).await;
});

test_on_both_databases!(a_day_needs_twenty_hours, |database| async move {
    let world = World::build(&database).await;
    let packets = day("2018-05-04", CLEAN);
    world.feed(&packets[..19], 100).await;
    world.follow(1000).await;
    let days = load(&world, VerdictKind::Day, "2018-05-04", "2018-05-05").await;
    // ozone has enough windows, but the mean of no pollutant is valid
    assert!(days[0].outcome.item("pm10_24h").is_none());
    world.feed(&packets[19..20], 100).await;
    world.follow(1000).await;
    let days = load(&world, VerdictKind::Day, "2018-05-04", "2018-05-05").await;
    assert_eq!(days[0].outcome.item("pm10_24h").unwrap().value, "60");
});

test_on_both_databases!(
    a_value_that_comes_late_changes_the_verdict_and_says_so,
    |database| async move {
        let world = World::build(&database).await;
        world.feed(&day("2018-05-04", CLEAN), 100).await;
        let runs = world.follow(1000).await;
        assert!(
            runs.iter().all(|run| run.changed == 0),
            "nothing was given before"
        );
        let time = at("2018-05-04T09:00:00+08:00");
        let correction = hour(Sender::Air, time, 500, "a34004=0.260");
        world.feed(&[correction], 1).await;
        let runs = world.follow(1000).await;
        let changed: usize = runs.iter().map(|run| run.changed).sum();
        let directory = world.directory.current();
        let actor = Actor::built_in_operator();
        let page = list_verdict_changes(
            &world.database,
            &directory,
            &actor,
            Some(world.air),
            (None, 10),
        )
        .await
        .unwrap();
        assert_eq!(page.changes.len(), changed);
        let of_hour: Vec<_> = page
            .changes
            .iter()
            .filter(|change| change.kind == VerdictKind::Hour)
            .collect();
        assert_eq!(of_hour.len(), 1);
        let change = of_hour[0];
        assert_eq!(
            (change.old.figure, change.new.figure),
            (Some(55), Some(310))
        );
        assert_eq!((change.old.grade, change.new.grade), (Some(2), Some(6)));
        assert_eq!(change.new.deciding, ["pm2_5"]);
        assert_eq!(change.time, time);
        let hours = load(
            &world,
            VerdictKind::Hour,
            "2018-05-04T09:00:00+08:00",
            "2018-05-05",
        )
        .await;
        let of = (VerdictKind::Hour, time);
        let context = world.context(&directory);
        let opened = load_explanation(&context, &actor, world.air, of)
            .await
            .unwrap();
        let input = opened
            .inputs
            .iter()
            .find(|input| input.key == "a34004")
            .unwrap();
        // the packet that is named is the one that the value came in
        let Cause::Packet(packet_id) = change.cause else {
            panic!("{:?}", change.cause)
        };
        assert_eq!(input.packet_id, Some(packet_id));
        check_explanations(&world, VerdictKind::Hour, &hours[..1]).await;
        // the day too: 35 × 23 + 260 over 24 is 44, of which the sub-index is 62
        let of_day: Vec<_> = page
            .changes
            .iter()
            .filter(|change| change.kind == VerdictKind::Day)
            .collect();
        assert_eq!(of_day.len(), 1);
        assert_eq!(of_day[0].new.figure, Some(62));
        // the same again changes nothing
        let correction = hour(Sender::Air, time, 500, "a34004=0.260");
        world.feed(&[correction], 1).await;
        let runs = world.follow(1000).await;
        assert!(runs.iter().all(|run| run.written == 0));
    }
);

test_on_both_databases!(a_year_is_judged_by_all_its_days, |database| async move {
    let mut world = World::build(&database).await;
    world.now = at("2018-01-05T12:00:00+08:00");
    let mut packets = Vec::new();
    let first = at("2017-01-01");
    for step in 0..365 {
        let start = first.plus_ms(step * DAY_MS);
        // the worst tenth of the days is over the limit of PM2.5
        let particles = if step % 10 == 0 { "0.090" } else { "0.030" };
        let values =
            format!("a21026=12;a21004=30;a21005=0.8;a05024=90;a34002=60;a34004={particles}");
        for part in 0..24 {
            packets.push(hour(Sender::Air, start.plus_ms(part * HOUR_MS), 1, &values));
        }
    }
    world.feed(&packets, 2000).await;
    world.follow(5000).await;
    let years = load(&world, VerdictKind::Year, "2017-01-01", "2018-01-01").await;
    let outcome = &years[0].outcome;
    assert_eq!(outcome.state, VerdictState::Given);
    assert_eq!(outcome.is_attained, Some(false));
    assert_eq!(outcome.deciding, ["pm2_5"]);
    assert_eq!(outcome.item("days").unwrap().value, "365");
    assert_eq!(outcome.item("days_good").unwrap().value, "328");
    assert_eq!(outcome.item("good_day_rate").unwrap().value, "89.9");
    // (37 × 90 + 328 × 30) ÷ 365 = 36.08…
    assert_eq!(outcome.item("pm2_5").unwrap().value, "36");
    assert_eq!(outcome.item("pm2_5_high").unwrap().value, "90");
    check_explanations(&world, VerdictKind::Year, &years).await;
    let months = load(&world, VerdictKind::Month, "2017-01-01", "2018-01-01").await;
    assert_eq!(months.len(), 12);
    assert!(
        months
            .iter()
            .all(|month| month.outcome.state == VerdictState::Given)
    );
});

test_on_both_databases!(
    verdicts_are_for_those_who_may_and_for_their_region,
    |database| async move {
        let world = World::build(&database).await;
        world.feed(&day("2018-05-04", CLEAN), 100).await;
        world.follow(1000).await;
        let directory = world.directory.current();
        let request = VerdictsRequest {
            point_id: world.air,
            kind: VerdictKind::Day,
            from: at("2018-05-01"),
            to: at("2018-06-01"),
        };
        let mut stranger = Actor::built_in_operator();
        stranger.scope = Scope::Region("430422".parse().unwrap());
        let refused = list_verdicts(&database, &directory, &stranger, request, (None, 10)).await;
        assert!(matches!(refused, Err(VerdictsError::NotFound { .. })));
        let context = world.context(&directory);
        let of = (VerdictKind::Day, at("2018-05-04"));
        let refused = load_explanation(&context, &stranger, world.air, of).await;
        assert!(matches!(refused, Err(VerdictsError::NotFound { .. })));
        let summary = load_city_summary(&context, &stranger).await.unwrap();
        assert!(summary.stations.is_empty());
        let mut blind = Actor::built_in_operator();
        blind.permissions.remove(&Permission::ReadData);
        let refused = list_verdicts(&database, &directory, &blind, request, (None, 10)).await;
        assert!(matches!(refused, Err(VerdictsError::Refused(_))));
    }
);

test_on_both_databases!(
    the_city_is_the_mean_of_its_stations,
    |database| async move {
        let mut world = World::build(&database).await;
        world.now = at("2018-05-05T01:30:00+08:00");
        world.feed(&day("2018-05-04", CLEAN), 100).await;
        world.follow(1000).await;
        let directory = world.directory.current();
        let context = world.context(&directory);
        let summary = load_city_summary(&context, &Actor::built_in_operator())
            .await
            .unwrap();
        let hour = summary.hour.unwrap();
        assert_eq!(hour.time, at("2018-05-04T23:00:00+08:00"));
        assert_eq!((hour.outcome.figure, hour.stations), (Some(55), 1));
        assert_eq!(summary.days.len(), 1);
        assert_eq!(summary.days[0].outcome.grade, Some(2));
        let time: Option<Timestamp> = summary.stations[0].day.as_ref().map(|day| day.time);
        assert_eq!(time, Some(at("2018-05-04")));
    }
);

test_on_both_databases!(
    a_day_without_hours_is_judged_by_an_imported_daily_record,
    |database| async move {
        let world = World::build(&database).await;
        let date = "2018-05-04";
        let import = world
            .import_day(
                date,
                &[("a34002", "60.4"), ("a34004", "0.0354"), ("a21005", "0.78")],
            )
            .await;
        world.follow(1000).await;
        let days = load(&world, VerdictKind::Day, date, "2018-05-05").await;
        let outcome = &days[0].outcome;
        // PM10 of 60: 55; PM2.5 of 35.4 µg/m³ counts as 35
        assert_eq!(outcome.figure, Some(55));
        assert_eq!(outcome.item("pm10_24h").unwrap().value, "60");
        assert_eq!(outcome.item("pm2_5_24h").unwrap().value, "35");
        assert_eq!(outcome.item("co_24h").unwrap().value, "0.8");
        assert!(
            load(&world, VerdictKind::Hour, date, "2018-05-05")
                .await
                .is_empty()
        );
        check_explanations(&world, VerdictKind::Day, &days).await;
        let directory = world.directory.current();
        let of = (VerdictKind::Day, days[0].time);
        let actor = Actor::built_in_operator();
        let opened = load_explanation(&world.context(&directory), &actor, world.air, of)
            .await
            .unwrap();
        let packet = monitoring::PacketId(opened.inputs[0].packet_id.unwrap());
        assert_eq!(packet.import_id(), Some(import));
        // hours of the station itself take its place
        world.feed(&day(date, CLEAN), 100).await;
        world.follow(1000).await;
        let days = load(&world, VerdictKind::Day, date, "2018-05-05").await;
        assert_eq!(days[0].outcome.item("o3_8h").unwrap().value, "90");
        check_explanations(&world, VerdictKind::Day, &days).await;
    }
);
