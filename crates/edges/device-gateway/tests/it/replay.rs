//! From stranger to registered device: what was held is replayed, marked as history.

use access::Actor;
use beijing_time::SystemClock;
use hj212::encode_frame;
use monitoring::PacketOrigin;
use monitoring::quarantine::{list_quarantine, list_quarantined_packets, replay_quarantine};
use sites::DeviceQuirks;
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{
    PASSWORD, World, acknowledgement, journal_settings, segment, settings, wait_until,
};

const STRANGER: &str = "STRANGER01";

test_on_both_databases!(
    a_registered_stranger_is_replayed_and_then_heard,
    |database| async move { replay(database).await }
);

async fn replay(database: TestDatabase) {
    let world = World::start_with(database, settings(), journal_settings()).await;
    let frame = |password, number| encode_frame(segment(STRANGER, password, number).as_bytes());
    let mut client = world.connect().await;
    for number in 1..=3 {
        client.send(frame(PASSWORD, number)).await;
    }
    let actor = Actor::built_in_operator();
    let list = async || {
        list_quarantined_packets(&world.database, &actor, STRANGER, 0, 100)
            .await
            .unwrap()
    };
    wait_until("three strangers", async || list().await.len() == 3).await;
    assert!(world.load_packets().await.is_empty());

    let device = world.add_device(STRANGER, DeviceQuirks::default()).await;
    client.send(frame("wrong!", 4)).await;
    wait_until("the wrong password", async || list().await.len() == 4).await;
    let replayed = replay_quarantine(
        &world.database,
        &SystemClock,
        &actor,
        &world.journal,
        world
            .directory
            .current()
            .device(device.id)
            .expect("the device"),
    )
    .await
    .unwrap();
    assert_eq!(replayed, 3);
    let packets = world.load_packets().await;
    assert_eq!(packets.len(), 3);
    for (number, packet) in (1..).zip(&packets) {
        assert_eq!(packet.origin, PacketOrigin::Replayed);
        assert_eq!(packet.device_id, device.id.0);
        assert_eq!(packet.bytes, frame(PASSWORD, number).trim_ascii_end());
        assert_eq!(&*packet.peer, "127.0.0.1");
    }
    // The packet with the wrong password stays where it is.
    let left = list().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].reason, "wrong_password");
    let entries = list_quarantine(&world.database, &actor, 10).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.kept).sum::<i64>(), 1);
    // On the same connection the device is now heard, and acknowledged.
    client.send(frame(PASSWORD, 5)).await;
    assert_eq!(client.receive_text().await, acknowledgement(STRANGER, 5));
    let packets = world.load_packets().await;
    assert_eq!(packets.last().unwrap().origin, PacketOrigin::Live);
}
