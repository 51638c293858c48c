//! Emission limits by standard, facility, tier and pollutant, and the comparison with them.

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use crate::{Basis, Explanation, Input, Parameters, Row, StandardError, Version};

/// How a limit is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitForm {
    /// One upper limit.
    AtMost(Decimal),
    /// A range, for pH.
    Between(Decimal, Decimal),
    /// Two upper limits, the second in brackets: direct and indirect discharge, or for ammonia
    /// nitrogen of GB 18918 water above 12 °C and at most 12 °C.
    TwoColumns(Decimal, Decimal),
    /// 不得检出.
    NotDetected,
    /// A text that a person must judge.
    Other(String),
}

impl LimitForm {
    fn parse(text: &str) -> Self {
        let other = || Self::Other(text.to_owned());
        if text == "not detected" {
            return Self::NotDetected;
        }
        if let Some((low, high)) = text.split_once('-')
            && let (Ok(low), Ok(high)) = (low.trim().parse(), high.trim().parse())
        {
            return Self::Between(low, high);
        }
        if let Some((first, second)) = text.split_once('(') {
            let second = second.trim().trim_end_matches(')');
            return match (first.trim().parse(), second.parse()) {
                (Ok(first), Ok(second)) => Self::TwoColumns(first, second),
                _ => other(),
            };
        }
        text.parse().map_or_else(|_error| other(), Self::AtMost)
    }
}

/// Which of two columns holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitColumn {
    /// Direct discharge; water above 12 °C.
    #[default]
    First,
    /// Indirect discharge; water at most 12 °C.
    Second,
}

/// Which limit is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmissionQuery<'a> {
    /// The standard, for example `GB 13271-2014`.
    pub standard: &'a str,
    /// The facility as its table calls it.
    pub facility: &'a str,
    /// The tier, for example `new` or `special`; none when there is only one.
    pub tier: Option<&'a str>,
    /// The pollutant.
    pub pollutant: &'a str,
    /// The averaging time, when the standard has several.
    pub averaging: Option<&'a str>,
}

/// A limit of a standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmissionLimit {
    /// Its form.
    pub form: LimitForm,
    /// `mg/m3`, `mg/L` or `-`.
    pub unit: String,
    /// The averaging time, and whether the standard itself states it.
    pub averaging: String,
    /// Whether the standard itself states the averaging time.
    pub is_averaging_stated: bool,
    /// Reference oxygen content in percent, where the limit has one.
    pub oxygen_baseline: Option<Decimal>,
    /// Where it is measured.
    pub monitor_point: Option<String>,
    /// What else the table says.
    pub note: Option<String>,
    /// What it rests on.
    pub basis: Basis,
}

/// The limits that fit a query on a day, in the order of the table.
///
/// # Errors
/// When there is no such standard, it was not in force, nothing fits, or only rows that could not
/// be confirmed do.
pub fn find_emission_limits(
    parameters: &Parameters,
    date: CivilDate,
    query: &EmissionQuery<'_>,
) -> Result<Vec<EmissionLimit>, StandardError> {
    let version = parameters
        .load_table("emission-limits")?
        .load_edition(query.standard)?;
    if !version.is_in_force(date) {
        return Err(StandardError::NotInForce {
            table: query.standard.to_owned(),
            date: date.to_string(),
        });
    }
    let fits = |row: &&Row| {
        let is = |column: &str, wanted: &str| {
            row.find_text(column)
                .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        is("facility", query.facility)
            && is("pollutant", query.pollutant)
            && query.tier.is_none_or(|tier| is("tier", tier))
            && query
                .averaging
                .is_none_or(|averaging| is("averaging", averaging))
    };
    let rows: Vec<&Row> = version.rows.iter().filter(fits).collect();
    let limits = rows
        .iter()
        .filter(|row| row.confidence != crate::Confidence::Low)
        .map(|row| to_limit(version, row))
        .collect::<Result<Vec<_>, _>>()?;
    match (limits.is_empty(), rows.first()) {
        (false, _) => Ok(limits),
        (true, Some(row)) => Err(StandardError::Disabled {
            table: version.table.clone(),
            key: row.key.clone(),
        }),
        (true, None) => Err(StandardError::NoRow {
            table: version.table.clone(),
            edition: version.edition.clone(),
            key: format!(
                "{}|{}|{}",
                query.facility,
                query.tier.unwrap_or("*"),
                query.pollutant
            ),
        }),
    }
}

fn to_limit(version: &Version, row: &Row) -> Result<EmissionLimit, StandardError> {
    Ok(EmissionLimit {
        form: LimitForm::parse(row.load_text("limit")?),
        unit: row.load_text("unit")?.to_owned(),
        averaging: row.load_text("averaging")?.to_owned(),
        is_averaging_stated: row
            .find_text("averaging_basis")
            .is_some_and(|text| text.starts_with("stated")),
        oxygen_baseline: row
            .find_text("o2_baseline")
            .and_then(|text| text.parse().ok()),
        monitor_point: row.find_text("monitor_point").map(str::to_owned),
        note: row.find_text("note").map(str::to_owned),
        basis: Basis {
            edition: version.edition.clone(),
            clause: "table of limits",
            method: "concentration against the limit",
            parameters: version.citation(),
            confidence: row.confidence,
            rounding: "none: the value as given",
            inputs: vec![Input {
                name: "limit row".to_owned(),
                value: row.key.clone(),
            }],
        },
    })
}

/// A value held against a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmissionCheck {
    /// Whether the value is within the limit (equal is within).
    pub attains: bool,
    /// 超标倍数 (C − S) ÷ S, two decimals; none within the limit and for ranges.
    pub exceedance_multiple: Option<Decimal>,
    /// The comparison told.
    pub explanation: Explanation,
}

