//! Values of the past from a table: for a demonstration, or from the spreadsheets of before.

use std::collections::BTreeMap;

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use city_plan::progress::ReductionError;
use database::{Database, audit};
use sites::{Column, NamedRow, TableProblem, TableRow, read_named_rows};
use uuid::Uuid;

use Column as C;

use crate::model::{NewValue, ReportedValue, ValueState};
use crate::service::{Checked, check_acceptable, check_new, gives_way, invalid, state_of, subject};
use crate::{PlanBook, PlanError, store};

/// The most rows of one file.
const MOST_ROWS: usize = 20_000;

/// The columns of a list of values.
pub const VALUE_COLUMNS: &[Column] = &[
    C::required("measure", "数据项", "规划中量的标识"),
    C::required("region_code", "行政区划代码", "GB/T 2260"),
    C::required("year", "年份", ""),
    C::optional("project_code", "项目编号", "减排项目；其他数据不填"),
    C::required("value", "数值", "十进制数"),
    C::required("evidence", "依据", "文件、台账或来函"),
    C::required("reported_by", "填报人", ""),
    C::required("checked_by", "核对人", "不能是填报人"),
    C::required("accepted_by", "采用人", "不能是填报人"),
    C::optional("is_simulated", "是否模拟", "是 / 否"),
];

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueImport {
    /// Rows below the headings.
    pub rows: usize,
    /// New values.
    pub created: usize,
    /// Values that are there already.
    pub unchanged: usize,
    /// What is wrong; with anything wrong nothing is imported.
    pub problems: Vec<TableProblem>,
}

/// Imports values that were reported, checked and accepted before they came here, by the people that
/// the table names, for the whole city: all of them, or none when anything is wrong.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::Invalid`] for too many rows.
pub async fn import_values(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    rows: &[TableRow],
) -> Result<ValueImport, PlanError> {
    actor.check_everywhere(Permission::ReportPlanValues)?;
    actor.check_everywhere(Permission::CheckPlanValues)?;
    actor.check_everywhere(Permission::AcceptPlanValues)?;
    if rows.len() > MOST_ROWS {
        return Err(invalid("file", format!("has more than {MOST_ROWS} rows")));
    }
    let read = read_named_rows(VALUE_COLUMNS, rows);
    let mut import = ValueImport {
        rows: read.count,
        problems: read.problems,
        ..ValueImport::default()
    };
    let (base_year, _, last_year) = book.years();
    let mut accepted = store::list_accepted(database, base_year, last_year).await?;
    let mut projects: BTreeMap<String, Option<Uuid>> = BTreeMap::new();
    let mut values: Vec<(ReportedValue, (i64, u32))> = Vec::new();
    for row in &read.rows {
        let code = row.text("project_code");
        if !code.is_empty() && !projects.contains_key(code) {
            let id = store::find_project_id(database, code).await?;
            projects.insert(code.to_owned(), id);
        }
        let mut new = match read_row(row, projects.get(code).copied().flatten()) {
            Ok(new) => new,
            Err(problem) => {
                import.problems.push(*problem);
                continue;
            }
        };
        let checked = match check_new(database, actor, book, &mut new).await {
            Ok(checked) => checked,
            Err(error) => {
                import.problems.push(told(row, error)?);
                continue;
            }
        };
        let is_there = |one: &ReportedValue| {
            let same_id = NewValue {
                id: new.id,
                ..one.new.clone()
            };
            same_id == new
        };
        if accepted.iter().any(is_there) {
            import.unchanged += 1;
            continue;
        }
        if let Err(error) = check_acceptable(database, book, &accepted, &new).await {
            import.problems.push(told(row, error)?);
            continue;
        }
        accepted.retain(|one| !gives_way(&one.new, &new));
        let number = checked.number;
        let value = as_accepted(row, new, checked, clock.now());
        accepted.push(value.clone());
        values.push((value, number));
    }
    if !import.problems.is_empty() {
        return Ok(import);
    }
    import.created = values.len();
    write(database, actor, &values).await?;
    Ok(import)
}

