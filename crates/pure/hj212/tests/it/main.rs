//! Integration tests of the crate.

mod packets;
