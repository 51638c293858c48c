//! A packet under another name: the head changed, the data area byte for byte as it was.

use crate::edition::Flag;
use crate::envelope::HeadPieces;

/// What to put into the head of a packet in place of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewHead<'a> {
    /// Request number.
    pub qn: Option<&'a str>,
    /// Password.
    pub pw: Option<&'a str>,
    /// Device identifier.
    pub mn: Option<&'a str>,
    /// Whether to ask for an answer, whatever the packet asked.
    pub asks_answer: bool,
}

/// Rewrites the head of a data segment: fields that are given replace those of the packet, in their
/// place; a missing PW or MN is put before Flag. All else stays in its order, and the data area
/// stays as it is, in whatever encoding. `None` when the segment has no data area.
pub fn readdress(segment: &[u8], head: &NewHead<'_>) -> Option<Vec<u8>> {
    let mut pieces = HeadPieces::new(segment);
    let mut fields: Vec<(&[u8], Vec<u8>)> = Vec::with_capacity(10);
    for piece in pieces.by_ref() {
        let name = piece.name.trim_ascii();
        let value = match name {
            b"QN" => head.qn.map(str::as_bytes),
            b"PW" => head.pw.map(str::as_bytes),
            b"MN" => head.mn.map(str::as_bytes),
            _ => None,
        };
        let mut value = value.unwrap_or(piece.value).to_vec();
        if name == b"Flag" && head.asks_answer {
            value = ask_answer(&value);
        }
        fields.push((name, value));
    }
    if !pieces.is_opened {
        return None;
    }
    for (name, value) in [(&b"PW"[..], head.pw), (&b"MN"[..], head.mn)] {
        let Some(value) = value else { continue };
        if fields.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let place = fields.iter().position(|(known, _)| *known == b"Flag");
        fields.insert(
            place.unwrap_or(fields.len()),
            (name, value.as_bytes().to_vec()),
        );
    }
    let mut out = Vec::with_capacity(segment.len() + 48);
    for (name, value) in fields {
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(&value);
        out.push(b';');
    }
    out.extend_from_slice(b"CP=&&");
    out.extend_from_slice(pieces.data_area);
    out.extend_from_slice(b"&&");
    Some(out)
}

/// A Flag that asks for an answer; one that is no number stays.
fn ask_answer(value: &[u8]) -> Vec<u8> {
    std::str::from_utf8(value)
        .ok()
        .and_then(Flag::parse)
        .map_or_else(
            || value.to_vec(),
            |flag| flag.with_answer().0.to_string().into_bytes(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segment: &[u8], head: &NewHead<'_>, expect: Option<&[u8]>) {
        assert_eq!(readdress(segment, head).as_deref(), expect);
    }

    #[test]
    fn head_fields_are_replaced_in_their_place_and_the_data_stay_as_they_are() {
        let head = NewHead {
            pw: Some("654321"),
            mn: Some("UP1"),
            ..NewHead::default()
        };
        // MN= inside the data area, and bytes of GBK that are no UTF-8
        check(
            b"QN=1;ST=32;CN=3020;PW=1;MN=2;Flag=4;PNUM=2;PNO=1;CP=&&i11001-Info=//MN=2;\xB2\xE2//&&",
            &head,
            Some(b"QN=1;ST=32;CN=3020;PW=654321;MN=UP1;Flag=4;PNUM=2;PNO=1;CP=&&i11001-Info=//MN=2;\xB2\xE2//&&"),
        );
        check(
            b"QN=1,ST=32;CN=2011; MN=2;Flag=4CP=&&&&",
            &head,
            Some(b"QN=1;ST=32;CN=2011;MN=UP1;PW=654321;Flag=4;CP=&&&&"),
        );
    }

    #[test]
    fn an_answer_is_asked_for_without_touching_the_other_bits() {
        let head = NewHead {
            asks_answer: true,
            ..NewHead::default()
        };
        check(
            b"MN=2;Flag=10;CP=&&&&",
            &head,
            Some(b"MN=2;Flag=11;CP=&&&&"),
        );
        check(b"MN=2;Flag=9;CP=&&&&", &head, Some(b"MN=2;Flag=9;CP=&&&&"));
        check(b"MN=2;Flag=x;CP=&&&&", &head, Some(b"MN=2;Flag=x;CP=&&&&"));
    }

    #[test]
    fn what_has_no_data_area_cannot_be_rewritten() {
        check(b"QN=1;MN=2", &NewHead::default(), None);
        check(b"", &NewHead::default(), None);
    }
}
