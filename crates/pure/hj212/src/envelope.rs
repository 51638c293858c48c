//! The head of a data segment read in one pass, without allocation: what a gateway needs to know
//! whose packet it is and how to answer.

use crate::edition::{Edition, Flag};

/// The head fields of a packet. Fields are found only under their exact names, blanks before
/// them aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Envelope<'a> {
    /// Request number (请求编码).
    pub qn: Option<&'a str>,
    /// System code (系统编码).
    pub st: Option<&'a str>,
    /// Command code (命令编码).
    pub cn: Option<&'a str>,
    /// Password (访问密码).
    pub pw: Option<&'a str>,
    /// Device identifier (设备唯一标识).
    pub mn: Option<&'a str>,
    /// Flag (拆分包及应答标志), as it stands.
    pub flag: Option<&'a str>,
    /// Number of packets (总包数), as it stands.
    pub pnum: Option<&'a str>,
    /// Number of this packet (包号), as it stands.
    pub pno: Option<&'a str>,
    /// Re-sent data (补传), 2025 only, as it stands.
    pub rf: Option<&'a str>,
    /// What stands between `CP=&&` and the closing `&&`, undecoded.
    pub data_area: &'a [u8],
    /// Whether `CP=&&` is there.
    pub is_opened: bool,
    /// Whether the segment ends with `&&`.
    pub is_closed: bool,
    /// Whether the head has fields, separators or blanks that were not understood: read it with
    /// [`crate::parse_message`] to know more.
    pub has_oddities: bool,
}

impl<'a> Envelope<'a> {
    /// Reads the head of a data segment.
    pub fn scan(segment: &'a [u8]) -> Self {
        let mut envelope = Self::default();
        let mut pieces = HeadPieces::new(segment);
        for piece in pieces.by_ref() {
            envelope.has_oddities |= piece.is_odd;
            envelope.take(piece.name, piece.value);
        }
        envelope.has_oddities |= pieces.is_odd;
        envelope.is_opened = pieces.is_opened;
        envelope.is_closed = pieces.is_closed;
        envelope.data_area = pieces.data_area;
        envelope
    }

    fn take(&mut self, name: &'a [u8], value: &'a [u8]) {
        // A blank before a name, as the standard itself misprints it.
        let trimmed = name.trim_ascii_start();
        self.has_oddities |= trimmed.len() != name.len();
        let slot = match trimmed {
            b"QN" => &mut self.qn,
            b"ST" => &mut self.st,
            b"CN" => &mut self.cn,
            b"PW" => &mut self.pw,
            b"MN" => &mut self.mn,
            b"Flag" => &mut self.flag,
            b"PNUM" => &mut self.pnum,
            b"PNO" => &mut self.pno,
            b"RF" => &mut self.rf,
            _ => {
                self.has_oddities = true;
                return;
            }
        };
        match std::str::from_utf8(value) {
            Ok(text) if slot.is_none() => *slot = Some(text),
            _ => self.has_oddities = true,
        }
    }

    /// Flag as a number.
    pub fn parsed_flag(&self) -> Option<Flag> {
        Flag::parse(self.flag?)
    }

    /// Whether the sender asks for an answer (bit 0 of Flag).
    pub fn wants_answer(&self) -> bool {
        self.parsed_flag().is_some_and(Flag::wants_answer)
    }

    /// The edition the packet is written in; see [`Edition::detect`].
    pub fn edition(&self) -> Edition {
        Edition::detect(self).0
    }
}

/// One `name=value` of the head.
pub(crate) struct HeadPiece<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Ended by a comma or by `CP=` without a semicolon.
    pub(crate) is_odd: bool,
}

/// Walks over the head fields up to the data area.
pub(crate) struct HeadPieces<'a> {
    rest: &'a [u8],
    pub(crate) data_area: &'a [u8],
    pub(crate) is_opened: bool,
    pub(crate) is_closed: bool,
    pub(crate) is_odd: bool,
}

impl<'a> HeadPieces<'a> {
    pub(crate) fn new(segment: &'a [u8]) -> Self {
        Self {
            rest: segment,
            data_area: &[],
            is_opened: false,
            is_closed: segment.ends_with(b"&&"),
            is_odd: false,
        }
    }

