//! Instants, Beijing civil time and the statistical hour, day and month of the law.
//!
//! Instants are stored ([`Timestamp`], epoch milliseconds); statutory hours, days and months are
//! Beijing civil time at a fixed UTC+08:00. The clock is a parameter: [`Clock`].
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

mod civil;
mod clock;
mod statistical;
mod timestamp;

pub use civil::{CivilDate, CivilTime};
pub use clock::{Clock, FixedClock, SystemClock};
pub use statistical::{StatDay, StatHour, StatMonth};
pub use timestamp::{TimeError, Timestamp};

/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 3_600_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;
/// Beijing civil time is ahead of UTC by this many milliseconds, all year (fixed +08:00).
pub const BEIJING_OFFSET_MS: i64 = 8 * HOUR_MS;
