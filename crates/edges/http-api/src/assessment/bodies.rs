//! JSON bodies of assessments.

use super::works::{AssessedPart, AssessedWork};
use ::assessment::{
    Assessment, AssessmentSummary, ClausePart, FigurePart, GroupPart, InputPart, RulePart, Step,
    TotalPart, YearPart,
};
use city_plan::AssessmentRule;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn text(value: Option<impl core::fmt::Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Who took a step, and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentStep {
    by: String,
    at: String,
}

fn step(step: &Step) -> AssessmentStep {
    AssessmentStep {
        by: step.by.clone(),
        at: step.at.to_string(),
    }
}

/// An assessment without its figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentRow {
    id: String,
    /// `yearly`, `mid_term` or `final`.
    kind: &'static str,
    year: i32,
    /// `draft`, `taken`, `reviewed` or `published`.
    state: &'static str,
    drafted: AssessmentStep,
    taken: Option<AssessmentStep>,
    reviewed: Option<AssessmentStep>,
    published: Option<AssessmentStep>,
    /// Why it was returned last.
    note: Option<String>,
    /// SM3 of the canonical content, hexadecimal.
    digest: Option<String>,
    #[schema(format = "decimal")]
    score: Option<String>,
    grade: Option<String>,
    revision: i64,
}

impl From<&AssessmentSummary> for AssessmentRow {
    fn from(one: &AssessmentSummary) -> Self {
        Self {
            id: one.new.id.to_string(),
            kind: one.new.kind.as_str(),
            year: one.new.year,
            state: one.state.as_str(),
            drafted: step(&one.drafted),
            taken: one.taken.as_ref().map(step),
            reviewed: one.reviewed.as_ref().map(step),
            published: one.published.as_ref().map(step),
            note: one.note.clone(),
            digest: one.digest.clone(),
            score: one.score.clone(),
            grade: one.grade.clone(),
            revision: one.revision,
        }
    }
}

/// A mean of scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreBody {
    #[schema(format = "decimal")]
    score: Option<String>,
    /// Share of the weights with data, in per cent.
    #[schema(format = "decimal")]
    coverage: String,
    grade: Option<String>,
    /// Whether a binding indicator lowered the grade.
    is_grade_lowered: bool,
    count: u32,
    scored: u32,
}

impl From<&TotalPart> for ScoreBody {
    fn from(total: &TotalPart) -> Self {
        Self {
            score: text(total.score),
            coverage: total.coverage.to_string(),
            grade: total.grade.clone(),
            is_grade_lowered: total.lowered,
            count: total.count,
            scored: total.scored,
        }
    }
}

/// The score of an indicator, a county or a unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupScoreBody {
    id: String,
    name_zh: String,
    name_en: String,
    total: ScoreBody,
}

impl From<&GroupPart> for GroupScoreBody {
    fn from(group: &GroupPart) -> Self {
        Self {
            id: group.id.clone(),
            name_zh: group.name.clone(),
            name_en: group.name_en.clone().unwrap_or_else(|| group.name.clone()),
            total: ScoreBody::from(&group.total),
        }
    }
}

/// The year of a reduction account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedAccount {
    account: String,
    #[schema(format = "decimal")]
    opening: String,
    #[schema(format = "decimal")]
    increment: String,
    #[schema(format = "decimal")]
    reduction: String,
    /// How many projects took something away.
    projects: u32,
}

/// An input of a value, with the report it was accepted by.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedInput {
    measure: String,
    name: String,
    unit: String,
    /// Where its figures come from.
    from: String,
    #[schema(format = "decimal")]
    value: Option<String>,
    /// Which was taken: `computed`, `accounted`, `reported`, `provisional` or `missing`.
    source: String,
    /// The year of the reduction account that was taken.
    account: Option<AssessedAccount>,
    /// Days or sections that a computed value rests on, and how many there are.
    covered: Option<u32>,
    coverable: Option<u32>,
    /// Of a computed value: `platform`, `official`, `third_party` or `simulated`.
    origin: Option<String>,
    evidence: Option<String>,
    simulated: bool,
    reported_by: Option<String>,
    accepted_by: Option<String>,
    accepted_at: Option<String>,
}

