//! Packets of the loggers: a real-time packet of the moment, or a minute packet of history.

use std::fmt::Write;

use beijing_time::Timestamp;

pub(crate) const PASSWORD: &str = "123456";
pub(crate) const SYSTEM_TYPE: &str = "31";

/// What every logger measures.
pub(crate) const FACTORS: [&str; 10] = [
    "a01011", "a01012", "a01013", "a01014", "a19001", "a21026", "a21002", "a34013", "a21005",
    "a00000",
];

const MN_HEAD: &str = "LOADGENERATOR";

/// The MN of a logger.
pub(crate) fn mn_of(device: usize) -> String {
    format!("{MN_HEAD}{device:011}")
}

/// The number of the logger with an MN, if it is one of ours.
pub(crate) fn find_number(mn: &str) -> Option<usize> {
    mn.strip_prefix(MN_HEAD)?.parse().ok()
}

/// A sequence of numbers that look random and are the same each time.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// 2011 of the moment.
    Realtime,
    /// 2051 of a minute.
    Minute,
}

/// The data segment of a packet that asks for an acknowledgement.
pub(crate) fn write_segment(
    segment: &mut String,
    mn: &str,
    request: &str,
    (content, time): (Content, Timestamp),
    numbers: &mut Numbers,
) -> std::fmt::Result {
    segment.clear();
    let (command, field) = match content {
        Content::Realtime => ("2011", "Rtd"),
        Content::Minute => ("2051", "Avg"),
    };
    write!(
        segment,
        "QN={request};ST={SYSTEM_TYPE};CN={command};PW={PASSWORD};MN={mn};Flag=5;CP=&&DataTime={}",
        time.civil().to_compact()
    )?;
    for factor in FACTORS {
        let value = numbers.below(100_000);
        write!(
            segment,
            ";{factor}-{field}={}.{:03},{factor}-Flag=N",
            value / 1000,
            value % 1000
        )?;
    }
    segment.push_str("&&");
    Ok(())
}

/// QN and MN of a packet or an answer, if it has both.
pub(crate) fn find_request_and_mn(frame: &[u8]) -> Option<(u64, &str)> {
    let request = find_field(frame, "QN=")?.parse().ok()?;
    Some((request, find_field(frame, "MN=")?))
}

/// Whether an answer acknowledges data: nothing else counts.
pub(crate) fn is_acknowledgement(frame: &[u8]) -> bool {
    find_field(frame, "CN=") == Some("9014")
}

fn find_field<'a>(frame: &'a [u8], name: &str) -> Option<&'a str> {
    let at = frame
        .windows(name.len())
        .position(|window| window == name.as_bytes())?;
    let rest = frame.get(at + name.len()..)?;
    let end = rest.iter().position(|byte| *byte == b';')?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_complete_and_their_numbers_are_found_again() {
        let mut segment = String::new();
        let mn = mn_of(7);
        let time = Timestamp::from_epoch_ms(1_790_000_000_000);
        write_segment(
            &mut segment,
            &mn,
            "20261124110000123",
            (Content::Realtime, time),
            &mut Numbers::new(1),
        )
        .expect("text");
        let frame = hj212::encode_frame(segment.as_bytes());
        assert_eq!(
            find_request_and_mn(&frame),
            Some((20_261_124_110_000_123, mn.as_str()))
        );
        assert!(!is_acknowledgement(&frame), "our own packet is no answer");
        let answer = b"##0085QN=20261124110000123;ST=91;CN=9014;PW=123456;MN=1;Flag=4;CP=&&&&";
        assert!(is_acknowledgement(answer));
        assert_eq!(mn.len(), 24);
        assert_eq!(find_number(&mn), Some(7));
        assert_eq!(find_number("010000A8900016F000169DC0"), None);
        assert!(segment.len() < 1024);
        assert_eq!(segment.matches("-Rtd=").count(), FACTORS.len());
    }

    #[test]
    fn what_has_no_number_is_passed_over() {
        assert_eq!(find_request_and_mn(b"##0012ST=91;CN=9014;MN=1;&&"), None);
        assert_eq!(find_request_and_mn(b""), None);
    }
}
