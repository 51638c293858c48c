//! The database goes away, the disk is full, the clock jumps, the other end vanishes: nothing that
//! was not kept is acknowledged, it is said, and all goes on by itself.

use std::sync::Arc;
use std::time::Duration;

use beijing_time::{Clock, FixedClock, Timestamp};
use commands::Counter;
use database::{Pool, sqlx};
use device_gateway::GatewaySettings;
use hj212::encode_frame;
use monitoring::journal::{ChainState, verify_journal_chain};
use monitoring::{JournalHealth, JournalSettings};
use test_support::TestDatabase;

use crate::client::{Client, PATIENCE};
use crate::world::{
    MN, PASSWORD, World, acknowledgement, journal_settings, packet, segment, settings, wait_until,
};

const DAY_MS: i64 = 86_400_000;

/// Waits until the journal refuses and returns what it says.
async fn wait_for_refusal(world: &World) -> String {
    let mut health = world.journal.health();
    let is_refusing = |health: &JournalHealth| matches!(health, JournalHealth::Refusing { .. });
    let waited = tokio::time::timeout(PATIENCE, health.wait_for(is_refusing)).await;
    match &*waited.unwrap().unwrap() {
        JournalHealth::Refusing { reason, .. } => reason.clone(),
        JournalHealth::Committing => unreachable!("it was waited for the other"),
    }
}

/// Every packet is there, each once, and the chain is whole.
async fn expect_kept(world: &World, numbers: std::ops::RangeInclusive<u32>) {
    let kept = world.load_packets().await;
    let mut kept: Vec<_> = kept.iter().map(|packet| packet.bytes.clone()).collect();
    kept.sort();
    let mut sent: Vec<_> = numbers
        .map(|number| packet(number).slice(..packet(number).len() - 2))
        .collect();
    sent.sort();
    assert_eq!(kept, sent);
    let chain = verify_journal_chain(&world.database).await.unwrap();
    assert!(matches!(chain, ChainState::Whole { .. }), "{chain:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_is_stopped_and_started_again_loses_nothing() {
    let (database, server) = TestDatabase::own_postgres().await;
    let world = World::start_with(database, settings(), journal_settings()).await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));

    tokio::task::block_in_place(|| server.stop());
    for number in 2..=40 {
        client.send(packet(number)).await;
    }
    wait_for_refusal(&world).await;
    client.expect_silence().await;
    assert_eq!(world.count(Counter::PacketsCommitted), 1);

    tokio::task::block_in_place(|| server.start());
    for number in 2..=40 {
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
    }
    expect_kept(&world, 1..=40).await;
    let health = world.journal.health();
    assert_eq!(*health.borrow(), JournalHealth::Committing);
    world.gateway.stop().await;
    world.journal_task.finish(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_answer_is_said_before_it_gives_up() {
    let database = TestDatabase::sqlite().await;
    let gate = database.handle();
    let world = World::start_with(
        database,
        settings(),
        JournalSettings {
            patience: Duration::from_millis(50),
            ..journal_settings()
        },
    )
    .await;
    let mut client = world.connect().await;
    // somebody else holds the one lock that writers share, and does not give it back
    let lock = gate.begin_raw().await.unwrap();
    client.send(packet(1)).await;
    let reason = wait_for_refusal(&world).await;
    assert!(reason.contains("has not answered"), "{reason}");
    client.expect_silence().await;
    assert_eq!(world.journal.figures().failures, 0, "it still waits");
    lock.rollback().await.unwrap();
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    let mut health = world.journal.health();
    health
        .wait_for(|health| *health == JournalHealth::Committing)
        .await
        .unwrap();
    expect_kept(&world, 1..=1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_no_packet_and_is_got_over() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));

    // No page more than there are: SQLite then says what it says of a full disk. The limit goes with
    // the connection, so a new one finds room again.
    let Pool::Sqlite { writer, .. } = world.database.raw() else {
        panic!("a SQLite database");
    };
    let limit = sqlx::query("PRAGMA max_page_count = 1");
    limit.fetch_one(writer).await.unwrap();
    for number in 2..=200 {
        client.send(large_packet(number)).await;
    }
    for number in 2..=200 {
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
    }
    assert!(
        world.journal.figures().failures > 0,
        "the disk was not full"
    );
    let kept = world.load_packets().await;
    let kept: Vec<_> = kept
        .iter()
        .skip(1)
        .map(|packet| &packet.bytes[..])
        .collect();
    let sent: Vec<_> = (2..=200).map(large_packet).collect();
    let sent: Vec<_> = sent.iter().map(|packet| packet.trim_ascii_end()).collect();
    assert_eq!(kept, sent);
}

