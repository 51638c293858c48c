//! JSON bodies of the plan.

use city_plan::{
    Account, Cite, Force, Header, Indicator, Investment, InvestmentTotal, Meaning, Measure,
    NamedProject, Recurrence, Safeguard, SourceKind, Task, Unit,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A place in the plan's text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CiteBody {
    at: String,
    quote: String,
}

fn cites(cites: &[Cite]) -> Vec<CiteBody> {
    cites
        .iter()
        .map(|cite| CiteBody {
            at: cite.at.clone(),
            quote: cite.quote.clone(),
        })
        .collect()
}

const fn force(force: Force) -> &'static str {
    match force {
        Force::Binding => "binding",
        Force::Guiding => "guiding",
    }
}

pub(crate) const fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::AtLeast => "at_least",
        Meaning::AtMost => "at_most",
        Meaning::ReduceBy => "reduce_by",
        Meaning::Keep => "keep",
        Meaning::ClassOrBetter => "class_or_better",
    }
}

pub(crate) const fn recurrence(recurrence: Recurrence) -> &'static str {
    match recurrence {
        Recurrence::Daily => "daily",
        Recurrence::HalfYearly => "half_yearly",
        Recurrence::Yearly => "yearly",
        Recurrence::Continuous => "continuous",
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanHeaderBody {
    id: String,
    title_zh: String,
    title_en: String,
    region: String,
    base_year: i32,
    first_year: i32,
    last_year: i32,
}

impl From<&Header> for PlanHeaderBody {
    fn from(header: &Header) -> Self {
        Self {
            id: header.id.get_ref().clone(),
            title_zh: header.title.clone(),
            title_en: header.title_en.clone().unwrap_or_default(),
            region: header.region.clone(),
            base_year: header.base_year,
            first_year: header.first_year,
            last_year: header.last_year,
        }
    }
}

/// A unit that the plan names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitBody {
    id: String,
    name_zh: String,
    /// Empty where the plan's file has none.
    name_en: String,
}

impl From<&Unit> for UnitBody {
    fn from(unit: &Unit) -> Self {
        Self {
            id: unit.id.get_ref().clone(),
            name_zh: unit.name.clone(),
            name_en: unit.name_en.clone().unwrap_or_default(),
        }
    }
}

/// A named quantity that formulas are made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasureBody {
    id: String,
    name_zh: String,
    /// Empty where the plan gives none.
    name_en: String,
    unit: String,
    /// `monitoring`, `register`, `projects`, `reported` or `published`.
    source: &'static str,
    /// What exactly: a statistic, a register, or who reports it.
    from: String,
    /// The statistic that the platform computes for it, if it does: `good_air_days`,
    /// `valid_air_days`, `air_mean`, `worst_water_class`, `sections_on_target` or `sections_judged`.
    statistic: Option<&'static str>,
}

impl From<&Measure> for MeasureBody {
    fn from(measure: &Measure) -> Self {
        Self {
            id: measure.id.get_ref().clone(),
            name_zh: measure.name.clone(),
            name_en: measure.name_en.clone().unwrap_or_default(),
            unit: measure.unit.clone(),
            source: match measure.source {
                SourceKind::Monitoring => "monitoring",
                SourceKind::Register => "register",
                SourceKind::Projects => "projects",
                SourceKind::Reported => "reported",
                SourceKind::Published => "published",
            },
            from: measure.from.clone(),
            statistic: measure.statistic.as_ref().map(|one| one.kind.as_str()),
        }
    }
}

/// An indicator as the plan sets it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndicatorBody {
    id: String,
    name_zh: String,
    name_en: String,
    /// The group of the plan's table.
    category_zh: String,
    category_en: String,
    /// `binding` or `guiding`.
    force: &'static str,
    unit: String,
    base: Option<String>,
    target: String,
    /// `at_least`, `at_most`, `reduce_by`, `keep` or `class_or_better`.
    meaning: &'static str,
    target_year: Option<i32>,
    /// The target as the plan writes it.
    written: String,
    formula: Option<String>,
    regions: Vec<String>,
    note: Option<String>,
    cites: Vec<CiteBody>,
}

impl IndicatorBody {
    pub(crate) fn new(indicator: &Indicator, header: &Header) -> Self {
        Self {
            id: indicator.id.get_ref().clone(),
            name_zh: indicator.name.clone(),
            name_en: indicator.name_en.clone().unwrap_or_default(),
            category_zh: indicator.category.clone(),
            category_en: header
                .categories_en
                .get(&indicator.category)
                .cloned()
                .unwrap_or_default(),
            force: force(indicator.force),
            unit: indicator.unit.clone(),
            base: indicator.base.map(|base| base.to_string()),
            target: indicator.target.to_string(),
            meaning: meaning(indicator.meaning),
            target_year: indicator.target_year,
            written: indicator.written.clone(),
            formula: indicator
                .formula
                .as_ref()
                .map(|formula| formula.get_ref().clone()),
            regions: indicator.regions.clone(),
            note: indicator.note.clone(),
            cites: cites(&indicator.cite),
        }
    }
}

/// A figure that a task is checked by.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskMeasureBody {
    name: String,
    target: String,
    unit: String,
    meaning: &'static str,
    /// The last day, such as `2017-12-31`.
    due: Option<String>,
    indicator: Option<String>,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskBody {
    id: String,
    name_zh: String,
    /// Empty where the plan's file has none, as that of the heading.
    name_en: String,
    heading_zh: String,
    heading_en: String,
    /// The last day, such as `2017-12-31`.
    due: Option<String>,
    /// `daily`, `half_yearly`, `yearly` or `continuous`.
    recurrence: Option<&'static str>,
    lead: Vec<String>,
    cooperating: Vec<String>,
    regions: Vec<String>,
    measures: Vec<TaskMeasureBody>,
    deliverable: Option<String>,
    cites: Vec<CiteBody>,
}

