//! JSON in one form only, so that the same content has the same digest everywhere.

use serde_json::Value;

/// The canonical form after RFC 8785 of a value whose numbers are whole: keys sorted, no blanks,
/// strings escaped as little as JSON allows. Decimals are strings in our formats, so that no number
/// here depends on how floating point is printed.
pub fn canonical_json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            // RFC 8785, 3.2.3: by UTF-16 code units
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (index, (key, field)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(&Value::String(key.clone()), out);
                out.push(b':');
                write(field, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        // serde_json escapes quotes, backslashes and control characters only, as RFC 8785 asks
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth_and_blanks_are_none() {
        let text = canonical_json(&json!({ "b": [1, { "d": null, "c": "优\n\"" }], "a": true }));
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"a":true,"b":[1,{"c":"优\n\"","d":null}]}"#
        );
    }

    #[test]
    fn the_order_is_that_of_utf_16() {
        // U+10000 is D800 DC00 in UTF-16 and stands before U+FFFF there, not in UTF-8
        let text = canonical_json(&json!({ "\u{ffff}": 1, "\u{10000}": 2 }));
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "{\"\u{10000}\":2,\"\u{ffff}\":1}"
        );
    }
}
