//! Urban noise: means of regions and roads and their grades (HJ 640).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use super::Period;
use crate::based::{ONE_DECIMAL, Rule, TableRule};
use crate::{Based, Basis, Confidence, Explanation, Parameters, StandardError};

/// 声环境质量等级划分: what a grade rests on.
const GRADE: TableRule = TableRule {
    clause: "tables of grades",
    method: "level against the upper ends of the grades",
    rounding: ONE_DECIMAL,
};

/// 城市区域环境噪声平均值: the mean of a region.
const REGION_MEAN: Rule = Rule {
    edition: "HJ 640-2012",
    clause: "城市区域声环境：平均等效声级",
    method: "arithmetic mean over the grid points",
    parameters: "HJ 640-2012",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// 道路交通噪声平均值: the mean of roads.
const ROAD_MEAN: Rule = Rule {
    edition: "HJ 640-2012",
    clause: "道路交通声环境：长度加权平均等效声级",
    method: "mean weighted by the length of the roads",
    parameters: "HJ 640-2012",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// 功能区声环境质量达标率.
const FUNCTIONAL_RATE: Rule = Rule {
    edition: "HJ 640-2012",
    clause: "功能区声环境：达标率",
    method: "attained over all readings, in percent",
    parameters: "HJ 640-2012",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// What is graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseObject {
    /// 城市区域环境噪声总体水平.
    Region,
    /// 道路交通噪声强度.
    Road,
}

impl NoiseObject {
    /// Name in the table of grades.
    pub fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Road => "road",
        }
    }
}

/// A grade of urban noise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseGrade {
    /// 1 to 5.
    pub number: u8,
    /// 好 to 差.
    pub name: String,
    /// What it rests on.
    pub basis: Basis,
}

/// The grade of a mean level. The bounds are given to one decimal, so the level is rounded half
/// to even to one decimal first.
///
/// # Errors
/// When the standard was not in force.
pub fn compute_noise_grade(
    parameters: &Parameters,
    date: CivilDate,
    object: NoiseObject,
    period: Period,
    level: Decimal,
) -> Result<NoiseGrade, StandardError> {
    let version = parameters.load_version("noise-grades", date)?;
    let level = level.rounded(Rounding::HalfEven { places: 1 });
    let column = match period {
        Period::Day => "day_high",
        Period::Night => "night_high",
    };
    let mut last = None;
    for number in 1..=5_u8 {
        let row = version.load_row(&format!("{}.{number}", object.name()))?;
        let grade = NoiseGrade {
            number,
            name: row.load_text("name")?.to_owned(),
            basis: GRADE.basis(
                version,
                row.confidence,
                &[
                    ("object", &object.name()),
                    ("period", &period.english_name()),
                    ("level", &level),
                ],
            ),
        };
        let high = row
            .find_text(column)
            .map(|_| row.load_decimal(column))
            .transpose()?;
        if high.is_none_or(|high| level <= high) {
            return Ok(grade);
        }
        last = Some(grade);
    }
    last.ok_or_else(|| StandardError::NoRow {
        table: version.table.clone(),
        edition: version.edition.clone(),
        key: object.name().to_owned(),
    })
}

/// The mean of a region: ΣL ÷ n over its grid points, one decimal.
///
/// # Errors
/// Without points.
pub fn compute_region_mean(levels: &[Decimal]) -> Result<Based<Decimal>, StandardError> {
    let (sum, count) = sum_roads(&as_unit_roads(levels))?;
    mean_of_region(sum, count)
}

/// The mean of a region from the sum of its levels and their number.
pub(crate) fn mean_of_region(
    sum: Fraction,
    count: Fraction,
) -> Result<Based<Decimal>, StandardError> {
    Ok(REGION_MEAN.based(
        mean(sum, count)?,
        &[("sum of levels", &shown(sum)?), ("points", &shown(count)?)],
    ))
}

fn mean(sum: Fraction, weights: Fraction) -> Result<Decimal, StandardError> {
    Ok(sum
        .checked_divide(weights)?
        .rounded(Rounding::HalfEven { places: 1 })?)
}

