//! Checksums: the CRC of HJ 212 by folding, its plain form, and the wrong ones that devices send.

/// The ordinary table of the reflected polynomial `0xA001`.
#[expect(clippy::indexing_slicing, reason = "computed at compile time")]
const TABLE: [u16; 256] = {
    let mut table = [0_u16; 256];
    let mut index = 0_u16;
    while index < 256 {
        let mut register = index;
        let mut bit = 0;
        while bit < 8 {
            let odd = register & 1 == 1;
            register >>= 1;
            if odd {
                register ^= 0xA001;
            }
            bit += 1;
        }
        table[index as usize] = register;
        index += 1;
    }
    table
};

/// `POWERS[k]` is the byte step of the checksum (`TABLE[x] >> 8`) applied `k` times.
///
/// The step is linear over XOR and its eighth power is the identity, so a byte's influence depends
/// only on its distance from the end modulo eight.
#[expect(clippy::indexing_slicing, reason = "computed at compile time")]
const POWERS: [[u8; 256]; 8] = {
    let mut powers = [[0_u8; 256]; 8];
    let mut value = 0_usize;
    while value < 256 {
        let mut state = value;
        let mut power = 0;
        while power < 8 {
            powers[power][value] = state.to_le_bytes()[0];
            state = (TABLE[state] >> 8) as usize;
            power += 1;
        }
        value += 1;
    }
    powers
};

/// How a checksum field is to be computed and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ChecksumRule {
    /// The CRC of HJ 212 (appendix A), high byte first. All three editions.
    #[default]
    Hj212,
    /// The CRC of HJ 212 with its two bytes swapped.
    Hj212Swapped,
    /// CRC-16/Modbus, high byte first.
    Modbus,
    /// CRC-16/Modbus, low byte first, as it is sent on a Modbus line.
    ModbusSwapped,
    /// CRC-16/ARC (Modbus with a register that starts at zero), high byte first.
    Arc,
    /// The checksum is not looked at.
    Off,
}

impl ChecksumRule {
    /// Every rule that computes something, the right one first.
    pub const COMPUTED: [Self; 5] = [
        Self::Hj212,
        Self::ModbusSwapped,
        Self::Modbus,
        Self::Hj212Swapped,
        Self::Arc,
    ];

    /// The checksum of a segment by this rule; [`ChecksumRule::Off`] computes the standard's.
    pub fn compute(self, segment: &[u8]) -> u16 {
        match self {
            Self::Hj212 | Self::Off => checksum(segment),
            Self::Hj212Swapped => checksum(segment).swap_bytes(),
            Self::Modbus => modbus(segment, 0xFFFF),
            Self::ModbusSwapped => modbus(segment, 0xFFFF).swap_bytes(),
            Self::Arc => modbus(segment, 0),
        }
    }

    /// A short stable name, as used in settings files: `hj212`, `modbus`, `modbus-swapped`...
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hj212 => "hj212",
            Self::Hj212Swapped => "hj212-swapped",
            Self::Modbus => "modbus",
            Self::ModbusSwapped => "modbus-swapped",
            Self::Arc => "arc",
            Self::Off => "off",
        }
    }

    /// The rule of that [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::COMPUTED
            .into_iter()
            .chain([Self::Off])
            .find(|rule| rule.name() == name)
    }

    /// Which rule, if any, gives this checksum for this segment: to propose a device's setting.
    pub fn detect(segment: &[u8], received: u16) -> Option<Self> {
        Self::COMPUTED
            .into_iter()
            .find(|rule| rule.compute(segment) == received)
    }
}

/// The CRC of HJ 212-2017 appendix A over a data segment.
///
/// Eight bytes are folded at a time, which runs at the speed of memory; see [`checksum_plain`] for
/// the printed form. The result takes only 256 different values, whatever the segment: it detects
/// a random damage with a probability of 255/256 and no more, and it cannot see two bytes swapped
/// eight apart. Check lengths, grammar and times too.
pub fn checksum(segment: &[u8]) -> u16 {
    let Some((&last, head)) = segment.split_last() else {
        return 0xFFFF;
    };
    let (blocks, rest) = head.as_chunks::<32>();
    let mut lanes = [0_u64; 4];
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane ^= u64::from_le_bytes(*word);
        }
    }
    let mut folded = lanes.into_iter().fold(0, |sum, lane| sum ^ lane);
    let (words, bytes) = rest.as_chunks::<8>();
    for word in words {
        folded ^= u64::from_le_bytes(*word);
    }
    let mut tail = [0_u8; 8];
    for (slot, byte) in tail.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    folded ^= u64::from_le_bytes(tail);

    let length = head.len();
    let mut state = power(length, 0xFF);
    for (position, byte) in folded.to_le_bytes().into_iter().enumerate() {
        // The lane `position` holds the bytes whose distance from the end is this, modulo eight.
        state ^= power(length.wrapping_sub(position), byte);
    }
    table(state ^ last)
}

