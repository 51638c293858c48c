//! The bureau's decisions, one by one or many at once, and what would stand in.

use axum::extract::State;
use marking::{
    NewReviewOfMarking, Substitute, SubstituteMethod, Verdict, compute_substitute, review_marking,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::{CalculationBody, MarkingBody};
use super::{MarkingAnswer, read_optional_time, unknown};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// The most markings that are decided on at once.
const MOST_AT_ONCE: usize = 200;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(review_one_marking))
        .routes(routes!(review_many_markings))
        .routes(routes!(load_marking_substitute))
}

/// What is put in place, and how it is found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubstituteBody {
    factor_code: String,
    /// `hj75_largest_hours`, `hj356_largest_day`, `manual_samples` or `stated`.
    method: String,
    /// The first day of the qualified period, for `hj356_largest_day`; thirty days before when null.
    since: Option<String>,
    /// The value, for `stated`.
    #[schema(format = "decimal")]
    value: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SubstituteQuery {
    /// The factor.
    factor: String,
    /// `hj75_largest_hours`, `hj356_largest_day` or `manual_samples`.
    method: String,
    /// The first day of the qualified period, for `hj356_largest_day`; thirty days before when absent.
    since: Option<String>,
}

/// A decision on a marking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    /// The revision that was looked at.
    revision: i64,
    /// `accepted`, `rejected`, `invalid`, `replaced` or `restored`.
    decision: String,
    reason: String,
    /// For `replaced` only.
    substitute: Option<SubstituteBody>,
}

/// One of many markings to be decided on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewedMarking {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// The revision that was looked at.
    revision: i64,
}

/// One decision on many markings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewsBody {
    /// `accepted`, `rejected` or `invalid`.
    decision: String,
    reason: String,
    /// At most 200.
    markings: Vec<ReviewedMarking>,
}

/// What became of one of many.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewOutcome {
    id: String,
    /// The marking as decided; null when it was not.
    marking: Option<MarkingBody>,
    /// Why it was not decided, such as `stale` when somebody else was first.
    code: Option<String>,
    detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReviewsAnswer {
    outcomes: Vec<ReviewOutcome>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CalculationAnswer {
    calculation: CalculationBody,
}

fn read_method(
    word: &str,
    since: Option<&str>,
    value: Option<&str>,
) -> Result<SubstituteMethod, ApiProblem> {
    Ok(match word {
        "hj75_largest_hours" => SubstituteMethod::LargestHours,
        "hj356_largest_day" => SubstituteMethod::LargestDay(read_optional_time("since", since)?),
        "manual_samples" => SubstituteMethod::ManualSamples,
        "stated" => {
            let text = value.unwrap_or_default();
            let value = text.parse().map_err(|error| {
                ApiProblem::invalid("/substitute/value", "invalid", format!("{error}"))
            })?;
            SubstituteMethod::Stated(value)
        }
        other => return Err(unknown("method", other)),
    })
}

fn read_verdict(word: &str, substitute: Option<SubstituteBody>) -> Result<Verdict, ApiProblem> {
    let verdict = match (word, substitute) {
        ("replaced", Some(body)) => {
            let since = body.since.as_deref();
            return Ok(Verdict::Substitute(Substitute {
                method: read_method(&body.method, since, body.value.as_deref())?,
                factor_code: body.factor_code,
            }));
        }
        ("replaced", None) => {
            let detail = "is missing: what counts instead?";
            return Err(ApiProblem::invalid("/substitute", "missing", detail));
        }
        (_, Some(_)) => {
            let detail = "only the decision `replaced` has one";
            return Err(ApiProblem::invalid("/substitute", "invalid", detail));
        }
        ("accepted", None) => Verdict::Accept,
        ("rejected", None) => Verdict::Reject,
        ("invalid", None) => Verdict::Invalidate,
        ("restored", None) => Verdict::Restore,
        (other, None) => return Err(unknown("/decision", other)),
    };
    Ok(verdict)
}

/// Decides on a marking; not by who made it. Values, statistics and rates follow. Whoever comes
/// second is told who was first (`stale`).
///
/// *Permissions*: `data.review`, `data.read`, in the region.
#[utoipa::path(
    post,
    path = "/markings/{id}/review",
    tag = "marking",
    params(("id" = String, Path, description = "The marking.")),
    request_body = ReviewBody,
    responses(
        (status = 200, body = MarkingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn review_one_marking(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<ReviewBody>,
) -> Result<Json<MarkingAnswer>, ApiProblem> {
    let new = NewReviewOfMarking {
        revision: body.revision,
        verdict: read_verdict(&body.decision, body.substitute)?,
        reason: body.reason,
    };
    let directory = state.directory.current();
    let clock = &*state.clock;
    let marking = review_marking(&state.database, &directory, clock, &actor, id, new).await?;
    let marking = MarkingBody::of(marking, &directory);
    Ok(Json(MarkingAnswer { marking }))
}

/// Decides the same on many markings. Each is decided or not by itself: what somebody else decided
/// in the meantime is told beside the others.
///
/// *Permissions*: `data.review`, `data.read`, in the region.
#[utoipa::path(
    post,
    path = "/marking-reviews",
    tag = "marking",
    request_body = ReviewsBody,
    responses(
        (status = 200, body = ReviewsAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn review_many_markings(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<ReviewsBody>,
) -> Result<Json<ReviewsAnswer>, ApiProblem> {
    if body.markings.is_empty() || body.markings.len() > MOST_AT_ONCE {
        let detail = format!("1 to {MOST_AT_ONCE} markings");
        return Err(ApiProblem::invalid("/markings", "invalid", detail));
    }
    let verdict = read_verdict(&body.decision, None)?;
    let directory = state.directory.current();
    let clock = &*state.clock;
    let mut outcomes = Vec::with_capacity(body.markings.len());
    for one in body.markings {
        let new = NewReviewOfMarking {
            revision: one.revision,
            verdict: verdict.clone(),
            reason: body.reason.clone(),
        };
        let done = review_marking(&state.database, &directory, clock, &actor, one.id, new).await;
        let mut outcome = ReviewOutcome {
            id: one.id.to_string(),
            marking: None,
            code: None,
            detail: None,
        };
        match done.map_err(ApiProblem::from) {
            Ok(marking) => outcome.marking = Some(MarkingBody::of(marking, &directory)),
            Err(problem) if problem.is_server_error() => return Err(problem),
            Err(problem) => {
                let (code, detail) = problem.into_words();
                (outcome.code, outcome.detail) = (Some(code), Some(detail));
            }
        }
        outcomes.push(outcome);
    }
    Ok(Json(ReviewsAnswer { outcomes }))
}

/// Computes what would stand in for the values of a marking, step by step; nothing is changed.
///
/// *Permissions*: `data.review`, `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/markings/{id}/substitute",
    tag = "marking",
    params(("id" = String, Path, description = "The marking."), SubstituteQuery),
    responses(
        (status = 200, body = CalculationAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_marking_substitute(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Query(query): Query<SubstituteQuery>,
) -> Result<Json<CalculationAnswer>, ApiProblem> {
    let substitute = Substitute {
        method: read_method(&query.method, query.since.as_deref(), None)?,
        factor_code: query.factor,
    };
    let directory = state.directory.current();
    let clock = &*state.clock;
    let found =
        compute_substitute(&state.database, &directory, clock, &actor, id, &substitute).await?;
    let calculation = found.into();
    Ok(Json(CalculationAnswer { calculation }))
}
