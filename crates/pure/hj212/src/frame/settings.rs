//! What a decoder forgives: the settings of one device.

use super::STANDARD_SEGMENT_LIMIT;
use crate::crc::ChecksumRule;

/// Whether a wrong length field is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LengthRule {
    /// The length must be right.
    #[default]
    Exact,
    /// A packet whose checksum is right is accepted whatever its length field says.
    TrustChecksum,
}

/// Whether the terminator must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TerminatorRule {
    /// A packet is complete with its checksum.
    #[default]
    Optional,
    /// CR LF must follow; the decoder waits for it.
    Required,
}

/// Whether a checksum without its leading zeros is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChecksumDigits {
    /// Four digits.
    #[default]
    Four,
    /// One to four digits.
    Any,
}

/// The settings by which packets are found and accepted; one set for each device that needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSettings {
    /// The longest data segment that is accepted, and the most that is waited for.
    pub max_segment: usize,
    /// How the checksum is computed.
    pub checksum: ChecksumRule,
    /// Whether a checksum without leading zeros is accepted.
    pub checksum_digits: ChecksumDigits,
    /// Whether a wrong length is accepted.
    pub length: LengthRule,
    /// Whether CR LF must be there.
    pub terminator: TerminatorRule,
    /// After how many bytes without one packet the peer is held not to speak HJ 212.
    pub max_garbage: u64,
}

impl FrameSettings {
    /// The longest segment a tolerant decoder waits for.
    pub const TOLERANT_SEGMENT_LIMIT: usize = 64 * 1024;

    /// The letter of the standard: 1024 bytes, four digits everywhere, CR LF.
    pub const fn strict() -> Self {
        Self {
            max_segment: STANDARD_SEGMENT_LIMIT,
            checksum: ChecksumRule::Hj212,
            checksum_digits: ChecksumDigits::Four,
            length: LengthRule::Exact,
            terminator: TerminatorRule::Required,
            max_garbage: 16 * 1024,
        }
    }

    /// The standard's limits without waiting for CR LF: for packets as they come from the field.
    pub const fn standard() -> Self {
        Self {
            terminator: TerminatorRule::Optional,
            ..Self::strict()
        }
    }

    /// Long segments, wrong lengths and shortened checksums are forgiven while the checksum fits.
    pub const fn tolerant() -> Self {
        Self {
            max_segment: Self::TOLERANT_SEGMENT_LIMIT,
            checksum: ChecksumRule::Hj212,
            checksum_digits: ChecksumDigits::Any,
            length: LengthRule::TrustChecksum,
            terminator: TerminatorRule::Optional,
            max_garbage: 64 * 1024,
        }
    }
}

impl Default for FrameSettings {
    fn default() -> Self {
        Self::standard()
    }
}
