#![doc = include_str!("../README.md")]

mod city;
mod digest;
mod error;
mod explain;
mod feed;
mod follow;
mod inputs;
mod judge;
mod minutes;
mod model;
mod region;
mod rulebook;
mod service;
mod simulate;
mod store;
mod what_if;
mod years;

pub use city::{CityAir, CitySummary, SectionSummary, StationSummary, load_city_summary};
pub use digest::compute_digest;
pub use error::VerdictsError;
pub use explain::{VerdictExplanation, load_explanation};
pub use feed::VerdictFeed;
pub use follow::{
    Followed, SettingsProgress, VerdictNews, VerdictsContext, follow_changes, follow_settings,
    recompute,
};
pub use inputs::VerdictInput;
pub use model::{
    Cause, LeftOut, Outcome, PointSetting, Verdict, VerdictBasis, VerdictChange, VerdictItem,
    VerdictKind, VerdictState, class_number, class_of_number,
};
pub use region::{
    AirYear, DataOrigin, Place, PointYear, SectionYear, WaterYear, load_air_year, load_water_year,
};
pub use rulebook::Rulebook;
pub use service::{
    ChangePage, VerdictPage, VerdictsRequest, list_kinds, list_verdict_changes, list_verdicts,
    load_setting, update_setting,
};
pub use simulate::{
    Direction, Flip, Simulation, SimulationRequest, SimulationStep, SimulationTotals,
    simulated_kinds,
};
pub use what_if::OtherLimit;
pub use years::{YearChange, list_year_changes, take_year_changes};
