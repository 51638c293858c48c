//! Every way in which a packet can be wrong, as a typed value that explains itself.

mod chinese;
mod table;

use crate::crc::ChecksumRule;
use std::borrow::Cow;

/// How much a defect matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, and allowed by one edition or another.
    Note,
    /// Against the letter of the standard, and harmless: tolerant reading goes on, strict reading
    /// rejects.
    Blemish,
    /// The packet, or the part named, cannot be trusted.
    Fault,
}

impl Severity {
    /// `note`, `blemish` or `fault`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Blemish => "blemish",
            Self::Fault => "fault",
        }
    }
}

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

/// A short piece of text from the packet, kept in a defect.
pub type Excerpt = Box<str>;

/// One thing that is wrong, or remarkable, in what a device sent.
///
/// A defect is data about the device, not a failure of the reader. `Display` is the English
/// sentence; [`Defect::explain`] gives code, sentence, place and advice in Chinese or English.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Defect {
    // ---- frame ----
    /// The length field does not have four digits.
    #[error("the length field has {digits} digits instead of 4")]
    LengthDigits {
        /// How many digits it has.
        digits: usize,
    },
    /// The length field does not say the length of the data segment.
    #[error("the length field says {declared}, the data segment has {actual} bytes")]
    LengthWrong {
        /// The number in the length field.
        declared: usize,
        /// The bytes between the length field and the checksum.
        actual: usize,
    },
    /// The data segment is longer than allowed.
    #[error("the data segment of {length} bytes is longer than {limit}")]
    SegmentTooLong {
        /// Its length.
        length: usize,
        /// The limit: 1024 by the standard, or the device's setting.
        limit: usize,
    },
    /// The checksum does not fit the data segment.
    #[error("the checksum is {received:04X}, computed is {computed:04X}{}", looks_like.map_or(String::new(), |rule| format!(" (the received one is {})", rule.name())))]
    ChecksumWrong {
        /// What the packet says.
        received: u16,
        /// What it should say.
        computed: u16,
        /// The other rule by which the received checksum would be right.
        looks_like: Option<ChecksumRule>,
    },
    /// The checksum has lost its leading zeros.
    #[error("the checksum has {digits} digits instead of 4 (a leading zero was dropped)")]
    ChecksumShort {
        /// How many digits it has.
        digits: usize,
    },
    /// Where the checksum should be stands something else.
    #[error("there is no checksum where it should be, but {found:?}")]
    ChecksumMissing {
        /// What stands there.
        found: Excerpt,
    },
    /// The checksum is written with lower-case letters.
    #[error("the checksum is written in lower case")]
    ChecksumLowerCase,
    /// The data segment does not end with `&&`.
    #[error("the data segment does not end with &&")]
    SegmentNotClosed,
    /// The packet ends with a line feed only.
    #[error("the packet ends with LF instead of CR LF")]
    TerminatorLineFeed,
    /// The packet has no CR LF at its end.
    #[error("the packet has no CR LF at its end")]
    TerminatorMissing,
    /// The packet stopped before its declared end.
    #[error("the packet was cut: {declared} bytes declared, {received} received")]
    FrameCut {
        /// The declared length of the data segment.
        declared: usize,
        /// How much of the data segment came.
        received: usize,
    },
    /// Bytes that belong to no packet.
    #[error("{bytes} bytes belong to no packet")]
    Garbage {
        /// How many.
        bytes: u64,
    },
    /// So many bytes without a packet that the peer does not speak HJ 212.
    #[error("{bytes} bytes without a packet: the peer does not speak HJ 212")]
    NotThisProtocol {
        /// How many.
        bytes: u64,
    },

    // ---- head of the data segment ----
    /// There is no data area: `CP=&&` is missing.
    #[error("the data area is not opened by CP=&&")]
    DataAreaNotOpened,
    /// The command code is missing.
    #[error("the command code CN is missing")]
    CommandMissing,
    /// The device identifier is missing or empty.
    #[error("the device identifier MN is missing or empty")]
    DeviceMissing,
    /// Another head field that the edition asks for is missing.
    #[error("the head field {field} is missing")]
    HeadFieldMissing {
        /// Its name.
        field: &'static str,
    },
    /// A head field occurs twice; the first counts.
    #[error("the head field {field} occurs twice")]
    HeadFieldRepeated {
        /// Its name.
        field: Excerpt,
    },
    /// A head field that no edition knows.
    #[error("the head field {field:?} is not known")]
    HeadFieldUnknown {
        /// Its name, or the whole piece if it has no `=`.
        field: Excerpt,
    },
    /// Head fields are not separated by `;`.
    #[error("a semicolon is missing near the head field {field:?}")]
    HeadSeparator {
        /// The field after which it is missing.
        field: Excerpt,
    },
    /// A blank inside the head.
    #[error("there is a blank around the head field {field:?}")]
    HeadBlank {
        /// The field.
        field: Excerpt,
    },
    /// Head fields stand in another order than the standard prints.
    #[error("the head field {field} stands out of order")]
    HeadOrder {
        /// The first field out of order.
        field: &'static str,
    },
    /// A head field has a form that the standard does not allow.
    #[error("the head field {field} has the form {value:?}")]
    HeadFieldForm {
        /// Its name.
        field: &'static str,
        /// Its value.
        value: Excerpt,
    },
    /// Flag says that the packet is one of several, yet PNUM and PNO are missing.
    #[error("Flag announces PNUM and PNO, which are missing")]
    PacketNumbersMissing,
    /// PNUM and PNO are there although Flag does not announce them.
    #[error("PNUM and PNO are there although Flag does not announce them")]
    PacketNumbersUnannounced,
    /// PNO is zero or greater than PNUM.
    #[error("packet {number} of {total} cannot be")]
    PacketNumberRange {
        /// PNO.
        number: u32,
        /// PNUM.
        total: u32,
    },
    /// Flag carries the version bits of 2025, but it is the surface-water dialect of 2017.
    #[error("the version bits of Flag are those of the surface-water dialect, not of HJ 212-2025")]
    SurfaceWaterDialect,
    /// The command code is not known.
    #[error("the command {command:?} is not known")]
    CommandUnknown {
        /// The code.
        command: Excerpt,
    },

    // ---- data area ----
    /// Text is not UTF-8; it was read as GBK.
    #[error("the text is not UTF-8; it was read as GBK")]
    TextGbk,
    /// Text is neither UTF-8 nor GBK; unreadable parts were replaced.
    #[error("the text is neither UTF-8 nor GBK; unreadable parts were replaced")]
    TextUnreadable,
    /// The data area is encrypted and was not decrypted.
    #[error("the data area is encrypted and no key fits")]
    Encrypted,
    /// A semicolon before the closing `&&`, or an empty item.
    #[error("there is an empty item (a separator too many)")]
    EmptyItem,
    /// A blank around a field of the data area.
    #[error("there is a blank around the field {field:?}")]
    FieldBlank {
        /// The field.
        field: Excerpt,
    },
    /// An item without `=`.
    #[error("{text:?} has no equals sign")]
    FieldWithoutValue {
        /// The item.
        text: Excerpt,
    },
    /// The same field occurs twice in one item.
    #[error("the field {field:?} occurs twice")]
    FieldRepeated {
        /// Its name.
        field: Excerpt,
    },
    /// A field that the command needs is missing.
    #[error("the field {field} is missing")]
    FieldMissing {
        /// Its name.
        field: &'static str,
    },
    /// A field has a value that is not allowed there.
    #[error("the field {field:?} cannot be {value:?}")]
    FieldForm {
        /// Its name.
        field: Excerpt,
        /// Its value.
        value: Excerpt,
    },
    /// A time that is no time.
    #[error("{field:?} is not a time: {value:?}")]
    TimeMalformed {
        /// The field.
        field: Excerpt,
        /// Its value.
        value: Excerpt,
    },
    /// A time with another number of digits than fourteen.
    #[error("{field:?} has {digits} digits instead of 14")]
    TimeDigits {
        /// The field.
        field: Excerpt,
        /// How many digits it has.
        digits: usize,
    },
    /// A measured value that is no decimal number.
    #[error("{field:?} is not a number: {value:?}")]
    NumberMalformed {
        /// The field.
        field: Excerpt,
        /// Its value.
        value: Excerpt,
    },
    /// A measured value is empty.
    #[error("{field:?} has no value")]
    NumberEmpty {
        /// The field.
        field: Excerpt,
    },
    /// A data flag that no edition knows.
    #[error("the data flag of {field:?} is {value:?}, which no edition knows")]
    DataFlagUnknown {
        /// The field.
        field: Excerpt,
        /// Its value.
        value: Excerpt,
    },
    /// One flag without a factor, taken for all factors of the packet.
    #[error("one Flag without a factor code, taken for all factors")]
    BareFlag,
    /// A field of a factor that no edition knows; it is kept.
    #[error("the suffix of {field:?} is not known")]
    SuffixUnknown {
        /// The field.
        field: Excerpt,
    },
    /// A factor's fields are spread over several items.
    #[error("the fields of the factor {factor:?} are spread over several items")]
    FactorSplit {
        /// The factor's code.
        factor: Excerpt,
    },
    /// More defects than are listed.
    #[error("and {count} more defects")]
    More {
        /// How many.
        count: usize,
    },
}

