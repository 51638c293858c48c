#![doc = include_str!("../README.md")]

mod accounts;
mod book;
mod cockpit;
mod error;
mod exchange;
mod follow;
mod lineage;
mod measures;
mod model;
mod rules;
mod service;
mod snapshot;
mod store;

pub use accounts::{AccountBase, PollutantAccount, list_account_entries, list_accounts};
pub use book::PlanBook;
pub use cockpit::{Cockpit, load_cockpit};
pub use error::PlanError;
pub use exchange::{VALUE_COLUMNS, ValueImport, import_values};
pub use follow::{FollowedMeasures, MeasuresContext, follow_measures, mark_all};
pub use lineage::{MeasureYear, load_measure_year};
pub use model::{
    AccountedMeasure, ComputedMeasure, IndicatorCourse, IndicatorState, InputSource, InputState,
    MeasureBasis, MeasureKey, NewValue, PointPart, ProjectName, RegionRank, ReportedValue,
    ValueFilter, ValueState,
};
pub use service::{
    accept_value, check_value, list_indicator_states, list_values, load_indicator_course,
    report_value, return_value,
};
pub use snapshot::{
    AccountedFigure, ComputedFigure, IndicatorFigure, InputFigure, PlanFigures, ReportedFigure,
    state_of_plan,
};
