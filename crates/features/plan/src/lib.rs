#![doc = include_str!("../README.md")]

mod book;
mod error;
mod model;
mod rules;
mod service;
mod store;

pub use book::PlanBook;
pub use error::PlanError;
pub use model::{
    IndicatorCourse, IndicatorState, InputState, NewValue, ReportedValue, ValueFilter, ValueState,
};
pub use rules::assess;
pub use service::{
    accept_value, check_value, list_indicator_states, list_values, load_indicator_course,
    report_value, return_value,
};
