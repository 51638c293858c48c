//! Inputs changed at random.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::target::Target;

/// Pieces that parsers look for.
const WORDS: [&[u8]; 39] = [
    b"##",
    b"##0",
    b"##0101",
    b"##9999",
    b"&&",
    b"&&&&",
    b"CP=&&",
    b";",
    b",",
    b"=",
    b"-",
    b"\r\n",
    b"\n",
    b"QN=20160801085857223;",
    b"ST=91;",
    b"CN=2011;",
    b"CN=2061;",
    b"CN=9014;",
    b"PW=123456;",
    b"MN=010000A8900016F000169DC0;",
    b"Flag=5;",
    b"Flag=11;",
    b"PNUM=2;PNO=1;",
    b"RF=1;",
    b"DataTime=20160801085857;",
    b"BeginTime=20160801080000;EndTime=20160801090000",
    b"-Rtd=",
    b"-Avg=",
    b"-ZsAvg=",
    b"-Flag=N",
    b"-Flag=\xE4\xB8\xAD",
    b"//",
    b"\xFE",
    b"\x00",
    b"9999999999999999999999.99",
    b"-0.",
    b".",
    b"[[override]]\n",
    b"\"",
];

/// Makes inputs from a corpus.
pub(crate) struct Mutator {
    random: SmallRng,
    target: Target,
}

impl Mutator {
    pub(crate) fn new(target: Target, seed: u64) -> Self {
        Self {
            random: SmallRng::seed_from_u64(seed),
            target,
        }
    }

    fn below(&mut self, most: usize) -> usize {
        if most == 0 {
            0
        } else {
            self.random.random_range(0..most)
        }
    }

    /// Puts the next input in `input`.
    pub(crate) fn next(&mut self, corpus: &[Vec<u8>], input: &mut Vec<u8>) {
        input.clear();
        let chosen = self.below(corpus.len());
        if let Some(chosen) = corpus.get(chosen) {
            input.extend_from_slice(chosen);
        }
        // mostly small changes, now and then many
        let most = if self.random.random_bool(0.1) { 24 } else { 4 };
        let changes = 1 + self.below(most);
        for _ in 0..changes {
            self.change(corpus, input);
        }
        input.truncate(self.target.most_bytes());
        if self.target == Target::Decode && self.random.random_bool(0.6) {
            mend(input);
        }
    }

    fn change(&mut self, corpus: &[Vec<u8>], input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.random.random_range(0..10_u8) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.random.random_range(0..8_u8);
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.random.random();
                }
            }
            2 => {
                // digits become other digits
                if let Some(byte) = input.iter_mut().skip(at).find(|byte| byte.is_ascii_digit()) {
                    *byte = b'0' + self.random.random_range(0..10_u8);
                }
            }
            3 | 4 => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or(b"");
                input.splice(at..at, word.iter().copied());
            }
            5 => {
                let end = (at + 1 + self.below(32)).min(input.len());
                if at < end {
                    input.drain(at..end);
                }
            }
            6 => {
                let end = (at + 1 + self.below(64)).min(input.len());
                let piece: Vec<u8> = input.get(at..end).unwrap_or_default().to_vec();
                let times = 1 + self.below(4);
                let to = self.below(input.len() + 1);
                input.splice(to..to, piece.repeat(times));
            }
            7 => {
                let other = self.below(corpus.len());
                let other = corpus.get(other).map_or(&[][..], Vec::as_slice);
                let from = self.below(other.len() + 1);
                let end = (from + self.below(200)).min(other.len());
                let piece: Vec<u8> = other.get(from..end).unwrap_or_default().to_vec();
                input.splice(at..at, piece);
            }
            8 => input.truncate(at),
            _ => {
                let other = self.below(input.len() + 1);
                if at < input.len() && other < input.len() {
                    input.swap(at, other);
                }
            }
        }
    }
}

/// Makes length and checksum of the last packet right, so that what is wrong lies deeper.
fn mend(input: &mut Vec<u8>) {
    let Some(start) = input.windows(2).rposition(|pair| pair == b"##") else {
        return;
    };
    let Some(end) = input
        .windows(2)
        .rposition(|pair| pair == b"&&")
        .map(|at| at + 2)
    else {
        return;
    };
    let Some(segment) = input.get(start + 6..end).map(<[u8]>::to_vec) else {
        return;
    };
    let frame = hj212::encode_frame(segment.get(..segment.len().min(9999)).unwrap_or_default());
    input.truncate(start);
    input.extend_from_slice(&frame);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let corpus = crate::seeds::of(Target::Decode);
        let make = |seed| {
            let mut mutator = Mutator::new(Target::Decode, seed);
            let mut inputs = Vec::new();
            for _ in 0..100 {
                let mut input = Vec::new();
                mutator.next(&corpus, &mut input);
                inputs.push(input);
            }
            inputs
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
        assert!(make(7).iter().all(|input| input.len() <= 4096 + 16));
    }

    #[test]
    fn a_mended_packet_is_accepted() {
        let mut input = b"\x00\x00garbage##0001QN=1;ST=32;CN=2011;MN=1;CP=&&a=1&&".to_vec();
        mend(&mut input);
        let mut buffer = bytes::BytesMut::from(&input[2..]);
        let mut decoder = hj212::FrameDecoder::new(hj212::FrameSettings::standard());
        let mut is_accepted = false;
        while let Some(found) = decoder.decode(&mut buffer) {
            is_accepted |= matches!(found, hj212::Decoded::Frame(frame) if frame.is_accepted());
        }
        assert!(is_accepted);
    }
}