impl From<&InputPart> for AssessedInput {
    fn from(input: &InputPart) -> Self {
        // of the two, only what was taken is told
        let computed = input.taken_computed();
        let account = input.taken_accounted();
        let is_reported = computed.is_none() && account.is_none();
        let report = input.report.as_ref().filter(|_| is_reported);
        let origin = computed.and_then(|computed| computed.origin.clone());
        Self {
            source: input.source.clone(),
            covered: computed.map(|computed| computed.covered),
            coverable: computed.map(|computed| computed.coverable),
            simulated: report.is_some_and(|report| report.simulated)
                || account.is_some_and(|account| account.is_simulated)
                || origin.as_deref() == Some("simulated"),
            account: account.map(|account| AssessedAccount {
                account: account.account.clone(),
                opening: account.opening.clone(),
                increment: account.increment.clone(),
                reduction: account.reduction.clone(),
                projects: account.projects,
            }),
            origin,
            measure: input.measure.clone(),
            name: input.name.clone(),
            unit: input.unit.clone(),
            from: input.from.clone(),
            value: text(input.value),
            evidence: report.map(|report| report.evidence.clone()),
            reported_by: report.map(|report| report.reported_by.clone()),
            accepted_by: report.and_then(|report| report.accepted_by.clone()),
            accepted_at: report.and_then(|report| report.accepted_at.clone()),
        }
    }
}

/// One year of an indicator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedYear {
    year: i32,
    #[schema(format = "decimal")]
    value: Option<String>,
    #[schema(format = "decimal")]
    expected: Option<String>,
}

impl From<&YearPart> for AssessedYear {
    fn from(year: &YearPart) -> Self {
        Self {
            year: year.year,
            value: text(year.value),
            expected: text(year.expected),
        }
    }
}

/// An indicator in a region.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedFigure {
    indicator: String,
    name_zh: String,
    name_en: String,
    category: String,
    force: String,
    unit: String,
    meaning: String,
    /// The target as the plan writes it.
    written: String,
    region: String,
    region_name: String,
    #[schema(format = "decimal")]
    base: Option<String>,
    #[schema(format = "decimal")]
    target: Option<String>,
    #[schema(format = "decimal")]
    expected: Option<String>,
    #[schema(format = "decimal")]
    value: Option<String>,
    /// `met`, `on_track`, `at_risk`, `behind` or `no_data`.
    status: String,
    failure: Option<String>,
    formula: Option<String>,
    simulated: bool,
    #[schema(format = "decimal")]
    weight: String,
    #[schema(format = "decimal")]
    score: Option<String>,
    /// `full`, `degree`, `cut` or `no_data`.
    grounds: String,
    #[schema(format = "decimal")]
    degree_percent: Option<String>,
    inputs: Vec<AssessedInput>,
    years: Vec<AssessedYear>,
}

impl From<&FigurePart> for AssessedFigure {
    fn from(one: &FigurePart) -> Self {
        Self {
            indicator: one.indicator.clone(),
            name_zh: one.name.clone(),
            name_en: one.name_en.clone().unwrap_or_else(|| one.name.clone()),
            category: one.category.clone(),
            force: one.force.clone(),
            unit: one.unit.clone(),
            meaning: one.meaning.clone(),
            written: one.written.clone(),
            region: one.region.clone(),
            region_name: one.region_name.clone(),
            base: text(one.base),
            target: text(one.target),
            expected: text(one.expected),
            value: text(one.value),
            status: one.status.clone(),
            failure: one.failure.clone(),
            formula: one.formula.clone(),
            simulated: one.simulated,
            weight: one.weight.to_string(),
            score: text(one.score),
            grounds: one.grounds.clone(),
            degree_percent: text(one.degree_percent),
            inputs: one.inputs.iter().map(AssessedInput::from).collect(),
            years: one.years.iter().map(AssessedYear::from).collect(),
        }
    }
}

