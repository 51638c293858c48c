//! SM4 over the data area (HJ 212-2025, 6.4): ECB, no padding, whole groups of 16 bytes only.
//!
//! The checksum and the length belong to the plain text. How the ciphertext travels is not sure
//! from the sources at hand: raw bytes and the printed form `{0xE4,0x3E,...}` are both read.

use crate::envelope::Envelope;
use sm4::Sm4;
use sm4::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use std::fmt;

const GROUP: usize = 16;

/// An SM4 key of 16 bytes. `Debug` does not show it.
#[derive(Clone)]
pub struct Key(Sm4);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

impl Key {
    /// A key from its 16 bytes.
    pub fn new(bytes: &[u8; GROUP]) -> Self {
        Self(Sm4::new(bytes.into()))
    }

    /// A key from text: 16 characters, or 32 hexadecimal digits.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Ok(bytes) = <&[u8; GROUP]>::try_from(text.as_bytes()) {
            return Some(Self::new(bytes));
        }
        let bytes = parse_hexadecimal(text.as_bytes())?;
        Some(Self::new(
            bytes
                .first_chunk::<GROUP>()
                .filter(|_| bytes.len() == GROUP)?,
        ))
    }

    /// Encrypts the whole groups of a data area; a tail shorter than a group stays plain.
    pub fn encrypt(&self, area: &[u8]) -> Vec<u8> {
        self.each_group(area, Sm4::encrypt_block)
    }

    /// Decrypts the whole groups of a data area.
    pub fn decrypt(&self, area: &[u8]) -> Vec<u8> {
        self.each_group(area, Sm4::decrypt_block)
    }

    fn each_group(&self, area: &[u8], apply: impl Fn(&Sm4, &mut Block<Sm4>)) -> Vec<u8> {
        let mut out = area.to_vec();
        let (groups, _) = out.as_chunks_mut::<GROUP>();
        for group in groups {
            apply(&self.0, group.into());
        }
        out
    }
}

/// Whether a command's upload must be encrypted on its way to the host (2000-2999, 1014, 3020).
pub fn must_be_encrypted(command: &str) -> bool {
    matches!(command.as_bytes(), [b'2', _, _, _] | b"1014" | b"3020")
}

/// Whether a data area looks like ciphertext: it does not begin with a field name.
pub fn looks_encrypted(envelope: &Envelope<'_>) -> bool {
    let area = envelope.data_area;
    if area.starts_with(b"{0x") || area.starts_with(b"{0X") {
        return true;
    }
    let Some(first) = area.first_chunk::<GROUP>() else {
        return false;
    };
    // Plain text has no control characters but line ends, and begins with a name.
    let is_binary = first
        .iter()
        .any(|b| *b < 0x20 && !matches!(b, b'\r' | b'\n' | b'\t'));
    let start = first.trim_ascii_start();
    is_binary
        || !start
            .first()
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'=')
        || !first.is_ascii() && !area.get(..64).unwrap_or(area).contains(&b'=')
}

/// The segment with its data area decrypted; `None` if there is none, or what comes out is no
/// data area.
pub(crate) fn decrypt_segment(segment: &[u8], key: &Key) -> Option<Vec<u8>> {
    let envelope = Envelope::scan(segment);
    if !envelope.is_opened || !envelope.is_closed {
        return None;
    }
    let area = envelope.data_area;
    let head = segment.len().checked_sub(area.len() + 2)?;
    let plain = match parse_printed(area) {
        Some(bytes) => key.decrypt(&bytes),
        None => key.decrypt(area),
    };
    let has_field = plain.contains(&b'=');
    let is_text = plain
        .iter()
        .all(|b| *b >= 0x20 || matches!(b, b'\r' | b'\n' | b'\t'));
    if !is_text || !has_field {
        return None;
    }
    let mut out = segment.get(..head)?.to_vec();
    out.extend_from_slice(&plain);
    out.extend_from_slice(b"&&");
    Some(out)
}

/// Reads `{0xE4,0x3E,...}tail`.
fn parse_printed(area: &[u8]) -> Option<Vec<u8>> {
    let inner = area.strip_prefix(b"{")?;
    let end = memchr::memchr(b'}', inner)?;
    let tail = inner.get(end + 1..)?;
    let mut bytes = Vec::with_capacity(inner.len() / 5);
    for piece in inner.get(..end)?.split(|b| *b == b',') {
        let piece = piece.trim_ascii();
        let digits = piece
            .strip_prefix(b"0x")
            .or_else(|| piece.strip_prefix(b"0X"))?;
        bytes.push(
            *parse_hexadecimal(digits)?
                .first()
                .filter(|_| digits.len() == 2)?,
        );
    }
    bytes.extend_from_slice(tail);
    Some(bytes)
}

fn parse_hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| crate::crc::parse_checksum(pair).map(|value| value.to_le_bytes()[0]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_shorter_than_a_group_stays_plain() {
        let key = Key::new(b"0000000000000000");
        let plain = b"DataTime=20240520210600;a01011-Flag=N";
        let cipher = key.encrypt(plain);
        assert_eq!(cipher.len(), plain.len());
        assert_eq!(cipher.get(32..), Some(&b"lag=N"[..]));
        assert_eq!(key.decrypt(&cipher), plain);
    }

    #[test]
    fn a_key_is_text_or_hexadecimal_and_never_shown() {
        let text = Key::from_text("0000000000000000").expect("a key");
        let hexadecimal = Key::from_text("30303030303030303030303030303030").expect("a key");
        assert_eq!(text.encrypt(&[7; 16]), hexadecimal.encrypt(&[7; 16]));
        assert!(Key::from_text("short").is_none());
        assert_eq!(format!("{text:?}"), "Key(..)");
    }
}
