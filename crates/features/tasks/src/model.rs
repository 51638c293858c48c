//! Tasks at work: reports, goals, reminders, hand-overs, and how a task stands.

use access::RegionCode;
use beijing_time::{CivilDate, Timestamp};
use exact_decimal::Decimal;
use uuid::Uuid;

use crate::rules::Period;

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$variant_doc])* $variant,)* }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The one of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}

words! {
    /// How a task stands on a day, the worst first.
    Status {
        /// The open period's deadline has passed.
        Overdue = "overdue",
        /// The deadline is near.
        DueSoon = "due_soon",
        /// Nobody has reported for long.
        NoReport = "no_report",
        /// None of these.
        OnTrack = "on_track",
        /// Every period is done.
        Done = "done",
    }
}

words! {
    /// How far a report has come.
    ReportState {
        /// Waits for somebody else to check it.
        Reported = "reported",
        /// Checked: it counts.
        Checked = "checked",
        /// Returned to who reported.
        Returned = "returned",
    }
}

words! {
    /// With whom a task lies, up the line.
    Level {
        /// The unit.
        Unit = "unit",
        /// The leader of the county.
        County = "county",
        /// The leader of the bureau.
        Bureau = "bureau",
    }
}

words! {
    /// The stage of a reminder, in the order of time.
    Stage {
        /// Sixty days before the deadline.
        Before60 = "before_60",
        /// Fifteen days before it.
        Before15 = "before_15",
        /// The day after it.
        Overdue1 = "overdue_1",
        /// Thirty days after it.
        Overdue30 = "overdue_30",
        /// Ninety days after it: it should go up the line.
        Overdue90 = "overdue_90",
    }
}

impl Stage {
    /// How many days after the deadline the stage begins; below zero before it.
    pub const fn days_after(self) -> i32 {
        match self {
            Self::Before60 => -60,
            Self::Before15 => -15,
            Self::Overdue1 => 1,
            Self::Overdue30 => 30,
            Self::Overdue90 => 90,
        }
    }
}

/// A report to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Made by the creator, so that reporting twice makes one.
    pub id: Uuid,
    /// The task.
    pub task: String,
    /// The region it tells of.
    pub region: RegionCode,
    /// The end of the period it is about.
    pub due_on: CivilDate,
    /// The day it tells of.
    pub as_of: CivilDate,
    /// Per cent; left out when a figure of the measure is given.
    pub percent: Option<u8>,
    /// The figure of the task's own measure, by its place in the plan.
    pub figure: Option<(usize, Decimal)>,
    /// What was done.
    pub text: String,
    /// Whether it is made up, for a demonstration.
    pub is_simulated: bool,
}

/// A report that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReport {
    /// What was reported; the percentage is always there.
    pub new: NewReport,
    /// How far it has come.
    pub state: ReportState,
    /// Who reported.
    pub reported_by: String,
    /// When.
    pub reported_at: Timestamp,
    /// Who checked or returned it, and when.
    pub decided: Option<(String, Timestamp)>,
    /// Why it was returned.
    pub note: Option<String>,
    /// Counts changes.
    pub revision: i64,
}

impl TaskReport {
    /// Per cent.
    pub fn percent(&self) -> u8 {
        self.new.percent.unwrap_or_default()
    }
}

/// A file of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its identifier.
    pub id: Uuid,
    /// Of which report.
    pub report_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// How large.
    pub size_bytes: i64,
    /// SM3, hexadecimal.
    pub digest: String,
    /// Who handed it in.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// What is to be reached in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The year.
    pub year: i32,
    /// How far the task should be by its end, in per cent.
    pub percent: u8,
    /// In words.
    pub goal: String,
}

/// Who has a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The unit that the bureau named; `None` for the plan's own.
    pub unit: Option<String>,
    /// The person responsible.
    pub officer: Option<String>,
    /// With whom it lies.
    pub level: Level,
    /// Counts changes; 0 when nobody has touched it.
    pub revision: i64,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            unit: None,
            officer: None,
            level: Level::Unit,
            revision: 0,
        }
    }
}

/// A task handed up the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// From whom.
    pub from: Level,
    /// To whom.
    pub to: Level,
    /// The name of the recipient.
    pub recipient: String,
    /// Why.
    pub reason: String,
    /// Who handed it over.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Of which task.
    pub task: String,
    /// Of which deadline.
    pub due_on: CivilDate,
    /// Which stage of it.
    pub stage: Stage,
    /// When it was written.
    pub at: Timestamp,
    /// Who took note of it, and when.
    pub seen: Option<(String, Timestamp)>,
}

/// How one task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskState {
    /// The plan's identifier.
    pub task: String,
    /// How it stands.
    pub status: Status,
    /// The open period; the last when all are done.
    pub period: Period,
    /// How many periods are done, and how many there are.
    pub periods_done: (usize, usize),
    /// Per cent of the open period by its last checked report.
    pub percent: u8,
    /// The day that report tells of.
    pub reported_as_of: Option<CivilDate>,
    /// The day on which the last period was done, when all are.
    pub done_on: Option<CivilDate>,
    /// Reports that wait to be checked.
    pub waiting: usize,
    /// Who has it.
    pub work: Work,
    /// Whether any report that counts is made up.
    pub is_simulated: bool,
}

/// A period whose deadline has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePeriod {
    /// The period.
    pub period: Period,
    /// The report that counts for it; `None` when none was checked.
    pub report: Option<TaskReport>,
}

/// What a task owes by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTask {
    /// The plan's identifier.
    pub task: String,
    /// The unit that the bureau named; `None` for the plan's own.
    pub unit: Option<String>,
    /// Its periods whose deadline has come, in their order; at least one.
    pub periods: Vec<DuePeriod>,
}

/// Everything about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDossier {
    /// How it stands.
    pub state: TaskState,
    /// Its periods.
    pub periods: Vec<Period>,
    /// Its yearly breakdown.
    pub goals: Vec<Goal>,
    /// Its reports with their files, the newest first.
    pub reports: Vec<(TaskReport, Vec<ReportFile>)>,
    /// How it went up the line.
    pub hand_overs: Vec<HandOver>,
    /// Its reminders, the newest first.
    pub reminders: Vec<Reminder>,
}

/// Which tasks, and on which day and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskQuery {
    /// The day; today when absent.
    pub on: Option<CivilDate>,
    /// The region whose reports count; that of the plan when absent.
    pub region: Option<RegionCode>,
}
