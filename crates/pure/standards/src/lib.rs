#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

pub mod air;
mod basis;
mod error;
pub mod evaluation;
mod logarithms;
pub mod noise;
mod parameters;
pub mod soil;
mod validity;
pub mod water;

pub use basis::{Basis, Confidence, Explanation, Input, Language, Step};
pub use error::StandardError;
pub use parameters::{Cell, Override, Parameters, Row, Table, Version};
pub use validity::{InvalidReason, Validity};
