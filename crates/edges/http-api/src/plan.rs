//! The five-year plan: its entries, its text with links, indicators with lineage, reported values.

mod accounts;
mod bodies;
mod cockpit;
mod lineage;
mod states;
mod values;

use axum::extract::State;
use city_plan::{Finding, Language, SentenceKind};
use plan::{list_indicator_states, load_indicator_course};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::Permission;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

use bodies::{
    FindingBody, IndicatorBody, InvestmentBody, LinkBody, MeasureBody, PlanAccountBody, PlanBody,
    PlanDetailBody, PlanHeaderBody, PlanTextBody, ProjectBody, SafeguardBody, SentenceBody,
    TaskBody, TotalBody, UnitBody,
};
pub(crate) use bodies::{meaning, recurrence};
use states::{CourseBody, StateBody, StatesBody};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_plan))
        .routes(routes!(load_plan_text))
        .routes(routes!(list_plan_indicators))
        .routes(routes!(load_plan_indicator))
        .merge(accounts::routes())
        .merge(cockpit::routes())
        .merge(lineage::routes())
        .merge(values::routes())
}

fn no_plan() -> ApiProblem {
    ApiProblem::not_found("This installation has no plan.".to_owned())
}

/// The plan: indicators, tasks, named projects, investment, safeguards, and what the linter found.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan",
    tag = "plan",
    responses(
        (status = 200, body = PlanBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<PlanBody>, ApiProblem> {
    actor.check(Permission::ReadPlan)?;
    let plan = state.plan.plan();
    let header = plan.header.as_ref().ok_or_else(no_plan)?;
    let finding = |finding: &Finding| FindingBody {
        rule: finding.rule.code(),
        severity: finding.severity().as_str(),
        entry: finding.entry.clone(),
        file: finding.place.file.clone(),
        line: finding.place.line,
        message_zh: finding.message(Language::Chinese).to_owned(),
        message_en: finding.message(Language::English).to_owned(),
        suggestion_zh: finding.suggestion(Language::Chinese).to_owned(),
        suggestion_en: finding.suggestion(Language::English).to_owned(),
    };
    let indicators = plan.indicators.iter();
    let tasks = plan.tasks.iter();
    let projects = plan.projects.iter();
    let investments = plan.investments.iter();
    let safeguards = plan.safeguards.iter();
    Ok(Json(PlanBody {
        plan: PlanDetailBody {
            header: PlanHeaderBody::from(&header.item),
            units: plan
                .units
                .iter()
                .map(|one| UnitBody::from(&one.item))
                .collect(),
            measures: plan
                .measures
                .iter()
                .map(|one| MeasureBody::from(&one.item))
                .collect(),
            indicators: indicators
                .map(|one| IndicatorBody::new(&one.item, &header.item))
                .collect(),
            accounts: plan
                .accounts
                .iter()
                .map(|one| PlanAccountBody::from(&one.item))
                .collect(),
            tasks: tasks
                .map(|one| TaskBody::new(&one.item, &header.item))
                .collect(),
            projects: projects.map(|one| ProjectBody::from(&one.item)).collect(),
            investments: investments
                .map(|one| InvestmentBody::from(&one.item))
                .collect(),
            investment_total: plan
                .investment_total
                .as_ref()
                .map(|one| TotalBody::from(&one.item)),
            safeguards: safeguards
                .map(|one| SafeguardBody::from(&one.item))
                .collect(),
            findings: state.plan.findings().iter().map(finding).collect(),
        },
    }))
}

/// The plan's text, sentence by sentence, each with the entries that cite it.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/text",
    tag = "plan",
    responses(
        (status = 200, body = PlanTextBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_text(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<PlanTextBody>, ApiProblem> {
    actor.check(Permission::ReadPlan)?;
    let text = state.plan.plan().text.as_ref().ok_or_else(no_plan)?;
    let mut sentences: Vec<SentenceBody> = text
        .sentences()
        .iter()
        .map(|sentence| SentenceBody {
            at: sentence.at.clone(),
            line: sentence.line,
            kind: match sentence.kind {
                SentenceKind::Heading => "heading",
                SentenceKind::Prose => "prose",
                SentenceKind::Row => "row",
            },
            starts_paragraph: sentence.starts_paragraph,
            words: text.words(&sentence.range).to_owned(),
            links: Vec::new(),
        })
        .collect();
    for link in state.plan.links() {
        for index in &link.sentences {
            if let Some(sentence) = sentences.get_mut(*index) {
                sentence.links.push(LinkBody {
                    kind: link.kind,
                    id: link.id.clone(),
                    words: text.words(&link.range).to_owned(),
                });
            }
        }
    }
    Ok(Json(PlanTextBody { sentences }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatesQuery {
    /// The year; the last one of the plan when absent.
    year: Option<i32>,
}

/// The state of every indicator in one year: value, expected level, status, inputs.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/indicators",
    tag = "plan",
    params(StatesQuery),
    responses(
        (status = 200, body = StatesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_indicators(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<StatesQuery>,
) -> Result<Json<StatesBody>, ApiProblem> {
    let (_, _, last_year) = state.plan.years();
    let year = query.year.unwrap_or(last_year);
    let states = list_indicator_states(&state.database, &actor, &state.plan, year).await?;
    Ok(Json(StatesBody {
        year,
        indicators: states.iter().map(StateBody::from).collect(),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CourseQuery {
    /// The region; that of the plan, or the first of the indicator's own, when absent.
    region: Option<String>,
}

/// One indicator over the years of the plan, with its projection to the last.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/indicators/{id}",
    tag = "plan",
    params(("id" = String, Path, description = "The indicator."), CourseQuery),
    responses(
        (status = 200, body = CourseBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_indicator(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Query(query): Query<CourseQuery>,
) -> Result<Json<CourseBody>, ApiProblem> {
    let region = query.region.as_deref().filter(|region| !region.is_empty());
    let course = load_indicator_course(&state.database, &actor, &state.plan, &id, region).await?;
    Ok(Json(CourseBody::from(course)))
}
