//! The law as code: limits, indices and classes, each by edition and date, with its basis.
