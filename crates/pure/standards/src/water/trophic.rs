//! The comprehensive trophic level index of lakes: 综合营养状态指数 TLI(Σ).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use crate::{Basis, Input, Parameters, StandardError, logarithms};

/// The level of a lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrophicLevel {
    /// 贫营养, below 30.
    Oligotrophic,
    /// 中营养, 30 to 50.
    Mesotrophic,
    /// 轻度富营养, above 50 to 60.
    LightlyEutrophic,
    /// 中度富营养, above 60 to 70.
    ModeratelyEutrophic,
    /// 重度富营养, above 70.
    HeavilyEutrophic,
}

impl TrophicLevel {
    /// The level of an index.
    pub fn of(index: Decimal) -> Self {
        if index < 30 {
            Self::Oligotrophic
        } else if index <= 50 {
            Self::Mesotrophic
        } else if index <= 60 {
            Self::LightlyEutrophic
        } else if index <= 70 {
            Self::ModeratelyEutrophic
        } else {
            Self::HeavilyEutrophic
        }
    }

    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Oligotrophic => "贫营养",
            Self::Mesotrophic => "中营养",
            Self::LightlyEutrophic => "轻度富营养",
            Self::ModeratelyEutrophic => "中度富营养",
            Self::HeavilyEutrophic => "重度富营养",
        }
    }
}

/// What the index is made of: chlorophyll a (mg/m³), total phosphorus, total nitrogen and
/// permanganate index (mg/L), transparency (m).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrophicSample {
    /// Chlorophyll a, mg/m³.
    pub chlorophyll: Decimal,
    /// Total phosphorus, mg/L.
    pub total_phosphorus: Decimal,
    /// Total nitrogen, mg/L.
    pub total_nitrogen: Decimal,
    /// Transparency, m.
    pub transparency: Decimal,
    /// Permanganate index, mg/L.
    pub permanganate_index: Decimal,
}

/// TLI(Σ) = Σ W·10(a + b·ln x), one decimal. Coefficients are to be verified.
///
/// # Errors
/// For a value that is not above zero.
pub fn compute_trophic_level_index(
    parameters: &Parameters,
    date: CivilDate,
    sample: &TrophicSample,
) -> Result<(Decimal, TrophicLevel, Basis), StandardError> {
    let version = parameters.load_version("trophic-state", date)?;
    let mut terms = Vec::with_capacity(5);
    let mut inputs = Vec::with_capacity(5);
    let mut confidence = version.confidence;
    for (key, value) in [
        ("chla", sample.chlorophyll),
        ("tp", sample.total_phosphorus),
        ("tn", sample.total_nitrogen),
        ("sd", sample.transparency),
        ("codmn", sample.permanganate_index),
    ] {
        if value.is_negative() || value.is_zero() {
            return Err(StandardError::BadInput {
                name: key,
                value: value.to_string(),
                detail: "must be above zero to have a logarithm",
            });
        }
        let row = version.load_row(key)?;
        confidence = confidence.max(row.confidence);
        terms.push((
            row.load_decimal("weight")?,
            row.load_decimal("a")?,
            row.load_decimal("b")?,
            value,
        ));
        inputs.push(Input {
            name: key.to_owned(),
            value: value.to_string(),
        });
    }
    let index = logarithms::weighted_logarithms(&terms, 1)?;
    Ok((
        index,
        TrophicLevel::of(index),
        Basis {
            edition: version.edition.clone(),
            clause: "综合营养状态指数法",
            method: "weighted sum of five indices",
            parameters: version.citation(),
            confidence,
            rounding: "half to even, one decimal; logarithm in binary floating point within 1e-9",
            inputs,
        },
    ))
}
