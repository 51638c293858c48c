//! Assessments of the plan: begun, taken, reviewed, published; their files; what the public sees.

mod bodies;
mod difference;
mod files;
mod public;
mod works;

use ::assessment::{
    AssessmentState, NewAssessment, create_assessment, list_assessments, load_assessment,
    load_difference, publish_assessment, return_assessment, review_assessment, take_figures,
};
use access::Permission;
use axum::extract::State;
use axum::http::StatusCode;
use city_plan::AssessmentKind;
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

use bodies::{AssessmentAnswer, AssessmentRow, AssessmentRuleBody, RuleAnswer, RuleKindsBody};
use difference::AssessedDifference;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_plan_assessments, create_plan_assessment))
        .routes(routes!(load_plan_assessment))
        .routes(routes!(take_assessment_figures))
        .routes(routes!(review_plan_assessment))
        .routes(routes!(return_plan_assessment))
        .routes(routes!(publish_plan_assessment))
        .routes(routes!(load_assessment_difference))
        .routes(routes!(load_assessment_rule))
        .merge(files::routes())
        .merge(public::routes())
}

#[derive(Debug, Serialize, ToSchema)]
struct AssessmentsBody {
    assessments: Vec<AssessmentRow>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct DifferenceAnswer {
    difference: AssessedDifference,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AssessmentsQuery {
    /// `draft`, `taken`, `reviewed` or `published`.
    state: Option<String>,
    /// The `meta.next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

/// An assessment to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAssessmentBody {
    /// UUID v7 made by the caller, so that asking twice makes one.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// `yearly`, `mid_term` or `final`.
    kind: String,
    year: i32,
}

/// What was seen by who decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenRevision {
    /// The `revision` of the assessment as it was looked at.
    revision: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssessmentReturn {
    /// Why it is returned.
    note: String,
}

/// Lists assessments, newest first.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/assessments",
    tag = "assessment",
    params(AssessmentsQuery),
    responses(
        (status = 200, body = AssessmentsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_assessments(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AssessmentsQuery>,
) -> Result<Json<AssessmentsBody>, ApiProblem> {
    let wanted =
        match query.state.as_deref().filter(|name| !name.is_empty()) {
            None => None,
            Some(name) => Some(AssessmentState::from_name(name).ok_or_else(|| {
                ApiProblem::invalid("state", "unknown_word", "not one of the words")
            })?),
        };
    let limit = page_size(query.limit);
    let found = list_assessments(&state.database, &actor, (wanted, query.after, limit)).await?;
    let meta = Meta::after(&found, limit, |one| one.new.id.to_string());
    Ok(Json(AssessmentsBody {
        assessments: found.iter().map(AssessmentRow::from).collect(),
        meta,
    }))
}

/// Begins an assessment: yearly of any year, at mid-term or final of the years that the rule names.
///
/// *Permissions*: `plan.assess`, for the whole city.
#[utoipa::path(
    post,
    path = "/assessments",
    tag = "assessment",
    request_body = NewAssessmentBody,
    responses(
        (status = 201, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_plan_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewAssessmentBody>,
) -> Result<(StatusCode, Json<AssessmentAnswer>), ApiProblem> {
    let new = NewAssessment {
        id: body.id,
        kind: AssessmentKind::from_name(&body.kind)
            .ok_or_else(|| ApiProblem::invalid("/kind", "unknown_word", "not one of the words"))?,
        year: body.year,
    };
    let (clock, desk) = (state.clock.as_ref(), &state.assessment);
    let summary = create_assessment(&state.database, clock, desk, &actor, new).await?;
    let found = load_assessment(&state.database, &actor, summary.new.id).await?;
    Ok((StatusCode::CREATED, Json(AssessmentAnswer::from(&found))))
}

/// An assessment with its figures, scores and lineage.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/assessments/{id}",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    responses(
        (status = 200, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<AssessmentAnswer>, ApiProblem> {
    let found = load_assessment(&state.database, &actor, id).await?;
    Ok(Json(AssessmentAnswer::from(&found)))
}

/// Takes the figures as they are now: of a draft, or anew before the review.
///
/// *Permissions*: `plan.assess` and `plan.read`, for the whole city.
#[utoipa::path(
    post,
    path = "/assessments/{id}/figures",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    responses(
        (status = 200, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn take_assessment_figures(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<AssessmentAnswer>, ApiProblem> {
    let (clock, desk) = (state.clock.as_ref(), &state.assessment);
    let found = take_figures(&state.database, clock, desk, &actor, id).await?;
    Ok(Json(AssessmentAnswer::from(&found)))
}

/// Reviews an assessment; not by who took its figures.
///
/// *Permissions*: `plan.review`, for the whole city.
#[utoipa::path(
    post,
    path = "/assessments/{id}/review",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    request_body = SeenRevision,
    responses(
        (status = 200, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn review_plan_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<SeenRevision>,
) -> Result<Json<AssessmentAnswer>, ApiProblem> {
    let clock = state.clock.as_ref();
    let found = review_assessment(&state.database, clock, &actor, id, body.revision).await?;
    Ok(Json(AssessmentAnswer::from(&found)))
}

/// Returns an assessment that is not published: a draft again, with the reason.
///
/// *Permissions*: `plan.review`, for the whole city.
#[utoipa::path(
    post,
    path = "/assessments/{id}/return",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    request_body = AssessmentReturn,
    responses(
        (status = 200, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn return_plan_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<AssessmentReturn>,
) -> Result<Json<AssessmentAnswer>, ApiProblem> {
    let clock = state.clock.as_ref();
    let found = return_assessment(&state.database, clock, &actor, id, &body.note).await?;
    Ok(Json(AssessmentAnswer::from(&found)))
}

/// Publishes a reviewed assessment; not by who took its figures. It is signed, and nothing in it
/// changes any more.
///
/// *Permissions*: `plan.publish`, for the whole city.
#[utoipa::path(
    post,
    path = "/assessments/{id}/publication",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    request_body = SeenRevision,
    responses(
        (status = 200, body = AssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn publish_plan_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<SeenRevision>,
) -> Result<Json<AssessmentAnswer>, ApiProblem> {
    let (clock, desk) = (state.clock.as_ref(), &state.assessment);
    let seen = (id, body.revision);
    let found = publish_assessment(&state.database, clock, desk, &actor, seen).await?;
    Ok(Json(AssessmentAnswer::from(&found)))
}

/// What would be different if the figures were taken now.
///
/// *Permissions*: `plan.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/assessments/{id}/difference",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    responses(
        (status = 200, body = DifferenceAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_assessment_difference(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<DifferenceAnswer>, ApiProblem> {
    let (clock, desk) = (state.clock.as_ref(), &state.assessment);
    let difference = load_difference(&state.database, clock, desk, &actor, id).await?;
    Ok(Json(DifferenceAnswer {
        difference: AssessedDifference::from(&difference),
    }))
}

/// The rule by which the plan is assessed, and which assessments it allows.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/assessment-rule",
    tag = "assessment",
    responses(
        (status = 200, body = RuleAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_assessment_rule(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<RuleAnswer>, ApiProblem> {
    actor.check(Permission::ReadPlan)?;
    let rule =
        state.plan.plan().assessment.as_ref().ok_or_else(|| {
            ApiProblem::not_found("The plan has no rule for assessments.".to_owned())
        })?;
    let (_, first_year, last_year) = state.plan.years();
    Ok(Json(RuleAnswer {
        assessment_rule: AssessmentRuleBody::from(&rule.item),
        kinds: RuleKindsBody {
            first_year,
            last_year,
            mid_term_year: rule.mid_term_year,
        },
    }))
}
