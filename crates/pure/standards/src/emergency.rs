//! Emergencies: the risk grade of an enterprise (HJ 941) and the grade of an event (2011 order 17).

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction};

use crate::based::{EXACT, NO_NUMBER, Rule, TableRule, listed};
use crate::{Based, Basis, Confidence, Parameters, StandardError};

/// 环境风险物质数量与临界量比值 Q.
const RATIO: Rule = Rule {
    edition: "HJ 941-2018",
    clause: "Q",
    method: "sum of amount over critical amount",
    parameters: "critical amounts as given (HJ 941-2018, annex A)",
    confidence: Confidence::MemoryHigh,
    rounding: EXACT,
};

/// 突发环境事件风险等级.
const RISK: TableRule = TableRule {
    clause: "Q, M, E and the matrix of grades",
    method: "grade by Q, M and E",
    rounding: NO_NUMBER,
};

/// 突发环境事件分级标准.
const EVENT: Rule = Rule {
    edition: "突发环境事件信息报告办法（环境保护部令第 17 号，2011）",
    clause: "annex 1",
    method: "the worst of the facts",
    parameters: "环境保护部令第 17 号, annex 1",
    confidence: Confidence::ConfirmedPrimary,
    rounding: NO_NUMBER,
};

/// Q = Σ q ÷ Q over the substances: amount held over critical amount, both in t (HJ 941-2018).
///
/// # Errors
/// For a critical amount of zero or an amount below zero.
pub fn compute_hazard_ratio(
    substances: &[(Decimal, Decimal)],
) -> Result<Based<Fraction>, StandardError> {
    let mut sum = Fraction::ZERO;
    for (amount, critical) in substances {
        if amount.is_negative() {
            return Err(StandardError::BadInput {
                name: "amount",
                value: amount.to_string(),
                detail: "is below zero",
            });
        }
        sum = sum.checked_add(
            Fraction::try_from(*amount)?.checked_divide(Fraction::try_from(*critical)?)?,
        )?;
    }
    let given = substances
        .iter()
        .map(|(amount, critical)| format!("{amount} / {critical} t"));
    Ok(RATIO.based(sum, &[("substances", &listed(given))]))
}

/// How sensitive the surroundings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sensitivity {
    /// E1, the most sensitive.
    E1,
    /// E2.
    E2,
    /// E3.
    E3,
}

/// A risk grade with how sure the matrix is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskGrade {
    /// 一般, 较大 or 重大.
    pub name: String,
    /// `Q0` to `Q3`.
    pub hazard: &'static str,
    /// `M1` to `M4`.
    pub process: &'static str,
    /// What it rests on.
    pub basis: Basis,
}

/// The grade by Q (below 1: 一般 outright; 1, 10, 100), M (points: 25, 45, 65 are the upper ends of
/// M1 to M3) and E. The matrix is to be verified.
///
/// # Errors
/// Before the standard was in force.
pub fn compute_risk_grade(
    parameters: &Parameters,
    date: CivilDate,
    ratio: Fraction,
    points: u32,
    sensitivity: Sensitivity,
) -> Result<RiskGrade, StandardError> {
    let version = parameters.load_version("risk-grades", date)?;
    let hazard = if ratio < Fraction::ONE {
        "Q0"
    } else if ratio < Fraction::from(10) {
        "Q1"
    } else if ratio < Fraction::from(100) {
        "Q2"
    } else {
        "Q3"
    };
    let (process, column) = match points {
        0..=25 => ("M1", 0),
        26..=45 => ("M2", 1),
        46..=65 => ("M3", 2),
        _ => ("M4", 3),
    };
    let surroundings = match sensitivity {
        Sensitivity::E1 => "E1",
        Sensitivity::E2 => "E2",
        Sensitivity::E3 => "E3",
    };
    let basis = |confidence| {
        RISK.basis(
            version,
            confidence,
            &[
                ("hazard", &hazard),
                ("process", &process),
                ("points", &points),
                ("surroundings", &surroundings),
            ],
        )
    };
    if hazard == "Q0" {
        return Ok(RiskGrade {
            name: "一般".to_owned(),
            hazard,
            process,
            basis: basis(version.confidence),
        });
    }
    let row = version.load_row(&format!("{surroundings}.{hazard}"))?;
    let name = row
        .load_texts("grades")?
        .get(column)
        .cloned()
        .ok_or_else(|| StandardError::BadCell {
            table: version.table.clone(),
            key: row.key.clone(),
            column: "grades".to_owned(),
            detail: "is not four grades".to_owned(),
        })?;
    Ok(RiskGrade {
        name,
        hazard,
        process,
        basis: basis(row.confidence),
    })
}

