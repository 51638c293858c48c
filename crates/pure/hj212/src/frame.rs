//! The packet as it travels: header, length, data segment, checksum, terminator.

mod decoder;
mod encode;
mod header;
mod judge;
mod scan;
mod settings;

pub use decoder::{Decoded, FrameDecoder, Garbage};
pub use encode::{encode_frame, encode_frame_with};
pub use scan::{FrameSpan, Input, Scanned, scan_frame};
pub use settings::{ChecksumDigits, FrameSettings, LengthRule, TerminatorRule};

use crate::defect::{Defect, Severity};
use crate::encryption;
use crate::envelope::Envelope;
use crate::text::{self, TextEncoding};
use bytes::Bytes;
use std::borrow::Cow;

/// The longest data segment of all three editions.
pub const STANDARD_SEGMENT_LIMIT: usize = 1024;

/// What stood behind the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Terminator {
    /// CR LF, as the standard orders.
    CrLf,
    /// LF only.
    Lf,
    /// CR only, so far: its LF may be in the next read.
    Cr,
    /// Something else: the next packet or garbage.
    Missing,
    /// The buffer ended with the checksum; the decoder does not wait for the terminator.
    Unseen,
}

/// One packet found in the stream, sound or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    raw: Bytes,
    span: FrameSpan,
}

impl Frame {
    pub(crate) fn new(raw: Bytes, span: FrameSpan) -> Self {
        Self { raw, span }
    }

    /// All bytes from `##` to the checksum, without the terminator.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The data segment: what the length field counts and the checksum covers.
    pub fn segment(&self) -> &[u8] {
        self.raw.get(self.span.segment.clone()).unwrap_or_default()
    }

    /// The data segment as shared bytes.
    pub fn segment_bytes(&self) -> Bytes {
        self.raw.slice(self.span.segment.clone())
    }

    /// The number in the length field.
    pub fn declared_length(&self) -> usize {
        self.span.declared_length
    }

    /// The checksum as it stands in the packet, if something like it is there.
    pub fn checksum_text(&self) -> Option<&str> {
        let text = self.raw.get(self.span.checksum.clone())?;
        if text.is_empty() {
            None
        } else {
            std::str::from_utf8(text).ok()
        }
    }

    /// The standard's checksum over the segment.
    pub fn checksum_computed(&self) -> u16 {
        self.span.checksum_computed
    }

    /// Whether the checksum is right by the configured rule, with all four digits.
    pub fn is_checksum_right(&self) -> bool {
        self.span.is_checksum_right
    }

    /// Whether the length field says the length of the segment.
    pub fn is_length_right(&self) -> bool {
        self.span.is_length_right
    }

    /// What stood behind the checksum.
    pub fn terminator(&self) -> Terminator {
        self.span.terminator
    }

    /// Everything wrong or remarkable about the packet as a packet.
    pub fn defects(&self) -> &[Defect] {
        &self.span.defects
    }

    /// Whether the settings of the decoder accept it: no fault is left that they do not forgive.
    pub fn is_accepted(&self) -> bool {
        self.span.is_accepted
    }

    /// The head fields, without allocation.
    pub fn envelope(&self) -> Envelope<'_> {
        Envelope::scan(self.segment())
    }

    /// What hinders the packet from being valid at frame level, beyond [`Frame::defects`].
    pub fn envelope_defects(&self, envelope: &Envelope<'_>) -> Vec<Defect> {
        let mut defects = Vec::new();
        if !envelope.is_opened {
            defects.push(Defect::DataAreaNotOpened);
        }
        if envelope.cn.is_none_or(str::is_empty) {
            defects.push(Defect::CommandMissing);
        }
        if envelope.mn.is_none_or(str::is_empty) {
            defects.push(Defect::DeviceMissing);
        }
        defects
    }

    /// Everything known to be wrong or remarkable, each once: as a packet, in its head, and what
    /// reading the message found.
    pub fn join_defects(&self, of_message: Vec<Defect>) -> Vec<Defect> {
        let mut defects = self.defects().to_vec();
        let of_head = self.envelope_defects(&self.envelope());
        for defect in of_head.into_iter().chain(of_message) {
            if !defects.contains(&defect) {
                defects.push(defect);
            }
        }
        defects
    }

    /// Whether the packet is valid at frame level by the standard, whatever the settings: header,
    /// length, checksum, closing `&&`, CN and MN present, at most 1024 bytes.
    pub fn is_valid(&self) -> bool {
        let envelope = self.envelope();
        self.span.is_checksum_right
            && self.span.is_length_right
            && self.span.segment.len() <= STANDARD_SEGMENT_LIMIT
            && envelope.is_closed
            && self.envelope_defects(&envelope).is_empty()
    }

    /// Whether strict reading accepts it: valid, and no blemish such as a missing CR LF.
    pub fn is_strictly_valid(&self) -> bool {
        self.is_valid()
            && self
                .span
                .defects
                .iter()
                .all(|d| d.severity() < Severity::Blemish)
    }

    /// The segment as text: UTF-8, else GBK.
    pub fn text(&self) -> Cow<'_, str> {
        text::decode_text(self.segment()).0
    }

    /// The segment as text, and how it was encoded.
    pub fn text_with_encoding(&self) -> (Cow<'_, str>, TextEncoding) {
        text::decode_text(self.segment())
    }

    /// Whether the data area looks like SM4 ciphertext (HJ 212-2025, 6.4).
    pub fn looks_encrypted(&self) -> bool {
        encryption::looks_encrypted(&self.envelope())
    }

    /// The packet with its data area decrypted, if the key fits: the checksum over the plain
    /// segment must be right and the text must look like a data area.
    pub fn decrypt(&self, key: &encryption::Key) -> Option<Self> {
        let plain = encryption::decrypt_segment(self.segment(), key)?;
        let received = self.checksum_text()?;
        let span = judge::judge_decrypted(&plain, self.span.declared_length, received)?;
        Some(Self {
            raw: encode::join(&plain, self.span.declared_length, received),
            span,
        })
    }
}
