//! Every collected packet is judged as it is marked, but for the marks shown to be wrong.

use crate::support::{decode_chunks, frames, read_collected};
use hj212::{ChecksumRule, FrameSettings, ParseSettings, parse_message, parse_upload};
use serde_json::Value;

/// Marks that do not follow the rule they are declared by (header, length, checksum, closing `&&`,
/// CN and MN present, at most 1024 bytes). Position, what the rule says, why.
const WRONG_MARKS: [(usize, bool, &str); 10] = [
    (199, false, "an answer of 2005 without MN"),
    (202, false, "an answer of 2005 without MN"),
    (242, false, "the MN is empty"),
    (248, false, "the MN is empty"),
    (103, true, "three digits of length, but the right number"),
    (155, true, "a semicolon is missing before CP"),
    (178, true, "a blank stands before Flag"),
    (258, true, "three digits of length, but the right number"),
    (276, true, "ST has three digits"),
    (283, true, "three digits of length, but the right number"),
];

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn flag(row: &Value, name: &str) -> bool {
    row.get(name).and_then(Value::as_bool).expect("a mark")
}

#[test]
fn every_collected_packet_is_judged_as_marked() {
    let Some(file) = read_collected("hj212/packets.jsonl") else {
        return;
    };
    let mut differences = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let raw = text(&row, "raw");
        let correction = WRONG_MARKS.iter().find(|(position, _, _)| *position == at);
        let expected = match correction {
            Some((_, valid, _)) => {
                assert_ne!(
                    *valid,
                    flag(&row, "valid"),
                    "row {at}: the mark has been corrected"
                );
                *valid
            }
            None => flag(&row, "valid"),
        };
        let found = frames(decode_chunks(&[raw.as_bytes()], FrameSettings::standard()));
        let no_header = row.get("len_declared").is_some_and(Value::is_null);
        let [frame] = found.as_slice() else {
            if !(no_header && found.is_empty()) {
                differences.push(format!("{at}: {} packets in {raw:?}", found.len()));
            }
            continue;
        };
        let mut compare = |what: &str, ours: String, marked: String| {
            if ours != marked {
                differences.push(format!(
                    "{at}: {what} is {ours}, marked {marked}: {raw:?} {:?}",
                    frame.defects()
                ));
            }
        };
        compare("valid", frame.is_valid().to_string(), expected.to_string());
        compare(
            "crc_ok",
            frame.is_checksum_right().to_string(),
            flag(&row, "crc_ok").to_string(),
        );
        compare(
            "len_ok",
            frame.is_length_right().to_string(),
            flag(&row, "len_ok").to_string(),
        );
        compare(
            "edition",
            frame.envelope().edition().year().into(),
            text(&row, "edition").into(),
        );
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert_eq!(file.lines().count(), 298);
}

#[test]
fn every_valid_collected_packet_is_read_without_a_fault() {
    let Some(file) = read_collected("hj212/packets.jsonl") else {
        return;
    };
    let mut uploads = 0;
    for line in file.lines() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let found = frames(decode_chunks(
            &[text(&row, "raw").as_bytes()],
            FrameSettings::standard(),
        ));
        for frame in found.iter().filter(|frame| frame.is_valid()) {
            let segment = frame.text();
            let (message, defects) = parse_message(&segment, &ParseSettings::default());
            let fault = defects
                .iter()
                .find(|d| d.severity() == hj212::Severity::Fault);
            assert_eq!(fault, None, "{segment}");
            if let Some((upload, _)) = parse_upload(&message) {
                uploads += 1;
                assert!(
                    upload.data_time.is_some() || segment.contains("CP=&&&&"),
                    "{segment}"
                );
            }
        }
    }
    assert!(uploads > 80, "{uploads}");
}

#[test]
fn the_receivers_log_is_judged_as_marked_and_its_checksum_rule_detected() {
    let Some(file) = read_collected("data/hj212_rxlog/rx_packets.tsv") else {
        return;
    };
    let mut swapped = 0;
    for line in file.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [_, kind, length, packet] = columns.as_slice() else {
            panic!("four columns: {line}")
        };
        let found = frames(decode_chunks(
            &[packet.as_bytes()],
            FrameSettings::standard(),
        ));
        let [frame] = found.as_slice() else {
            panic!("one packet: {line}")
        };
        assert_eq!(frame.is_length_right(), *length == "ok");
        assert_eq!(frame.is_checksum_right(), *kind == "hj212");
        let received = frame
            .checksum_text()
            .and_then(|t| hj212::crc::parse_checksum(t.as_bytes()));
        let rule = ChecksumRule::detect(frame.segment(), received.expect("a checksum"));
        let expected = if *kind == "hj212" {
            ChecksumRule::Hj212
        } else {
            ChecksumRule::ModbusSwapped
        };
        assert_eq!(rule, Some(expected));
        // With the device's settings the same packet is accepted.
        let settings = FrameSettings {
            checksum: expected,
            ..FrameSettings::tolerant()
        };
        let found = frames(decode_chunks(&[packet.as_bytes()], settings));
        assert!(
            found.iter().all(hj212::Frame::is_accepted) && found.len() == 1,
            "{line}"
        );
        swapped += usize::from(expected == ChecksumRule::ModbusSwapped);
    }
    assert_eq!((file.lines().count(), swapped), (26, 17));
}