/// A defect explained for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The stable code, for instance `checksum_wrong`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// Which part of the packet it concerns.
    pub place: Cow<'static, str>,
    /// What to do about it.
    pub advice: &'static str,
    /// The clause of HJ 212-2017 it is judged by.
    pub clause: &'static str,
}

impl Defect {
    /// The stable code, for instance `checksum_wrong`.
    pub fn code(&self) -> &'static str {
        self.entry().code
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.entry().severity
    }

    /// Whether the connection can go on: only a peer that does not speak HJ 212 is hopeless.
    pub fn can_continue(&self) -> bool {
        !matches!(self, Self::NotThisProtocol { .. })
    }

    /// Code, sentence, place and advice in the language asked for.
    pub fn explain(&self, language: Language) -> Explanation {
        let entry = self.entry();
        let place = self.place(language);
        match language {
            Language::English => Explanation {
                code: entry.code,
                severity: entry.severity,
                what: Cow::Owned(self.to_string()),
                place,
                advice: entry.advice_english,
                clause: entry.clause,
            },
            Language::Chinese => Explanation {
                code: entry.code,
                severity: entry.severity,
                what: chinese::sentence(self),
                place,
                advice: entry.advice_chinese,
                clause: entry.clause,
            },
        }
    }
}

/// Cuts text from a packet to a size that is fit to keep.
pub(crate) fn excerpt(text: &str) -> Excerpt {
    const LONGEST: usize = 64;
    if text.len() <= LONGEST {
        return text.into();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().into()
}

/// Cuts bytes from a packet to a size that is fit to keep, unprintable ones escaped.
pub(crate) fn excerpt_bytes(bytes: &[u8]) -> Excerpt {
    let kept = bytes.get(..32).unwrap_or(bytes);
    kept.escape_ascii().to_string().into()
}

/// A list of defects that stops growing: a hostile packet cannot make it large.
#[derive(Debug, Default)]
pub(crate) struct DefectList {
    defects: Vec<Defect>,
    dropped: usize,
}

impl DefectList {
    const LIMIT: usize = 64;

    pub(crate) fn push(&mut self, defect: Defect) {
        if self.defects.len() < Self::LIMIT {
            self.defects.push(defect);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn into_vec(mut self) -> Vec<Defect> {
        if self.dropped > 0 {
            self.defects.push(Defect::More {
                count: self.dropped,
            });
        }
        self.defects
    }
}
