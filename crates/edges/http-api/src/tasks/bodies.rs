//! JSON bodies of the plan's tasks at work. Days are `YYYY-MM-DD`.

use city_plan::Task;
use plan::PlanBook;
use serde::{Deserialize, Serialize};
use tasks::{
    Goal, HandOver, Period, Reminder, ReportFile, TaskDossier, TaskReport, TaskState, Work,
};
use utoipa::ToSchema;

fn find<'a>(book: &'a PlanBook, id: &str) -> Option<&'a Task> {
    let mut tasks = book.plan().tasks.iter();
    tasks
        .find(|task| task.id.get_ref() == id)
        .map(|entry| &entry.item)
}

/// A name in both languages; the English one is empty where there is none.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskUnitBody {
    name_zh: String,
    name_en: String,
}

impl TaskUnitBody {
    /// A unit as the bureau wrote it.
    fn written(name: &str) -> Self {
        Self {
            name_zh: name.to_owned(),
            name_en: String::new(),
        }
    }

    /// Units that the plan gives by their identifiers.
    fn list(book: &PlanBook, ids: &[String]) -> Vec<Self> {
        let named = |id: &String| {
            let mut units = book.plan().units.iter();
            let unit = units.find(|unit| unit.id.get_ref() == id);
            unit.map_or_else(
                || Self::written(id),
                |unit| Self {
                    name_zh: unit.name.clone(),
                    name_en: unit.name_en.clone().unwrap_or_default(),
                },
            )
        };
        ids.iter().map(named).collect()
    }
}

/// What a task owes by a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PeriodBody {
    from: String,
    due_on: String,
}

impl From<&Period> for PeriodBody {
    fn from(period: &Period) -> Self {
        Self {
            from: period.from.to_string(),
            due_on: period.due_on.to_string(),
        }
    }
}

/// Who has a task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WorkBody {
    /// The unit that the bureau named, where it named one.
    unit: Option<String>,
    /// The person responsible.
    officer: Option<String>,
    /// With whom it lies: `unit`, `county` or `bureau`.
    level: &'static str,
    revision: i64,
}

