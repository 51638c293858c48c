//! Raw packets, explained field by field.

mod explained;

pub(crate) use explained::{ExplainedPacket, show_text};
