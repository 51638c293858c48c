//! Reported values of the plan: listed, reported, checked, accepted, returned.

use access::RegionCode;
use axum::extract::State;
use axum::http::StatusCode;
use beijing_time::Timestamp;
use plan::{
    NewValue, ReportedValue, ValueFilter, ValueState, accept_value, check_value, list_values,
    report_value, return_value,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_plan_values, report_plan_value))
        .routes(routes!(check_plan_value))
        .routes(routes!(accept_plan_value))
        .routes(routes!(return_plan_value))
}

/// A project as a value names it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ValueProjectBody {
    id: String,
    /// The bureau's number.
    code: String,
    name: String,
}

/// A reported value of one measure, region and year.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanValueBody {
    id: String,
    measure: String,
    region: String,
    year: i32,
    /// The project of the pool whose reduction it is; null for any other value.
    project: Option<ValueProjectBody>,
    #[schema(format = "decimal")]
    value: String,
    evidence: String,
    simulated: bool,
    /// `reported`, `checked`, `accepted`, `returned` or `superseded`.
    state: &'static str,
    reported_by: String,
    reported_at: String,
    checked_by: Option<String>,
    checked_at: Option<String>,
    /// Who accepted or returned it.
    decided_by: Option<String>,
    decided_at: Option<String>,
    /// Why it was returned.
    note: Option<String>,
}

impl From<ReportedValue> for PlanValueBody {
    fn from(value: ReportedValue) -> Self {
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: value.new.id.to_string(),
            measure: value.new.measure,
            region: value.new.region.as_str().to_owned(),
            year: value.new.year,
            project: value
                .new
                .project_id
                .zip(value.project)
                .map(|(id, project)| ValueProjectBody {
                    id: id.to_string(),
                    code: project.code,
                    name: project.name,
                }),
            value: value.new.value.to_string(),
            evidence: value.new.evidence,
            simulated: value.new.is_simulated,
            state: value.state.as_str(),
            reported_by: value.reported_by,
            reported_at: value.reported_at.to_string(),
            checked_by: value.checked_by,
            checked_at: text(value.checked_at),
            decided_by: value.decided_by,
            decided_at: text(value.decided_at),
            note: value.note,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PlanValueAnswer {
    plan_value: PlanValueBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct PlanValuesBody {
    plan_values: Vec<PlanValueBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PlanValuesQuery {
    /// Of this measure.
    measure: Option<String>,
    /// Of this year.
    year: Option<i32>,
    /// Of this region alone, without those below.
    region: Option<String>,
    /// `reported`, `checked`, `accepted`, `returned` or `superseded`.
    state: Option<String>,
    /// The `meta.next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

/// A value to report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPlanValue {
    /// UUID v7 made by the caller, so that reporting twice makes one value.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    measure: String,
    /// Region code.
    region: String,
    year: i32,
    /// The project of the pool, for what a reduction account takes from projects; null otherwise.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    project_id: Option<Uuid>,
    /// A decimal in quotes.
    #[schema(format = "decimal")]
    value: String,
    /// What it rests on: a document, a ledger, a letter.
    evidence: String,
    /// Whether it is made up, for a demonstration.
    #[serde(default)]
    simulated: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnBody {
    /// Why it is returned.
    note: String,
}

fn read_region(text: Option<&str>) -> Result<Option<RegionCode>, ApiProblem> {
    text.filter(|code| !code.is_empty())
        .map(str::parse)
        .transpose()
        .map_err(|_unreadable| ApiProblem::invalid("region", "invalid", "not a region code"))
}

/// Lists reported values, newest first.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/plan/values",
    tag = "plan",
    params(PlanValuesQuery),
    responses(
        (status = 200, body = PlanValuesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_values(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<PlanValuesQuery>,
) -> Result<Json<PlanValuesBody>, ApiProblem> {
    let wanted =
        match query.state.as_deref().filter(|name| !name.is_empty()) {
            None => None,
            Some(name) => Some(ValueState::from_name(name).ok_or_else(|| {
                ApiProblem::invalid("state", "unknown_word", "not one of the words")
            })?),
        };
    let filter = ValueFilter {
        measure: query.measure.filter(|measure| !measure.is_empty()),
        year: query.year,
        region: read_region(query.region.as_deref())?,
        state: wanted,
        after: query.after,
        limit: page_size(query.limit),
    };
    let values = list_values(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&values, filter.limit, |value| value.new.id.to_string());
    Ok(Json(PlanValuesBody {
        plan_values: values.into_iter().map(PlanValueBody::from).collect(),
        meta,
    }))
}

/// Reports a value. A correction is a new report; the accepted one stays until it is accepted.
///
/// *Permissions*: `plan.report`, in the region.
#[utoipa::path(
    post,
    path = "/plan/values",
    tag = "plan",
    request_body = NewPlanValue,
    responses(
        (status = 201, body = PlanValueAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn report_plan_value(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewPlanValue>,
) -> Result<(StatusCode, Json<PlanValueAnswer>), ApiProblem> {
    let new = NewValue {
        id: body.id,
        measure: body.measure,
        region: body.region.parse().map_err(|_unreadable| {
            ApiProblem::invalid("/region", "invalid", "not a region code")
        })?,
        year: body.year,
        project_id: body.project_id,
        value: body
            .value
            .parse()
            .map_err(|error| ApiProblem::invalid("/value", "invalid", format!("{error}")))?,
        evidence: body.evidence,
        is_simulated: body.simulated,
    };
    let clock = state.clock.as_ref();
    let value = report_value(&state.database, clock, &state.plan, &actor, new).await?;
    let plan_value = value.into();
    Ok((StatusCode::CREATED, Json(PlanValueAnswer { plan_value })))
}

/// Checks a reported value; not by who reported it.
///
/// *Permissions*: `plan.check`, in the region.
#[utoipa::path(
    post,
    path = "/plan/values/{id}/check",
    tag = "plan",
    params(("id" = String, Path, description = "The value.")),
    responses(
        (status = 200, body = PlanValueAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn check_plan_value(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<PlanValueAnswer>, ApiProblem> {
    let value = check_value(&state.database, state.clock.as_ref(), &actor, id).await?;
    let plan_value = value.into();
    Ok(Json(PlanValueAnswer { plan_value }))
}

/// Accepts a checked value; not by who reported it. What projects take away is accepted of a project
/// that is built, and once; what would make a reduction account contradict itself is refused.
///
/// *Permissions*: `plan.accept`, in the region.
#[utoipa::path(
    post,
    path = "/plan/values/{id}/accept",
    tag = "plan",
    params(("id" = String, Path, description = "The value.")),
    responses(
        (status = 200, body = PlanValueAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn accept_plan_value(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<PlanValueAnswer>, ApiProblem> {
    let clock = state.clock.as_ref();
    let value = accept_value(&state.database, clock, &state.plan, &actor, id).await?;
    let plan_value = value.into();
    Ok(Json(PlanValueAnswer { plan_value }))
}

/// Returns a value that was not accepted yet, with the reason.
///
/// *Permissions*: `plan.check`, in the region.
#[utoipa::path(
    post,
    path = "/plan/values/{id}/return",
    tag = "plan",
    params(("id" = String, Path, description = "The value.")),
    request_body = ReturnBody,
    responses(
        (status = 200, body = PlanValueAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn return_plan_value(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<ReturnBody>,
) -> Result<Json<PlanValueAnswer>, ApiProblem> {
    let clock = state.clock.as_ref();
    let value = return_value(&state.database, clock, &actor, id, &body.note).await?;
    let plan_value = value.into();
    Ok(Json(PlanValueAnswer { plan_value }))
}
