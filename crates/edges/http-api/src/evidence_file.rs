//! Files of evidence, downloaded and never shown as a page of ours.

use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(crate) use marking::MOST_FILE_BYTES;

/// A file to be saved: RFC 6266 with the name by RFC 5987.
pub(crate) fn download((name, media_type): (&str, String), content: Vec<u8>) -> Response {
    let disposition = format!(
        "attachment; filename=\"evidence\"; filename*=UTF-8''{}",
        percent_encoded(name)
    );
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, content).into_response()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // writing to a string does not fail
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_header() {
        assert_eq!(percent_encoded("泵\" x.jpg"), "%E6%B3%B5%22%20x.jpg");
    }
}
