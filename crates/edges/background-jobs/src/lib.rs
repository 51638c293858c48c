#![doc = include_str!("../README.md")]

mod alarms_from_monitoring;
mod audit;
mod board;
mod gaps;
mod plan;
mod rates;
mod reminders;
mod schedule;
mod storage;
mod verdicts;
mod watch;

pub use alarms_from_monitoring::{
    AlarmAdapter, CertificateEnd, ForwardingLags, PlatformSources, feed_alarms, observe_batch,
};
pub use audit::{AuditProgress, AuditVerdict, AuditWatch, follow_audit, run_audit_once};
pub use board::{JobBoard, JobReport};
pub use gaps::{GapsJob, GapsJobError, GapsProgress, follow_gaps, run_gaps_once};
pub use plan::{PlanJob, run_plan_once};
pub use rates::{RatesJobError, RatesProgress, follow_rates, load_planned_stops, run_rates_once};
pub use reminders::follow_reminders;
pub use schedule::{Schedule, repeat};
pub use storage::{
    CompactionProgress, find_completed, follow_compaction, follow_packing, follow_retention,
    run_compaction_once, run_packing_once, run_retention_once,
};
pub use verdicts::{VerdictsJob, follow_verdicts, run_verdicts_once};
pub use watch::{DiskSpace, WallClockWatch, find_disk_space, find_free_disk_bytes};