/// The CRC of HJ 212 as the standard prints it, bit by bit: the reference for tests.
pub fn checksum_plain(segment: &[u8]) -> u16 {
    let mut register = 0xFFFF_u16;
    for byte in segment {
        // The byte meets the high byte moved down; the low byte is discarded (this is what makes
        // it differ from CRC-16/Modbus).
        register = (register >> 8) ^ u16::from(*byte);
        for _ in 0..8 {
            let odd = register & 1 == 1;
            register >>= 1;
            if odd {
                register ^= 0xA001;
            }
        }
    }
    register
}

/// CRC-16 with polynomial `0xA001` and the given start: `0xFFFF` is Modbus, `0` is ARC.
fn modbus(segment: &[u8], start: u16) -> u16 {
    segment.iter().fold(start, |register, byte| {
        (register >> 8) ^ table(register.to_le_bytes()[0] ^ byte)
    })
}

#[expect(
    clippy::indexing_slicing,
    reason = "a byte cannot exceed a table of 256"
)]
fn table(index: u8) -> u16 {
    TABLE[usize::from(index)]
}

#[expect(
    clippy::indexing_slicing,
    reason = "modulo eight, and a byte within a table of 256"
)]
fn power(exponent: usize, value: u8) -> u8 {
    POWERS[exponent % 8][usize::from(value)]
}

/// Four upper-case hexadecimal digits.
pub fn format_checksum(value: u16) -> [u8; 4] {
    let digit = |shift: u32| {
        let nibble = ((value >> shift) & 0xF).to_le_bytes()[0];
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'A' + nibble - 10
        }
    };
    [digit(12), digit(8), digit(4), digit(0)]
}

/// Reads one to four hexadecimal digits of either case.
pub fn parse_checksum(text: &[u8]) -> Option<u16> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.iter().try_fold(0_u16, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'F' => byte - b'A' + 10,
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some((value << 4) | u16::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(segment: &str, expect: u16) {
        assert_eq!(checksum(segment.as_bytes()), expect, "{segment}");
        assert_eq!(checksum_plain(segment.as_bytes()), expect, "{segment}");
    }

    #[test]
    fn computes_the_worked_vectors() {
        check("", 0xFFFF);
        check("123456789", 0x2F80);
        check(
            "QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&",
            0x1C80,
        );
        check(
            "QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&",
            0x2200,
        );
        check(
            "QN=20040516010101001;ST=32;CN=2011;PW=123456;MN=88888880000001;Flag=3;CP=&&&&",
            0x7BC0,
        );
        check(
            "ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817000;B01-Rtd=36.91;011-Rtd=231.0,011-Flag=N;060-Rtd=1.803,060-Flag=N&&",
            0x4980,
        );
        check(
            "QN=20160801085857223;ST=32;CN=1013;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&& PolId=w01018&&",
            0x0000,
        );
        check(
            "QN=20160801085857223;ST=32;CN=3020;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&DataTime=20160801062035;PolId=w01018;i11001-Info=//清洗管路//&&",
            0x1980,
        );
    }

    #[test]
    fn computes_the_wrong_checksums_that_devices_send() {
        let segment = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&";
        assert_eq!(ChecksumRule::Modbus.compute(segment), 0x0759);
        assert_eq!(ChecksumRule::Modbus.compute(b"123456789"), 0x4B37);
        assert_eq!(ChecksumRule::Arc.compute(b"123456789"), 0xBB3D);
        assert_eq!(
            ChecksumRule::detect(segment, 0x5907),
            Some(ChecksumRule::ModbusSwapped)
        );
        assert_eq!(
            ChecksumRule::detect(segment, 0x801C),
            Some(ChecksumRule::Hj212Swapped)
        );
        assert_eq!(ChecksumRule::detect(segment, 0x1C08), None);
    }

    #[test]
    fn checksum_text_is_read_in_either_case_and_written_in_upper_case() {
        assert_eq!(parse_checksum(b"7d0a"), Some(0x7D0A));
        assert_eq!(parse_checksum(b"140"), Some(0x0140));
        assert_eq!(parse_checksum(b"7D0G"), None);
        assert_eq!(parse_checksum(b""), None);
        assert_eq!(&format_checksum(0x7D0A), b"7D0A");
    }

    proptest! {
        #[test]
        fn folding_equals_the_printed_form(bytes in proptest::collection::vec(any::<u8>(), 0..1200)) {
            prop_assert_eq!(checksum(&bytes), checksum_plain(&bytes));
        }

        #[test]
        fn only_eight_low_bytes_occur(bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
            let low = checksum(&bytes).to_le_bytes()[0];
            prop_assert!([0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1].contains(&low));
        }
    }
}
