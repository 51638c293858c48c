//! Integration tests of the crate.

mod collected;
mod corpus;
mod encryption;
mod entry_points;
mod roundtrip;
mod streams;
mod support;
