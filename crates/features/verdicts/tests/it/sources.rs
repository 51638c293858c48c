//! Pollution sources: gas by its hours, water by its days.

use access::Actor;
use beijing_time::HOUR_MS;
use test_support::test_on_both_databases;
use verdicts::{
    Cause, LeftOut, PointSetting, Verdict, VerdictKind, VerdictState, VerdictsRequest,
    list_verdict_changes, list_verdicts, load_explanation, update_setting,
};

use crate::world::{Sender, World, at, clock, hour, ten_minutes};

async fn load(world: &World, point_id: i64, kind: VerdictKind) -> Vec<Verdict> {
    let request = VerdictsRequest {
        point_id,
        kind,
        from: at("2018-05-01"),
        to: at("2018-06-01"),
    };
    let actor = Actor::built_in_operator();
    let directory = world.directory.current();
    let verdicts = list_verdicts(&world.database, &directory, &actor, request, (None, 1000))
        .await
        .unwrap()
        .verdicts;
    let context = world.context(&directory);
    for verdict in &verdicts {
        let of = (kind, verdict.time);
        let opened = load_explanation(&context, &actor, point_id, of)
            .await
            .unwrap();
        assert!(opened.agrees, "{verdict:?}");
    }
    verdicts
}

test_on_both_databases!(
    gas_is_judged_by_its_converted_hours,
    |database| async move {
        let world = World::build(&database).await;
        let start = at("2018-05-04");
        let packets = [
            hour(Sender::Gas, start, 1, "a21026.ZsAvg=35;a21002.ZsAvg=49.99"),
            hour(
                Sender::Gas,
                start.plus_ms(HOUR_MS),
                1,
                "a21026.ZsAvg=35.01;a21002.ZsAvg=10",
            ),
            hour(
                Sender::Gas,
                start.plus_ms(2 * HOUR_MS),
                1,
                "a21026.ZsAvg=99:D;a21002.ZsAvg=99:D",
            ),
        ];
        world.feed(&packets, 10).await;
        world.follow(1000).await;
        let hours = load(&world, world.gas, VerdictKind::Hour).await;
        assert_eq!(hours.len(), 3);
        assert_eq!(hours[0].outcome.is_attained, Some(true), "equal is within");
        assert_eq!(hours[1].outcome.is_attained, Some(false));
        assert_eq!(hours[1].outcome.deciding, ["a21026"]);
        let mark = &hours[1].outcome.item("a21026.zs_avg").unwrap().mark;
        assert_eq!(mark, "over");
        assert_eq!(
            hours[2].outcome.state,
            VerdictState::Insufficient,
            "flagged"
        );
        assert!(load(&world, world.gas, VerdictKind::Day).await.is_empty());
    }
);

test_on_both_databases!(water_is_judged_by_its_day_and_flow, |database| async move {
    let world = World::build(&database).await;
    let start = at("2018-05-04");
    let mut packets = Vec::new();
    for step in 0..17 {
        // the dirty hour carries ten times the water of the others
        let values = if step == 0 {
            "w01018=100;w00000=10"
        } else {
            "w01018=40;w00000=1"
        };
        packets.push(hour(
            Sender::Water,
            start.plus_ms(step * HOUR_MS),
            1,
            values,
        ));
    }
    world.feed(&packets, 100).await;
    world.follow(1000).await;
    let days = load(&world, world.water, VerdictKind::Day).await;
    assert_eq!(
        days[0].outcome.state,
        VerdictState::Insufficient,
        "17 of 24 hours"
    );
    // an hour without flow is none
    let dry = hour(
        Sender::Water,
        start.plus_ms(17 * HOUR_MS),
        1,
        "w01018=40;w00000=0",
    );
    world.feed(&[dry], 1).await;
    world.follow(1000).await;
    let days = load(&world, world.water, VerdictKind::Day).await;
    assert_eq!(days[0].outcome.state, VerdictState::Insufficient);
    let wet = hour(
        Sender::Water,
        start.plus_ms(18 * HOUR_MS),
        1,
        "w01018=40;w00000=1",
    );
    world.feed(&[wet], 1).await;
    world.follow(1000).await;
    let days = load(&world, world.water, VerdictKind::Day).await;
    // (100 × 10 + 40 × 17) ÷ 27 = 62.2…
    assert_eq!(days[0].outcome.item("w01018.avg").unwrap().value, "62.2");
    assert_eq!(days[0].outcome.is_attained, Some(false));
    assert_eq!(days[0].outcome.deciding, ["w01018"]);
});

