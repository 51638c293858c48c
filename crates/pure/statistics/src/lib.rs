#![doc = include_str!("../README.md")]

mod averages;
mod seasons;
mod trend;

pub use averages::{maximum, mean, mean_direction, mean_with_capture, percentile, running_mean};
pub use seasons::{Decomposition, SeasonError, Seasons, decompose, decompose_by, deseasonalise};
pub use trend::{Bootstrap, Interval, TheilSen, TrendError, theil_sen};
