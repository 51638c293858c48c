//! Exact decimal numbers and the only rounding functions of Qingshan.
//!
//! A statutory value is never a binary floating-point number. [`Decimal`] has no `/`, no `round`
//! and no conversion from `f64`; the only division is [`Decimal::multiply_then_divide`], which
//! multiplies first, divides once and rounds once, by a [`Rounding`] that the caller names.
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

mod decimal;
mod fraction;
mod rounding;
mod text;

pub use decimal::{Decimal, DecimalError};
pub use fraction::Fraction;
pub use rounding::Rounding;
