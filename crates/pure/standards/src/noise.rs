//! Noise: GB 3096 zones, GB 12348, GB 22337 and GB 12523 boundaries, HJ 640 grades.

mod evaluation;
mod levels;
mod limits;

pub use evaluation::{
    NoiseGrade, NoiseObject, compute_functional_rate, compute_noise_grade, compute_region_mean,
    compute_road_mean, explain_region_mean, explain_road_mean,
};
pub use levels::{
    compute_background_correction, compute_day_night_level, compute_energy_mean,
    explain_day_night_level,
};
pub use limits::{
    NightPeak, NoiseCheck, NoiseStandard, Period, check_indoor_limit, check_night_peak,
    check_noise_limit,
};
