//! What is run, and by what its behaviour is told apart.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use bytes::BytesMut;
use clap::ValueEnum;
use hj212::{Decoded, FrameDecoder, FrameSettings, ParseSettings, parse_body, parse_message};
use standards::Parameters;

use crate::entry_points;

/// What reads what others wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Bytes to frames to messages.
    Decode,
    /// A data segment to a message.
    Parse,
    /// TOML that changes legal parameters.
    Parameters,
}

impl Target {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Parse => "parse",
            Self::Parameters => "parameters",
        }
    }

    /// Inputs are cut to this length.
    pub(crate) const fn most_bytes(self) -> usize {
        match self {
            Self::Decode | Self::Parameters => 4096,
            Self::Parse => 2048,
        }
    }

    /// Runs it once. It panics when something is wrong.
    pub(crate) fn run(self, input: &[u8]) {
        match self {
            Self::Decode => entry_points::decode(input),
            Self::Parse => entry_points::parse_bytes(input),
            Self::Parameters => {
                let text = String::from_utf8_lossy(input);
                let changed = shipped().with_overrides("fuzz.toml", &text);
                if let Err(error) = changed {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }

    /// What an input shows: two inputs that show the same are of the same use.
    pub(crate) fn behaviour(self, input: &[u8]) -> BTreeSet<u64> {
        let mut shown = BTreeSet::new();
        let mut show = |what: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            what(&mut hasher);
            shown.insert(hasher.finish());
        };
        match self {
            Self::Decode => {
                let [choice, _size, bytes @ ..] = input else {
                    return shown;
                };
                let settings = match choice % 3 {
                    0 => FrameSettings::standard(),
                    1 => FrameSettings::strict(),
                    _ => FrameSettings::tolerant(),
                };
                let mut decoder = FrameDecoder::new(settings);
                let mut buffer = BytesMut::from(bytes);
                let mut frames = 0_usize;
                let mut take = |found: Decoded| match found {
                    Decoded::Frame(frame) => {
                        frames += 1;
                        let codes: BTreeSet<_> =
                            frame.defects().iter().map(hj212::Defect::code).collect();
                        let is_accepted = frame.is_accepted();
                        show(&|hasher| (choice % 3, &codes, is_accepted).hash(hasher));
                    }
                    Decoded::Garbage(garbage) => {
                        let code = garbage.defect.code();
                        show(&|hasher| (choice % 3, code, garbage.count.min(3)).hash(hasher));
                    }
                };
                while let Some(found) = decoder.decode(&mut buffer) {
                    take(found);
                }
                while let Some(found) = decoder.finish(&mut buffer) {
                    take(found);
                }
                show(&|hasher| (choice % 3, frames.min(3)).hash(hasher));
            }
            Self::Parse => {
                let text = hj212::decode_text(input).0;
                let (message, defects) = parse_message(&text, &ParseSettings::default());
                let (_body, more) = parse_body(&message);
                let codes: BTreeSet<_> = defects
                    .iter()
                    .chain(&more)
                    .map(hj212::Defect::code)
                    .collect();
                // each defect with the command, and how many sorts there are at once
                let cn = message
                    .cn
                    .filter(|cn| crate::seeds::has_command(cn))
                    .unwrap_or_default();
                let edition = message.edition;
                show(&|hasher| (cn, edition.year(), codes.len().min(3)).hash(hasher));
                for code in codes {
                    show(&|hasher| (code, edition.year()).hash(hasher));
                }
            }
            Self::Parameters => {
                let text = String::from_utf8_lossy(input);
                let said = match shipped().with_overrides("fuzz.toml", &text) {
                    Ok(_) => "accepted".to_owned(),
                    Err(error) => error.to_string().chars().take(24).collect(),
                };
                show(&|hasher| said.hash(hasher));
            }
        }
        shown
    }
}

fn shipped() -> &'static Parameters {
    static SHIPPED: OnceLock<Parameters> = OnceLock::new();
    SHIPPED.get_or_init(|| Parameters::shipped().expect("what is shipped is read by its tests"))
}
