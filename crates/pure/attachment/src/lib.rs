#![doc = include_str!("../README.md")]

use core::fmt::Write as _;

use sm3::{Digest, Sm3};

/// The most bytes of one file.
pub const MOST_FILE_BYTES: usize = 8 << 20;
/// The longest name of a file, in characters.
pub const LONGEST_NAME: usize = 120;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    /// More bytes than are taken.
    #[error("the file has more than {most} bytes")]
    TooLarge {
        /// The most.
        most: usize,
    },
    /// Neither a photograph nor a document that browsers show.
    #[error("the file is neither JPEG, PNG nor PDF by its content")]
    UnknownFile,
    /// The name is empty or too long.
    #[error("the name must have 1 to {LONGEST_NAME} characters")]
    Name,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without folders.
    pub name: String,
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: &'static str,
    /// How many bytes.
    pub size_bytes: i64,
    /// SM3, hexadecimal.
    pub digest: String,
}

/// What a file is by its first bytes; what a browser would run is none of these.
fn find_media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else {
        None
    }
}

/// A name without folders and control characters.
fn check_name(name: &str) -> Result<String, AttachmentError> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control() && *letter != '"')
        .collect();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(AttachmentError::Name);
    }
    Ok(name.to_owned())
}

/// Looks at a file that somebody hands in.
///
/// # Errors
/// [`AttachmentError`] when it is not taken.
pub fn inspect(name: &str, content: &[u8]) -> Result<Attachment, AttachmentError> {
    if content.len() > MOST_FILE_BYTES {
        return Err(AttachmentError::TooLarge {
            most: MOST_FILE_BYTES,
        });
    }
    let media_type = find_media_type(content).ok_or(AttachmentError::UnknownFile)?;
    let digest = Sm3::digest(content)
        .iter()
        .fold(String::new(), |mut text, byte| {
            // writing to a string does not fail
            let _ = write!(text, "{byte:02x}");
            text
        });
    Ok(Attachment {
        name: check_name(name)?,
        media_type,
        size_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says() {
        for (content, expected) in [
            (&b"\xff\xd8\xff\xe0rest"[..], "image/jpeg"),
            (b"\x89PNG\r\n\x1a\nrest", "image/png"),
            (b"%PDF-1.7", "application/pdf"),
        ] {
            assert_eq!(inspect("a", content).unwrap().media_type, expected);
        }
        for bytes in [&b"<svg onload=alert(1)>"[..], b"GIF89a", b"PK\x03\x04", b""] {
            assert_eq!(inspect("a.pdf", bytes), Err(AttachmentError::UnknownFile));
        }
        let huge = vec![b'%'; MOST_FILE_BYTES + 1];
        assert!(matches!(
            inspect("a", &huge),
            Err(AttachmentError::TooLarge { .. })
        ));
    }

    #[test]
    fn names_lose_folders_and_control_characters() {
        let name = |text: &str| inspect(text, b"%PDF-").map(|file| file.name);
        assert_eq!(name("../a/照片\n.jpg").unwrap(), "照片.jpg");
        assert_eq!(name("C:\\x\\y.pdf").unwrap(), "y.pdf");
        assert_eq!(name(" / "), Err(AttachmentError::Name));
        assert_eq!(name(&"长".repeat(121)), Err(AttachmentError::Name));
    }
}
