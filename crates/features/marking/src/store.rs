//! Every SQL statement of this feature.

pub(crate) mod file;
pub(crate) mod marking;
pub(crate) mod sample;

pub(crate) use access::ScopeFilter;
