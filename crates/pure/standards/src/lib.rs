#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

pub mod air;
mod based;
mod basis;
pub mod compensation;
pub mod emergency;
pub mod emission;
mod error;
pub mod evaluation;
mod logarithms;
pub mod noise;
mod parameters;
pub mod reduction;
pub mod soil;
pub mod time_limits;
mod validity;
pub mod waste;
pub mod water;

pub use based::Based;
pub use basis::{Basis, Confidence, Explanation, Input, Language, Step};
pub use error::StandardError;
pub use parameters::{Cell, Override, Parameters, Row, Table, Version};
pub use validity::{InvalidReason, Validity};
