//! JSON bodies of the project pool. Money is in 万元 (10⁴ yuan), days are `YYYY-MM-DD`.

use beijing_time::CivilDate;
use plan::PlanBook;
use projects::{
    ConditionState, Dossier, Fund, ProjectSummary, ProjectsError, Step, StepOutcome, Words,
    check_condition, find_findings, find_passages,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ApiProblem;
use crate::paging::Meta;

/// A project in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectSummaryBody {
    id: String,
    code: String,
    name: String,
    kind: String,
    region_code: String,
    owner: String,
    /// In 万元 (10⁴ yuan); null while nobody has said it.
    planned: Option<String>,
    /// In 万元.
    arrived: String,
    /// In 万元.
    paid: String,
    first_year: Option<i32>,
    last_year: Option<i32>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    /// The plan's entry, when the plan names the project.
    named: Option<String>,
    state: &'static str,
    /// Whether somebody should look at it.
    needs_attention: bool,
    is_simulated: bool,
    revision: i64,
}

impl From<ProjectSummary> for ProjectSummaryBody {
    fn from(summary: ProjectSummary) -> Self {
        let details = summary.project.details;
        Self {
            id: summary.project.id.to_string(),
            code: details.code,
            name: details.name,
            kind: details.kind,
            region_code: details.region.to_string(),
            owner: details.owner,
            planned: details.planned.map(|money| money.to_string()),
            arrived: summary.arrived.to_string(),
            paid: summary.paid.to_string(),
            first_year: details.first_year,
            last_year: details.last_year,
            longitude: details.position.map(|position| position.longitude),
            latitude: details.position.map(|position| position.latitude),
            named: details.named,
            state: summary.project.state.as_str(),
            needs_attention: summary.needs_attention,
            is_simulated: details.is_simulated,
            revision: summary.project.revision,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectsBody {
    pub(super) projects: Vec<ProjectSummaryBody>,
    pub(super) meta: Meta,
}

/// A date to hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MilestoneBody {
    pub(super) name: String,
    /// When it should be reached.
    pub(super) planned_on: String,
    /// When it was.
    pub(super) actual_on: Option<String>,
}

/// Money of one source and year, in 万元 (10⁴ yuan).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FundBody {
    /// `central`, `provincial`, `city`, `county`, `enterprise`, `loan` or `private`.
    pub(super) source: String,
    pub(super) year: i32,
    #[schema(format = "decimal")]
    pub(super) planned: String,
    #[schema(format = "decimal")]
    pub(super) arrived: String,
    #[schema(format = "decimal")]
    pub(super) paid: String,
}

impl From<&Fund> for FundBody {
    fn from(fund: &Fund) -> Self {
        Self {
            source: fund.source.as_str().to_owned(),
            year: fund.year,
            planned: fund.planned.to_string(),
            arrived: fund.arrived.to_string(),
            paid: fund.paid.to_string(),
        }
    }
}

/// A sentence in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConditionWords {
    zh: String,
    en: String,
}

impl From<Words> for ConditionWords {
    fn from(words: Words) -> Self {
        Self {
            zh: words.zh,
            en: words.en,
        }
    }
}

/// What became of one project of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectOutcomeBody {
    id: String,
    /// Whether the step was taken.
    is_done: bool,
    /// The code of what refused it.
    code: Option<String>,
    /// Why it was refused, one sentence for each condition.
    reasons: Vec<ConditionWords>,
}

impl TryFrom<StepOutcome> for ProjectOutcomeBody {
    type Error = ApiProblem;

    fn try_from(outcome: StepOutcome) -> Result<Self, ApiProblem> {
        let mut body = Self {
            id: outcome.id.to_string(),
            is_done: outcome.result.is_ok(),
            code: None,
            reasons: Vec::new(),
        };
        match outcome.result {
            Ok(_dossier) => {}
            Err(ProjectsError::ConditionsUnmet { unmet }) => {
                body.code = Some("conditions".to_owned());
                body.reasons = unmet.into_iter().map(|(_, words)| words.into()).collect();
            }
            Err(ProjectsError::Invalid { words, .. }) => {
                body.code = Some("invalid".to_owned());
                body.reasons.push(words.into());
            }
            Err(error) => {
                let problem = ApiProblem::from(error);
                if problem.is_server_error() {
                    return Err(problem);
                }
                let (code, detail) = problem.into_words();
                body.code = Some(code);
                body.reasons.push(ConditionWords {
                    zh: String::new(),
                    en: detail,
                });
            }
        }
        Ok(body)
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutcomesBody {
    pub(super) outcomes: Vec<ProjectOutcomeBody>,
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectStepBody {
    from: &'static str,
    to: &'static str,
    on: String,
    document: String,
    note: String,
    author: String,
    at: String,
}

impl From<&Step> for ProjectStepBody {
    fn from(step: &Step) -> Self {
        Self {
            from: step.from.as_str(),
            to: step.new.to.as_str(),
            on: step.new.on.to_string(),
            document: step.new.document.clone(),
            note: step.new.note.clone(),
            author: step.author.clone(),
            at: step.at.to_string(),
        }
    }
}

/// What must be there before a step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConditionBody {
    code: &'static str,
    /// `met`, `unmet`, or `asked`: told with the step.
    state: &'static str,
    /// What is missing.
    missing: Option<ConditionWords>,
}

/// A step that leads on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassageBody {
    to: &'static str,
    conditions: Vec<ConditionBody>,
}

/// What somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectFindingBody {
    code: &'static str,
    detail_zh: String,
    detail_en: String,
}

