//! The grade of black-odorous water (城市黑臭水体整治工作指南, table 2).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use crate::based::{NO_NUMBER, Rule, TableRule, listed};
use crate::{Based, Basis, Confidence, Explanation, Parameters, StandardError};

/// 城市黑臭水体污染程度分级标准: one reading.
const READING: TableRule = TableRule {
    clause: "table 2",
    method: "one reading against the bounds of light and heavy",
    rounding: NO_NUMBER,
};

/// 农村黑臭水体: one reading.
const RURAL: TableRule = TableRule {
    clause: "农村黑臭水体水质监测指标阈值",
    method: "one reading against its threshold",
    rounding: NO_NUMBER,
};

/// 检测点黑臭级别: a point from its readings.
const POINT: Rule = Rule {
    edition: "城市黑臭水体整治工作指南 2015",
    clause: "黑臭水体级别判定：检测点",
    method: "shares of heavy readings, one indicator or several",
    parameters: "城市黑臭水体整治工作指南: 60 %, 30 %",
    confidence: Confidence::MemoryHigh,
    rounding: NO_NUMBER,
};

/// 水体黑臭级别: a water body from its points.
const BODY: Rule = Rule {
    edition: "城市黑臭水体整治工作指南 2015",
    clause: "黑臭水体级别判定：水体",
    method: "share of heavy points; reaches of heavy points in a row",
    parameters: "城市黑臭水体整治工作指南: 60 %, three points",
    confidence: Confidence::MemoryHigh,
    rounding: NO_NUMBER,
};

/// The grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlackOdorousGrade {
    /// Not black-odorous.
    None,
    /// 轻度黑臭.
    Light,
    /// 重度黑臭.
    Heavy,
}

impl BlackOdorousGrade {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::None => "不黑臭",
            Self::Light => "轻度黑臭",
            Self::Heavy => "重度黑臭",
        }
    }

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::None => "not black-odorous",
            Self::Light => "lightly black-odorous",
            Self::Heavy => "heavily black-odorous",
        }
    }
}

/// Whether a rural reading of `transparency` (cm), `do` or `nh3n` (mg/L) is black-odorous.
///
/// # Errors
/// For an unknown indicator, or before the guide was in force.
pub fn is_rural_black_odorous(
    parameters: &Parameters,
    date: CivilDate,
    indicator: &str,
    value: Decimal,
) -> Result<Based<bool>, StandardError> {
    let version = parameters.load_version("black-odorous-rural", date)?;
    let row = version.load_row(indicator)?;
    let threshold = row.load_decimal("threshold")?;
    let is_black = if row.load_text("worse")? == "lower" {
        value < threshold
    } else {
        value > threshold
    };
    let inputs: [(&str, &dyn core::fmt::Display); 1] = [(indicator, &value)];
    Ok(RURAL.based(is_black, version, row.confidence, &inputs))
}

/// The grade of a point from the grades of its readings, one list for each indicator: heavy when
/// 60 % of one indicator's readings are heavy, or 30 % of at least two indicators'; else light
/// when any reading is not clean. The shares are to be verified.
pub fn compute_point_grade(readings: &[Vec<BlackOdorousGrade>]) -> Based<BlackOdorousGrade> {
    let reaches = |grades: &[BlackOdorousGrade], percent: usize| {
        let heavy = grades
            .iter()
            .filter(|grade| **grade == BlackOdorousGrade::Heavy)
            .count();
        !grades.is_empty() && heavy * 100 >= grades.len() * percent
    };
    let many = readings.iter().any(|grades| reaches(grades, 60));
    let several = readings.iter().filter(|grades| reaches(grades, 30)).count() >= 2;
    let grade = if many || several {
        BlackOdorousGrade::Heavy
    } else if readings
        .iter()
        .flatten()
        .any(|grade| *grade != BlackOdorousGrade::None)
    {
        BlackOdorousGrade::Light
    } else {
        BlackOdorousGrade::None
    };
    let told = readings.iter().map(|grades| {
        let names = grades.iter().map(|grade| grade.chinese_name());
        format!("[{}]", listed(names))
    });
    POINT.based(grade, &[("readings", &listed(told))])
}

/// A water body judged from its points in their order along it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlackOdorousBody {
    /// Heavy when at least 60 % of its points are; else the worst that is not heavy by itself.
    pub grade: BlackOdorousGrade,
    /// First and last position of each heavy reach: at least three heavy points in a row.
    pub heavy_reaches: Vec<(usize, usize)>,
    /// What it rests on.
    pub basis: Basis,
}