    fn open_data_area(&mut self, area: &'a [u8]) {
        self.is_opened = true;
        self.rest = &[];
        if let Some(inner) = area.strip_suffix(b"&&") {
            self.data_area = inner;
        } else {
            self.is_closed = false;
            self.data_area = area;
        }
    }
}

impl<'a> Iterator for HeadPieces<'a> {
    type Item = HeadPiece<'a>;

    fn next(&mut self) -> Option<HeadPiece<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(area) = self.rest.strip_prefix(b"CP=&&") {
                self.open_data_area(area);
                return None;
            }
            let mut equals = None;
            let mut end = self.rest.len();
            let mut separator = 0;
            for (at, byte) in self.rest.iter().enumerate() {
                match byte {
                    b'=' if equals.is_none() => equals = Some(at),
                    b';' | b',' => {
                        end = at;
                        separator = *byte;
                        break;
                    }
                    // A semicolon is missing before CP.
                    b'C' if equals.is_some()
                        && self.rest.get(at..).is_some_and(|r| r.starts_with(b"CP=&&")) =>
                    {
                        end = at;
                        break;
                    }
                    _ => {}
                }
            }
            let piece = self.rest.get(..end).unwrap_or_default();
            let skip = usize::from(separator != 0);
            self.rest = self.rest.get(end + skip..).unwrap_or_default();
            if piece.is_empty() {
                self.is_odd = true;
                continue;
            }
            let is_odd = separator == b',' || (separator == 0 && !self.rest.is_empty());
            let split = equals.filter(|at| *at < end);
            let name = piece.get(..split.unwrap_or(end)).unwrap_or_default();
            let value = split.and_then(|at| piece.get(at + 1..)).unwrap_or_default();
            return Some(HeadPiece {
                name,
                value,
                is_odd: is_odd || split.is_none(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_head_field_in_any_order() {
        let envelope = Envelope::scan(
            b"ST=31;CN=2051;QN=20240601085900002;MN=A-1;PW=1=2;Flag=11;PNO=1;PNUM=2;RF=1;CP=&&DataTime=1;##&&x&&",
        );
        assert_eq!(envelope.qn, Some("20240601085900002"));
        assert_eq!(envelope.st, Some("31"));
        assert_eq!(envelope.cn, Some("2051"));
        assert_eq!(envelope.mn, Some("A-1"));
        assert_eq!(envelope.pw, Some("1=2"));
        assert_eq!(envelope.flag, Some("11"));
        assert_eq!(
            (envelope.pnum, envelope.pno, envelope.rf),
            (Some("2"), Some("1"), Some("1"))
        );
        assert_eq!(envelope.data_area, b"DataTime=1;##&&x");
        assert!(envelope.is_opened && envelope.is_closed && !envelope.has_oddities);
    }

    #[test]
    fn recovers_the_misprints_of_the_standard() {
        let comma = Envelope::scan(b"QN=1,ST=32;CN=2011;PW=1;MN=2;Flag=5;CP=&&&&");
        assert_eq!(
            (comma.qn, comma.st, comma.has_oddities),
            (Some("1"), Some("32"), true)
        );
        let missing = Envelope::scan(b"QN=1;ST=32;CN=2041;PW=1;MN=2;Flag=5CP=&&DataTime=1&&");
        assert_eq!(
            (missing.flag, missing.data_area),
            (Some("5"), &b"DataTime=1"[..])
        );
        assert!(missing.is_opened && missing.has_oddities);
        let blank = Envelope::scan(b"MN=2; Flag=5;CP=&&&&");
        assert_eq!(
            (blank.mn, blank.flag, blank.has_oddities),
            (Some("2"), Some("5"), true)
        );
    }

    #[test]
    fn does_not_invent_fields() {
        let glued = Envelope::scan(b"QN=1;ST=32CN=1062;PW=1;MN =2;Flag=5;CP=&RtdInterval=30&&");
        assert_eq!((glued.cn, glued.mn), (None, None));
        assert!(!glued.is_opened && glued.is_closed && glued.has_oddities);
        assert_eq!(Envelope::scan(b"").cn, None);
    }
}
