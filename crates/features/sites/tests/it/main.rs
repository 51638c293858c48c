//! Sites and devices on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod city;
mod devices;
mod exchange;
mod places;
mod points;
mod spreadsheet;
