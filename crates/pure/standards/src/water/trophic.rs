//! The comprehensive trophic level index of lakes: 综合营养状态指数 TLI(Σ).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use crate::{Basis, Explanation, Input, Parameters, StandardError, logarithms};

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

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::Oligotrophic => "oligotrophic",
            Self::Mesotrophic => "mesotrophic",
            Self::LightlyEutrophic => "lightly eutrophic",
            Self::ModeratelyEutrophic => "moderately eutrophic",
            Self::HeavilyEutrophic => "heavily eutrophic",
        }
    }

    /// Where the level lies, with the index in it.
    fn place(self, index: Decimal) -> String {
        match self {
            Self::Oligotrophic => format!("{index} < 30"),
            Self::Mesotrophic => format!("30 ≤ {index} ≤ 50"),
            Self::LightlyEutrophic => format!("50 < {index} ≤ 60"),
            Self::ModeratelyEutrophic => format!("60 < {index} ≤ 70"),
            Self::HeavilyEutrophic => format!("{index} > 70"),
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

/// The comprehensive trophic level index of a lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrophicIndex {
    /// TLI(Σ), one decimal.
    pub index: Decimal,
    /// The level it lies in.
    pub level: TrophicLevel,
    /// What it rests on.
    pub basis: Basis,
}

/// TLI(Σ) = Σ W·10(a + b·ln x), one decimal. Coefficients are to be verified.
///
/// # Errors
/// For a value that is not above zero.
pub fn compute_trophic_level_index(
    parameters: &Parameters,
    date: CivilDate,
    sample: &TrophicSample,
) -> Result<TrophicIndex, StandardError> {
    tell_index(parameters, date, sample, &mut Explanation::default())
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_trophic_level_index`].
pub fn explain_trophic_level_index(
    parameters: &Parameters,
    date: CivilDate,
    sample: &TrophicSample,
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_index(parameters, date, sample, &mut told)?;
    Ok(told)
}

fn tell_index(
    parameters: &Parameters,
    date: CivilDate,
    sample: &TrophicSample,
    told: &mut Explanation,
) -> Result<TrophicIndex, StandardError> {
    let version = parameters.load_version("trophic-state", date)?;
    let mut terms = Vec::with_capacity(5);
    let mut inputs = Vec::with_capacity(5);
    let mut confidence = version.confidence;
    for (key, value, zh, en) in [
        ("chla", sample.chlorophyll, "叶绿素 a", "Chlorophyll a"),
        ("tp", sample.total_phosphorus, "总磷", "Total phosphorus"),
        ("tn", sample.total_nitrogen, "总氮", "Total nitrogen"),
        ("sd", sample.transparency, "透明度", "Transparency"),
        (
            "codmn",
            sample.permanganate_index,
            "高锰酸盐指数",
            "Permanganate index",
        ),
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
        let [weight, a, b] = [
            row.load_decimal("weight")?,
            row.load_decimal("a")?,
            row.load_decimal("b")?,
        ];
        terms.push((weight, a, b, value));
        let unit = row.load_text("unit")?;
        let term = logarithms::weighted_logarithms(&[(Decimal::ONE, a, b, value)], 2)?;
        let sum = if b.is_negative() {
            format!("{a} - {} × ln {value}", b.abs())
        } else {
            format!("{a} + {b} × ln {value}")
        };
        told.push(
            format!("{zh} {value} {unit}：10 × ({sum}) = {term}，权重 {weight}。"),
            format!("{en} {value} {unit}: 10 × ({sum}) = {term}, weight {weight}."),
        );
        inputs.push(Input {
            name: key.to_owned(),
            value: value.to_string(),
        });
    }
    let index = logarithms::weighted_logarithms(&terms, 1)?;
    let level = TrophicLevel::of(index);
    told.push(
        format!("TLI(Σ) = Σ(权重 × 分指数) / Σ 权重 = {index}（修约到一位小数）。"),
        format!("TLI(Σ) = Σ(weight × index) / Σ weight = {index} (one decimal)."),
    );
    let place = level.place(index);
    told.push(
        format!("{place}：{}。", level.chinese_name()),
        format!("{place}: {}.", level.english_name()),
    );
    Ok(TrophicIndex {
        index,
        level,
        basis: Basis {
            edition: version.edition.clone(),
            clause: "综合营养状态指数法",
            method: "weighted sum of five indices",
            parameters: version.citation(),
            confidence,
            rounding: "half to even, one decimal; logarithm in binary floating point within 1e-9",
            inputs,
        },
    })
}
