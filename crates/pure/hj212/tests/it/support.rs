//! What several tests need: the collected material beside the repository, and a whole-input decode.

use bytes::BytesMut;
use hj212::{Decoded, Frame, FrameDecoder, FrameSettings};
use std::path::PathBuf;

/// A file of the collected public material, in `shared/` beside the repository. `None`, with the
/// reason printed, when it is not there: the material is not part of the repository.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn read_collected(name: &str) -> Option<String> {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for part in ["..", "..", "..", "..", "shared"] {
        path.push(part);
    }
    path.push(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            eprintln!(
                "skipped: the collected material {} is not here ({error})",
                path.display()
            );
            None
        }
    }
}

/// Everything found in chunks that arrive one after the other.
pub(crate) fn decode_chunks(chunks: &[&[u8]], settings: FrameSettings) -> Vec<Decoded> {
    let mut decoder = FrameDecoder::new(settings);
    let mut buffer = BytesMut::new();
    let mut found = Vec::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(decoded) = decoder.decode(&mut buffer) {
            found.push(decoded);
        }
        assert!(buffer.len() <= decoder.most_buffered());
    }
    while let Some(decoded) = decoder.finish(&mut buffer) {
        found.push(decoded);
    }
    assert!(buffer.is_empty(), "finish leaves nothing behind");
    found
}

/// The packets among them.
pub(crate) fn frames(found: Vec<Decoded>) -> Vec<Frame> {
    found
        .into_iter()
        .filter_map(|decoded| match decoded {
            Decoded::Frame(frame) => Some(frame),
            Decoded::Garbage(_) => None,
        })
        .collect()
}