/// Holds a value (for a gas with a reference oxygen content the converted one) against a limit.
///
/// # Errors
/// For a value below zero, and for a limit that a person must judge.
pub fn check_emission(
    limit: &EmissionLimit,
    column: LimitColumn,
    value: Decimal,
) -> Result<EmissionCheck, StandardError> {
    if value.is_negative() {
        return Err(StandardError::BadInput {
            name: "concentration",
            value: value.to_string(),
            detail: "a concentration is not below zero",
        });
    }
    let unit = &limit.unit;
    let shown = value.rounded(Rounding::HalfEven { places: 6 }).normalized();
    let mut explanation = Explanation::default();
    let upper = match (&limit.form, column) {
        (LimitForm::AtMost(upper), _)
        | (LimitForm::TwoColumns(upper, _), LimitColumn::First)
        | (LimitForm::TwoColumns(_, upper), LimitColumn::Second) => *upper,
        (LimitForm::NotDetected, _) => Decimal::ZERO,
        (LimitForm::Between(low, high), _) => {
            let attains = value >= *low && value <= *high;
            explanation.push(
                format!("{value} 对照 {low}~{high}：{}。", verdict(attains).0),
                format!("{value} against {low} to {high}: {}.", verdict(attains).1),
            );
            return Ok(EmissionCheck {
                attains,
                exceedance_multiple: None,
                explanation,
            });
        }
        (LimitForm::Other(text), _) => {
            return Err(StandardError::BadInput {
                name: "limit",
                value: text.clone(),
                detail: "is no plain limit: a person must judge",
            });
        }
    };
    let attains = value <= upper;
    let exceedance_multiple = if attains || upper.is_zero() {
        None
    } else {
        Some(crate::air::compute_exceedance_multiple(
            value,
            upper,
            Rounding::HalfEven { places: 2 },
        )?)
    };
    let (said_zh, said_en) = verdict(attains);
    let times = exceedance_multiple.map_or_else(
        || (String::new(), String::new()),
        |times| {
            (
                format!("，({shown} - {upper}) / {upper} = {times}，超标 {times} 倍"),
                format!(", ({shown} - {upper}) / {upper} = {times}: {times} times over"),
            )
        },
    );
    explanation.push(
        format!(
            "{shown} {unit} 对照限值 {upper} {unit}：{said_zh}{}。",
            times.0
        ),
        format!(
            "{shown} {unit} against {upper} {unit}: {said_en}{}.",
            times.1
        ),
    );
    Ok(EmissionCheck {
        attains,
        exceedance_multiple,
        explanation,
    })
}

const fn verdict(attains: bool) -> (&'static str, &'static str) {
    if attains {
        ("达标", "attained")
    } else {
        ("超标", "exceeded")
    }
}

/// The limit that binds: the stricter of the standard's and the permit's (许可排放浓度).
pub fn choose_binding_limit(standard: Option<Decimal>, permit: Option<Decimal>) -> Option<Decimal> {
    match (standard, permit) {
        (Some(standard), Some(permit)) => Some(standard.min(permit)),
        (one, other) => one.or(other),
    }
}