impl TaskBody {
    pub(crate) fn new(task: &Task, header: &Header) -> Self {
        Self {
            id: task.id.get_ref().clone(),
            name_zh: task.name.clone(),
            name_en: task.name_en.clone().unwrap_or_default(),
            heading_zh: task.heading.clone(),
            heading_en: header.heading_en(&task.heading).to_owned(),
            due: task.due.map(city_plan::Due::last_day),
            recurrence: task.recurrence.map(recurrence),
            lead: task.lead.clone(),
            cooperating: task.cooperating.clone(),
            regions: task.regions.clone(),
            measures: task
                .measure
                .iter()
                .map(|measure| TaskMeasureBody {
                    name: measure.name.clone(),
                    target: measure.target.to_string(),
                    unit: measure.unit.clone(),
                    meaning: meaning(measure.meaning),
                    due: measure.due.map(city_plan::Due::last_day),
                    indicator: measure.indicator.clone(),
                })
                .collect(),
            deliverable: task.deliverable.clone(),
            cites: cites(&task.cite),
        }
    }
}

/// A project that the plan names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectBody {
    id: String,
    name: String,
    kind: String,
    task: Option<String>,
    indicator: Option<String>,
    regions: Vec<String>,
    cites: Vec<CiteBody>,
}

impl From<&NamedProject> for ProjectBody {
    fn from(project: &NamedProject) -> Self {
        Self {
            id: project.id.get_ref().clone(),
            name: project.name.clone(),
            kind: project.kind.clone(),
            task: project.task.clone(),
            indicator: project.indicator.clone(),
            regions: project.regions.clone(),
            cites: cites(&project.cite),
        }
    }
}

/// A row of the investment table; amounts in 10⁸ yuan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvestmentBody {
    id: String,
    name: String,
    count: u32,
    amount: String,
}

impl From<&Investment> for InvestmentBody {
    fn from(row: &Investment) -> Self {
        Self {
            id: row.id.get_ref().clone(),
            name: row.name.clone(),
            count: row.count,
            amount: row.amount.to_string(),
        }
    }
}

/// The last row of the investment table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TotalBody {
    count: u32,
    amount: String,
}

impl From<&InvestmentTotal> for TotalBody {
    fn from(total: &InvestmentTotal) -> Self {
        Self {
            count: total.count,
            amount: total.amount.to_string(),
        }
    }
}

/// How the plan sees to it that it is carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SafeguardBody {
    id: String,
    name: String,
    due: Option<String>,
    recurrence: Option<&'static str>,
    lead: Vec<String>,
    cites: Vec<CiteBody>,
}

impl From<&Safeguard> for SafeguardBody {
    fn from(safeguard: &Safeguard) -> Self {
        Self {
            id: safeguard.id.get_ref().clone(),
            name: safeguard.name.clone(),
            due: safeguard.due.map(city_plan::Due::last_day),
            recurrence: safeguard.recurrence.map(recurrence),
            lead: safeguard.lead.clone(),
            cites: cites(&safeguard.cite),
        }
    }
}

/// Something the linter found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingBody {
    pub(crate) rule: &'static str,
    /// `error`, `warning` or `hint`.
    pub(crate) severity: &'static str,
    /// Kind and identifier, such as `task coal_share`.
    pub(crate) entry: Option<String>,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) message_zh: String,
    pub(crate) message_en: String,
    pub(crate) suggestion_zh: String,
    pub(crate) suggestion_en: String,
}

/// A reduction account: which measures it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanAccountBody {
    id: String,
    /// The pollutant.
    name_zh: String,
    name_en: String,
    indicator: String,
    emission: String,
    increment: String,
    /// Each report of it names its project.
    reduction: String,
}

impl From<&Account> for PlanAccountBody {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.get_ref().clone(),
            name_zh: account.name.clone(),
            name_en: account.name_en.clone().unwrap_or_default(),
            indicator: account.indicator.clone(),
            emission: account.emission.clone(),
            increment: account.increment.clone(),
            reduction: account.reduction.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanDetailBody {
    #[serde(flatten)]
    pub(crate) header: PlanHeaderBody,
    pub(crate) units: Vec<UnitBody>,
    pub(crate) measures: Vec<MeasureBody>,
    pub(crate) indicators: Vec<IndicatorBody>,
    pub(crate) accounts: Vec<PlanAccountBody>,
    pub(crate) tasks: Vec<TaskBody>,
    pub(crate) projects: Vec<ProjectBody>,
    pub(crate) investments: Vec<InvestmentBody>,
    pub(crate) investment_total: Option<TotalBody>,
    pub(crate) safeguards: Vec<SafeguardBody>,
    pub(crate) findings: Vec<FindingBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanBody {
    pub(crate) plan: PlanDetailBody,
}

/// An entry that cites a sentence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkBody {
    /// `indicator`, `result`, `fact`, `task`, `project`, `investment`, `investment_total`,
    /// `safeguard` or `not_a_commitment`.
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// The words it cites.
    pub(crate) words: String,
}

/// A sentence or a row of a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentenceBody {
    /// Chapter and section, such as `四（一）`.
    pub(crate) at: String,
    pub(crate) line: usize,
    /// `heading`, `prose` or `row`, whose cells are joined by ` | `.
    pub(crate) kind: &'static str,
    pub(crate) starts_paragraph: bool,
    pub(crate) words: String,
    pub(crate) links: Vec<LinkBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanTextBody {
    pub(crate) sentences: Vec<SentenceBody>,
}