fn as_unit_roads(levels: &[Decimal]) -> Vec<(Decimal, Decimal)> {
    levels.iter().map(|level| (Decimal::ONE, *level)).collect()
}

/// The mean of a region, told like a worked example.
///
/// # Errors
/// As [`compute_region_mean`].
pub fn explain_region_mean(levels: &[Decimal]) -> Result<Explanation, StandardError> {
    let (sum, count) = sum_roads(&as_unit_roads(levels))?;
    let mean = compute_region_mean(levels)?;
    let (sum, count) = (shown(sum)?, shown(count)?);
    let mut told = Explanation::default();
    told.push(
        format!("各网格测点声级之和 {sum} dB(A)，测点 {count} 个。"),
        format!("The levels of the grid points sum to {sum} dB(A), there are {count}."),
    );
    told.push(
        format!("算术平均：{sum} / {count} = {mean} dB(A)（修约到一位小数）。"),
        format!("Arithmetic mean: {sum} / {count} = {mean} dB(A) (one decimal)."),
    );
    Ok(told)
}

/// The mean of roads by length: Σ(l·L) ÷ Σl, one decimal. Each is (length, level).
///
/// # Errors
/// Without roads, or when the lengths sum to zero.
pub fn compute_road_mean(roads: &[(Decimal, Decimal)]) -> Result<Based<Decimal>, StandardError> {
    let (sum, lengths) = sum_roads(roads)?;
    mean_of_roads(sum, lengths)
}

/// The mean of roads from Σ(l·L) and Σl.
pub(crate) fn mean_of_roads(
    sum: Fraction,
    lengths: Fraction,
) -> Result<Based<Decimal>, StandardError> {
    Ok(ROAD_MEAN.based(
        mean(sum, lengths)?,
        &[
            ("sum of length times level", &shown(sum)?),
            ("sum of lengths", &shown(lengths)?),
        ],
    ))
}

/// The mean of roads, told like a worked example.
///
/// # Errors
/// As [`compute_road_mean`].
pub fn explain_road_mean(roads: &[(Decimal, Decimal)]) -> Result<Explanation, StandardError> {
    let mean = compute_road_mean(roads)?;
    let (sum, lengths) = sum_roads(roads)?;
    let (sum, lengths) = (shown(sum)?, shown(lengths)?);
    let mut told = Explanation::default();
    for (length, level) in roads {
        let product = length.checked_multiply(*level)?.normalized();
        told.push(
            format!("路段长 {length}，{level} dB(A)：{length} × {level} = {product}。"),
            format!("A road of length {length} at {level} dB(A): {length} × {level} = {product}."),
        );
    }
    told.push(
        format!("按路段长度加权：{sum} / {lengths} = {mean} dB(A)（修约到一位小数）。"),
        format!("Weighted by length: {sum} / {lengths} = {mean} dB(A) (one decimal)."),
    );
    Ok(told)
}

fn shown(value: Fraction) -> Result<Decimal, StandardError> {
    Ok(value
        .rounded(Rounding::HalfEven { places: 6 })?
        .normalized())
}

/// Σ(l·L) and Σl.
fn sum_roads(roads: &[(Decimal, Decimal)]) -> Result<(Fraction, Fraction), StandardError> {
    let (mut sum, mut lengths) = (Fraction::ZERO, Fraction::ZERO);
    for (length, level) in roads {
        if length.is_negative() {
            return Err(StandardError::BadInput {
                name: "length",
                value: length.to_string(),
                detail: "a length is not below zero",
            });
        }
        let length = Fraction::try_from(*length)?;
        sum = sum.checked_add(length.checked_multiply(Fraction::try_from(*level)?)?)?;
        lengths = lengths.checked_add(length)?;
    }
    Ok((sum, lengths))
}

/// 功能区达标率: attained readings ÷ readings × 100, one decimal; none without readings.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_functional_rate(
    attained: u32,
    readings: u32,
) -> Result<Option<Based<Decimal>>, StandardError> {
    let rate = crate::air::compute_attainment_rate(attained, readings)?;
    Ok(rate.map(|rate| {
        FUNCTIONAL_RATE.based(
            rate.value,
            &[("attained", &attained), ("readings", &readings)],
        )
    }))
}
