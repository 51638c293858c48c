//! Monitoring on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod city;
mod compaction;
mod evidence;
mod gaps;
mod import;
mod interpret;
mod interpreter;
mod journal;
mod knowledge;
mod layers;
mod quarantine;
mod rates;
mod retention;
mod series;
mod statistics;
mod vault;
mod vault_faults;
