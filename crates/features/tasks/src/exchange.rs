//! Reports of the past from a table: for a demonstration, or from the spreadsheets of before.

use std::collections::BTreeMap;

use access::{Actor, Permission};
use beijing_time::Clock;
use database::Database;
use plan::PlanBook;
use sites::{Column, NamedRow, TableProblem, TableRow, read_named_rows};
use uuid::Uuid;

use Column as C;

use crate::model::{Goal, NewReport, ReportState, TaskReport};
use crate::service::reports::{check_new, insert_in};
use crate::service::{find_task, today, years};
use crate::{TasksError, periods_of, put_goals, store};

/// The most rows of one file.
const MOST_ROWS: usize = 20_000;

/// The columns of a list of reports.
pub const REPORT_COLUMNS: &[Column] = &[
    C::required("task", "任务", "规划中任务的标识"),
    C::required("region_code", "行政区划代码", "GB/T 2260"),
    C::optional("due_on", "期限", "2018-12-31；空为唯一的期限"),
    C::required("as_of", "截至日期", "2018-09-30"),
    C::required("percent", "进度", "0 至 100 的整数"),
    C::required("text", "进展", ""),
    C::optional("is_simulated", "是否模拟", "是 / 否"),
];

/// The columns of a yearly breakdown.
pub const GOAL_COLUMNS: &[Column] = &[
    C::required("task", "任务", "规划中任务的标识"),
    C::required("year", "年份", ""),
    C::required("percent", "年底进度", "0 至 100 的整数"),
    C::required("goal", "年度目标", ""),
];

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportImport {
    /// Rows below the headings.
    pub rows: usize,
    /// New reports.
    pub created: usize,
    /// Reports of the same task, region and day that are there already.
    pub unchanged: usize,
    /// What is wrong; with anything wrong nothing is imported.
    pub problems: Vec<TableProblem>,
}

/// Imports reports that were checked before they came here, for the whole city.
///
/// # Errors
/// [`TasksError::Refused`], [`TasksError::Invalid`] for too many rows.
pub async fn import_reports(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    rows: &[TableRow],
) -> Result<ReportImport, TasksError> {
    actor.check_everywhere(Permission::ReportTasks)?;
    actor.check_everywhere(Permission::CheckTasks)?;
    if rows.len() > MOST_ROWS {
        return Err(crate::error::invalid(
            "file",
            format!("超过 {MOST_ROWS} 行"),
            format!("has more than {MOST_ROWS} rows"),
        ));
    }
    let read = read_named_rows(REPORT_COLUMNS, rows);
    let mut report = ReportImport {
        rows: read.count,
        problems: read.problems,
        ..ReportImport::default()
    };
    let (on, now) = (today(clock), clock.now());
    let mut reports = Vec::new();
    for row in &read.rows {
        match read_row(book, row)
            .and_then(|new| check_new(book, on, new).map_err(|error| Box::new(told(row, error))))
        {
            Ok(new) => reports.push(TaskReport {
                new,
                state: ReportState::Checked,
                reported_by: actor.name.clone(),
                reported_at: now,
                decided: Some((actor.name.clone(), now)),
                note: None,
                revision: 2,
            }),
            Err(problem) => report.problems.push(*problem),
        }
    }
    if !report.problems.is_empty() {
        return Ok(report);
    }
    let mut kept = Vec::new();
    for one in &reports {
        if !kept.iter().any(|(region, _)| *region == one.new.region) {
            let of_region = store::report::list_of_region(database, &one.new.region).await?;
            kept.push((one.new.region.clone(), of_region));
        }
    }
    let is_there = |new: &NewReport| {
        kept.iter().flat_map(|(_, reports)| reports).any(|other| {
            let other = &other.new;
            (&other.task, &other.region, other.as_of, other.due_on)
                == (&new.task, &new.region, new.as_of, new.due_on)
        })
    };
    let mut transaction = database.begin().await?;
    for one in &reports {
        if is_there(&one.new) {
            report.unchanged += 1;
        } else if insert_in(&mut transaction, actor, one).await? {
            report.created += 1;
        }
    }
    transaction.commit().await?;
    Ok(report)
}

/// Puts yearly breakdowns in the place of those that the tasks of a table had.
///
/// # Errors
/// [`TasksError::Refused`]; [`TasksError::Invalid`] and [`TasksError::NotFound`] for a wrong row, with
/// the breakdowns before it put already.
pub async fn import_goals(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    rows: &[TableRow],
) -> Result<usize, TasksError> {
    actor.check_everywhere(Permission::CheckTasks)?;
    let read = read_named_rows(GOAL_COLUMNS, rows);
    if let Some(problem) = read.problems.first() {
        return Err(crate::error::invalid(
            "file",
            format!("第 {} 行：{}", problem.row, problem.detail_zh),
            format!("row {}: {}", problem.row, problem.detail_en),
        ));
    }
    let mut by_task: BTreeMap<String, Vec<Goal>> = BTreeMap::new();
    for row in &read.rows {
        let wrong = |_syntax| {
            let (zh, en) = ("不是整数", "is no whole number");
            crate::error::invalid("year", format!("第 {} 行：{zh}", row.number), en)
        };
        let goal = Goal {
            year: row.text("year").parse().map_err(wrong)?,
            percent: row.text("percent").parse().map_err(wrong)?,
            goal: row.text("goal").to_owned(),
        };
        by_task
            .entry(row.text("task").to_owned())
            .or_default()
            .push(goal);
    }
    for (task, goals) in &by_task {
        put_goals(database, clock, (book, actor), task, goals).await?;
    }
    Ok(read.rows.len())
}

fn told(row: &NamedRow, error: TasksError) -> TableProblem {
    match error {
        TasksError::Invalid { field, zh, en } => {
            *row.problem(REPORT_COLUMNS, field, "invalid", (zh, en))
        }
        other => {
            let words = ("规划没有此任务".to_owned(), other.to_string());
            *row.problem(REPORT_COLUMNS, "task", "unknown", words)
        }
    }
}

fn read_row(book: &PlanBook, row: &NamedRow) -> Result<NewReport, Box<TableProblem>> {
    let wrong =
        |column: &str, words: (&str, &str)| row.problem(REPORT_COLUMNS, column, "invalid", words);
    let day = |column: &str| {
        let words = ("不是日期，应如 2018-03-01", "is no day such as 2018-03-01");
        row.text(column)
            .parse()
            .map_err(|_syntax| wrong(column, words))
    };
    let task = find_task(book, row.text("task")).map_err(|error| Box::new(told(row, error)))?;
    let due_on = if row.text("due_on").is_empty() {
        match periods_of(task, years(book)).as_slice() {
            [only] => only.due_on,
            _ => {
                return Err(wrong(
                    "due_on",
                    ("该任务有多个期限，须填写", "the task has several"),
                ));
            }
        }
    } else {
        day("due_on")?
    };
    Ok(NewReport {
        id: Uuid::now_v7(),
        task: row.text("task").to_owned(),
        region: row
            .text("region_code")
            .parse()
            .map_err(|_syntax| wrong("region_code", ("不是行政区划代码", "is no region code")))?,
        due_on,
        as_of: day("as_of")?,
        percent: Some(row.text("percent").parse().map_err(|_syntax| {
            wrong(
                "percent",
                (
                    "应为 0 至 100 的整数",
                    "must be a whole number from 0 to 100",
                ),
            )
        })?),
        figure: None,
        text: row.text("text").to_owned(),
        is_simulated: matches!(row.text("is_simulated"), "是" | "yes" | "true" | "1"),
    })
}
