//! Limits of ambient air by area class and date (GB 3095, tables 1 and 2).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Rounding};

use super::compute_exceedance_multiple;
use crate::{Basis, Confidence, Input, Parameters, StandardError};

/// The class of an area (环境空气功能区).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AreaClass {
    /// 一类区: national parks, nature reserves and others that need special protection.
    First,
    /// 二类区: everywhere else.
    #[default]
    Second,
}

impl AreaClass {
    fn column(self) -> &'static str {
        match self {
            Self::First => "class1",
            Self::Second => "class2",
        }
    }
}

/// A concentration held against its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitCheck {
    /// The limit.
    pub limit: Decimal,
    /// Whether the value is within the limit (equal is within).
    pub attains: bool,
    /// 超标倍数 (C − S) ÷ S, two decimals; none when the limit is kept.
    pub exceedance_multiple: Option<Decimal>,
    /// What it rests on.
    pub basis: Basis,
}

/// Holds a concentration against the limit in force on a day. `key` is pollutant and period, for
/// example `pm2_5.24h`, `so2.year` or `o3.max8h`.
///
/// # Errors
/// When no edition was in force or it has no such limit.
pub fn check_air_limit(
    parameters: &Parameters,
    date: CivilDate,
    class: AreaClass,
    key: &str,
    value: Decimal,
) -> Result<LimitCheck, StandardError> {
    let version = parameters.load_version("air-quality-limits", date)?;
    let row = version.load_row(key)?;
    let limit = row.load_decimal(class.column())?;
    let attains = value <= limit;
    Ok(LimitCheck {
        limit,
        attains,
        exceedance_multiple: if attains {
            None
        } else {
            Some(compute_exceedance_multiple(
                value,
                limit,
                Rounding::HalfEven { places: 2 },
            )?)
        },
        basis: Basis {
            edition: version.edition.clone(),
            clause: "4.2, tables 1 and 2",
            method: "limit in force on the day of measurement",
            parameters: version.citation(),
            confidence: row.confidence.max(Confidence::ConfirmedPrimary),
            rounding: "none: the value as given (GB/T 8170, 全数值比较法)",
            inputs: vec![Input {
                name: key.to_owned(),
                value: value.to_string(),
            }],
        },
    })
}
