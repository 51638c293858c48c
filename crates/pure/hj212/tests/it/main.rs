//! Integration tests of the crate.

mod collected;
mod encryption;
mod roundtrip;
mod streams;
mod support;
