//! Devices that break the standard: taken when their settings say so, refused otherwise.

use bytes::Bytes;
use commands::Counter;
use hj212::{ChecksumRule, encode_frame, encode_frame_with};
use sites::{ChecksumQuirk, DeviceQuirks, LengthQuirk};

use crate::world::{MN, PASSWORD, World, acknowledgement, packet_with, segment};

/// A device without settings is refused, one with them is taken, and the connection goes on.
async fn check(packet: Bytes, quirks: DeviceQuirks) {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.send(&packet).await;
    client.expect_silence().await;
    assert_eq!(world.count(Counter::FramesRejected), 1);
    assert!(world.load_packets().await.is_empty());

    let world = World::start_for(quirks).await;
    let mut client = world.connect().await;
    for _ in 0..2 {
        client.send(&packet).await;
        assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    }
    assert_eq!(world.count(Counter::FramesRejected), 0);
    let kept = world.load_packets().await;
    assert_eq!(kept.len(), 2);
    assert!(
        packet.starts_with(&kept[0].bytes) || kept[0].bytes == packet,
        "byte for byte"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn modbus_checksums() {
    for (rule, checksum) in [
        (ChecksumRule::Modbus, ChecksumQuirk::Modbus),
        (ChecksumRule::ModbusSwapped, ChecksumQuirk::ModbusSwapped),
        (ChecksumRule::Hj212Swapped, ChecksumQuirk::StandardSwapped),
        (ChecksumRule::Arc, ChecksumQuirk::Arc),
    ] {
        let quirks = DeviceQuirks {
            checksum,
            ..DeviceQuirks::default()
        };
        check(packet_with(MN, 1, rule), quirks).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_digits_of_length() {
    let whole = encode_frame(segment(MN, PASSWORD, 1).as_bytes());
    let text = String::from_utf8(whole.to_vec()).unwrap();
    assert!(text.starts_with("##0"), "{text}");
    let short = text.replacen("##0", "##", 1);
    let quirks = DeviceQuirks {
        length: LengthQuirk::Ignored,
        ..DeviceQuirks::default()
    };
    check(short.into(), quirks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_over_1024_bytes() {
    let mut long = segment(MN, PASSWORD, 1);
    long.truncate(long.len() - 2);
    for factor in 0..60 {
        use std::fmt::Write as _;
        write!(long, ";w21{factor:03}-Rtd=1.0,w21{factor:03}-Flag=N").unwrap();
    }
    long.push_str("&&");
    assert!((1025..2048).contains(&long.len()));
    let quirks = DeviceQuirks {
        max_segment_bytes: 2048,
        ..DeviceQuirks::default()
    };
    check(
        encode_frame_with(long.as_bytes(), ChecksumRule::Hj212),
        quirks,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_carries_sound_and_odd_devices_on_one_connection() {
    let world = World::start().await;
    let modbus = DeviceQuirks {
        checksum: ChecksumQuirk::ModbusSwapped,
        ..DeviceQuirks::default()
    };
    world.add_device("ODD1", modbus).await;
    let mut client = world.connect().await;
    client.send(packet_with(MN, 1, ChecksumRule::Hj212)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    client
        .send(packet_with("ODD1", 2, ChecksumRule::ModbusSwapped))
        .await;
    assert_eq!(client.receive_text().await, acknowledgement("ODD1", 2));
    // each is judged by its own settings
    client
        .send(packet_with(MN, 3, ChecksumRule::ModbusSwapped))
        .await;
    client
        .send(packet_with("ODD1", 4, ChecksumRule::Hj212))
        .await;
    client.expect_silence().await;
    assert_eq!(world.count(Counter::FramesRejected), 2);
}
