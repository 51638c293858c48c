//! The saved corpus of the fuzzer, through the same entry points.

use std::path::PathBuf;

use crate::entry_points;

fn run_corpus(target: &str, entry_point: fn(&[u8])) {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for part in ["..", "..", "..", "fuzz", "corpus", target] {
        folder.push(part);
    }
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the saved corpus") {
        let path = entry.expect("an entry").path();
        let input = std::fs::read(&path).expect("an input");
        let result = std::panic::catch_unwind(|| entry_point(&input));
        assert!(result.is_ok(), "{} fails", path.display());
        count += 1;
    }
    assert!(count >= 40, "{count} inputs in {}", folder.display());
}

#[test]
fn the_decoder_survives_the_saved_corpus() {
    run_corpus("decode", entry_points::decode);
}

#[test]
fn the_parser_survives_the_saved_corpus() {
    run_corpus("parse", entry_points::parse_bytes);
}
