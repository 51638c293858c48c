//! Limits by class of acoustic zone, by day and by night, dB(A).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use crate::{Basis, Explanation, Input, Parameters, StandardError};

/// Which standard judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoiseStandard {
    /// GB 3096: quality of the acoustic environment (声环境质量).
    Quality,
    /// GB 12348: industrial enterprises at the boundary (工业企业厂界).
    Enterprise,
    /// GB 22337: sources of social life at the boundary (社会生活).
    SocialLife,
    /// GB 12523: construction sites at the boundary (建筑施工场界).
    Construction,
}

impl NoiseStandard {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Quality,
        Self::Enterprise,
        Self::SocialLife,
        Self::Construction,
    ];

    /// Name in tables, for example `gb12348`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quality => "gb3096",
            Self::Enterprise => "gb12348",
            Self::SocialLife => "gb22337",
            Self::Construction => "gb12523",
        }
    }

    /// The standard of a name such as `GB 12348-2008`.
    pub fn find(name: &str) -> Option<Self> {
        let plain: String = name
            .to_lowercase()
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        let plain = plain.split('-').next().unwrap_or_default().to_owned();
        Self::ALL
            .into_iter()
            .find(|standard| standard.name() == plain)
    }

    fn table(self) -> &'static str {
        match self {
            Self::Quality => "noise-limits-gb3096",
            Self::Enterprise => "noise-limits-gb12348",
            Self::SocialLife => "noise-limits-gb22337",
            Self::Construction => "noise-limits-gb12523",
        }
    }

    fn clause(self) -> &'static str {
        match self {
            Self::Quality => "5.1, table 1",
            Self::Enterprise | Self::SocialLife => "4.1, table 1",
            Self::Construction => "4.1",
        }
    }
}

/// Day (06:00 to 22:00) or night (22:00 to 06:00), unless the government sets others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// 昼间.
    Day,
    /// 夜间.
    Night,
}

impl Period {
    /// The period of an hour of the day, 0 to 23, by the national hours.
    pub fn of_hour(hour: i8) -> Self {
        if (6..22).contains(&hour) {
            Self::Day
        } else {
            Self::Night
        }
    }

    /// The period of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "day" | "昼" | "昼间" => Some(Self::Day),
            "night" | "夜" | "夜间" => Some(Self::Night),
            _ => None,
        }
    }

    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Day => "昼间",
            Self::Night => "夜间",
        }
    }

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Night => "night",
        }
    }
}

/// A level held against its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseCheck {
    /// The limit, dB(A).
    pub limit: Decimal,
    /// Whether the level is within it (equal is within).
    pub attains: bool,
    /// How many decibels over; none within.
    pub excess: Option<Decimal>,
    /// What it rests on.
    pub basis: Basis,
    /// The comparison told.
    pub explanation: Explanation,
}

/// Holds an equivalent level against the limit of a zone and period. `class` is `0` to `4b` for
/// GB 3096, `0` to `4` for enterprises and social life, `site` for construction.
///
/// # Errors
/// When the standard was not in force or has no such class.
pub fn check_noise_limit(
    parameters: &Parameters,
    date: CivilDate,
    standard: NoiseStandard,
    class: &str,
    (period, level): (Period, Decimal),
) -> Result<NoiseCheck, StandardError> {
    let (limit, mut basis) = load_limit(parameters, date, standard, class, period)?;
    basis.inputs.push(Input {
        name: format!("Leq {}", period.english_name()),
        value: format!("{level} dB(A)"),
    });
    Ok(check((limit, None), level, basis, (class, period)))
}

/// How the limit that is held follows from that of the table.
struct Allowance {
    decibels: i32,
    chinese: &'static str,
    english: &'static str,
}

const INDOORS: Allowance = Allowance {
    decibels: -10,
    chinese: "在室内测量，限值减 10 dB(A)",
    english: "Measured indoors: the limit less 10 dB(A)",
};
const FREQUENT: Allowance = Allowance {
    decibels: 10,
    chinese: "夜间频发噪声的最大声级，允许超过夜间限值 10 dB(A)",
    english: "The largest level of frequent noise may be 10 dB(A) over the night limit",
};
const OCCASIONAL: Allowance = Allowance {
    decibels: 15,
    chinese: "夜间偶发（突发）噪声的最大声级，允许超过夜间限值 15 dB(A)",
    english: "The largest level of occasional noise may be 15 dB(A) over the night limit",
};

fn load_limit(
    parameters: &Parameters,
    date: CivilDate,
    standard: NoiseStandard,
    class: &str,
    period: Period,
) -> Result<(Decimal, Basis), StandardError> {
    let version = parameters.load_version(standard.table(), date)?;
    let row = version.load_row(class)?;
    let limit = row.load_decimal(period.english_name())?;
    Ok((
        limit,
        Basis {
            edition: version.edition.clone(),
            clause: standard.clause(),
            method: "equivalent level against the limit of its zone",
            parameters: version.citation(),
            confidence: row.confidence,
            rounding: "none: the level as given",
            inputs: vec![Input {
                name: "class".to_owned(),
                value: class.to_owned(),
            }],
        },
    ))
}

