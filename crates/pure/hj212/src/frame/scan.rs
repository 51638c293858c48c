//! Finding one packet at the start of a buffer, whatever state it is in.
//!
//! A sound packet is taken by its declared length alone, so that its bytes may be anything (an
//! encrypted data area may contain `##`, `&&` or CR LF). Only when the checksum is not where the
//! length says does the search for the packet's true end, or for the next header, begin.

use super::header::{Header, Look, find_header, pending_header, read_header};
use super::judge::judge_checksum;
use super::{FrameSettings, LengthRule, STANDARD_SEGMENT_LIMIT, Terminator, TerminatorRule};
use crate::crc::{checksum, parse_checksum};
use crate::defect::{Defect, excerpt_bytes};
use memchr::{memchr, memchr_iter};
use std::ops::Range;

/// How far beyond the declared end the true end is waited for.
const SLACK: usize = 1024;

/// What stands at the start of a buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// More bytes are needed to tell.
    Incomplete,
    /// So many bytes are line ends and blanks between packets.
    Blank(usize),
    /// So many bytes belong to no packet.
    Garbage(usize),
    /// A packet, sound or not.
    Frame(FrameSpan),
}

/// A packet as positions in the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSpan {
    /// The bytes from `##` to the end of the checksum.
    pub length: usize,
    /// The bytes of the terminator behind it.
    pub terminator_length: usize,
    /// The data segment.
    pub segment: Range<usize>,
    /// The checksum field; empty if there is none.
    pub checksum: Range<usize>,
    /// The number in the length field.
    pub declared_length: usize,
    /// The standard's checksum over the segment.
    pub checksum_computed: u16,
    /// Whether the checksum is right by the configured rule.
    pub is_checksum_right: bool,
    /// Whether the length field is right.
    pub is_length_right: bool,
    /// Whether the settings accept the packet.
    pub is_accepted: bool,
    /// What stood behind the checksum.
    pub terminator: Terminator,
    /// Everything wrong or remarkable.
    pub defects: Vec<Defect>,
}

/// Whether more bytes may follow the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// More may follow: an incomplete packet is waited for.
    Open,
    /// Nothing follows, or nothing is waited for any longer.
    Ended,
}

/// Looks at the start of the buffer. Pure: it holds no state and allocates only for defects.
pub fn scan_frame(buffer: &[u8], settings: &FrameSettings, input: Input) -> Scanned {
    let Some(first) = buffer.first() else {
        return Scanned::Incomplete;
    };
    if *first != b'#' {
        let blanks = buffer
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        if blanks > 0 {
            return Scanned::Blank(blanks);
        }
        return Scanned::Garbage(find_header(buffer, 1, Look::Weak).unwrap_or_else(|| {
            let pending = if input == Input::Open {
                pending_header(buffer)
            } else {
                0
            };
            buffer.len() - pending
        }));
    }
    match read_header(buffer) {
        Header::Partial if input == Input::Open => Scanned::Incomplete,
        Header::Partial | Header::None => {
            let next = find_header(buffer, 1, Look::Weak).unwrap_or_else(|| {
                let pending = if input == Input::Open {
                    pending_header(buffer.get(1..).unwrap_or_default())
                } else {
                    0
                };
                buffer.len() - pending
            });
            Scanned::Garbage(next)
        }
        Header::Found {
            start,
            declared,
            digits,
        } => scan_body(buffer, start, declared, digits, settings, input),
    }
}

fn scan_body(
    buffer: &[u8],
    start: usize,
    declared: usize,
    digits: usize,
    settings: &FrameSettings,
    input: Input,
) -> Scanned {
    let end = start + declared;
    let candidate = Candidate {
        buffer,
        start,
        declared,
        digits,
        settings,
    };
    if declared <= settings.max_segment {
        if buffer.len() >= end + 4 {
            if let Some(scanned) = candidate.at_declared_end(input) {
                return scanned;
            }
        } else if input == Input::Open {
            return Scanned::Incomplete;
        } else if let Some(scanned) = candidate.at_declared_end(input) {
            return scanned;
        }
    }
    candidate.search_end(input)
}

/// What is taken for the checksum field.
struct Field {
    range: Range<usize>,
    value: u16,
}

struct Candidate<'b> {
    buffer: &'b [u8],
    start: usize,
    declared: usize,
    digits: usize,
    settings: &'b FrameSettings,
}

