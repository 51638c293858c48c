//! Reading a stream of any size and saying what is in it.

use std::io::{Read, Write};
use std::net::SocketAddr;

use bytes::BytesMut;
use hj212::{Decoded, Defect, Frame, FrameDecoder, FrameSettings, ParseSettings, parse_message};
use serde_json::{Value, json};

use super::LanguageOption;
use super::explain;

/// How the input is to be read and shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Whether a blemish counts as a failure.
    pub(crate) is_strict: bool,
    /// JSON lines instead of sentences.
    pub(crate) is_json: bool,
    /// The language of explanations.
    pub(crate) language: LanguageOption,
}

/// Which way a packet went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// We sent it.
    Sent,
    /// We received it.
    Received,
    /// We received it from one of several.
    From(SocketAddr),
}

impl Side {
    const fn direction(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received | Self::From(_) => "received",
        }
    }
}

/// Shows what was found in one direction of a connection, and counts it.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn show_on(
    side: Side,
    found: Decoded,
    reading: Reading,
    number: &mut u64,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !reading.is_json {
        if matches!(found, Decoded::Frame(_)) {
            let arrow = if side == Side::Sent { ">>" } else { "<<" };
            match side {
                Side::From(peer) => writeln!(out, "{arrow} {peer}")?,
                Side::Sent => writeln!(out, "{arrow} {}", reading.language.pick("发送", "sent"))?,
                Side::Received => {
                    writeln!(out, "{arrow} {}", reading.language.pick("收到", "received"))?;
                }
            }
        }
        show(found, reading, number, out)?;
        return Ok(());
    }
    let mut line = match &found {
        Decoded::Frame(frame) => {
            *number += 1;
            let text = frame.text();
            let (message, defects) = parse_message(&text, &ParseSettings::default());
            let defects = frame.join_defects(defects);
            to_json(frame, &message, &defects, reading)
        }
        Decoded::Garbage(garbage) => json!({
            "garbage_bytes": garbage.count,
            "raw": String::from_utf8_lossy(&garbage.sample),
        }),
    };
    if let Some(object) = line.as_object_mut() {
        object.insert("direction".to_owned(), side.direction().into());
        if let Side::From(peer) = side {
            object.insert("peer".to_owned(), peer.to_string().into());
        }
    }
    writeln!(out, "{line}")?;
    Ok(())
}

/// Explains every packet of the input; true when all were valid (strictly, if that was asked).
///
/// # Errors
/// When the input cannot be read or the output not be written.
pub(crate) fn decode(
    mut input: impl Read,
    reading: Reading,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut decoder = FrameDecoder::new(FrameSettings::standard());
    let mut buffer = BytesMut::new();
    let mut chunk = vec![0_u8; 64 * 1024];
    let mut is_good = true;
    let mut number = 0_u64;
    loop {
        let count = input.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        while let Some(decoded) = decoder.decode(&mut buffer) {
            is_good &= show(decoded, reading, &mut number, out)?;
        }
    }
    while let Some(decoded) = decoder.finish(&mut buffer) {
        is_good &= show(decoded, reading, &mut number, out)?;
    }
    out.flush()?;
    Ok(is_good)
}

fn show(
    decoded: Decoded,
    reading: Reading,
    number: &mut u64,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let frame = match decoded {
        Decoded::Frame(frame) => frame,
        Decoded::Garbage(garbage) => {
            // line ends between packets are no garbage to speak of
            if !reading.is_json
                && garbage
                    .sample
                    .iter()
                    .any(|byte| !byte.is_ascii_whitespace())
            {
                let sample = String::from_utf8_lossy(&garbage.sample);
                let said = reading
                    .language
                    .pick("报文之外的字节", "bytes outside any packet");
                writeln!(out, "-- {said}: {} {:?}\n", garbage.count, sample)?;
            }
            return Ok(true);
        }
    };
    *number += 1;
    let text = frame.text();
    let (message, message_defects) = parse_message(&text, &ParseSettings::default());
    let defects = frame.join_defects(message_defects);
    let is_strictly_good = frame.is_strictly_valid()
        && defects
            .iter()
            .all(|defect| defect.severity() < hj212::Severity::Blemish);
    if reading.is_json {
        let line = to_json(&frame, &message, &defects, reading);
        writeln!(out, "{line}")?;
    } else {
        explain::explain(*number, &frame, &message, &defects, reading.language, out)?;
    }
    Ok(if reading.is_strict {
        is_strictly_good
    } else {
        frame.is_valid()
    })
}

