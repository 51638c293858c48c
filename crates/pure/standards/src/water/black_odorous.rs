//! The grade of black-odorous water (城市黑臭水体整治工作指南, table 2).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use crate::{Parameters, StandardError};

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
) -> Result<BlackOdorousGrade, StandardError> {
    let row = parameters
        .load_version("black-odorous", date)?
        .load_row(indicator)?;
    let mut light = row.load_decimal("light")?;
    let heavy = row.load_decimal("heavy")?;
    if let Some(depth) = depth_cm.filter(|depth| indicator == "transparency" && *depth < 25) {
        light = depth.multiply_then_divide(
            Decimal::from(40),
            Decimal::from(100),
            Rounding::HalfEven { places: 4 },
        )?;
    }
    let (is_light, is_heavy) = if row.load_text("worse")? == "lower" {
        (value <= light, value < heavy)
    } else {
        (value >= light, value > heavy)
    };
    Ok(if is_heavy && is_light {
        BlackOdorousGrade::Heavy
    } else if is_light {
        BlackOdorousGrade::Light
    } else {
        BlackOdorousGrade::None
    })
}