/// Everything about one project.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectDossierBody {
    id: String,
    code: String,
    name: String,
    kind: String,
    /// The kind's name in the plan.
    kind_name: String,
    region_code: String,
    owner: String,
    /// In 万元 (10⁴ yuan); null while nobody has said it.
    planned: Option<String>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    site_id: Option<i64>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    named: Option<String>,
    task: Option<String>,
    /// The task's name in the plan.
    task_name: Option<String>,
    indicator: Option<String>,
    /// The indicator's name in the plan.
    indicator_name: Option<String>,
    note: String,
    is_simulated: bool,
    state: &'static str,
    revision: i64,
    milestones: Vec<MilestoneBody>,
    funds: Vec<FundBody>,
    /// Sums of the money: planned, arrived, paid, in 万元.
    sums: [String; 3],
    steps: Vec<ProjectStepBody>,
    /// The steps that lead on, with their conditions.
    passages: Vec<PassageBody>,
    findings: Vec<ProjectFindingBody>,
}

impl ProjectDossierBody {
    pub(super) fn new(dossier: Dossier, book: &PlanBook, today: CivilDate) -> Self {
        let passages = find_passages(dossier.project.state).map(|passage| PassageBody {
            to: passage.to.as_str(),
            conditions: passage
                .conditions
                .iter()
                .map(|condition| {
                    let (state, missing) = match check_condition(*condition, &dossier, None, today)
                    {
                        ConditionState::Met => ("met", None),
                        ConditionState::Asked => ("asked", None),
                        ConditionState::Unmet(words) => ("unmet", Some(words.into())),
                    };
                    ConditionBody {
                        code: condition.as_str(),
                        state,
                        missing,
                    }
                })
                .collect(),
        });
        let passages = passages.collect();
        let findings = find_findings(&dossier, today);
        let (planned, arrived, paid) = dossier.sums();
        let details = dossier.project.details;
        let plan = book.plan();
        let kind = plan
            .investments
            .iter()
            .find(|row| row.id.get_ref() == &details.kind);
        let task = details.task.as_ref().and_then(|id| {
            let mut tasks = plan.tasks.iter();
            tasks.find(|one| one.id.get_ref() == id)
        });
        let indicator = details
            .indicator
            .as_ref()
            .and_then(|id| book.find_indicator(id));
        Self {
            id: dossier.project.id.to_string(),
            kind_name: kind.map_or_else(|| details.kind.clone(), |row| row.name.clone()),
            task_name: task.map(|one| one.name.clone()),
            indicator_name: indicator.map(|one| one.name.clone()),
            code: details.code,
            name: details.name,
            kind: details.kind,
            region_code: details.region.to_string(),
            owner: details.owner,
            planned: details.planned.map(|money| money.to_string()),
            first_year: details.first_year,
            last_year: details.last_year,
            site_id: details.site_id,
            longitude: details.position.map(|position| position.longitude),
            latitude: details.position.map(|position| position.latitude),
            named: details.named,
            task: details.task,
            indicator: details.indicator,
            note: details.note,
            is_simulated: details.is_simulated,
            state: dossier.project.state.as_str(),
            revision: dossier.project.revision,
            milestones: dossier
                .milestones
                .into_iter()
                .map(|one| MilestoneBody {
                    name: one.name,
                    planned_on: one.planned_on.to_string(),
                    actual_on: one.actual_on.map(|on| on.to_string()),
                })
                .collect(),
            funds: dossier.funds.iter().map(FundBody::from).collect(),
            sums: [planned, arrived, paid].map(|money| money.to_string()),
            steps: dossier.steps.iter().map(ProjectStepBody::from).collect(),
            passages,
            findings: findings
                .into_iter()
                .map(|finding| ProjectFindingBody {
                    code: finding.kind.as_str(),
                    detail_zh: finding.words.zh,
                    detail_en: finding.words.en,
                })
                .collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectAnswer {
    pub(super) project: ProjectDossierBody,
}