fn check(
    (table, allowance): (Decimal, Option<&Allowance>),
    level: Decimal,
    basis: Basis,
    (class, period): (&str, Period),
) -> NoiseCheck {
    let limit = allowance.map_or(table, |allowance| table + Decimal::from(allowance.decibels));
    let attains = level <= limit;
    let excess = (!attains).then(|| level - limit);
    let mut explanation = Explanation::default();
    explanation.push(
        format!(
            "依据 {}（{}），{class} 类{}限值 {table} dB(A)。",
            basis.edition,
            basis.clause,
            period.chinese_name()
        ),
        format!(
            "By {} ({}), class {class}, {}: limit {table} dB(A).",
            basis.edition,
            basis.clause,
            period.english_name()
        ),
    );
    if let Some(allowance) = allowance {
        let sign = if allowance.decibels < 0 { '-' } else { '+' };
        let by = allowance.decibels.abs();
        explanation.push(
            format!(
                "{}：{table} {sign} {by} = {limit} dB(A)。",
                allowance.chinese
            ),
            format!(
                "{}: {table} {sign} {by} = {limit} dB(A).",
                allowance.english
            ),
        );
    }
    match excess {
        None => explanation.push(
            format!("{level} ≤ {limit}，达标。"),
            format!("{level} ≤ {limit}: attained."),
        ),
        Some(excess) => explanation.push(
            format!("{level} > {limit}，{level} - {limit} = {excess}，超标 {excess} dB。"),
            format!("{level} > {limit}, {level} - {limit} = {excess}: {excess} dB over."),
        ),
    }
    NoiseCheck {
        limit,
        attains,
        excess,
        basis,
        explanation,
    }
}

/// What makes the largest level of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NightPeak {
    /// 夜间频发噪声: at most 10 dB over the night limit.
    Frequent,
    /// 夜间偶发噪声, 突发噪声: at most 15 dB over the night limit.
    Occasional,
}

impl NightPeak {
    /// `frequent` or `occasional`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frequent => "frequent",
            Self::Occasional => "occasional",
        }
    }

    /// The peak of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "frequent" | "频发" => Some(Self::Frequent),
            "occasional" | "偶发" | "突发" => Some(Self::Occasional),
            _ => None,
        }
    }
}

/// Holds a level measured indoors against the limit less 10 dB: where the boundary is under 1 m
/// from a sensitive building (GB 12348, 4.1.5; for GB 22337 and GB 12523 to be verified).
///
/// # Errors
/// For GB 3096, which has no such rule, and as [`check_noise_limit`].
pub fn check_indoor_limit(
    parameters: &Parameters,
    date: CivilDate,
    standard: NoiseStandard,
    class: &str,
    (period, level): (Period, Decimal),
) -> Result<NoiseCheck, StandardError> {
    if standard == NoiseStandard::Quality {
        return Err(StandardError::BadInput {
            name: "standard",
            value: standard.name().to_owned(),
            detail: "only boundaries are measured indoors with the limit less 10 dB",
        });
    }
    let (limit, mut basis) = load_limit(parameters, date, standard, class, period)?;
    if standard != NoiseStandard::Enterprise {
        basis.confidence = basis.confidence.max(crate::Confidence::MemoryHigh);
    }
    basis.method = "level indoors against the limit less 10 dB";
    basis.inputs.push(Input {
        name: format!("Leq indoors {}", period.english_name()),
        value: format!("{level} dB(A)"),
    });
    Ok(check(
        (limit, Some(&INDOORS)),
        level,
        basis,
        (class, period),
    ))
}

/// Holds the largest level of a night against the night limit and its allowance. GB 12348 allows
/// frequent noise 10 dB and occasional 15 dB; GB 3096 and GB 12523 know only the 15 dB.
///
/// # Errors
/// When the standard was not in force, has no such class, or knows no such peak.
pub fn check_night_peak(
    parameters: &Parameters,
    date: CivilDate,
    standard: NoiseStandard,
    class: &str,
    (peak, level): (NightPeak, Decimal),
) -> Result<NoiseCheck, StandardError> {
    let allowance = match (standard, peak) {
        (NoiseStandard::Enterprise, NightPeak::Frequent) => &FREQUENT,
        (NoiseStandard::SocialLife, _) | (_, NightPeak::Frequent) => {
            return Err(StandardError::BadInput {
                name: "peak",
                value: format!("{} {}", standard.name(), peak.name()),
                detail: "the standard has no allowance for such a peak at the boundary",
            });
        }
        (_, NightPeak::Occasional) => &OCCASIONAL,
    };
    let (limit, mut basis) = load_limit(parameters, date, standard, class, Period::Night)?;
    if standard == NoiseStandard::Quality {
        basis.confidence = basis.confidence.max(crate::Confidence::MemoryHigh);
    }
    basis.method = "largest level of the night against the night limit and its allowance";
    basis.inputs.push(Input {
        name: "Lmax night".to_owned(),
        value: format!("{level} dB(A)"),
    });
    Ok(check(
        (limit, Some(allowance)),
        level,
        basis,
        (class, Period::Night),
    ))
}
