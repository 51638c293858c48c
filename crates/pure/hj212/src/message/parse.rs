//! Tolerant and strict reading of a data segment.

use super::{DataArea, Message};
use crate::command::find_command;
use crate::defect::{Defect, DefectList, Severity, excerpt};
use crate::edition::{Dialect, Edition, Flag};
use crate::envelope::{Envelope, HeadPieces};

/// How a device's messages are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseSettings {
    /// The edition, if the device's packets do not tell it rightly.
    pub edition: Option<Edition>,
    /// The most fields of a data area that are read; the rest is dropped.
    pub max_fields: usize,
}

impl Default for ParseSettings {
    fn default() -> Self {
        Self {
            edition: None,
            max_fields: 4096,
        }
    }
}

/// Reads a data segment. It always gives a message: what could not be understood is in the list.
pub fn parse_message<'a>(text: &'a str, settings: &ParseSettings) -> (Message<'a>, Vec<Defect>) {
    let mut defects = DefectList::default();
    let message = read_message(text, settings, &mut defects);
    (message, defects.into_vec())
}

/// Reads a data segment, rejecting it for the least blemish.
pub fn parse_message_strict<'a>(
    text: &'a str,
    settings: &ParseSettings,
) -> Result<Message<'a>, Vec<Defect>> {
    let (message, defects) = parse_message(text, settings);
    if defects
        .iter()
        .any(|defect| defect.severity() >= Severity::Blemish)
    {
        return Err(defects);
    }
    Ok(message)
}

fn read_message<'a>(
    text: &'a str,
    settings: &ParseSettings,
    defects: &mut DefectList,
) -> Message<'a> {
    let mut envelope = Envelope::scan(text.as_bytes());
    if envelope.has_oddities {
        recover_head(text, &mut envelope, defects);
    }
    let (detected, dialect) = Edition::detect(&envelope);
    let edition = settings.edition.unwrap_or(detected);
    let area = std::str::from_utf8(envelope.data_area).unwrap_or_default();
    let mut message = Message {
        qn: envelope.qn,
        st: envelope.st,
        cn: envelope.cn,
        pw: envelope.pw,
        mn: envelope.mn,
        flag: envelope.parsed_flag(),
        pnum: envelope.pnum,
        pno: envelope.pno,
        rf: envelope.rf,
        edition,
        dialect,
        data_area: DataArea::empty(),
    };
    check_head(&message, &envelope, settings, defects);
    message.data_area = DataArea::read(area, settings.max_fields, defects);
    message
}

/// Reads the head again, forgiving blanks, and says what was odd.
fn recover_head<'a>(text: &'a str, envelope: &mut Envelope<'a>, defects: &mut DefectList) {
    let mut seen: Vec<&str> = Vec::new();
    let mut pieces = HeadPieces::new(text.as_bytes());
    for piece in pieces.by_ref() {
        let raw_name = std::str::from_utf8(piece.name).unwrap_or_default();
        let value = std::str::from_utf8(piece.value).unwrap_or_default();
        let name = raw_name.trim_ascii();
        if piece.is_odd {
            defects.push(Defect::HeadSeparator {
                field: excerpt(name),
            });
        }
        let slot = match name {
            "QN" => &mut envelope.qn,
            "ST" => &mut envelope.st,
            "CN" => &mut envelope.cn,
            "PW" => &mut envelope.pw,
            "MN" => &mut envelope.mn,
            "Flag" => &mut envelope.flag,
            "PNUM" => &mut envelope.pnum,
            "PNO" => &mut envelope.pno,
            "RF" => &mut envelope.rf,
            _ => {
                defects.push(Defect::HeadFieldUnknown {
                    field: excerpt(name),
                });
                continue;
            }
        };
        if name.len() != raw_name.len() {
            defects.push(Defect::HeadBlank {
                field: excerpt(name),
            });
        }
        if seen.contains(&name) {
            defects.push(Defect::HeadFieldRepeated {
                field: excerpt(name),
            });
        } else {
            seen.push(name);
            *slot = Some(value);
        }
    }
    if pieces.is_odd {
        defects.push(Defect::EmptyItem);
    }
}

fn check_head(
    message: &Message<'_>,
    envelope: &Envelope<'_>,
    settings: &ParseSettings,
    defects: &mut DefectList,
) {
    if !envelope.is_opened {
        defects.push(Defect::DataAreaNotOpened);
    }
    if !envelope.is_closed {
        defects.push(Defect::SegmentNotClosed);
    }
    match message.cn {
        None | Some("") => defects.push(Defect::CommandMissing),
        Some(cn) if find_command(cn, message.edition).is_none() => {
            defects.push(Defect::CommandUnknown {
                command: excerpt(cn),
            });
        }
        Some(_) => {}
    }
    if message.mn.is_none_or(str::is_empty) {
        defects.push(Defect::DeviceMissing);
    }
    if message.edition != Edition::Hjt2005 && message.qn.is_none() {
        defects.push(Defect::HeadFieldMissing { field: "QN" });
    }
    let absent: [(&'static str, bool); 3] = [
        ("ST", message.st.is_none()),
        ("PW", message.pw.is_none()),
        (
            "Flag",
            envelope.flag.is_none() && message.edition != Edition::Hjt2005,
        ),
    ];
    for (field, is_absent) in absent {
        if is_absent {
            defects.push(Defect::HeadFieldMissing { field });
        }
    }
    check_forms(message, envelope, defects);
    check_packet_numbers(message, defects);
    if message.dialect == Dialect::SurfaceWater && settings.edition.is_none() {
        defects.push(Defect::SurfaceWaterDialect);
    }
}

fn check_forms(message: &Message<'_>, envelope: &Envelope<'_>, defects: &mut DefectList) {
    let mut form = |field: &'static str, value: Option<&str>, is_right: fn(&str) -> bool| {
        if let Some(value) = value
            && !is_right(value)
        {
            defects.push(Defect::HeadFieldForm {
                field,
                value: excerpt(value),
            });
        }
    };
    form("QN", message.qn, |qn| {
        qn.len() == 17 && qn.bytes().all(|b| b.is_ascii_digit())
    });
    form("ST", message.st, |st| st.len() == 2);
    form("CN", message.cn, |cn| cn.len() == 4);
    form("PW", message.pw, |pw| pw.len() <= 6 && !pw.is_empty());
    form("MN", message.mn, |mn| mn.len() <= 64);
    form("Flag", envelope.flag, |flag| Flag::parse(flag).is_some());
    form("RF", message.rf, |rf| rf == "1" || rf == "0");
}

fn check_packet_numbers(message: &Message<'_>, defects: &mut DefectList) {
    let is_announced = message.flag.is_some_and(Flag::has_packet_numbers);
    if message.pnum.is_none() && message.pno.is_none() {
        // The examples of 2005 send requests with Flag=3 and no packet numbers.
        if is_announced {
            defects.push(Defect::PacketNumbersMissing);
        }
        return;
    }
    if message.packet_number().is_none() {
        let number = |text: Option<&str>| text.and_then(|t| t.trim().parse().ok()).unwrap_or(0);
        defects.push(Defect::PacketNumberRange {
            number: number(message.pno),
            total: number(message.pnum),
        });
    }
    if !is_announced {
        defects.push(Defect::PacketNumbersUnannounced);
    }
}
