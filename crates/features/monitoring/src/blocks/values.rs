//! One column of values as sent: mantissas, scales, and texts where there are any.

use super::columns::{put_column, read_column};
use crate::Value;
use crate::bytecode::{Reader, put_bytes, put_unsigned};

/// The scale that marks a text.
const TEXT: i64 = 15;

/// Appends values; their number is not written.
///
/// Mantissas are brought to the greatest scale of the column where they fit: "12.3" between "12.31"
/// and "12.29" is then their neighbour. The scale of each says how it was written.
pub(super) fn put_values(out: &mut Vec<u8>, values: &[&Value]) {
    let scales: Vec<i64> = values
        .iter()
        .map(|value| match value {
            Value::Number { scale, .. } => i64::from(*scale),
            Value::Text(_) => TEXT,
        })
        .collect();
    put_column(out, &scales);
    let numbers = values.iter().filter_map(|value| match value {
        Value::Number { mantissa, scale } => Some((*mantissa, u32::from(*scale))),
        Value::Text(_) => None,
    });
    let greatest = numbers.clone().map(|(_, scale)| scale).max().unwrap_or(0);
    let brought: Option<Vec<i64>> = numbers
        .clone()
        .map(|(mantissa, scale)| mantissa.checked_mul(10_i64.checked_pow(greatest - scale)?))
        .collect();
    // one more than the scale, so that nought says that mantissas are as they are
    put_unsigned(out, brought.as_ref().map_or(0, |_| u64::from(greatest) + 1));
    let mantissas = brought.unwrap_or_else(|| numbers.map(|(mantissa, _)| mantissa).collect());
    put_column(out, &mantissas);
    for value in values {
        if let Value::Text(text) = value {
            put_bytes(out, text.as_bytes());
        }
    }
}

/// Reads so many values.
pub(super) fn read_values(reader: &mut Reader<'_>, length: usize) -> Option<Vec<Value>> {
    let scales = read_column(reader, length)?;
    let greatest = u32::try_from(reader.unsigned()?).ok()?;
    let numbers = scales.iter().filter(|scale| **scale != TEXT).count();
    let mut mantissas = read_column(reader, numbers)?.into_iter();
    scales
        .into_iter()
        .map(|scale| {
            if scale == TEXT {
                return Some(Value::Text(reader.text()?.into()));
            }
            let scale = u8::try_from(scale).ok().filter(|scale| *scale < 15)?;
            let mantissa = mantissas.next()?;
            let mantissa = match greatest.checked_sub(1) {
                Some(common) => {
                    let steps = common.checked_sub(u32::from(scale))?;
                    mantissa / 10_i64.checked_pow(steps)?
                }
                None => mantissa,
            };
            Some(Value::Number { mantissa, scale })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roundtrip(texts: &[&str]) -> usize {
        let values: Vec<Value> = texts.iter().map(|text| Value::parse(text)).collect();
        let mut out = Vec::new();
        put_values(&mut out, &values.iter().collect::<Vec<_>>());
        let mut reader = Reader::new(&out);
        assert_eq!(read_values(&mut reader, values.len()).unwrap(), values);
        assert!(reader.is_at_end());
        out.len()
    }

    #[test]
    fn values_keep_their_writing() {
        roundtrip(&[]);
        roundtrip(&["--", "", "-0", "0.10", "0.1", "12", "007", "1e5"]);
        // brought to one scale these do not fit in 64 bits
        roundtrip(&["9999999999999999", "0.00000000000001", "-1.5"]);
        roundtrip(&["--"; 30]);
    }

    #[test]
    fn values_without_their_last_noughts_stay_close() {
        let trimmed: Vec<String> = (0..400)
            .map(|step| {
                let text = format!("{}.{:02}", 12 + step / 300, step % 100);
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            })
            .collect();
        let trimmed: Vec<&str> = trimmed.iter().map(String::as_str).collect();
        let size = roundtrip(&trimmed);
        assert!(size < 400, "{size} bytes for 400 values");
    }
}
