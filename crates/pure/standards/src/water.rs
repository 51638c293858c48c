//! Surface water: GB 3838 classes, section and river state, lakes, city index, drinking water,
//! black-odorous water.

mod black_odorous;
mod class;
mod drinking;
mod item;
mod ranking;
mod river;
mod section;
mod trophic;

pub use black_odorous::{BlackOdorousGrade, compute_black_odorous_grade};
pub use class::{ItemClass, SectionClass, WaterClass, WaterMethod, WaterRules};
pub use drinking::{
    DrinkingCheck, DrinkingExceedance, check_drinking_source, compute_qualified_rate,
};
pub use item::{Samples, WaterBody, WaterItem};
pub use ranking::{CityWater, compute_city_water_index, compute_section_index};
pub use river::{
    ChangeDegree, RiverState, WaterState, compare_rates, compare_states, compute_river_state,
};
pub use section::{MainPollutant, compute_main_pollutants, compute_mean_ph, compute_period_mean};
pub use trophic::{TrophicLevel, TrophicSample, compute_trophic_level_index};