/// The grade of an event (突发环境事件分级, annex of 2011 order 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventGrade {
    /// 一般 (Ⅳ).
    General,
    /// 较大 (Ⅲ).
    Larger,
    /// 重大 (Ⅱ).
    Major,
    /// 特别重大 (Ⅰ).
    Extraordinary,
}

impl EventGrade {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::General => "一般",
            Self::Larger => "较大",
            Self::Major => "重大",
            Self::Extraordinary => "特别重大",
        }
    }

    /// Hours within which the city reports: 4, for major and extraordinary events 2.
    pub fn report_within_hours(self) -> u32 {
        if self >= Self::Major { 2 } else { 4 }
    }
}

/// Whose drinking-water source was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupplyCut {
    /// A township's (乡镇).
    Township,
    /// A county's city (县级城市).
    CountyCity,
    /// A prefecture city's (设区的市级以上城市).
    PrefectureCity,
}

impl SupplyCut {
    fn name(self) -> &'static str {
        match self {
            Self::Township => "乡镇",
            Self::CountyCity => "县级城市",
            Self::PrefectureCity => "设区的市级以上城市",
        }
    }
}

/// What an event did; what is not known is 0 or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventFacts {
    /// Deaths.
    pub deaths: u32,
    /// Poisoned or badly hurt.
    pub poisoned: u32,
    /// People moved out.
    pub evacuated: u32,
    /// Direct economic loss, yuan.
    pub loss_yuan: u64,
    /// Water supply cut.
    pub supply_cut: Option<SupplyCut>,
    /// Whether drinking water, residents, schools, heavy metal or a border are touched and the
    /// grade is still unclear: reported as major.
    pub is_unclear_and_sensitive: bool,
}

/// The grade: the worst of its facts (lower bounds belong to the grade).
pub fn compute_event_grade(facts: &EventFacts) -> Based<EventGrade> {
    let by = |value: u64, bounds: [u64; 3]| {
        if value >= bounds[2] {
            EventGrade::Extraordinary
        } else if value >= bounds[1] {
            EventGrade::Major
        } else if value >= bounds[0] {
            EventGrade::Larger
        } else {
            EventGrade::General
        }
    };
    let supply = match facts.supply_cut {
        None => EventGrade::General,
        Some(SupplyCut::Township) => EventGrade::Larger,
        Some(SupplyCut::CountyCity) => EventGrade::Major,
        Some(SupplyCut::PrefectureCity) => EventGrade::Extraordinary,
    };
    let unclear = if facts.is_unclear_and_sensitive {
        EventGrade::Major
    } else {
        EventGrade::General
    };
    let grade = [
        by(u64::from(facts.deaths), [1, 3, 10]),
        by(u64::from(facts.poisoned), [10, 50, 100]),
        by(u64::from(facts.evacuated), [5_000, 10_000, 50_000]),
        by(facts.loss_yuan, [5_000_000, 20_000_000, 100_000_000]),
        supply,
        unclear,
    ]
    .into_iter()
    .max()
    .unwrap_or(EventGrade::General);
    EVENT.based(
        grade,
        &[
            ("deaths", &facts.deaths),
            ("poisoned", &facts.poisoned),
            ("evacuated", &facts.evacuated),
            ("loss (yuan)", &facts.loss_yuan),
            (
                "supply cut",
                &facts.supply_cut.map_or("none", SupplyCut::name),
            ),
            ("unclear and sensitive", &facts.is_unclear_and_sensitive),
        ],
    )
}
