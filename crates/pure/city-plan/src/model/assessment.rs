//! The rule by which a plan is assessed.

use exact_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Cite;

/// Which assessment of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentKind {
    /// 年度评估: of any year of the period, against the expected path.
    Yearly,
    /// 中期评估: of the year named as such, against the expected path.
    MidTerm,
    /// 终期考核: of the last year, against the target.
    Final,
}

impl AssessmentKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Yearly, Self::MidTerm, Self::Final];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yearly => "yearly",
            Self::MidTerm => "mid_term",
            Self::Final => "final",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A grade.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// The lowest score that has it.
    #[schemars(with = "String")]
    pub from: Decimal,
}

/// Who answers for which indicators.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Responsibility {
    /// The unit's identifier.
    pub unit: String,
    /// The indicators it is scored by.
    pub indicators: Vec<String>,
}

/// A weight of one indicator, other than that of its force.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorWeight {
    /// The indicator.
    pub indicator: String,
    /// Its weight.
    #[schemars(with = "String")]
    pub weight: Decimal,
    /// Why.
    pub reason: String,
}

/// How much indicators, tasks and projects weigh against each other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkWeights {
    /// Weight of the indicators.
    #[schemars(with = "String")]
    pub indicators: Decimal,
    /// Weight of the tasks that owe something by the end of the year.
    #[schemars(with = "String")]
    pub tasks: Decimal,
    /// Weight of the projects that are to be finished by the end of the year.
    #[schemars(with = "String")]
    pub projects: Decimal,
}

/// The published rule by which the plan is assessed. It stands in one file at most; without it no
/// assessment can be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentRule {
    /// Identifier; change it when the rule changes, so that assessments name their edition.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Title.
    pub title: String,
    /// Who issued it and what its standing is.
    pub issued_by: String,
    /// The score of an indicator that stands where it should.
    #[schemars(with = "String")]
    pub full_score: Decimal,
    /// Decimal places of every score, rounded half to even (GB/T 8170) once at each step.
    pub places: u32,
    /// Weight of a binding indicator.
    #[schemars(with = "String")]
    pub binding_weight: Decimal,
    /// Weight of a guiding indicator.
    #[schemars(with = "String")]
    pub guiding_weight: Decimal,
    /// Weights of single indicators.
    #[serde(default)]
    pub weight: Vec<IndicatorWeight>,
    /// The most that a binding indicator gets that is behind.
    #[schemars(with = "String")]
    pub binding_behind_most: Decimal,
    /// Share of the weights, in per cent, that must have data for a total to be given.
    #[schemars(with = "String")]
    pub least_coverage: Decimal,
    /// Whether tasks and projects count beside the indicators, and how much; without it the
    /// indicators alone do.
    #[serde(default)]
    pub work: Option<WorkWeights>,
    /// Year of the mid-term assessment.
    #[serde(default)]
    pub mid_term_year: Option<i32>,
    /// Grades, the best first.
    pub grade: Vec<Grade>,
    /// The best grade while any binding indicator is behind or has no data.
    #[serde(default)]
    pub best_grade_unless_binding_met: Option<String>,
    /// Who answers for which indicators.
    #[serde(default)]
    pub responsibility: Vec<Responsibility>,
    /// Where the plan asks for assessments.
    pub cite: Vec<Cite>,
}
