//! Nobody can hold the gateway up: limits, time-outs, memory.

use commands::Counter;
use device_gateway::GatewaySettings;
use monitoring::quarantine::list_defects;
use test_support::TestDatabase;

use crate::client::Client;
use crate::world::{MN, World, acknowledgement, journal_settings, packet, settings, wait_until};

async fn start(settings: GatewaySettings) -> World {
    World::start_with(TestDatabase::sqlite().await, settings, journal_settings()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_only_so_many_connections() {
    let world = start(GatewaySettings {
        max_connections_per_address: 2,
        ..settings()
    })
    .await;
    let mut first = world.connect().await;
    first.send(packet(1)).await;
    first.receive().await.unwrap();
    let mut second = world.connect().await;
    second.send(packet(2)).await;
    second.receive().await.unwrap();
    world.connect().await.wait_for_close().await;
    // it is counted when the connection has gone
    world.wait_for(Counter::ConnectionsRefusedAddress, 1).await;
    assert_eq!(world.count(Counter::ConnectionsRefusedAddress), 1);
    drop(first);
    wait_until("room", async || world.live.count_connections() == 1).await;
    let mut third = world.connect().await;
    third.send(packet(3)).await;
    assert_eq!(third.receive_text().await, acknowledgement(MN, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_addresses_together_have_only_so_many_connections() {
    let world = start(GatewaySettings {
        max_connections: 1,
        ..settings()
    })
    .await;
    let mut first = world.connect().await;
    first.send(packet(1)).await;
    first.receive().await.unwrap();
    world.connect().await.wait_for_close().await;
    // it is counted when the connection has gone
    world.wait_for(Counter::ConnectionsRefusedTotal, 1).await;
    assert_eq!(world.count(Counter::ConnectionsRefusedTotal), 1);
    first.send(packet(2)).await;
    assert_eq!(first.receive_text().await, acknowledgement(MN, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_are_closed() {
    let world = start(GatewaySettings {
        idle_timeout_s: 1,
        ..settings()
    })
    .await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    client.receive().await.unwrap();
    client.wait_for_close().await;
    // it is counted when the connection has gone
    world.wait_for(Counter::ConnectionsIdle, 1).await;
    assert_eq!(world.count(Counter::ConnectionsIdle), 1);
    wait_until("the device to go", async || world.live.count_online() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_shows_a_known_device_is_closed() {
    let world = start(GatewaySettings {
        first_packet_timeout_s: 1,
        ..settings()
    })
    .await;
    let mut known = world.connect().await;
    known.send(packet(1)).await;
    known.receive().await.unwrap();
    let mut stranger = world.connect().await;
    stranger.send(b"hello?\r\n").await;
    stranger.wait_for_close().await;
    known.send(packet(2)).await;
    assert_eq!(known.receive_text().await, acknowledgement(MN, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_that_does_not_become_whole_is_cut_and_counted() {
    let world = start(GatewaySettings {
        frame_timeout_s: 1,
        ..settings()
    })
    .await;
    let mut good = world.connect().await;
    let mut slow = world.connect().await;
    slow.send(&packet(1)[..60]).await;
    let dripping = async {
        for byte in &packet(1)[60..] {
            if tokio::time::timeout(std::time::Duration::from_millis(100), slow.receive())
                .await
                .is_ok()
            {
                return true;
            }
            slow.send([*byte]).await;
        }
        false
    };
    assert!(dripping.await, "a byte each 100 ms is too slow");
    assert_eq!(world.count(Counter::ConnectionsSlow), 1);
    assert_eq!(world.count(Counter::PacketsReceived), 0);
    let actor = access::Actor::built_in_operator();
    wait_until("the defect", async || {
        let defects = list_defects(&world.database, &actor, 10).await.unwrap();
        defects.len() == 1
    })
    .await;
    good.send(packet(2)).await;
    assert_eq!(good.receive_text().await, acknowledgement(MN, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_take_answers_is_closed() {
    let world = start(GatewaySettings {
        write_timeout_s: 1,
        ..settings()
    })
    .await;
    let Client { mut stream, .. } = world.connect().await;
    let many = packet(1).repeat(1000);
    // The answers pile up until neither side takes any more, and then the connection is cut.
    let sending = async {
        loop {
            if tokio::io::AsyncWriteExt::write_all(&mut stream, &many)
                .await
                .is_err()
            {
                return;
            }
        }
    };
    tokio::time::timeout(crate::client::PATIENCE, sending)
        .await
        .unwrap();
    world.wait_for(Counter::ConnectionsNotReading, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_the_most_goes_when_memory_runs_short() {
    let world = start(GatewaySettings {
        buffer_budget_bytes: 1000,
        ..settings()
    })
    .await;
    let whole = packet(1);
    let mut small = world.connect().await;
    small.send(&whole[..40]).await;
    wait_until("the first half", async || {
        world.gateway.buffered_bytes().0 == 40
    })
    .await;
    let mut hogs = Vec::new();
    for _ in 0..10 {
        let mut hog = world.connect().await;
        hog.send(&whole[..120]).await;
        hogs.push(hog);
    }
    world.wait_for(Counter::ConnectionsCutForMemory, 1).await;
    // The small one may go on.
    small.send(&whole[40..]).await;
    assert_eq!(small.receive_text().await, acknowledgement(MN, 1));
    assert!(world.count(Counter::WaitsForMemory) > 0);
    drop(hogs);
    wait_until("all bytes to be given back", async || {
        world.gateway.buffered_bytes().0 == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_speaks_something_else_is_closed() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let noise = b"no packet at all ".repeat(8192);
    let _ = tokio::io::AsyncWriteExt::write_all(&mut client.stream, &noise).await;
    client.wait_for_close().await;
    // it is counted when the connection has gone
    world.wait_for(Counter::ConnectionsNotSpeaking, 1).await;
    assert_eq!(world.count(Counter::ConnectionsNotSpeaking), 1);
    assert_eq!(world.gateway.buffered_bytes().0, 0);
}
