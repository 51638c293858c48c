//! Records of one point, kind and span of time by columns, exact and small.
//!
//! A block holds every version of every record of its span, with the packet each came in. Integers
//! of a column lie side by side, where what is regular costs next to nothing; a value keeps its
//! mantissa and scale, so that "0.10" stays "0.10". What a block gives back is what went in, bit for
//! bit: whoever writes one reads it back first ([`encode_block`] does).

mod columns;
mod decode;
mod encode;
mod span;
mod values;

pub(crate) use columns::{put_column, read_column};
pub(crate) use decode::{Selection, decode_block};
pub(crate) use encode::{EncodedBlock, encode_block};
pub(crate) use span::Span;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests;

/// The form of the bytes.
const VERSION: u8 = 1;
/// Rows of one block at the most; more are a sign of damage.
const MOST_ROWS: usize = 1 << 21;
/// Values of one column at the most; more are a sign of damage.
pub(crate) const MOST_VALUES: usize = 1 << 24;
/// The bit of the re-send mark in a version.
const RESENT_BIT: i64 = 1 << 50;

/// Marks of a row.
mod mark {
    /// The version has the re-send mark.
    pub(super) const RESENT: i64 = 1;
    /// The version is nought but for the re-send mark: the packet had no number.
    pub(super) const UNNUMBERED: i64 = 2;
    /// The payload is kept as it is, for it could not be read.
    pub(super) const OPAQUE: i64 = 4;
}
