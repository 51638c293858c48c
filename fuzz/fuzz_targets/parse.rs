//! The message parser and the typed bodies, over arbitrary data segments.
#![no_main]

#[path = "../../crates/pure/hj212/tests/it/entry_points.rs"]
#[allow(dead_code, reason = "each target calls one of the entry points")]
mod entry_points;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry_points::parse_bytes(data));
