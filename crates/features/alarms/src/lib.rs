#![doc = include_str!("../README.md")]

pub mod engine;
mod error;
mod model;
mod readings;
mod reports;
pub mod rules;
mod runtime;
mod service;
mod store;
mod words;

pub use error::AlarmError;
pub use model::{
    Alarm, AlarmChange, AlarmEvent, AlarmFilter, AlarmLimit, AlarmPlace, ExceedanceFilter,
    ExceedancePlace, ExceedanceRow, Exemption, NewExemption, Noted, RuleVersion, Shift, ShiftEntry,
};
pub use readings::observe_reading;
pub use reports::{
    DutyReport, RateReport, RateReportRow, write_duty_report, write_exceedance_report,
    write_rate_report,
};
pub use runtime::{ALARM_READER, AlarmFeed, AlarmKeeper, Observed, run_alarms};
pub use service::{
    Backtest, BacktestAlarm, BacktestRequest, RuleChange, acknowledge_alarm, add_shift_entry,
    close_alarm, compute_backtest, count_open_alarms, create_exemption, create_rule, find_officer,
    find_present_shift, hand_over_shift, list_alarms, list_alarms_under_way_at_points,
    list_exceedances, list_exemptions, list_rule_versions, list_rules, list_shift_entries,
    list_shifts, load_alarm, load_backtest_subjects, revoke_exemption, run_backtest, seed_rules,
    start_shift, update_rule,
};
pub use words::{
    AlarmEventKind, AlarmKind, AlarmState, PlatformMeasure, RecordKind, Severity, Statistic,
    StormCause,
};
