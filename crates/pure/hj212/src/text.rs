//! Text of a data segment: UTF-8, else GBK.

use encoding_rs::GBK;
use std::borrow::Cow;

/// How a segment's text was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// UTF-8, of which ASCII is a part: what the standard orders.
    Utf8,
    /// GBK.
    Gbk,
    /// Neither: unreadable parts were replaced by U+FFFD.
    Unreadable,
}

/// Reads a segment as UTF-8, or as GBK if it is not. Nothing is copied for UTF-8.
pub fn decode_text(segment: &[u8]) -> (Cow<'_, str>, TextEncoding) {
    if let Ok(text) = std::str::from_utf8(segment) {
        return (Cow::Borrowed(text), TextEncoding::Utf8);
    }
    match GBK.decode_without_bom_handling_and_without_replacement(segment) {
        Some(text) => (text, TextEncoding::Gbk),
        None => (String::from_utf8_lossy(segment), TextEncoding::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_utf8_then_gbk_then_what_is_left() {
        assert_eq!(
            decode_text("清洗管路".as_bytes()),
            ("清洗管路".into(), TextEncoding::Utf8)
        );
        let (gbk, _, _) = GBK.encode("//清洗管路//");
        assert_eq!(
            decode_text(&gbk),
            ("//清洗管路//".into(), TextEncoding::Gbk)
        );
        assert_eq!(decode_text(b"a\xFF\xFFb").1, TextEncoding::Unreadable);
    }
}