async fn write(
    database: &Database,
    actor: &Actor,
    values: &[(ReportedValue, (i64, u32))],
) -> Result<(), PlanError> {
    let mut transaction = database.begin().await?;
    for (value, number) in values {
        let (new, by, at) = (&value.new, &value.reported_by, value.reported_at);
        store::supersede(&mut transaction, new).await?;
        store::insert(&mut transaction, new, *number, by, at).await?;
        store::save(&mut transaction, value).await?;
        let mut after = state_of(new, value.project.as_ref(), value.state);
        if let Some(after) = after.as_object_mut() {
            after.insert("reported_by".to_owned(), by.as_str().into());
            after.insert("checked_by".to_owned(), value.checked_by.clone().into());
            after.insert("accepted_by".to_owned(), value.decided_by.clone().into());
        }
        let entry = AuditEntry::new(actor, "plan.import", subject(new.id));
        audit::append(&mut transaction, at, entry.after(after.to_string())).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// A person that a table names: nobody has signed in as them here.
fn named(row: &NamedRow, column: &str) -> String {
    format!("import:{}", row.text(column))
}

fn as_accepted(row: &NamedRow, new: NewValue, checked: Checked, now: Timestamp) -> ReportedValue {
    ReportedValue {
        new,
        project: checked.project,
        state: ValueState::Accepted,
        reported_by: named(row, "reported_by"),
        reported_at: now,
        checked_by: Some(named(row, "checked_by")),
        checked_at: Some(now),
        decided_by: Some(named(row, "accepted_by")),
        decided_at: Some(now),
        note: None,
        revision: 1,
    }
}

/// What is wrong with a row; what is not the row's fault ends the import.
fn told(row: &NamedRow, error: PlanError) -> Result<TableProblem, PlanError> {
    let problem = |column: &str, zh: &str, en: String| {
        let words = (zh.to_owned(), en);
        *row.problem(VALUE_COLUMNS, column, "invalid", words)
    };
    let said = error.to_string();
    Ok(match error {
        PlanError::Invalid { field, reason } => {
            let column = match field {
                "region" => "region_code",
                "project_id" => "project_code",
                "simulated" => "is_simulated",
                other => other,
            };
            problem(column, "不符合规划或项目库", reason)
        }
        PlanError::Account(error) => problem("value", &contradiction_zh(&error), said),
        PlanError::NotBuilt { .. } => problem("project_code", "项目尚未建成", said),
        PlanError::RealStands => problem("is_simulated", "模拟数据不能取代真实数据", said),
        other => return Err(other),
    })
}

fn contradiction_zh(error: &ReductionError) -> String {
    let why = match error {
        ReductionError::CreditedTwice { first, .. } => format!("该项目已在 {first} 年计过"),
        ReductionError::NoBase { region } => format!("{region} 没有基准排放量"),
        ReductionError::OutsidePeriod { year, .. } => format!("{year} 年不在规划期内"),
        ReductionError::BelowZero { region, year } => {
            format!("{region} 的排放量在 {year} 年会降到零以下")
        }
        other => other.to_string(),
    };
    format!("采用后减排核算自相矛盾：{why}")
}

fn read_row(row: &NamedRow, project_id: Option<Uuid>) -> Result<NewValue, Box<TableProblem>> {
    let wrong =
        |column: &str, words: (&str, &str)| row.problem(VALUE_COLUMNS, column, "invalid", words);
    for column in ["checked_by", "accepted_by"] {
        if row.text(column) == row.text("reported_by") {
            let words = (
                "填报人不能核对或采用",
                "who reported a value may not check or accept it",
            );
            return Err(wrong(column, words));
        }
    }
    if project_id.is_none() && !row.text("project_code").is_empty() {
        let words = ("项目库没有此项目", "there is no such project");
        return Err(wrong("project_code", words));
    }
    Ok(NewValue {
        id: Uuid::now_v7(),
        measure: row.text("measure").to_owned(),
        region: row
            .text("region_code")
            .parse()
            .map_err(|_syntax| wrong("region_code", ("不是行政区划代码", "is no region code")))?,
        year: row
            .text("year")
            .parse()
            .map_err(|_syntax| wrong("year", ("不是整数", "is no whole number")))?,
        project_id,
        value: row
            .text("value")
            .parse()
            .map_err(|_syntax| wrong("value", ("不是十进制数", "is no decimal")))?,
        evidence: row.text("evidence").to_owned(),
        is_simulated: matches!(row.text("is_simulated"), "是" | "yes" | "true" | "1"),
    })
}
