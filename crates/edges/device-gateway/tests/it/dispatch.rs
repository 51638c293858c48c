//! What devices say to commands reaches the dispatcher; commands reach devices.

use bytes::Bytes;
use commands::rules::Saying;
use hj212::encode_frame;
use sites::DeviceQuirks;

use crate::world::{MN, PASSWORD, World, acknowledgement, packet, wait_until};

async fn wait_for_devices(world: &World, count: usize) {
    wait_until("devices", async || world.live.count_online() == count).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_expected_data_reach_the_dispatcher() {
    let mut world = World::start().await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    client.receive().await.unwrap();
    // Nobody waits for that packet; the answer after it is the first to be told.
    let answer =
        format!("QN=20260101000000001;ST=91;CN=9011;PW={PASSWORD};MN={MN};Flag=4;CP=&&QnRtn=1&&");
    client.send(encode_frame(answer.as_bytes())).await;
    let said = world.sayings.recv().await.unwrap();
    assert_eq!(said.device_id, world.device.id.0);
    let saying = Saying::read(&said.frame, &said.keys);
    assert_eq!(saying.cn, "9011");
    assert_eq!(saying.qn.as_deref(), Some("20260101000000001"));
    assert_eq!(saying.result, Some(1));

    let presence = world.live.find(world.device.id.0).unwrap();
    presence.set_expecting(true);
    client.send(packet(2)).await;
    let said = world.sayings.recv().await.unwrap();
    assert_eq!(Saying::read(&said.frame, &said.keys).cn, "2011");
    assert_eq!(client.receive_text().await, acknowledgement(MN, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_connections_the_newest_gets_the_commands() {
    let world = World::start().await;
    let id = world.device.id.0;
    let command = Bytes::from_static(b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n");
    assert!(!world.live.send_to_device(id, &command));
    let mut first = world.connect().await;
    first.send(packet(1)).await;
    first.receive().await.unwrap();
    let mut second = world.connect().await;
    second.send(packet(2)).await;
    second.receive().await.unwrap();
    assert!(world.live.send_to_device(id, &command));
    assert_eq!(second.receive().await.unwrap().envelope().cn, Some("1062"));
    // The older one is still heard, and takes over when the newer one has gone.
    first.send(packet(3)).await;
    assert_eq!(first.receive_text().await, acknowledgement(MN, 3));
    drop(second);
    wait_until("the newest to go", async || {
        world.live.find(id).unwrap().snapshot().connections == 1
    })
    .await;
    assert!(world.live.send_to_device(id, &command));
    assert_eq!(first.receive().await.unwrap().envelope().cn, Some("1062"));
    drop(first);
    wait_for_devices(&world, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_speaks_for_many_devices() {
    let world = World::start().await;
    let mut ids = vec![world.device.id.0];
    for number in 0..5 {
        let mn = format!("RELAYED{number}");
        ids.push(world.add_device(&mn, DeviceQuirks::default()).await.id.0);
    }
    let mut client = world.connect().await;
    for (number, mn) in (1..).zip([
        MN, "RELAYED0", "RELAYED1", "RELAYED2", "RELAYED3", "RELAYED4",
    ]) {
        client
            .send(encode_frame(
                crate::world::segment(mn, PASSWORD, number).as_bytes(),
            ))
            .await;
        assert_eq!(client.receive_text().await, acknowledgement(mn, number));
    }
    wait_for_devices(&world, 6).await;
    let of: Vec<i64> = world
        .load_packets()
        .await
        .iter()
        .map(|packet| packet.device_id)
        .collect();
    assert_eq!(of, ids);
    drop(client);
    wait_for_devices(&world, 0).await;
}
