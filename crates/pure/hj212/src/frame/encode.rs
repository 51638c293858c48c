//! Packets from data segments.

use crate::crc::{ChecksumRule, checksum, format_checksum};
use bytes::{BufMut, Bytes, BytesMut};

/// Wraps a data segment into a packet: `##`, length, segment, checksum, CR LF.
pub fn encode_frame(segment: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(segment.len() + 12);
    put_frame(&mut out, segment, checksum(segment));
    out.freeze()
}

/// The same with another checksum, for a peer that cannot do better.
pub fn encode_frame_with(segment: &[u8], rule: ChecksumRule) -> Bytes {
    let mut out = BytesMut::with_capacity(segment.len() + 12);
    put_frame(&mut out, segment, rule.compute(segment));
    out.freeze()
}

fn put_frame(out: &mut BytesMut, segment: &[u8], checksum: u16) {
    put_header(out, segment.len());
    out.put_slice(segment);
    out.put_slice(&format_checksum(checksum));
    out.put_slice(b"\r\n");
}

fn put_header(out: &mut BytesMut, length: usize) {
    out.put_slice(b"##");
    out.put_slice(format!("{length:04}").as_bytes());
}

/// Header, segment and checksum text, for a packet that was rebuilt after decryption.
pub(super) fn join(segment: &[u8], declared: usize, checksum: &str) -> Bytes {
    let mut out = BytesMut::with_capacity(segment.len() + 12);
    put_header(&mut out, declared);
    out.put_slice(segment);
    out.put_slice(checksum.as_bytes());
    out.freeze()
}
