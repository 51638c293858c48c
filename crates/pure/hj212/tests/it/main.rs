//! Integration tests of the crate.

mod collected;
mod encryption;
mod streams;
mod support;
