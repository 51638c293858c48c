#![doc = include_str!("../README.md")]

mod book;
mod cockpit;
mod error;
mod follow;
mod lineage;
mod measures;
mod model;
mod rules;
mod service;
mod snapshot;
mod store;

pub use book::PlanBook;
pub use cockpit::{Cockpit, DueTask, load_cockpit};
pub use error::PlanError;
pub use follow::{FollowedMeasures, MeasuresContext, follow_measures, mark_all};
pub use lineage::{MeasureYear, load_measure_year};
pub use model::{
    ComputedMeasure, IndicatorCourse, IndicatorState, InputSource, InputState, MeasureBasis,
    MeasureKey, NewValue, PointPart, RegionRank, ReportedValue, ValueFilter, ValueState,
};
pub use service::{
    accept_value, check_value, list_indicator_states, list_values, load_indicator_course,
    report_value, return_value,
};
pub use snapshot::{
    ComputedFigure, IndicatorFigure, InputFigure, PlanFigures, ReportedFigure, state_of_plan,
};
