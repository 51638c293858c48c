//! Classes of a section, held against its target.

use access::Actor;
use beijing_time::HOUR_MS;
use bytes::Bytes;
use standards::water::{WaterBody, WaterClass};
use test_support::test_on_both_databases;
use verdicts::{
    Cause, PointSetting, Verdict, VerdictKind, VerdictsError, VerdictsRequest,
    list_verdict_changes, list_verdicts, load_explanation, load_setting, update_setting,
};

use crate::world::{Sender, World, at, clock, hour};

async fn load(world: &World, kind: VerdictKind) -> Vec<Verdict> {
    let request = VerdictsRequest {
        point_id: world.section,
        kind,
        from: at("2018-01-01"),
        to: at("2019-01-01"),
    };
    let actor = Actor::built_in_operator();
    let directory = world.directory.current();
    list_verdicts(&world.database, &directory, &actor, request, (None, 1000))
        .await
        .unwrap()
        .verdicts
}

fn day(start: &str, values: &str) -> Vec<(Sender, Bytes)> {
    let start = at(start);
    (0..6)
        .map(|step| {
            hour(
                Sender::Section,
                start.plus_ms(step * 4 * HOUR_MS),
                1,
                values,
            )
        })
        .collect()
}

test_on_both_databases!(
    a_section_has_a_class_by_day_and_month_and_what_is_over_its_target,
    |database| async move {
        let world = World::build(&database).await;
        let values = "w01001=7.6;w01009=7.8;w01019=2.1;w21003=1.25;w21011=0.071";
        world.feed(&day("2018-05-04", values), 100).await;
        world.follow(1000).await;
        let days = load(&world, VerdictKind::Day).await;
        let outcome = &days[0].outcome;
        // ammonia nitrogen of 1.25 is class IV, (1.25 - 1.0) / 1.0 over class III
        assert_eq!((outcome.grade, outcome.is_attained), (Some(4), Some(false)));
        assert_eq!(outcome.deciding, ["nh3n"]);
        assert_eq!(outcome.item("nh3n").unwrap().mark, "4*0.25");
        assert_eq!(outcome.item("do").unwrap().mark, "1");
        assert_eq!(
            load(&world, VerdictKind::Month).await[0].outcome.grade,
            Some(4)
        );
        let directory = world.directory.current();
        let actor = Actor::built_in_operator();

        // against class IV it is kept; the change says why
        let setting = PointSetting {
            target_class: WaterClass::Four,
            ..PointSetting::default()
        };
        let key = (world.section, 0);
        let revision = update_setting(&database, &directory, &clock(), &actor, key, setting)
            .await
            .unwrap();
        assert_eq!(revision, 1);
        let stale = update_setting(&database, &directory, &clock(), &actor, key, setting).await;
        assert!(matches!(stale, Err(VerdictsError::Stale)));
        world.follow(1000).await;
        let days = load(&world, VerdictKind::Day).await;
        assert_eq!(days[0].outcome.is_attained, Some(true));
        assert!(days[0].outcome.deciding.is_empty());
        let of = Some(world.section);
        let page = list_verdict_changes(&database, &directory, &actor, of, (None, 10))
            .await
            .unwrap();
        assert_eq!(page.changes.len(), 2, "day and month");
        assert!(
            page.changes
                .iter()
                .all(|change| change.cause == Cause::Setting)
        );
        let context = world.context(&directory);
        for verdict in days.iter().chain(&load(&world, VerdictKind::Month).await) {
            let of = (verdict.kind, verdict.time);
            let opened = load_explanation(&context, &actor, world.section, of)
                .await
                .unwrap();
            assert!(opened.agrees);
        }
    }
);

test_on_both_databases!(a_lake_has_its_own_phosphorus, |database| async move {
    let world = World::build(&database).await;
    let values = "w01001=7.6;w01009=7.8;w01019=2.1;w21003=0.1;w21011=0.071";
    world.feed(&day("2018-05-04", values), 100).await;
    world.follow(1000).await;
    assert_eq!(
        load(&world, VerdictKind::Day).await[0].outcome.grade,
        Some(2)
    );
    let directory = world.directory.current();
    let actor = Actor::built_in_operator();
    let setting = PointSetting {
        water_body: WaterBody::Lake,
        ..PointSetting::default()
    };
    let key = (world.section, 0);
    update_setting(&database, &directory, &clock(), &actor, key, setting)
        .await
        .unwrap();
    let (kept, revision) = load_setting(&database, &directory, &actor, world.section)
        .await
        .unwrap();
    assert_eq!((kept, revision), (setting, 1));
    world.follow(1000).await;
    let days = load(&world, VerdictKind::Day).await;
    assert_eq!(days[0].outcome.grade, Some(4));
    assert_eq!(days[0].outcome.deciding, ["tp"]);
});

test_on_both_databases!(
    a_day_with_too_few_samples_of_an_item_is_judged_without_it,
    |database| async move {
        let world = World::build(&database).await;
        let good = "w01001=7.6;w01009=7.8;w01019=2.1;w21011=0.05";
        let start = at("2018-05-04");
        // six samples, of which three have ammonia
        let packets: Vec<_> = (0..6_i64)
            .map(|step| {
                let time = start.plus_ms(step * 4 * HOUR_MS);
                let ammonia = if step < 3 { ";w21003=1.2" } else { "" };
                hour(Sender::Section, time, 1, &format!("{good}{ammonia}"))
            })
            .collect();
        world.feed(&packets, 100).await;
        world.follow(1000).await;
        assert_eq!(
            load(&world, VerdictKind::Day).await[0].outcome.grade,
            Some(4)
        );
        let directory = world.directory.current();
        let actor = Actor::built_in_operator();
        let setting = PointSetting {
            least_samples: 4,
            ..PointSetting::default()
        };
        let key = (world.section, 0);
        update_setting(&database, &directory, &clock(), &actor, key, setting)
            .await
            .unwrap();
        world.follow(1000).await;
        let days = load(&world, VerdictKind::Day).await;
        assert_eq!(days[0].outcome.grade, Some(2));
        assert!(days[0].outcome.item("nh3n").is_none());
        let context = world.context(&directory);
        let of = (VerdictKind::Day, start);
        let opened = load_explanation(&context, &actor, world.section, of)
            .await
            .unwrap();
        assert!(opened.agrees);
        let told = &opened.told.steps;
        assert!(
            told.iter()
                .any(|step| step.english.contains("3 valid samples, fewer than the 4")),
            "{told:?}"
        );
    }
);