/// A packet with much in it that does not compress.
fn large_packet(number: u32) -> bytes::Bytes {
    let mut digits = String::new();
    let mut state = u64::from(number);
    while digits.len() < 600 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        digits.push_str(&(state >> 33).to_string());
    }
    let info = format!("&&DataTime=20260801085800;i11001-Info={digits};");
    let segment = segment(MN, PASSWORD, number).replace("&&DataTime=20260801085800;", &info);
    encode_frame(segment.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_cuts_no_connection_and_loses_no_packet() {
    let start = Timestamp::from_epoch_ms(1_790_000_000_000);
    let clock = Arc::new(FixedClock::new(start));
    let settings = GatewaySettings {
        idle_timeout_s: 3600,
        frame_timeout_s: 3600,
        ..settings()
    };
    let world = World::start_by(Arc::clone(&clock) as Arc<dyn Clock>, settings).await;
    let mut client = world.connect().await;
    let half = packet(4);
    let (jumps, mut at) = ([0, 3 * DAY_MS, -400 * DAY_MS], start);
    let mut expected = Vec::new();
    for (number, jump) in (1..).zip(jumps) {
        clock.advance_ms(jump);
        at = at.plus_ms(jump);
        client.send(packet(number)).await;
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
        expected.push(at);
    }
    // a half packet does not become late by the wall clock, either
    client.send(&half[..50]).await;
    clock.advance_ms(500 * DAY_MS);
    client.expect_to_stay(HOUSEKEEPING).await;
    client.send(&half[50..]).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 4));
    expected.push(at.plus_ms(500 * DAY_MS));

    expect_kept(&world, 1..=4).await;
    let received = world.load_packets().await;
    let received: Vec<_> = received.iter().map(|packet| packet.received_at).collect();
    assert_eq!(
        received, expected,
        "each as the clock said, in the order they came"
    );
    assert_eq!(world.live.count_connections(), 1);
}

/// In this time every connection has been looked at for its time-outs.
const HOUSEKEEPING: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_has_vanished_is_asked_for() {
    let world = World::start().await;
    let client = world.connect().await;
    wait_until("the connection", async || {
        world.live.count_connections() == 1
    })
    .await;
    let peer = client.stream.local_addr().unwrap();
    let timer = find_timer(world.gateway.local_addr().port(), peer.port());
    // 2 is the keep-alive timer, and the time is in hundredths of a second
    let (kind, due) = timer.expect("the socket in the kernel's table");
    assert_eq!(kind, 2, "no keep-alive");
    assert!(due <= 60 * 100, "asked only after {due}/100 s");
}

/// The kind and the time of the kernel's timer of a connection.
fn find_timer(local: u16, remote: u16) -> Option<(u32, u32)> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ends_with = |word: &str, port: u16| word.ends_with(&format!(":{port:04X}"));
    table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !(ends_with(words[1], local) && ends_with(words[2], remote)) {
            return None;
        }
        let (kind, due) = words[5].split_once(':')?;
        let number = |text| u32::from_str_radix(text, 16).unwrap();
        Some((number(kind), number(due)))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_comes_again_while_its_old_connection_hangs_is_served() {
    let world = World::start().await;
    let mut old = world.connect().await;
    old.send(&packet(1)[..100]).await;
    // the old connection is never heard of again and never closed
    let mut new: Client = world.connect().await;
    for number in 2..=5 {
        new.send(packet(number)).await;
        assert_eq!(new.receive_text().await, acknowledgement(MN, number));
    }
    assert_eq!(world.live.count_connections(), 2);
    expect_kept(&world, 2..=5).await;
    drop(old);
}