impl From<&Work> for WorkBody {
    fn from(work: &Work) -> Self {
        Self {
            unit: work.unit.clone(),
            officer: work.officer.clone(),
            level: work.level.as_str(),
            revision: work.revision,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WorkAnswer {
    pub(super) work: WorkBody,
}

/// How one task stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskStateBody {
    id: String,
    name_zh: String,
    /// Empty where the plan's file has none, as the other English names.
    name_en: String,
    /// The heading of the plan under which it stands.
    heading_zh: String,
    heading_en: String,
    /// The units responsible: the plan's own, or the one that the bureau named.
    units: Vec<TaskUnitBody>,
    cooperating: Vec<TaskUnitBody>,
    /// Whether the plan itself names somebody.
    is_named_by_plan: bool,
    /// `daily`, `half_yearly`, `yearly` or `continuous`; null for a task with one deadline.
    recurrence: Option<&'static str>,
    /// `overdue`, `due_soon`, `no_report`, `on_track` or `done`.
    status: &'static str,
    /// The open period.
    period: PeriodBody,
    periods_done: usize,
    periods: usize,
    /// Per cent of the open period by its last checked report.
    percent: u8,
    /// The day that the last checked report tells of.
    reported_as_of: Option<String>,
    /// The day on which the last period was done.
    done_on: Option<String>,
    /// Reports that wait to be checked.
    waiting: usize,
    work: WorkBody,
    is_simulated: bool,
}

impl TaskStateBody {
    pub(super) fn new(state: &TaskState, book: &PlanBook) -> Option<Self> {
        let task = find(book, &state.task)?;
        let header = book.plan().header.as_ref();
        let heading_en = header.map_or("", |header| header.item.heading_en(&task.heading));
        let units = match &state.work.unit {
            Some(unit) => vec![TaskUnitBody::written(unit)],
            None => TaskUnitBody::list(book, &task.lead),
        };
        Some(Self {
            id: state.task.clone(),
            name_zh: task.name.clone(),
            name_en: task.name_en.clone().unwrap_or_default(),
            heading_zh: task.heading.clone(),
            heading_en: heading_en.to_owned(),
            units,
            cooperating: TaskUnitBody::list(book, &task.cooperating),
            is_named_by_plan: !task.lead.is_empty(),
            recurrence: task.recurrence.map(crate::plan::recurrence),
            status: state.status.as_str(),
            period: (&state.period).into(),
            periods_done: state.periods_done.0,
            periods: state.periods_done.1,
            percent: state.percent,
            reported_as_of: state.reported_as_of.map(|day| day.to_string()),
            done_on: state.done_on.map(|day| day.to_string()),
            waiting: state.waiting,
            work: (&state.work).into(),
            is_simulated: state.is_simulated,
        })
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TasksBody {
    /// The day.
    pub(super) on: String,
    pub(super) tasks: Vec<TaskStateBody>,
}

/// What is to be reached in a year.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoalBody {
    year: i32,
    /// How far the task should be by its end, in per cent.
    percent: u8,
    goal: String,
}

impl From<Goal> for GoalBody {
    fn from(goal: Goal) -> Self {
        Self {
            year: goal.year,
            percent: goal.percent,
            goal: goal.goal,
        }
    }
}

impl From<GoalBody> for Goal {
    fn from(body: GoalBody) -> Self {
        Self {
            year: body.year,
            percent: body.percent,
            goal: body.goal,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GoalsInput {
    pub(super) goals: Vec<GoalBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GoalsAnswer {
    pub(super) goals: Vec<GoalBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignmentInput {
    /// The revision that was read; 0 when nobody has touched the task.
    pub(super) revision: i64,
    /// Empty for the plan's own units.
    pub(super) unit: Option<String>,
    pub(super) officer: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HandOverInput {
    /// The revision that was read; 0 when nobody has touched the task.
    pub(super) revision: i64,
    /// `county` or `bureau`.
    pub(super) to: String,
    /// The leader who takes it over.
    pub(super) recipient: String,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenInput {
    pub(super) task: String,
    pub(super) due_on: String,
    pub(super) stage: String,
}

/// A figure that a task is checked by.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnMeasureBody {
    name: String,
    target: String,
    unit: String,
    meaning: &'static str,
}

/// A file of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportFileBody {
    id: String,
    name: String,
    media_type: String,
    size_bytes: i64,
    /// SM3, hexadecimal.
    digest: String,
    author: String,
    at: String,
}

impl From<&ReportFile> for ReportFileBody {
    fn from(file: &ReportFile) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size_bytes: file.size_bytes,
            digest: file.digest.clone(),
            author: file.author.clone(),
            at: file.at.to_string(),
        }
    }
}

/// A report of progress.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskReportBody {
    id: String,
    task: String,
    region_code: String,
    due_on: String,
    as_of: String,
    percent: u8,
    /// The place of the task's own measure, when a figure was reported.
    measure: Option<usize>,
    value: Option<String>,
    text: String,
    is_simulated: bool,
    /// `reported`, `checked` or `returned`.
    state: &'static str,
    reported_by: String,
    reported_at: String,
    decided_by: Option<String>,
    decided_at: Option<String>,
    /// Why it was returned.
    note: Option<String>,
    files: Vec<ReportFileBody>,
}

impl TaskReportBody {
    pub(super) fn new(report: &TaskReport, files: &[ReportFile]) -> Self {
        let new = &report.new;
        let (decided_by, decided_at) = report
            .decided
            .as_ref()
            .map(|(by, at)| (by.clone(), at.to_string()))
            .unzip();
        Self {
            id: new.id.to_string(),
            task: new.task.clone(),
            region_code: new.region.to_string(),
            due_on: new.due_on.to_string(),
            as_of: new.as_of.to_string(),
            percent: report.percent(),
            measure: new.figure.map(|(measure, _)| measure),
            value: new.figure.map(|(_, value)| value.to_string()),
            text: new.text.clone(),
            is_simulated: new.is_simulated,
            state: report.state.as_str(),
            reported_by: report.reported_by.clone(),
            reported_at: report.reported_at.to_string(),
            decided_by,
            decided_at,
            note: report.note.clone(),
            files: files.iter().map(ReportFileBody::from).collect(),
        }
    }
}

/// A task handed up the line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskHandOverBody {
    from: &'static str,
    to: &'static str,
    recipient: String,
    reason: String,
    author: String,
    at: String,
}

impl From<&HandOver> for TaskHandOverBody {
    fn from(one: &HandOver) -> Self {
        Self {
            from: one.from.as_str(),
            to: one.to.as_str(),
            recipient: one.recipient.clone(),
            reason: one.reason.clone(),
            author: one.author.clone(),
            at: one.at.to_string(),
        }
    }
}

/// A reminder before or after a deadline.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReminderBody {
    task: String,
    name_zh: String,
    name_en: String,
    due_on: String,
    /// `before_60`, `before_15`, `overdue_1`, `overdue_30` or `overdue_90`.
    stage: &'static str,
    at: String,
    seen_by: Option<String>,
}

impl ReminderBody {
    pub(super) fn new(reminder: &Reminder, book: &PlanBook) -> Self {
        let task = find(book, &reminder.task);
        Self {
            task: reminder.task.clone(),
            name_zh: task.map_or_else(|| reminder.task.clone(), |task| task.name.clone()),
            name_en: task
                .and_then(|task| task.name_en.clone())
                .unwrap_or_default(),
            due_on: reminder.due_on.to_string(),
            stage: reminder.stage.as_str(),
            at: reminder.at.to_string(),
            seen_by: reminder.seen.as_ref().map(|(by, _)| by.clone()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RemindersBody {
    pub(super) reminders: Vec<ReminderBody>,
}

/// Everything about one task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskDossierBody {
    #[serde(flatten)]
    state: TaskStateBody,
    /// What must be there when it is done, if no figure measures it.
    deliverable: Option<String>,
    measures: Vec<OwnMeasureBody>,
    all_periods: Vec<PeriodBody>,
    goals: Vec<GoalBody>,
    reports: Vec<TaskReportBody>,
    hand_overs: Vec<TaskHandOverBody>,
    reminders: Vec<ReminderBody>,
}

impl TaskDossierBody {
    pub(super) fn new(dossier: TaskDossier, book: &PlanBook) -> Option<Self> {
        let state = TaskStateBody::new(&dossier.state, book)?;
        let task = find(book, &dossier.state.task)?;
        let measures = task.measure.iter().map(|measure| OwnMeasureBody {
            name: measure.name.clone(),
            target: measure.target.to_string(),
            unit: measure.unit.clone(),
            meaning: crate::plan::meaning(measure.meaning),
        });
        Some(Self {
            state,
            deliverable: task.deliverable.clone(),
            measures: measures.collect(),
            all_periods: dossier.periods.iter().map(PeriodBody::from).collect(),
            goals: dossier.goals.into_iter().map(GoalBody::from).collect(),
            reports: dossier
                .reports
                .iter()
                .map(|(report, files)| TaskReportBody::new(report, files))
                .collect(),
            hand_overs: dossier
                .hand_overs
                .iter()
                .map(TaskHandOverBody::from)
                .collect(),
            reminders: dossier
                .reminders
                .iter()
                .map(|one| ReminderBody::new(one, book))
                .collect(),
        })
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskAnswer {
    pub(super) task: TaskDossierBody,
}
