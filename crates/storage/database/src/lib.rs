#![doc = include_str!("../README.md")]

pub mod audit;
pub mod bulk;
pub mod catalogue;
mod error;
pub mod file_copy;
mod macros;
mod migrate;
mod open;
mod search;
pub mod snapshot;
pub mod transfer;

pub use error::DatabaseError;
pub use migrate::{SchemaState, list_known_migrations};
pub use open::{Database, DatabaseSettings, Kind, OpenTransaction, Pool, Transaction};
pub use search::search_pattern;
pub use sqlx;
