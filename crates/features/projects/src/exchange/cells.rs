//! Cells of a row as what they mean.

use beijing_time::CivilDate;
use plan::PlanBook;
use sites::{Column, NamedRow, Position, TableProblem};

use super::PROJECT_COLUMNS;
use crate::Money;
use crate::model::ProjectDetails;

/// What a row means, or what is wrong with it.
pub(super) type Read<T> = Result<T, Box<TableProblem>>;

pub(super) fn day(columns: &[Column], row: &NamedRow, column: &str) -> Read<CivilDate> {
    let text = row.text(column).replace('/', "-");
    // a spreadsheet writes a day with its midnight
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    text.parse().map_err(|_syntax| {
        let words = ("不是日期，应如 2018-03-01", "is no day such as 2018-03-01");
        row.problem(columns, column, "not_a_day", words)
    })
}

pub(super) fn year(columns: &[Column], row: &NamedRow, column: &str) -> Read<Option<i32>> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_syntax| {
        let words = ("不是年份", "is no year");
        row.problem(columns, column, "not_a_number", words)
    })
}

pub(super) fn money(columns: &[Column], row: &NamedRow, column: &str) -> Read<Option<Money>> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    Money::parse(text).map(Some).map_err(|error| {
        let words = (
            "不是不小于 0、最多六位小数的万元数".to_owned(),
            error.to_string(),
        );
        row.problem(columns, column, "not_an_amount", words)
    })
}

pub(super) fn degrees(row: &NamedRow, column: &str) -> Read<Option<f64>> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_syntax| {
        let words = ("不是度数", "is no number of degrees");
        row.problem(PROJECT_COLUMNS, column, "not_a_number", words)
    })
}

pub(super) fn read_details(book: &PlanBook, row: &NamedRow) -> Read<ProjectDetails> {
    let wrong =
        |column: &str, words: (&str, &str)| row.problem(PROJECT_COLUMNS, column, "invalid", words);
    let kind = row.text("kind");
    let kinds = &book.plan().investments;
    let known = kinds
        .iter()
        .find(|one| one.id.get_ref() == kind || one.name == kind);
    let known =
        known.ok_or_else(|| wrong("kind", ("规划没有此类型", "the plan has no such kind")))?;
    let region = row
        .text("region_code")
        .parse()
        .map_err(|_syntax| wrong("region_code", ("不是行政区划代码", "is no region code")))?;
    let position = match (degrees(row, "longitude")?, degrees(row, "latitude")?) {
        (Some(longitude), Some(latitude)) => Some(Position {
            longitude,
            latitude,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(wrong("latitude", ("缺少纬度", "is missing"))),
        (None, Some(_)) => return Err(wrong("longitude", ("缺少经度", "is missing"))),
    };
    let is_simulated = match row.text("is_simulated").to_ascii_lowercase().as_str() {
        "" | "否" | "no" | "false" | "0" => false,
        "是" | "yes" | "true" | "1" => true,
        _ => {
            return Err(wrong(
                "is_simulated",
                ("应为 是 或 否", "must be yes or no"),
            ));
        }
    };
    let optional = |column: &str| {
        let text = row.text(column);
        (!text.is_empty()).then(|| text.to_owned())
    };
    Ok(ProjectDetails {
        code: row.text("code").to_owned(),
        name: row.text("name").to_owned(),
        kind: known.id.get_ref().clone(),
        region,
        owner: row.text("owner").to_owned(),
        planned: money(PROJECT_COLUMNS, row, "planned")?,
        first_year: year(PROJECT_COLUMNS, row, "first_year")?,
        last_year: year(PROJECT_COLUMNS, row, "last_year")?,
        site_id: None,
        position,
        named: optional("named"),
        task: optional("task"),
        indicator: optional("indicator"),
        note: row.text("note").to_owned(),
        is_simulated,
    })
}
