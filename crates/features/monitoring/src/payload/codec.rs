//! The bytes of a payload.
//!
//! A version byte, then for each factor, in the order of codes: the code (three bytes for a letter
//! and five digits, else length and text), the number of values with the state of the flag, the
//! flag if it is not `N`, and the values: field number, then mantissa and scale in one integer, or
//! scale 15 and a text.

use super::{FactorReading, Field, Payload, Value};
use crate::bytecode::{Reader, put_bytes, put_unsigned, unzigzag, zigzag};
use bytes::Bytes;

const VERSION: u8 = 1;
const TEXT_SCALE: u64 = 15;
const OTHER_FIELD: u8 = 255;

pub(super) fn encode(mut readings: Vec<FactorReading>) -> Payload {
    readings.sort_by(|a, b| a.code.cmp(&b.code));
    let mut out = Vec::with_capacity(8 + readings.len() * 12);
    out.push(VERSION);
    for reading in &mut readings {
        reading.values.sort();
        put_code(&mut out, &reading.code);
        let state: u64 = match reading.flag.as_deref() {
            None => 0,
            Some("N") => 1,
            Some(_) => 2,
        };
        put_unsigned(&mut out, (reading.values.len() as u64) << 2 | state);
        if state == 2 {
            put_bytes(
                &mut out,
                reading.flag.as_deref().unwrap_or_default().as_bytes(),
            );
        }
        for (field, value) in &reading.values {
            out.push(field.code());
            if let Field::Other(name) = field {
                put_bytes(&mut out, name.as_bytes());
            }
            put_value(&mut out, value);
        }
    }
    Payload(Bytes::from(out))
}

pub(super) fn decode(bytes: &[u8]) -> Option<Vec<FactorReading>> {
    let mut reader = Reader::new(bytes);
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    if reader.byte()? != VERSION {
        return None;
    }
    let mut readings = Vec::new();
    while !reader.is_at_end() {
        let code = read_code(&mut reader)?;
        let head = reader.length()?;
        let flag = match head & 3 {
            0 => None,
            1 => Some("N".into()),
            2 => Some(reader.text()?.into()),
            _ => return None,
        };
        let count = head >> 2;
        let mut values = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            let field = match reader.byte()? {
                OTHER_FIELD => Field::Other(reader.text()?.into()),
                code => Field::from_code(code)?,
            };
            values.push((field, read_value(&mut reader)?));
        }
        readings.push(FactorReading { code, flag, values });
    }
    Some(readings)
}

pub(crate) fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Number { mantissa, scale } => {
            put_unsigned(out, zigzag(*mantissa) << 4 | u64::from(*scale));
        }
        Value::Text(text) => {
            put_unsigned(out, (text.len() as u64) << 4 | TEXT_SCALE);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

pub(crate) fn read_value(reader: &mut Reader<'_>) -> Option<Value> {
    let head = reader.unsigned()?;
    let rest = head >> 4;
    if head & 15 == TEXT_SCALE {
        let text = reader.take(usize::try_from(rest).ok()?)?;
        return Some(Value::Text(std::str::from_utf8(text).ok()?.into()));
    }
    Some(Value::Number {
        mantissa: unzigzag(rest),
        scale: u8::try_from(head & 15).ok()?,
    })
}

/// `w01018` in three bytes; anything else as length (with the high bit) and text.
fn put_code(out: &mut Vec<u8>, code: &str) {
    if let [letter @ b'a'..=b'z', digits @ ..] = code.as_bytes()
        && digits.len() == 5
        && digits.iter().all(u8::is_ascii_digit)
    {
        let number = digits
            .iter()
            .fold(u32::from(letter - b'a'), |number, digit| {
                number * 10 + u32::from(digit - b'0')
            });
        let [_, a, b, c] = number.to_be_bytes();
        out.extend_from_slice(&[a, b, c]);
        return;
    }
    match u8::try_from(code.len()) {
        Ok(length) if length < 0x7f => out.push(0x80 | length),
        _ => {
            out.push(0xff);
            put_unsigned(out, code.len() as u64);
        }
    }
    out.extend_from_slice(code.as_bytes());
}

fn read_code(reader: &mut Reader<'_>) -> Option<Box<str>> {
    let first = reader.byte()?;
    if first < 0x80 {
        let number = u32::from_be_bytes([0, first, reader.byte()?, reader.byte()?]);
        let letter = u8::try_from(number / 100_000).ok().filter(|at| *at < 26)?;
        let letter = char::from(b'a' + letter);
        return Some(format!("{letter}{:05}", number % 100_000).into());
    }
    let length = match first {
        0xff => reader.length()?,
        _ => usize::from(first & 0x7f),
    };
    Some(std::str::from_utf8(reader.take(length)?).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn readings() -> impl Strategy<Value = Vec<FactorReading>> {
        let field = prop_oneof![
            (1_u8..=25).prop_map(|code| Field::from_code(code).unwrap()),
            "[A-Za-z]{1,9}x".prop_map(|name| Field::Other(name.into())),
        ];
        let value = prop_oneof!["-?[0-9]{1,6}\\.[0-9]{1,3}", "\\PC{0,12}"]
            .prop_map(|text: String| Value::parse(&text));
        let values = proptest::collection::btree_map(field, value, 0..6)
            .prop_map(|map| map.into_iter().collect::<Vec<_>>());
        let flag = proptest::option::of("N|D|M|xyz").prop_map(|flag| flag.map(Into::into));
        proptest::collection::btree_map("[a-z][0-9]{5}|\\PC{0,4}|SB1|01", (flag, values), 0..12)
            .prop_map(|map| {
                map.into_iter()
                    .map(|(code, (flag, values))| FactorReading {
                        code: code.into(),
                        flag,
                        values,
                    })
                    .collect()
            })
    }

    proptest! {
        #[test]
        fn decode_of_encode_is_the_identity(readings in readings()) {
            let payload = encode(readings.clone());
            prop_assert_eq!(payload.decode().unwrap(), readings);
        }

        #[test]
        fn the_order_in_the_packet_does_not_matter(readings in readings()) {
            let mut turned = readings.clone();
            turned.reverse();
            for reading in &mut turned {
                reading.values.reverse();
            }
            prop_assert_eq!(encode(turned).digest(), encode(readings).digest());
        }

        #[test]
        fn any_bytes_are_decoded_without_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn ten_real_time_values_take_about_seven_bytes_each() {
        let readings = (0..10)
            .map(|at| FactorReading {
                code: format!("w0101{at}").into(),
                flag: Some("N".into()),
                values: vec![(Field::Rtd, Value::parse("12.34"))],
            })
            .collect();
        assert!(encode(readings).as_bytes().len() <= 10 * 8 + 1);
    }
}