/// The grade of a whole water body; none without points. The shares are to be verified.
pub fn compute_body_grade(points: &[BlackOdorousGrade]) -> Option<BlackOdorousBody> {
    if points.is_empty() {
        return None;
    }
    let mut heavy_reaches = Vec::new();
    let mut first = None;
    for (position, grade) in points
        .iter()
        .copied()
        .chain([BlackOdorousGrade::None])
        .enumerate()
    {
        match (first, grade == BlackOdorousGrade::Heavy) {
            (None, true) => first = Some(position),
            (Some(start), false) => {
                if position - start >= 3 {
                    heavy_reaches.push((start, position - 1));
                }
                first = None;
            }
            _ => {}
        }
    }
    let heavy = points
        .iter()
        .filter(|grade| **grade == BlackOdorousGrade::Heavy)
        .count();
    let grade = if heavy * 100 >= points.len() * 60 {
        BlackOdorousGrade::Heavy
    } else if points.iter().any(|grade| *grade != BlackOdorousGrade::None) {
        BlackOdorousGrade::Light
    } else {
        BlackOdorousGrade::None
    };
    Some(BlackOdorousBody {
        grade,
        heavy_reaches,
        basis: BODY.basis(&[(
            "points",
            &listed(points.iter().map(|point| point.chinese_name())),
        )]),
    })
}

/// The grade of one reading of `transparency` (cm), `do` (mg/L), `orp` (mV) or `nh3n` (mg/L).
/// In water under 25 cm deep the threshold of transparency is 40 % of the depth.
///
/// # Errors
/// For an unknown indicator, or before the guide was in force.
pub fn compute_black_odorous_grade(
    parameters: &Parameters,
    date: CivilDate,
    indicator: &str,
    value: Decimal,
    depth_cm: Option<Decimal>,
) -> Result<Based<BlackOdorousGrade>, StandardError> {
    let told = &mut Explanation::default();
    tell_reading((parameters, date), indicator, value, depth_cm, told)
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_black_odorous_grade`].
pub fn explain_black_odorous_grade(
    parameters: &Parameters,
    date: CivilDate,
    indicator: &str,
    value: Decimal,
    depth_cm: Option<Decimal>,
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_reading((parameters, date), indicator, value, depth_cm, &mut told)?;
    Ok(told)
}

fn tell_reading(
    (parameters, date): (&Parameters, CivilDate),
    indicator: &str,
    value: Decimal,
    depth_cm: Option<Decimal>,
    told: &mut Explanation,
) -> Result<Based<BlackOdorousGrade>, StandardError> {
    let version = parameters.load_version("black-odorous", date)?;
    let row = version.load_row(indicator)?;
    let mut light = row.load_decimal("light")?;
    let heavy = row.load_decimal("heavy")?;
    if let Some(depth) = depth_cm.filter(|depth| indicator == "transparency" && *depth < 25) {
        light = depth
            .multiply_then_divide(
                Decimal::from(40),
                Decimal::from(100),
                Rounding::HalfEven { places: 4 },
            )?
            .normalized();
        told.push(
            format!(
                "水深 {depth} cm 不足 25 cm：透明度按水深的 40% 判定，{depth} × 40% = {light} cm。"
            ),
            format!(
                "The water is {depth} cm deep, under 25 cm: transparency is held against 40 % of \
                 the depth, {depth} × 40 % = {light} cm."
            ),
        );
    }
    let is_lower = row.load_text("worse")? == "lower";
    let (is_light, is_heavy) = if is_lower {
        (value <= light, value < heavy)
    } else {
        (value >= light, value > heavy)
    };
    let grade = if is_heavy && is_light {
        BlackOdorousGrade::Heavy
    } else if is_light {
        BlackOdorousGrade::Light
    } else {
        BlackOdorousGrade::None
    };
    let (zh, en) = indicator_names(indicator);
    let unit = row.load_text("unit")?;
    let compared = match (grade, is_lower) {
        (BlackOdorousGrade::Heavy, true) => format!("{value} < {heavy}"),
        (BlackOdorousGrade::Heavy, false) => format!("{value} > {heavy}"),
        (BlackOdorousGrade::Light, true) => format!("{heavy} ≤ {value} ≤ {light}"),
        (BlackOdorousGrade::Light, false) => format!("{light} ≤ {value} ≤ {heavy}"),
        (BlackOdorousGrade::None, true) => format!("{value} > {light}"),
        (BlackOdorousGrade::None, false) => format!("{value} < {light}"),
    };
    told.push(
        format!(
            "{zh} {value} {unit}：{compared}，{}。",
            grade.chinese_name()
        ),
        format!("{en} {value} {unit}: {compared}, {}.", grade.english_name()),
    );
    let depth = depth_cm.map_or_else(|| "-".to_owned(), |depth| depth.to_string());
    let inputs: [(&str, &dyn core::fmt::Display); 2] = [(indicator, &value), ("depth", &depth)];
    Ok(READING.based(grade, version, row.confidence, &inputs))
}

fn indicator_names(indicator: &str) -> (&str, &str) {
    match indicator {
        "transparency" => ("透明度", "Transparency"),
        "do" => ("溶解氧", "Dissolved oxygen"),
        "orp" => ("氧化还原电位", "Redox potential"),
        "nh3n" => ("氨氮", "Ammonia nitrogen"),
        other => (other, other),
    }
}
