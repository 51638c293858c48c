//! Every SQL statement of monitoring.

pub(crate) mod journal;
pub(crate) mod quarantine;
pub(crate) mod records;
