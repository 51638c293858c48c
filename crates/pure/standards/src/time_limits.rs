//! Statutory time limits, in calendar days, working days, months and hours. Holidays are data: a
//! year without a calendar is an error, never counted by weekends alone.

use beijing_time::{CivilDate, StatDay};

use crate::based::{NO_NUMBER, TableRule};
use crate::{Based, Basis, Confidence, Parameters, StandardError};

/// 工作日: what a count of days rests on.
const DAYS: TableRule = TableRule {
    clause: "节假日安排",
    method: "public holidays and worked weekends of the year",
    rounding: NO_NUMBER,
};

/// 期限: what a deadline rests on.
const LIMIT: TableRule = TableRule {
    clause: "期限",
    method: "the limit of the law counted from the day after its start",
    rounding: NO_NUMBER,
};

const CALENDAR: &str = "public-holidays";
const LIMITS: &str = "statutory-time-limits";

/// Whether a day is a working day in China: no public holiday, and either no weekend or a weekend
/// that is worked (调休).
///
/// # Errors
/// [`StandardError::NoRow`] for a year whose calendar is not among the parameters.
pub fn is_working_day(
    parameters: &Parameters,
    date: CivilDate,
) -> Result<Based<bool>, StandardError> {
    let is_working = works_on(parameters, date)?;
    counted(parameters, date, date, is_working, 0)
}

/// A result that rests on the calendars from the year of `start`.
fn counted<T>(
    parameters: &Parameters,
    start: CivilDate,
    last: CivilDate,
    value: T,
    count: u32,
) -> Result<Based<T>, StandardError> {
    let version = parameters.load_version(CALENDAR, last)?;
    let row = version.load_row(&last.year().to_string())?;
    let inputs: crate::based::Inputs<'_> = &[("start", &start), ("count", &count)];
    Ok(DAYS.based(value, version, row.confidence, inputs))
}

fn works_on(parameters: &Parameters, date: CivilDate) -> Result<bool, StandardError> {
    let version = parameters.load_version(CALENDAR, date)?;
    let row = version.load_row(&date.year().to_string())?;
    let month_day = format!("{:02}-{:02}", date.month(), date.day());
    let lists = |column| -> Result<bool, StandardError> {
        for span in row.load_texts(column)? {
            let (first, last) = span.split_once('~').unwrap_or((span, span));
            if month_day.as_str() >= first && month_day.as_str() <= last {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if lists("holidays")? {
        return Ok(false);
    }
    Ok(date.weekday() <= 5 || lists("worked_weekends")?)
}

/// The day `count` working days after `start`; the day of the start is not counted.
///
/// # Errors
/// As [`is_working_day`].
pub fn add_working_days(
    parameters: &Parameters,
    start: CivilDate,
    count: u32,
) -> Result<Based<CivilDate>, StandardError> {
    let mut day = start;
    let mut left = count;
    while left > 0 {
        day = day.plus_days(1);
        if works_on(parameters, day)? {
            left -= 1;
        }
    }
    counted(parameters, start, day, day, count)
}

/// The day `count` calendar days after `start`, not counting the start; when it falls on a day off
/// it moves to the next working day (民法典, article 203).
///
/// # Errors
/// As [`is_working_day`].
pub fn add_calendar_days(
    parameters: &Parameters,
    start: CivilDate,
    count: u32,
) -> Result<Based<CivilDate>, StandardError> {
    let days = i32::try_from(count).unwrap_or(i32::MAX);
    let day = next_working_day(parameters, start.plus_days(days))?;
    counted(parameters, start, day, day, count)
}

fn next_working_day(
    parameters: &Parameters,
    mut day: CivilDate,
) -> Result<CivilDate, StandardError> {
    while !works_on(parameters, day)? {
        day = day.plus_days(1);
    }
    Ok(day)
}

/// The day `count` months after `start`: the same day of the month, or its last (民法典, article
/// 202); moved to the next working day.
///
/// # Errors
/// As [`is_working_day`].
pub fn add_months(
    parameters: &Parameters,
    start: CivilDate,
    count: u32,
) -> Result<Based<CivilDate>, StandardError> {
    let months = i32::try_from(count).unwrap_or(i32::MAX);
    let month = StatDay::of(start).month().plus(months);
    let last = month.plus(1).first_day().plus(-1).date();
    let day = if start.day() < last.day() {
        month.first_day().plus(i64::from(start.day()) - 1).date()
    } else {
        last
    };
    let day = next_working_day(parameters, day)?;
    counted(parameters, start, day, day, count)
}

/// A computed deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The last day.
    pub day: CivilDate,
    /// What the limit is called in its law.
    pub name: String,
    /// The law and article.
    pub law: String,
    /// What it rests on.
    pub basis: Basis,
}

/// The deadline of a named limit, such as `penalty.decision`, that starts on a day.
///
/// # Errors
/// For an unknown limit, or a year without a calendar.
pub fn compute_deadline(
    parameters: &Parameters,
    limit: &str,
    start: CivilDate,
) -> Result<Deadline, StandardError> {
    let version = parameters.load_version(LIMITS, start)?;
    let row = version.load_row(limit)?;
    let count = u32::try_from(row.load_decimal("count")?.mantissa_and_scale().0).unwrap_or(0);
    let unit = row.load_text("unit")?;
    let day = match unit {
        "working days" => add_working_days(parameters, start, count)?,
        "days" => add_calendar_days(parameters, start, count)?,
        "months" => add_months(parameters, start, count)?,
        other => {
            return Err(StandardError::BadCell {
                table: version.table.clone(),
                key: row.key.clone(),
                column: "unit".to_owned(),
                detail: format!("knows no `{other}`"),
            });
        }
    };
    // as sure as the limit and the calendar it is counted by
    let confidence: Confidence = row.confidence.max(day.basis.confidence);
    let mut basis = LIMIT.basis(
        version,
        confidence,
        &[
            ("limit", &limit),
            ("start", &start),
            ("count", &count),
            ("unit", &unit),
        ],
    );
    row.load_text("law")?.clone_into(&mut basis.edition);
    basis.parameters = format!("{}; {}", basis.parameters, day.basis.parameters);
    Ok(Deadline {
        day: day.value,
        name: row.load_text("name")?.to_owned(),
        law: row.load_text("law")?.to_owned(),
        basis,
    })
}
