//! Streams: half packets, several in one read, garbage, wrong lengths, resynchronisation.

use crate::support::{decode_chunks, frames, read_collected};
use hj212::{Decoded, FrameSettings};
use serde_json::Value;

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

#[test]
fn every_collected_stream_gives_the_packets_expected() {
    let Some(file) = read_collected("hj212/streams.jsonl") else {
        return;
    };
    for line in file.lines() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let list = |name: &str| -> Vec<String> {
            let array = row.get(name).and_then(Value::as_array).expect("a list");
            array
                .iter()
                .map(|v| v.as_str().expect("text").to_owned())
                .collect()
        };
        let chunks: Vec<Vec<u8>> = list("chunks")
            .iter()
            .map(|chunk| chunk_bytes(chunk))
            .collect();
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let whole = chunks.concat();
        let singles: Vec<&[u8]> = whole.chunks(1).collect();
        let expected = list("expect_frames");
        for way in [&chunks[..], &[whole.as_slice()], &singles] {
            let found = frames(decode_chunks(way, FrameSettings::standard()));
            let valid: Vec<String> = found
                .iter()
                .filter(|frame| frame.is_valid())
                .map(|frame| String::from_utf8_lossy(frame.raw()).into_owned())
                .collect();
            if expected == ["1 frame"] {
                assert_eq!(valid.len(), 1, "{line}");
            } else {
                assert_eq!(valid, expected, "{line}");
            }
        }
    }
    assert_eq!(file.lines().count(), 15);
}

const FIRST: &str = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80";
const SECOND: &str = "##0169QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20160801085857;w01018-Rtd=50.1,w01018-Flag=N;w21003-Rtd=3.2,w21003-Flag=N&&7EC0";

#[test]
fn a_header_inside_a_value_is_not_a_header() {
    let segment = format!(
        "{};i11001-Info=//{FIRST}\r\n//&&",
        &SECOND[6..SECOND.len() - 6]
    );
    let packet = hj212::encode_frame(segment.as_bytes());
    let found = frames(decode_chunks(
        &[&packet, SECOND.as_bytes()],
        FrameSettings::standard(),
    ));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(hj212::Frame::is_valid));
    assert_eq!(found[0].segment(), segment.as_bytes());
}

#[test]
fn garbage_is_counted_and_a_sample_kept() {
    let noise = vec![0xFE_u8; 1000];
    let found = decode_chunks(
        &[&noise, FIRST.as_bytes(), b"\r\n"],
        FrameSettings::standard(),
    );
    let [Decoded::Garbage(garbage), Decoded::Frame(frame)] = found.as_slice() else {
        panic!("garbage, then a packet: {found:?}");
    };
    assert_eq!((garbage.count, garbage.sample.len()), (1000, 64));
    assert!(garbage.can_continue() && frame.is_valid());
}

#[test]
fn a_peer_that_never_sends_a_packet_is_given_up() {
    let noise = vec![b'x'; 40_000];
    let found = decode_chunks(&[&noise], FrameSettings::standard());
    assert!(
        found
            .iter()
            .any(|d| matches!(d, Decoded::Garbage(g) if !g.can_continue()))
    );
}

#[test]
fn a_packet_over_the_limit_is_refused_before_it_has_arrived_and_the_next_is_found() {
    let long = format!(
        "##9000QN=1;ST=31;CN=2011;MN=1;CP=&&{}",
        "w01018-Rtd=1;".repeat(300)
    );
    let found = decode_chunks(
        &[long.as_bytes(), FIRST.as_bytes()],
        FrameSettings::standard(),
    );
    let packets = frames(found);
    assert!(
        packets[0]
            .defects()
            .iter()
            .any(|d| d.code() == "segment_too_long")
    );
    assert!(packets.last().is_some_and(hj212::Frame::is_valid));
}

#[test]
fn an_over_long_packet_is_accepted_by_setting_only() {
    let segment = format!(
        "ST=31;CN=2011;PW=123456;MN=1;CP=&&DataTime=20200923113557;{}&&",
        "w01018-Rtd=1,w01018-Flag=N;".repeat(50)
    );
    let packet = hj212::encode_frame(segment.as_bytes());
    let strict = frames(decode_chunks(&[&packet], FrameSettings::standard()));
    assert!(
        strict
            .iter()
            .all(|frame| !frame.is_accepted() && !frame.is_valid())
    );
    assert_eq!(strict.len(), 1, "it is found whole all the same");
    let tolerant = frames(decode_chunks(&[&packet], FrameSettings::tolerant()));
    assert!(tolerant[0].is_accepted() && !tolerant[0].is_valid());
}

#[test]
fn wrong_lengths_and_short_checksums_are_accepted_by_setting_only() {
    let wrong_length = FIRST.replacen("0101", "0144", 1);
    let short = "##0101QN=20160801085800012;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&140";
    for packet in [wrong_length.as_str(), short] {
        let bytes = format!("{packet}\r\n");
        let standard = frames(decode_chunks(
            &[bytes.as_bytes()],
            FrameSettings::standard(),
        ));
        assert!(
            standard.len() == 1 && !standard[0].is_accepted(),
            "{packet}"
        );
        let tolerant = frames(decode_chunks(
            &[bytes.as_bytes()],
            FrameSettings::tolerant(),
        ));
        assert!(tolerant.len() == 1 && tolerant[0].is_accepted(), "{packet}");
    }
}

#[test]
fn strict_reading_waits_for_cr_lf_and_wants_it() {
    let settings = FrameSettings::strict;
    let crlf = format!("{FIRST}\r\n");
    let found = frames(decode_chunks(&[crlf.as_bytes()], settings()));
    assert!(found[0].is_accepted() && found[0].is_strictly_valid());
    let lf = format!("{FIRST}\n");
    let found = frames(decode_chunks(&[lf.as_bytes()], settings()));
    assert!(!found[0].is_accepted() && !found[0].is_strictly_valid() && found[0].is_valid());
}
