//! A frame taken apart: each field with its meaning in both languages, and every defect.

use bytes::BytesMut;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings, Language, ParseSettings, parse_message};
use serde::Serialize;
use utoipa::ToSchema;

/// A frame explained. The password is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one frame"
)]
pub(crate) struct ExplainedPacket {
    /// Whether the frame is sound: length and checksum are right.
    valid: bool,
    /// `2005`, `2017` or `2025`.
    edition: String,
    crc_ok: bool,
    length_ok: bool,
    crc_text: Option<String>,
    crc_computed: String,
    length_declared: usize,
    length_bytes: usize,
    /// Whether the data area is encrypted.
    encrypted: bool,
    /// Command code CN.
    command: Option<String>,
    fields: Vec<ExplainedField>,
    defects: Vec<ExplainedDefect>,
}

/// One field of a packet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedField {
    /// `head` before the data area, `data` in it.
    part: &'static str,
    /// Fields of the data area with one number belong together (between two semicolons).
    item: u32,
    name: String,
    value: String,
    meaning_zh: String,
    meaning_en: String,
    unit: String,
}

/// One thing that is not as the standard has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedDefect {
    code: String,
    /// `note`, `blemish` or `fatal`.
    severity: String,
    what_zh: String,
    what_en: String,
    place_zh: String,
    place_en: String,
    advice_zh: String,
    advice_en: String,
    /// The clause of HJ 212-2017.
    clause: String,
}

/// Bytes as text for people: passwords hidden, what is no text replaced.
pub(crate) fn show_text(bytes: &[u8]) -> String {
    let text = hj212::decode_text(bytes).0.into_owned();
    hide_password(&text)
}

/// Puts stars in place of the password.
fn hide_password(text: &str) -> String {
    let Some(start) = text.find("PW=").map(|at| at + 3) else {
        return text.to_owned();
    };
    let (before, rest) = text.split_at(start);
    let end = rest.find([';', '&']).unwrap_or(rest.len());
    let after = rest.get(end..).unwrap_or_default();
    format!("{before}******{after}")
}

impl ExplainedPacket {
    /// Explains the first frame in the bytes; `None` when there is none.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let mut decoder = FrameDecoder::new(FrameSettings::standard());
        let mut buffer = BytesMut::from(bytes);
        loop {
            let found = decoder
                .decode(&mut buffer)
                .or_else(|| decoder.finish(&mut buffer))?;
            if let Decoded::Frame(frame) = found {
                return Some(explain(&frame));
            }
        }
    }
}

fn explain(frame: &Frame) -> ExplainedPacket {
    let text = frame.text();
    let (message, message_defects) = parse_message(&text, &ParseSettings::default());
    let defects = frame.join_defects(message_defects);
    let envelope = frame.envelope();
    let head = [
        ("QN", message.qn),
        ("ST", message.st),
        ("CN", message.cn),
        ("PW", message.pw.map(|_secret| "******")),
        ("MN", message.mn),
        ("Flag", envelope.flag),
        ("PNUM", message.pnum),
        ("PNO", message.pno),
        ("RF", message.rf),
    ];
    let head = head
        .into_iter()
        .filter_map(|(name, value)| Some(head_field(name, value?)));
    let data = message.data_area.fields.iter().map(data_field);
    ExplainedPacket {
        valid: frame.is_valid(),
        edition: message.edition.year().to_owned(),
        crc_ok: frame.is_checksum_right(),
        length_ok: frame.is_length_right(),
        crc_text: frame.checksum_text().map(str::to_owned),
        crc_computed: format!("{:04X}", frame.checksum_computed()),
        length_declared: frame.declared_length(),
        length_bytes: frame.segment().len(),
        encrypted: frame.looks_encrypted(),
        command: message.cn.map(str::to_owned),
        fields: head.chain(data).collect(),
        defects: defects.iter().map(explain_defect).collect(),
    }
}

fn head_field(name: &str, value: &str) -> ExplainedField {
    let meaning = hj212::explain_head(name, value);
    ExplainedField {
        part: "head",
        item: 0,
        name: name.to_owned(),
        value: value.to_owned(),
        meaning_zh: meaning.map_or_else(String::new, |name| name.zh.to_owned()),
        meaning_en: meaning.map_or_else(String::new, |name| name.en.to_owned()),
        unit: String::new(),
    }
}

fn data_field(field: &hj212::Field<'_>) -> ExplainedField {
    let meaning = hj212::explain_field(field);
    ExplainedField {
        part: "data",
        item: field.item,
        name: field.name.to_owned(),
        value: field.value.to_owned(),
        meaning_zh: meaning.zh.into_owned(),
        meaning_en: meaning.en.into_owned(),
        unit: meaning.unit.to_owned(),
    }
}

fn explain_defect(defect: &hj212::Defect) -> ExplainedDefect {
    let (zh, en) = (
        defect.explain(Language::Chinese),
        defect.explain(Language::English),
    );
    ExplainedDefect {
        code: en.code.to_owned(),
        severity: format!("{:?}", en.severity).to_lowercase(),
        what_zh: zh.what.into_owned(),
        what_en: en.what.into_owned(),
        place_zh: zh.place.into_owned(),
        place_en: en.place.into_owned(),
        advice_zh: zh.advice.to_owned(),
        advice_en: en.advice.to_owned(),
        clause: en.clause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;\
        MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n";

    #[test]
    fn a_packet_is_explained_without_its_password() {
        let explained = ExplainedPacket::of(PACKET.as_bytes()).expect("a packet");
        assert!(explained.valid && explained.crc_ok && explained.length_ok);
        assert_eq!(explained.command.as_deref(), Some("1062"));
        let text = serde_json::to_string(&explained).expect("JSON");
        assert!(text.contains("RtdInterval") && !text.contains("100000"));
    }

    #[test]
    fn the_password_is_hidden_in_the_bytes_too() {
        assert_eq!(
            show_text(b"##..PW=123456;MN=1"),
            "##..PW=******;MN=1".to_owned()
        );
        assert_eq!(show_text(b"no password"), "no password");
        assert_eq!(show_text(b"PW="), "PW=******");
    }

    #[test]
    fn bytes_without_a_frame_are_not_explained() {
        assert!(ExplainedPacket::of(b"hello").is_none());
    }
}