/// A clause of the rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClauseBody {
    zh: String,
    en: String,
}

/// A grade.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GradeBody {
    id: String,
    name_zh: String,
    name_en: String,
    /// The lowest score that has it.
    #[schema(format = "decimal")]
    from: String,
}

/// The rule of assessments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentRuleBody {
    id: String,
    title: String,
    issued_by: String,
    #[schema(format = "decimal")]
    full_score: String,
    clauses: Vec<ClauseBody>,
    /// The best first.
    grades: Vec<GradeBody>,
}

impl From<&RulePart> for AssessmentRuleBody {
    fn from(rule: &RulePart) -> Self {
        let clause = |one: &ClausePart| ClauseBody {
            zh: one.zh.clone(),
            en: one.en.clone(),
        };
        Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            issued_by: rule.issued_by.clone(),
            full_score: rule.full_score.to_string(),
            clauses: rule.clauses.iter().map(clause).collect(),
            grades: rule
                .grades
                .iter()
                .map(|grade| GradeBody {
                    id: grade.id.clone(),
                    name_zh: grade.name.clone(),
                    name_en: grade.name_en.clone().unwrap_or_else(|| grade.id.clone()),
                    from: grade.from.to_string(),
                })
                .collect(),
        }
    }
}

impl From<&AssessmentRule> for AssessmentRuleBody {
    fn from(rule: &AssessmentRule) -> Self {
        Self::from(&::assessment::rule_part(rule))
    }
}

/// Which assessments a rule allows.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
pub(crate) struct RuleKindsBody {
    pub(crate) first_year: i32,
    pub(crate) last_year: i32,
    pub(crate) mid_term_year: Option<i32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleAnswer {
    pub(crate) assessment_rule: AssessmentRuleBody,
    pub(crate) kinds: RuleKindsBody,
}

/// What an assessment says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentContent {
    plan_title_zh: String,
    plan_title_en: String,
    /// The code of the plan's region: its figures are the whole city's.
    region: String,
    taken_at: String,
    simulated: bool,
    rule: AssessmentRuleBody,
    total: ScoreBody,
    figures: Vec<AssessedFigure>,
    indicators: Vec<GroupScoreBody>,
    counties: Vec<GroupScoreBody>,
    units: Vec<GroupScoreBody>,
    /// What the whole is made of; empty where the indicators alone count.
    parts: Vec<AssessedPart>,
    works: Vec<AssessedWork>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentDetail {
    #[serde(flatten)]
    summary: AssessmentRow,
    content: Option<AssessmentContent>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessmentAnswer {
    assessment: AssessmentDetail,
}

impl From<&Assessment> for AssessmentAnswer {
    fn from(found: &Assessment) -> Self {
        let groups = |groups: &[GroupPart]| groups.iter().map(GroupScoreBody::from).collect();
        Self {
            assessment: AssessmentDetail {
                summary: AssessmentRow::from(&found.summary),
                content: found.content.as_ref().map(|content| AssessmentContent {
                    plan_title_zh: content.plan.title.clone(),
                    plan_title_en: (content.plan.title_en.clone())
                        .unwrap_or_else(|| content.plan.title.clone()),
                    region: content.plan.region.clone(),
                    taken_at: content.taken_at.clone(),
                    simulated: content.is_simulated(),
                    rule: AssessmentRuleBody::from(&content.rule),
                    total: ScoreBody::from(&content.total),
                    figures: content.figures.iter().map(AssessedFigure::from).collect(),
                    indicators: groups(&content.indicators),
                    counties: groups(&content.counties),
                    units: groups(&content.units),
                    parts: content.parts.iter().map(AssessedPart::from).collect(),
                    works: content.works.iter().map(AssessedWork::from).collect(),
                }),
            },
        }
    }
}
