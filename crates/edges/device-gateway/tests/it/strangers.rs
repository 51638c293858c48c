//! Strangers, wrong passwords and bad frames become neither data nor 9014.

use access::Actor;
use commands::Counter;
use hj212::{ChecksumRule, encode_frame};
use monitoring::quarantine::{list_defects, list_quarantine};
use sites::{ChecksumQuirk, DeviceQuirks};

use crate::world::{
    MN, PASSWORD, World, acknowledgement, packet, packet_with, segment, wait_until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_go_into_quarantine_without_an_answer() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client
        .send(encode_frame(segment("STRANGER", PASSWORD, 1).as_bytes()))
        .await;
    client
        .send(encode_frame(segment(MN, "654321", 2).as_bytes()))
        .await;
    client
        .send(encode_frame(segment("", PASSWORD, 3).as_bytes()))
        .await;
    client.expect_silence().await;
    let actor = Actor::built_in_operator();
    wait_until("three in quarantine", async || {
        let entries = list_quarantine(&world.database, &actor, 10).await.unwrap();
        entries.len() == 3
    })
    .await;
    let entries = list_quarantine(&world.database, &actor, 10).await.unwrap();
    let mut found: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|entry| (&*entry.mn, &*entry.reason, &*entry.peer))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("", "no_device", "127.0.0.1"),
            (MN, "wrong_password", "127.0.0.1"),
            ("STRANGER", "unknown_device", "127.0.0.1"),
        ]
    );
    assert_eq!(world.count(Counter::PacketsWrongPassword), 1);
    // The same connection is heard once it shows the right password.
    client.send(packet(4)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 4));
    assert_eq!(world.load_packets().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_checksum_is_counted_and_the_next_packet_is_taken() {
    let world = World::start().await;
    let modbus = DeviceQuirks {
        checksum: ChecksumQuirk::Modbus,
        ..DeviceQuirks::default()
    };
    world.add_device("MODBUS", modbus).await;
    let mut client = world.connect().await;
    client.send(packet_with(MN, 1, ChecksumRule::Modbus)).await;
    client.send(packet(2)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 2));
    client
        .send(packet_with("MODBUS", 3, ChecksumRule::Hj212))
        .await;
    client
        .send(packet_with("MODBUS", 4, ChecksumRule::Modbus))
        .await;
    assert_eq!(client.receive_text().await, acknowledgement("MODBUS", 4));
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.send(packet(5)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 5));
    assert_eq!(world.count(Counter::FramesRejected), 2);
    let actor = Actor::built_in_operator();
    wait_until("the defects", async || {
        let defects = list_defects(&world.database, &actor, 10).await.unwrap();
        defects.iter().map(|defect| defect.seen).sum::<i64>() == 3
    })
    .await;
}