test_on_both_databases!(
    an_hour_of_which_too_few_minutes_were_measured_does_not_count,
    |database| async move {
        let mut world = World::build(&database).await;
        let actor = Actor::built_in_operator();
        let start = at("2018-05-04");
        let hour_of = |number: i64| start.plus_ms(number * HOUR_MS);
        let part = |number: i64, part: i64, flag: &str| {
            ten_minutes(
                hour_of(number).plus_ms(part * HOUR_MS / 6),
                &format!("a21026-ZsAvg=20,a21026-Flag={flag};a21002-ZsAvg=10,a21002-Flag=N"),
            )
        };
        let mut packets = Vec::new();
        for number in 0..4 {
            let values = "a21026.ZsAvg=20;a21002.ZsAvg=10";
            packets.push(hour(Sender::Gas, hour_of(number), 1, values));
        }
        // 40 minutes; 50 minutes; none at all; 60 of which 20 with a fault of the analyser
        packets.extend((0..4).map(|place| part(0, place, "N")));
        packets.extend((0..5).map(|place| part(1, place, "N")));
        packets.extend((0..6).map(|place| part(3, place, if place < 2 { "D" } else { "N" })));
        world.feed(&packets, 100).await;
        world.follow(1000).await;
        let items = |verdicts: &[Verdict]| -> Vec<usize> {
            (verdicts.iter())
                .map(|verdict| verdict.outcome.items.len())
                .collect()
        };
        let hours = load(&world, world.gas, VerdictKind::Hour).await;
        assert_eq!(items(&hours), [2, 2, 2, 2], "as the logger computed them");

        let directory = world.directory.current();
        let setting = PointSetting {
            least_minutes: 45,
            ..PointSetting::default()
        };
        let of_gas = (world.gas, 0);
        update_setting(
            &world.database,
            &directory,
            &clock(),
            &actor,
            of_gas,
            setting,
        )
        .await
        .unwrap();
        world.follow(1000).await;
        let hours = load(&world, world.gas, VerdictKind::Hour).await;
        assert_eq!(items(&hours), [0, 2, 2, 1]);
        assert_eq!(hours[0].outcome.state, VerdictState::Insufficient);
        assert!(hours[3].outcome.item("a21026.zs_avg").is_none());
        let context = world.context(&directory);
        let of = (VerdictKind::Hour, start);
        let opened = load_explanation(&context, &actor, world.gas, of)
            .await
            .unwrap();
        assert_eq!(opened.inputs[0].left_out, Some(LeftOut::TooFewMinutes));

        // ten more minutes come late: the hour counts, and the list of changes names the packet
        world.now = world.now.plus_ms(2 * HOUR_MS);
        world.feed(&[part(0, 4, "N")], 1).await;
        world.follow(1000).await;
        let hours = load(&world, world.gas, VerdictKind::Hour).await;
        assert_eq!(items(&hours), [2, 2, 2, 1]);
        let place = (None, 1);
        let changes = list_verdict_changes(&database, &directory, &actor, Some(world.gas), place)
            .await
            .unwrap()
            .changes;
        assert_eq!(changes[0].time, start);
        assert!(matches!(changes[0].cause, Cause::Packet(_)), "{changes:?}");
    }
);
