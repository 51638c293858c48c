//! Ambient air: GB 3095 limits and validity, HJ 633 indices, HJ 663 evaluation.

mod annual;
mod averages;
mod breakpoints;
mod city;
mod explain;
mod index;
mod item;
mod limits;
mod method;
mod sand_dust;
mod single_index;
mod trend;

pub use annual::{
    AnnualEvaluation, AnnualRules, AttainmentItem, DailyValue, compute_attainment_rate,
    compute_composite_index, compute_exceedance_multiple, compute_good_day_rate, percentile,
};
pub use averages::{
    AirDay, Mean, Reading, compute_daily_mean, compute_day, compute_maximum_eight_hours,
    compute_running_eight_hours, compute_running_maximum, compute_running_mean,
};
pub use breakpoints::{AqiRules, Level, SubIndex};
pub use city::{CityMean, compute_city_mean, is_city_day_valid};
pub use index::{AirIndex, Note};
pub use item::{Concentrations, Item, ItemSet, Pollutant};
pub use limits::{AreaClass, LimitCheck, check_air_limit};
pub use method::IndexMethod;
pub use sand_dust::SandDustEvaluation;
pub use single_index::{SingleIndices, YearStatistic, compute_single_indices};
pub use trend::{SpearmanTrend, Trend, compute_spearman_trend};
