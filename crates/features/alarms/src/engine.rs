//! The alarm engine: a deterministic state machine without input or output.

pub mod life;
