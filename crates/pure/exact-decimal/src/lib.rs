//! Exact decimal numbers and the only rounding functions.
