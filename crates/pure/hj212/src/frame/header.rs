//! Headers: `##` and the length field.

use memchr::memchr_iter;

/// The most digits that a length field may have.
const MOST_DIGITS: usize = 6;

/// What stands at the start of a buffer.
pub(super) enum Header {
    /// The buffer ends inside what may become a header.
    Partial,
    None,
    Found {
        start: usize,
        declared: usize,
        digits: usize,
    },
}

/// Reads `##` and the length field at the start of a buffer.
pub(super) fn read_header(buffer: &[u8]) -> Header {
    let Some(rest) = buffer.strip_prefix(b"##") else {
        return if buffer == b"#" {
            Header::Partial
        } else {
            Header::None
        };
    };
    // The usual case first: four digits, then a letter.
    if let Some(
        [
            a @ b'0'..=b'9',
            b @ b'0'..=b'9',
            c @ b'0'..=b'9',
            d @ b'0'..=b'9',
            next,
            ..,
        ],
    ) = rest.first_chunk::<5>()
        && !next.is_ascii_digit()
    {
        let declared = [a, b, c, d]
            .into_iter()
            .fold(0, |n, x| n * 10 + usize::from(x - b'0'));
        return Header::Found {
            start: 6,
            declared,
            digits: 4,
        };
    }
    let digits = rest
        .iter()
        .take(MOST_DIGITS + 1)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let value = |count: usize| {
        rest.iter()
            .take(count)
            .fold(0_usize, |n, x| n * 10 + usize::from(x - b'0'))
    };
    match rest.get(digits) {
        None if digits <= MOST_DIGITS => Header::Partial,
        Some(next) if (1..=MOST_DIGITS).contains(&digits) && next.is_ascii_alphabetic() => {
            Header::Found {
                start: 2 + digits,
                declared: value(digits),
                digits,
            }
        }
        _ if digits >= 4 => Header::Found {
            start: 6,
            declared: value(4),
            digits: 4,
        },
        _ => Header::None,
    }
}

/// How much must stand there to be taken for a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// `##` and a digit: between packets.
    Weak,
    /// `##`, two to six digits, two capital letters and `=`: inside a damaged packet.
    Strong,
}

/// The position of the next header at or after `from`.
pub(super) fn find_header(buffer: &[u8], from: usize, look: Look) -> Option<usize> {
    let tail = buffer.get(from..)?;
    memchr_iter(b'#', tail).map(|at| from + at).find(|at| {
        let Some(rest) = buffer.get(*at..).and_then(|rest| rest.strip_prefix(b"##")) else {
            return false;
        };
        let digits = rest
            .iter()
            .take(MOST_DIGITS)
            .take_while(|b| b.is_ascii_digit())
            .count();
        match look {
            Look::Weak => digits >= 1,
            Look::Strong => {
                digits >= 2
                    && matches!(
                        rest.get(digits..).and_then(<[u8]>::first_chunk::<3>),
                        Some([b'A'..=b'Z', b'A'..=b'Z', b'='])
                    )
            }
        }
    })
}

/// How many bytes at the end may be the beginning of a header.
pub(super) fn pending_header(buffer: &[u8]) -> usize {
    if buffer.ends_with(b"##") {
        2
    } else {
        usize::from(buffer.ends_with(b"#"))
    }
}
