#![doc = include_str!("../README.md")]

mod error;
mod exchange;
mod model;
mod rules;
mod service;
mod store;

pub use error::TasksError;
pub use exchange::{GOAL_COLUMNS, REPORT_COLUMNS, ReportImport, import_goals, import_reports};
pub use model::{
    DuePeriod, DueTask, Goal, HandOver, Level, NewReport, Reminder, ReportFile, ReportState, Stage,
    Status, TaskDossier, TaskQuery, TaskReport, TaskState, Work,
};
pub use rules::{Period, periods_of};
pub use service::files::{attach_file, load_file};
pub use service::reminders::{list_reminders, mark_seen, write_reminders};
pub use service::reports::{check_report, report_task, return_report};
pub use service::work::{assign_task, hand_over_task, put_goals};
pub use service::{list_due_tasks, list_tasks, load_task};
