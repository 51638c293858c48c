//! Acknowledged is what is committed, and nothing else.

use commands::Counter;
use hj212::encode_frame;
use sites::{Acknowledgement, DeviceQuirks};

use crate::world::{MN, PASSWORD, World, acknowledgement, packet, segment};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_is_acknowledged_after_it_is_committed() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for number in 1..=3 {
        client.send(packet(number)).await;
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
        let packets = world.load_packets().await;
        assert_eq!(packets.len(), number as usize);
        let last = packets.last().unwrap();
        assert_eq!(last.device_id, world.device.id.0);
        assert_eq!(last.bytes, packet(number).trim_ascii_end());
        let own_address = client.stream.local_addr().unwrap().to_string();
        assert_eq!(&*last.peer, own_address);
    }
    assert_eq!(world.journal.figures().packets, 3);
    world.gateway.stop().await;
    client.wait_for_close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_asks_is_answered_unless_the_device_is_set_so() {
    let world = World::start().await;
    let always = DeviceQuirks {
        acknowledgement: Acknowledgement::Always,
        ..DeviceQuirks::default()
    };
    world.add_device("ALWAYS", always).await;
    let mut client = world.connect().await;
    let silent = segment(MN, PASSWORD, 1).replace("Flag=5", "Flag=4");
    client.send(encode_frame(silent.as_bytes())).await;
    world.wait_for(Counter::PacketsCommitted, 1).await;
    client.expect_silence().await;
    let silent = segment("ALWAYS", PASSWORD, 2).replace("Flag=5", "Flag=4");
    client.send(encode_frame(silent.as_bytes())).await;
    let expect = acknowledgement("ALWAYS", 2);
    assert_eq!(client.receive_text().await, expect);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_edition_is_answered_in_its_own_form() {
    let world = World::start().await;
    let mut client = world.connect().await;
    let packets = [
        (
            format!(
                "QN=20040516010101001;ST=32;CN=2051;PW={PASSWORD};MN={MN};PNO=1;PNUM=1;CP=&&DataTime=20040516010100;B01-Avg=1.0&&"
            ),
            None,
        ),
        (
            format!(
                "QN=20040516010101001;ST=32;CN=2051;PW={PASSWORD};MN={MN};Flag=1;CP=&&DataTime=20040516010100;B01-Avg=1.0&&"
            ),
            Some("ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051&&".to_owned()),
        ),
        (
            format!(
                "QN=20240601085857223;ST=32;CN=2011;PW={PASSWORD};MN={MN};Flag=9;CP=&&DataTime=20240601085857;w01018-Rtd=1.0,w01018-Flag=N&&"
            ),
            Some(format!(
                "QN=20240601085857223;ST=91;CN=9014;PW={PASSWORD};MN={MN};Flag=8;CP=&&&&"
            )),
        ),
        (
            format!("QN=20160801085857223;ST=32;CN=1013;PW={PASSWORD};MN={MN};Flag=5;CP=&&&&"),
            Some(format!(
                "QN=20160801085857223;ST=91;CN=9013;PW={PASSWORD};MN={MN};Flag=4;CP=&&&&"
            )),
        ),
    ];
    for (sent, answer) in packets {
        client.send(encode_frame(sent.as_bytes())).await;
        if let Some(answer) = answer {
            assert_eq!(client.receive_text().await, answer, "{sent}");
        }
    }
    world.wait_for(Counter::PacketsCommitted, 4).await;
}
