#![doc = include_str!("../README.md")]

mod client;
mod error;
mod fetch;
mod identity;
mod settings;

pub use client::{Attempt, Begun, Returned, SignOn};
pub use error::SignOnError;
pub use identity::Identity;
pub use settings::SignOnSettings;
