//! Surface water: GB 3838 classes, section and river state, lakes, city index, drinking water,
//! black-odorous water.

mod black_odorous;
mod class;
mod drinking;
mod item;
mod method;
mod ranking;
mod river;
mod section;
mod trophic;

pub use black_odorous::{
    BlackOdorousBody, BlackOdorousGrade, compute_black_odorous_grade, compute_body_grade,
    compute_point_grade, explain_black_odorous_grade, is_rural_black_odorous,
};
pub use class::{ItemClass, SectionClass, WaterClass, WaterRules};
pub use drinking::{
    DrinkingCheck, DrinkingExceedance, check_drinking_source, compute_qualified_rate,
    explain_drinking_source,
};
pub use item::{Samples, WaterBody, WaterItem};
pub use method::WaterMethod;
pub use ranking::{
    CityWater, compute_city_water_index, compute_section_index, explain_city_water_index,
    explain_section_index,
};
pub use river::{
    ChangeDegree, RiverState, WaterState, compare_rates, compare_states, compute_river_state,
    explain_rates, explain_river_state, explain_state_change,
};
pub use section::{
    MainPollutant, compute_main_pollutants, compute_mean_ph, compute_mean_section,
    compute_period_mean, compute_river_main_pollutants,
};
pub use trophic::{
    TrophicIndex, TrophicLevel, TrophicSample, compute_trophic_level_index,
    explain_trophic_level_index,
};
