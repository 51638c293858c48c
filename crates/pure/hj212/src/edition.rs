//! The three editions, and how a packet shows which one it is written in.

use crate::command;
use crate::envelope::Envelope;

/// An edition of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// HJ/T 212-2005.
    Hjt2005,
    /// HJ 212-2017.
    Hj2017,
    /// HJ 212-2025.
    Hj2025,
}

impl Edition {
    /// All editions, oldest first.
    pub const ALL: [Self; 3] = [Self::Hjt2005, Self::Hj2017, Self::Hj2025];

    /// The year: `2005`, `2017`, `2025`.
    pub const fn year(self) -> &'static str {
        match self {
            Self::Hjt2005 => "2005",
            Self::Hj2017 => "2017",
            Self::Hj2025 => "2025",
        }
    }

    /// The number of the standard: `HJ 212-2017`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hjt2005 => "HJ/T 212-2005",
            Self::Hj2017 => "HJ 212-2017",
            Self::Hj2025 => "HJ 212-2025",
        }
    }

    /// The edition of that [`year`](Self::year).
    pub fn from_year(year: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|edition| edition.year() == year)
    }

    /// The version bits of Flag.
    pub const fn version_bits(self) -> u8 {
        match self {
            Self::Hjt2005 => 0,
            Self::Hj2017 => 1,
            Self::Hj2025 => 2,
        }
    }

    /// Tells the edition from the packet itself, and whether it is the surface-water dialect.
    ///
    /// The version bits of Flag decide. Without Flag, pollutant codes of 2017 do. The national
    /// surface-water protocol of 2017 uses the version bits of 2025: it is known by ST=21, by an
    /// underscore in the MN, or in an answer (ST=91) by an MN that is not 24 hexadecimal digits.
    pub fn detect(envelope: &Envelope<'_>) -> (Self, Dialect) {
        let Some(flag) = envelope.parsed_flag() else {
            let is_new = envelope.flag.is_none() && has_codes_of_2017(envelope.data_area);
            let edition = if is_new { Self::Hj2017 } else { Self::Hjt2005 };
            return (edition, Dialect::Standard);
        };
        match flag.version() {
            0 => (Self::Hjt2005, Dialect::Standard),
            2 if is_surface_water(envelope) => (Self::Hj2017, Dialect::SurfaceWater),
            2 => (Self::Hj2025, Dialect::Standard),
            _ => (Self::Hj2017, Dialect::Standard),
        }
    }
}

/// Whether a packet follows the standard or a known dialect of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The standard.
    Standard,
    /// The national surface-water protocol of 2017 (地表水自动监测).
    SurfaceWater,
}

fn is_surface_water(envelope: &Envelope<'_>) -> bool {
    let mn = envelope.mn.unwrap_or_default();
    match envelope.st {
        Some("21") => true,
        _ if mn.contains('_') => true,
        Some("91") => !mn.is_empty() && !is_assigned_identifier(mn),
        _ => false,
    }
}

/// The form of an MN of 2017 and 2025: 24 hexadecimal digits.
fn is_assigned_identifier(mn: &str) -> bool {
    mn.len() == 24 && mn.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether a data area names factors by codes that came with 2017, such as `a21026-`.
fn has_codes_of_2017(area: &[u8]) -> bool {
    area.split(|b| matches!(b, b';' | b',')).any(|field| {
        field
            .iter()
            .position(|b| *b == b'-')
            .and_then(|at| field.get(..at))
            .is_some_and(command::is_code_of_2017)
    })
}

/// The number in the field Flag (拆分包及应答标志).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flag(pub u8);

impl Flag {
    /// A flag of an edition, with the bits for answer and packet numbers clear.
    pub const fn of(edition: Edition) -> Self {
        Self(edition.version_bits() << 2)
    }

    /// Reads a decimal number up to 255.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    /// The same flag asking for an answer (bit 0).
    #[must_use]
    pub const fn with_answer(self) -> Self {
        Self(self.0 | 1)
    }

    /// The same flag announcing PNUM and PNO (bit 1).
    #[must_use]
    pub const fn with_packet_numbers(self) -> Self {
        Self(self.0 | 2)
    }

    /// Whether an answer is wanted (bit 0).
    pub const fn wants_answer(self) -> bool {
        self.0 & 1 == 1
    }

    /// Whether PNUM and PNO are announced (bit 1).
    pub const fn has_packet_numbers(self) -> bool {
        self.0 & 2 == 2
    }

    /// The version bits: 0, 1 or 2 for the three editions.
    pub const fn version(self) -> u8 {
        self.0 >> 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segment: &str, edition: Edition, dialect: Dialect) {
        assert_eq!(
            Edition::detect(&Envelope::scan(segment.as_bytes())),
            (edition, dialect),
            "{segment}"
        );
    }

    #[test]
    fn tells_the_editions_apart() {
        use Dialect::{Standard, SurfaceWater};
        check(
            "ST=32;CN=2011;PW=1;MN=8;Flag=3;CP=&&&&",
            Edition::Hjt2005,
            Standard,
        );
        check(
            "ST=32;CN=2011;PW=1;MN=8;Flag=5;CP=&&&&",
            Edition::Hj2017,
            Standard,
        );
        check(
            "ST=32;CN=2011;PW=1;MN=8;Flag=9;CP=&&&&",
            Edition::Hj2025,
            Standard,
        );
        check(
            "ST=32;CN=2011;PW=1;MN=8;CP=&&011-Rtd=1&&",
            Edition::Hjt2005,
            Standard,
        );
        check(
            "ST=32;CN=2011;PW=1;MN=8;CP=&&w01018-Rtd=1&&",
            Edition::Hj2017,
            Standard,
        );
        check(
            "ST=21;CN=2011;PW=1;MN=ZLDSZ;Flag=8;CP=&&&&",
            Edition::Hj2017,
            SurfaceWater,
        );
        check(
            "ST=91;CN=9014;PW=1;MN=SD000001;Flag=9;CP=&&QnRtn=1&&",
            Edition::Hj2017,
            SurfaceWater,
        );
        check(
            "ST=91;CN=9014;PW=1;MN=010000A8900016F000169DC0;Flag=8;CP=&&&&",
            Edition::Hj2025,
            Standard,
        );
        check(
            "ST=91;CN=9013;PW=1;MN=;Flag=8;CP=&&&&",
            Edition::Hj2025,
            Standard,
        );
    }
}
