//! Whatever the order of arrival, however often, and by command: the same verdicts to the last bit.

use access::Actor;
use beijing_time::{HOUR_MS, StatDay};
use bytes::Bytes;
use database::{Database, Kind};
use monitoring::layers::{Decision, NewReview, Subject, record_review};
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use test_support::{TestDatabase, test_on_both_databases};
use verdicts::{compute_digest, recompute};

use crate::world::{Sender, World, at, clock, hour};

/// Two days over the end of a month, with flags, corrections, parts and hours that are not there.
fn packets() -> Vec<(Sender, Bytes)> {
    let mut packets = Vec::new();
    let start = at("2018-05-30T20:00:00+08:00");
    for step in 0..33_i64 {
        let time = start.plus_ms(step * HOUR_MS);
        let flag = if step % 11 == 3 { ":D" } else { "" };
        packets.push(hour(
            Sender::Air,
            time,
            step.try_into().unwrap(),
            &format!(
                "a21026={};a21004={}{flag};a21005=0.{};a05024={}",
                10 + step,
                30 + step % 7,
                step % 9,
                60 + step * 3
            ),
        ));
        // the particles come in a part of their own, and in another unit
        packets.push(hour(
            Sender::Air,
            time,
            100 + u32::try_from(step).unwrap(),
            &format!("a34002={};a34004=0.0{}", 70 + step % 40, 35 + step),
        ));
        if step % 4 == 0 {
            packets.push(hour(
                Sender::Section,
                time,
                7,
                &format!(
                    "w01001=7.{step:02};w01009={}.5;w01019=2.1{flag};w21003=0.{};w21011=0.0{}",
                    5 + step % 3,
                    20 + step,
                    50 + step
                ),
            ));
        }
        packets.push(hour(
            Sender::Gas,
            time,
            9,
            &format!(
                "a21026.ZsAvg={}.5;a21002.ZsAvg=48.{step:02}{flag}",
                10 + step
            ),
        ));
        packets.push(hour(
            Sender::Water,
            time,
            11,
            &format!("w01018={}.25{flag};w00000={}", 40 + step, step % 5),
        ));
    }
    // corrections: a later QN, and two packets of one QN, of which the content decides
    let time = at("2018-05-31T03:00:00+08:00");
    packets.push(hour(Sender::Air, time, 900, "a34004=0.150"));
    packets.push(hour(Sender::Air, time.plus_ms(HOUR_MS), 901, "a21026=7"));
    packets.push(hour(Sender::Air, time.plus_ms(HOUR_MS), 901, "a21026=8"));
    packets.push(hour(Sender::Gas, time, 902, "a21026.ZsAvg=99"));
    packets.push(hour(Sender::Section, start, 903, "w21003=2.75"));
    packets
}

async fn review(world: &World) {
    let new = NewReview {
        subject: Subject {
            point_id: world.air,
            kind: Some(monitoring::RecordKind::Hour),
            factor_code: Some("a34004".to_owned()),
            from: at("2018-05-31T05:00:00+08:00"),
            to: at("2018-05-31T07:00:00+08:00"),
        },
        mark_id: None,
        decision: Decision::Invalid,
        value: None,
        reason: "calibration".to_owned(),
    };
    let actor = Actor::built_in_operator();
    record_review(
        &world.database,
        &world.directory.current(),
        &clock(),
        &actor,
        new,
    )
    .await
    .unwrap();
}

async fn like(database: &Database) -> TestDatabase {
    match database.kind() {
        Kind::Sqlite => TestDatabase::sqlite().await,
        Kind::Postgres => TestDatabase::postgres().await,
    }
}

fn days(world: &World) -> (StatDay, StatDay) {
    (at("2018-05-01").stat_day(), world.now.stat_day())
}

test_on_both_databases!(
    any_order_of_packets_comes_to_the_same_verdicts,
    |database| async move {
        // all in order and followed at once, on SQLite
        let plain = TestDatabase::sqlite().await;
        let world = World::build(&plain).await;
        world.feed(&packets(), 1000).await;
        world.follow(10_000).await;
        let without_review = compute_digest(&plain).await.unwrap();
        review(&world).await;
        world.follow(10_000).await;
        let expected = compute_digest(&plain).await.unwrap();
        assert_ne!(expected, without_review, "a review belongs to the verdicts");
        // by command the same bits
        let directory = world.directory.current();
        let context = world.context(&directory);
        let again = recompute(&context, None, days(&world), |_, _| {})
            .await
            .unwrap();
        assert_eq!((again.taken, again.written), (4, 0), "nothing differs");

        let mut runner = TestRunner::default();
        for case in 0..4_usize {
            let order = Just(packets()).prop_shuffle();
            let order = order.new_tree(&mut runner).unwrap().current();
            let fresh = like(&database).await;
            let world = World::build(&fresh).await;
            if case % 2 == 0 {
                review(&world).await;
            }
            // twice, followed in between in small steps
            let (first, second) = order.split_at(order.len() / 2);
            world.feed(first, 7 + case * 9).await;
            world.follow(5 + u32::try_from(case).unwrap() * 40).await;
            world.feed(second, 20).await;
            if case % 2 == 1 {
                review(&world).await;
            }
            world.feed(first, 50).await;
            world.follow(60).await;
            let found = compute_digest(&fresh).await.unwrap();
            assert_eq!(found, expected, "in this order: {order:?}");
            // nothing was kept from an earlier state
            let directory = world.directory.current();
            let context = world.context(&directory);
            let again = recompute(&context, None, days(&world), |_, _| {})
                .await
                .unwrap();
            assert_eq!(again.written, 0);
        }
        // one packet less is another state
        let world = World::build(&database).await;
        world.feed(&packets()[1..], 1000).await;
        review(&world).await;
        world.follow(1000).await;
        assert_ne!(compute_digest(&database).await.unwrap(), expected);
    }
);
