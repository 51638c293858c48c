#![doc = include_str!("../README.md")]

pub mod audit;
pub mod bulk;
mod error;
mod macros;
mod migrate;
mod open;

pub use error::DatabaseError;
pub use migrate::SchemaState;
pub use open::{Database, DatabaseSettings, Kind, OpenTransaction, Pool, Transaction};
pub use sqlx;
