//! Every SQL statement of monitoring.

pub(crate) mod blocks;
pub(crate) mod changes;
pub(crate) mod gaps;
pub(crate) mod imports;
pub(crate) mod journal;
pub(crate) mod layers;
pub(crate) mod quarantine;
pub(crate) mod rates;
pub(crate) mod records;
pub(crate) mod retention;
pub(crate) mod statistics;
pub(crate) mod vault;
