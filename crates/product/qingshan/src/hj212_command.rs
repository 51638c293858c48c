//! `qingshan hj212`: packets explained and made, for people who debug devices.

mod decode;
mod explain;
mod listen;
mod send;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

/// The commands about HJ 212.
#[derive(Debug, Subcommand)]
pub(crate) enum Hj212Command {
    /// Explain every packet of a file or of standard input, field by field, with every defect.
    Decode(DecodeOptions),
    /// Frame a data segment: add header, length, checksum and CR LF.
    Encode(EncodeOptions),
    /// Send packets to an address and explain the answers.
    Send(send::SendOptions),
    /// Listen for devices, explain what they send, and answer if asked to.
    Listen(listen::ListenOptions),
}

/// Options of `qingshan hj212 decode`.
#[derive(Debug, Args)]
pub(crate) struct DecodeOptions {
    /// The file; `-` or nothing reads standard input.
    file: Option<std::path::PathBuf>,
    /// Fail when a packet is not valid or has a blemish.
    #[arg(long)]
    strict: bool,
    /// One JSON object a line for each packet found.
    #[arg(long)]
    json: bool,
    /// The language of explanations.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
}

/// Options of `qingshan hj212 encode`.
#[derive(Debug, Args)]
pub(crate) struct EncodeOptions {
    /// The data segment, such as `QN=…;ST=32;CN=2011;PW=…;MN=…;Flag=4;CP=&&…&&`.
    segment: String,
}

/// Chinese or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageOption {
    /// 中文
    Zh,
    /// English
    En,
}

impl LanguageOption {
    /// The language of the protocol crate.
    pub(crate) const fn language(self) -> hj212::Language {
        match self {
            Self::Zh => hj212::Language::Chinese,
            Self::En => hj212::Language::English,
        }
    }

    /// One of two texts.
    pub(crate) const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Zh => chinese,
            Self::En => english,
        }
    }
}

/// Runs `qingshan hj212 …`, writing to `out`.
///
/// # Errors
/// When the input cannot be read or the output not be written.
pub(crate) async fn run(command: &Hj212Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match command {
        Hj212Command::Decode(options) => {
            let reading = decode::Reading {
                is_strict: options.strict,
                is_json: options.json,
                language: options.language,
            };
            let is_good = match options.file.as_deref() {
                Some(path) if path.as_os_str() != "-" => {
                    let file = std::fs::File::open(path)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                    decode::decode(file, reading, out)?
                }
                _ => decode::decode(std::io::stdin().lock(), reading, out)?,
            };
            Ok(if is_good || !options.strict {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Hj212Command::Encode(options) => {
            let segment = options.segment.as_bytes();
            check_segment(segment)?;
            out.write_all(&hj212::encode_frame(segment))?;
            Ok(ExitCode::SUCCESS)
        }
        Hj212Command::Send(options) => send::send(options, out).await,
        Hj212Command::Listen(options) => listen::listen(options, out).await,
    }
}

/// A segment that is too long for a packet is refused.
fn check_segment(segment: &[u8]) -> anyhow::Result<()> {
    anyhow::ensure!(
        segment.len() <= hj212::STANDARD_SEGMENT_LIMIT,
        "the segment has {} bytes; at most {} fit a packet (HJ 212-2017, 6.3.1): split it",
        segment.len(),
        hj212::STANDARD_SEGMENT_LIMIT
    );
    Ok(())
}