fn to_json(
    frame: &Frame,
    message: &hj212::Message<'_>,
    defects: &[Defect],
    reading: Reading,
) -> Value {
    let is_strictly_good = frame.is_strictly_valid()
        && defects
            .iter()
            .all(|defect| defect.severity() < hj212::Severity::Blemish);
    let listed: Vec<Value> = defects
        .iter()
        .map(|defect| {
            let told = defect.explain(reading.language.language());
            json!({
                "code": told.code,
                "severity": format!("{:?}", told.severity).to_lowercase(),
                "what": told.what,
                "where": told.place,
                "advice": told.advice,
            })
        })
        .collect();
    let fields: Vec<Value> = message
        .data_area
        .fields
        .iter()
        .map(|field| json!({ "name": field.name, "value": field.value, "item": field.item }))
        .collect();
    let valid = if reading.is_strict {
        is_strictly_good
    } else {
        frame.is_valid()
    };
    json!({
        "valid": valid,
        "edition": message.edition.year(),
        "crc_ok": frame.is_checksum_right(),
        "length_ok": frame.is_length_right(),
        "defects": listed,
        "crc_text": frame.checksum_text(),
        "crc_computed": format!("{:04X}", frame.checksum_computed()),
        "length_declared": frame.declared_length(),
        "length_bytes": frame.segment().len(),
        "encrypted": frame.looks_encrypted(),
        "raw": String::from_utf8_lossy(frame.raw()),
        "message": {
            "QN": message.qn,
            "ST": message.st,
            "CN": message.cn,
            "PW": message.pw,
            "MN": message.mn,
            "Flag": frame.envelope().flag,
            "PNUM": message.pnum,
            "PNO": message.pno,
            "RF": message.rf,
            "CP": message.data_area.text,
            "fields": fields,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;\
        MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80";

    fn lines(input: &str, is_strict: bool) -> (bool, Vec<Value>) {
        let mut out = Vec::new();
        let reading = Reading {
            is_strict,
            is_json: true,
            language: LanguageOption::En,
        };
        let is_good = decode(input.as_bytes(), reading, &mut out).expect("memory is written");
        let text = String::from_utf8(out).expect("UTF-8");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        (is_good, lines)
    }

    #[test]
    fn a_log_with_prefixes_and_bare_line_feeds_gives_every_packet() {
        let log = format!("2018-05-04 rx: {PACKET}\n2018-05-04 rx: {PACKET}\nend");
        let (is_good, lines) = lines(&log, false);
        assert!(is_good);
        assert_eq!(lines.len(), 2);
        for line in &lines {
            assert_eq!(line["valid"], true);
            assert_eq!(line["edition"], "2017");
            assert_eq!(line["message"]["CN"], "1062");
            assert_eq!(line["message"]["fields"][0]["value"], "30");
        }
    }

    #[test]
    fn a_wrong_checksum_is_named() {
        let (is_good, lines) = lines(&PACKET.replace("1C80", "1C08"), false);
        assert!(!is_good);
        assert_eq!(lines[0]["valid"], false);
        assert_eq!(lines[0]["crc_ok"], false);
        assert_eq!(lines[0]["length_ok"], true);
        assert_eq!(lines[0]["crc_computed"], "1C80");
        assert_eq!(lines[0]["defects"][0]["code"], "checksum_wrong");
    }

    #[test]
    fn strict_reading_accepts_a_sound_packet_and_refuses_a_damaged_one() {
        assert!(lines(&format!("{PACKET}\r\n"), true).0);
        assert!(!lines(&PACKET.replace("##0101", "##0100"), true).0);
    }
}