impl Candidate<'_> {
    /// Takes the packet at its declared end, if the checksum or at least `&&` stands there.
    fn at_declared_end(&self, input: Input) -> Option<Scanned> {
        let end = self.start + self.declared;
        let segment = self.buffer.get(self.start..end)?;
        if let Some(field) = self.checksum_at(end, input) {
            let is_right = field.range.len() == 4 && self.is_right(self.start..end, &field);
            if is_right || segment.ends_with(b"&&") {
                return Some(self.finish(end, Some(field), input));
            }
            return None;
        }
        // A vendor's registration packet without a checksum.
        let rest = self.buffer.get(end..).unwrap_or_default();
        let is_over = rest.starts_with(b"\r\n") || rest.starts_with(b"##") || rest.is_empty();
        (segment.ends_with(b"&&") && is_over).then(|| self.finish(end, None, input))
    }

    /// Four hexadecimal digits at a position, or one to three before an end.
    fn checksum_at(&self, at: usize, input: Input) -> Option<Field> {
        let text = self.buffer.get(at..)?;
        if let Some(four) = text.first_chunk::<4>()
            && let Some(value) = parse_checksum(four)
        {
            return Some(Field {
                range: at..at + 4,
                value,
            });
        }
        let digits = text
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        let is_over = match text.get(digits) {
            None => input == Input::Ended,
            Some(next) => matches!(next, b'\r' | b'\n' | b'#'),
        };
        if digits == 0 || !is_over {
            return None;
        }
        let value = parse_checksum(text.get(..digits)?)?;
        Some(Field {
            range: at..at + digits,
            value,
        })
    }

    /// The length is wrong, or the packet damaged: finds the true end or the next header.
    fn search_end(&self, input: Input) -> Scanned {
        let declared = self.declared.min(self.settings.max_segment);
        let limit = self.start + declared.max(STANDARD_SEGMENT_LIMIT) + SLACK;
        let window = self.buffer.get(..limit).unwrap_or(self.buffer);
        let next = find_header(window, self.start, Look::Strong);
        let bound = next.unwrap_or(window.len());
        let text = window.get(self.start..bound).unwrap_or_default();
        let line = memchr(b'\n', text).map_or(bound, |at| self.start + at);
        if let Some((end, field)) = self.closing_before(bound, input)
            && (end <= line || self.is_right(self.start..end, &field))
        {
            return self.finish(end, Some(field), input);
        }
        if next.is_none() && input == Input::Open && window.len() < limit {
            return Scanned::Incomplete;
        }
        // Nothing in sight: the packet stops at the next header or with its line.
        if let Some((end, field)) = self.unclosed_before(line) {
            return self.finish(end, Some(field), input);
        }
        self.cut(line)
    }

    fn is_right(&self, segment: Range<usize>, field: &Field) -> bool {
        let segment = self.buffer.get(segment).unwrap_or_default();
        self.settings.checksum.compute(segment) == field.value
    }

    /// A right checksum at the end of a segment that lost its `&&`.
    fn unclosed_before(&self, line: usize) -> Option<(usize, Field)> {
        let text = self.buffer.get(self.start..line)?;
        let length = text.trim_ascii_end().len().checked_sub(4)?;
        let end = self.start + length;
        let value = parse_checksum(self.buffer.get(end..end + 4)?)?;
        let field = Field {
            range: end..end + 4,
            value,
        };
        self.is_right(self.start..end, &field)
            .then_some((end, field))
    }

    /// The first `&&` before `bound` that is followed by a checksum and an end.
    fn closing_before(&self, bound: usize, input: Input) -> Option<(usize, Field)> {
        let text = self.buffer.get(self.start..bound)?;
        memchr_iter(b'&', text)
            .map(|at| self.start + at)
            .find_map(|at| {
                let rest = self.buffer.get(at..)?;
                if !rest.starts_with(b"&&") {
                    return None;
                }
                let end = at + 2;
                let field = self.checksum_at(end, input)?;
                let is_over = match self.buffer.get(field.range.end) {
                    None => input == Input::Ended,
                    Some(next) => matches!(next, b'\r' | b'\n' | b'#'),
                };
                (is_over || self.is_right(self.start..end, &field)).then_some((end, field))
            })
    }

    /// A packet that breaks off before `end`.
    fn cut(&self, end: usize) -> Scanned {
        let text = self.buffer.get(self.start..end).unwrap_or_default();
        let blanks = text
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let end = end - blanks;
        let segment = self.start..end;
        let mut defects = self.header_defects();
        if self.declared > self.settings.max_segment {
            defects.push(self.too_long(self.declared));
        }
        let received = segment.len();
        if received < self.declared {
            defects.push(Defect::FrameCut {
                declared: self.declared,
                received,
            });
        } else {
            let found = self
                .buffer
                .get(self.start + self.declared..)
                .unwrap_or_default();
            let found = found.get(..4).unwrap_or(found);
            defects.push(Defect::ChecksumMissing {
                found: excerpt_bytes(found),
            });
        }
        Scanned::Frame(FrameSpan {
            length: end,
            terminator_length: 0,
            checksum_computed: checksum(text),
            segment,
            checksum: end..end,
            declared_length: self.declared,
            is_checksum_right: false,
            is_length_right: false,
            is_accepted: false,
            terminator: Terminator::Missing,
            defects,
        })
    }

    fn header_defects(&self) -> Vec<Defect> {
        if self.digits == 4 {
            Vec::new()
        } else {
            vec![Defect::LengthDigits {
                digits: self.digits,
            }]
        }
    }

    fn too_long(&self, length: usize) -> Defect {
        Defect::SegmentTooLong {
            length,
            limit: self.settings.max_segment,
        }
    }

    /// Judges a packet whose segment ends at `end`.
    fn finish(&self, end: usize, field: Option<Field>, input: Input) -> Scanned {
        let settings = self.settings;
        let segment = self.buffer.get(self.start..end).unwrap_or_default();
        let length = field.as_ref().map_or(end, |field| field.range.end);
        let behind = self.buffer.get(length..).unwrap_or_default();
        let (terminator, terminator_length) = read_terminator(behind);
        if settings.terminator == TerminatorRule::Required
            && input == Input::Open
            && (terminator == Terminator::Unseen
                || (terminator == Terminator::Cr && behind.len() == 1))
        {
            return Scanned::Incomplete;
        }
        let mut defects = self.header_defects();
        let is_length_right = segment.len() == self.declared;
        if !is_length_right {
            defects.push(Defect::LengthWrong {
                declared: self.declared,
                actual: segment.len(),
            });
        }
        if segment.len() > settings.max_segment {
            defects.push(self.too_long(segment.len()));
        } else if segment.len() > STANDARD_SEGMENT_LIMIT {
            defects.push(Defect::SegmentTooLong {
                length: segment.len(),
                limit: STANDARD_SEGMENT_LIMIT,
            });
        }
        let judged = judge_checksum(
            segment,
            field
                .as_ref()
                .map(|f| self.buffer.get(f.range.clone()).unwrap_or_default()),
            settings,
            &mut defects,
        );
        if field.is_none() {
            let found = behind.get(..4).unwrap_or(behind);
            defects.push(Defect::ChecksumMissing {
                found: excerpt_bytes(found),
            });
        }
        let is_closed = segment.ends_with(b"&&");
        if !is_closed {
            defects.push(Defect::SegmentNotClosed);
        }
        match terminator {
            Terminator::Lf => defects.push(Defect::TerminatorLineFeed),
            Terminator::Missing | Terminator::Cr => defects.push(Defect::TerminatorMissing),
            Terminator::Unseen if input == Input::Ended => {
                defects.push(Defect::TerminatorMissing);
            }
            Terminator::CrLf | Terminator::Unseen => {}
        }
        let is_accepted = judged.is_accepted
            && is_closed
            && segment.len() <= settings.max_segment
            && (is_length_right || settings.length == LengthRule::TrustChecksum)
            && (terminator == Terminator::CrLf || settings.terminator == TerminatorRule::Optional);
        Scanned::Frame(FrameSpan {
            length,
            terminator_length,
            segment: self.start..end,
            checksum: field.map_or(end..end, |field| field.range),
            declared_length: self.declared,
            checksum_computed: judged.computed,
            is_checksum_right: judged.is_right,
            is_length_right,
            is_accepted,
            terminator,
            defects,
        })
    }
}

fn read_terminator(behind: &[u8]) -> (Terminator, usize) {
    match behind {
        [b'\r', b'\n', ..] => (Terminator::CrLf, 2),
        [b'\r', ..] => (Terminator::Cr, 1),
        [b'\n', ..] => (Terminator::Lf, 1),
        [] => (Terminator::Unseen, 0),
        _ => (Terminator::Missing, 0),
    }
}
