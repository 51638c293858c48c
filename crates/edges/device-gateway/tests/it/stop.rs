//! A stop loses nothing that was begun.

use std::time::Duration;

use commands::Counter;
use monitoring::JournalSettings;
use test_support::TestDatabase;

use crate::world::{MN, World, acknowledgement, journal_settings, packet, settings, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_for_half_a_packet_and_its_commit() {
    let slow_commits = JournalSettings {
        linger: Duration::from_millis(200),
        ..journal_settings()
    };
    let world = World::start_with(TestDatabase::sqlite().await, settings(), slow_commits).await;
    let mut client = world.connect().await;
    let mut idle = world.connect().await;
    client.send(packet(1)).await;
    client.send(&packet(2)[..50]).await;
    world.wait_for(Counter::PacketsReceived, 1).await;
    wait_until("the half packet", async || {
        world.gateway.buffered_bytes().0 == packet(1).trim_ascii_end().len() + 50
    })
    .await;
    assert_eq!(world.count(Counter::AnswersSent), 0);
    let address = world.gateway.local_addr();
    let stopping = tokio::spawn(world.gateway.stop());
    // Who has nothing under way is closed at once; nobody is taken in any more.
    idle.wait_for_close().await;
    wait_until("nobody to be taken in", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    client.send(&packet(2)[50..]).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    assert_eq!(client.receive_text().await, acknowledgement(MN, 2));
    client.wait_for_close().await;
    stopping.await.unwrap();
    assert_eq!(world.live.count_connections(), 0);
    assert_eq!(world.live.count_online(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_closes_its_sending_side_still_gets_its_answers() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for number in 1..=20 {
        client.send(packet(number)).await;
    }
    tokio::io::AsyncWriteExt::shutdown(&mut client.stream)
        .await
        .unwrap();
    for number in 1..=20 {
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
    }
    client.wait_for_close().await;
    world.wait_for(Counter::ConnectionsClosedByPeer, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_loses_no_packet_that_came() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    client.stream.set_zero_linger().unwrap();
    world.wait_for(Counter::PacketsReceived, 1).await;
    drop(client);
    world.wait_for(Counter::PacketsCommitted, 1).await;
    wait_until("the connection to go", async || {
        world.live.count_connections() == 0
    })
    .await;
    assert_eq!(world.gateway.buffered_bytes().0, 0);
}
