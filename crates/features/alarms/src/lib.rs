//! Alarms: rules, opening, escalation, recovery, the duty desk and back-testing.

pub mod engine;
pub mod rules;
mod words;

pub use words::{
    AlarmEventKind, AlarmKind, AlarmState, PlatformMeasure, RecordKind, Severity, Statistic,
    StormCause,
};
