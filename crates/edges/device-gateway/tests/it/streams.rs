//! Bytes as they come from the field: split, glued, with garbage.

use commands::Counter;
use serde_json::Value;
use sites::{DeviceQuirks, PasswordCheck};

use crate::world::{MN, World, acknowledgement, packet};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_arrive_byte_by_byte_and_glued() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for byte in packet(1) {
        client.send([byte]).await;
    }
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    let mut glued = Vec::new();
    for number in 2..=100 {
        glued.extend_from_slice(&packet(number));
    }
    for chunk in glued.chunks(777) {
        client.send(chunk).await;
    }
    for number in 2..=100 {
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
    }
    assert_eq!(world.load_packets().await.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_sent_again_is_kept_and_acknowledged_again() {
    let world = World::start().await;
    let mut client = world.connect().await;
    for _ in 0..3 {
        client.send(packet(1)).await;
        assert_eq!(client.receive_text().await, acknowledgement(MN, 1));
    }
    assert_eq!(world.load_packets().await.len(), 3);
}

#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn say_skipped(path: &str, error: &std::io::Error) {
    eprintln!("skipped: the collected material {path} is not here ({error})");
}

/// The collected streams of `shared/` beside the repository, each on a connection of its own:
/// exactly the packets expected come out, into the journal or, for want of the right password,
/// into quarantine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_collected_streams_give_the_expected_packets() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../shared/hj212/streams.jsonl"
    );
    // The material is not part of the repository.
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return say_skipped(path, &error),
    };
    let anyone = DeviceQuirks {
        password_check: PasswordCheck::Ignored,
        ..DeviceQuirks::default()
    };
    let mut rows = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let world = World::start_for(anyone.clone()).await;
        let mut client = world.connect().await;
        for chunk in row["chunks"].as_array().unwrap() {
            client.send(chunk_bytes(chunk.as_str().unwrap())).await;
        }
        // One more packet behind them tells when all have been read.
        client.send(packet(999)).await;
        while client.receive_text().await != acknowledgement(MN, 999) {}
        let mut kept: Vec<String> = world
            .load_packets()
            .await
            .iter()
            .map(|packet| String::from_utf8_lossy(&packet.bytes).into_owned())
            .collect();
        kept.pop();
        let expected: Vec<&str> = row["expect_frames"]
            .as_array()
            .unwrap()
            .iter()
            .map(|frame| frame.as_str().unwrap())
            .collect();
        let strangers = usize::try_from(world.count(Counter::PacketsUnknownDevice)).unwrap();
        if expected == ["1 frame"] || strangers > 0 {
            assert_eq!(kept.len() + strangers, expected.len(), "{line}");
        } else {
            assert_eq!(kept, expected, "{line}");
        }
        rows += 1;
    }
    assert_eq!(rows, 15);
}

/// A chunk as it was sent: U+00FE stands for the byte 0xFE.
fn chunk_bytes(chunk: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in chunk.chars() {
        if character == '\u{FE}' {
            bytes.push(0xFE);
        } else {
            bytes.extend_from_slice(character.to_string().as_bytes());
        }
    }
    bytes
}
