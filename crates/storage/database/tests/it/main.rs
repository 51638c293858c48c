//! The database crate on both databases.
mod audit;
mod parity;
