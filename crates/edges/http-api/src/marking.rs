//! Markings: handed in by enterprises, reviewed by the bureau; manual samples beside them.

mod bodies;
mod files;
mod layers;
mod reviews;
mod samples;

use access::RegionCode;
use axum::extract::State;
use axum::http::StatusCode;
use beijing_time::Timestamp;
use marking::{
    AwaitingFilter, MarkingError, MarkingFilter, MarkingOrder, MarkingState, NewMarking,
    list_awaiting, list_codes, list_markings, load_marking, submit_marking, withdraw_marking,
};
use monitoring::RecordKind;
use monitoring::layers::{Mark, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::data::read_time;
use crate::evaluations::shipped_parameters;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::{FieldProblem, ProblemBody};
use crate::problem_codes::ProblemCode;
use crate::{ApiProblem, ApiState};
use bodies::{AwaitingBody, MarkingBody, MarkingCodeBody};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_marking_codes))
        .routes(routes!(list_awaiting_markings))
        .routes(routes!(list_all_markings, create_marking))
        .routes(routes!(load_one_marking))
        .routes(routes!(withdraw_one_marking))
        .merge(reviews::routes())
        .merge(files::routes())
        .merge(layers::routes())
        .merge(samples::routes())
}

impl From<MarkingError> for ApiProblem {
    fn from(error: MarkingError) -> Self {
        match error {
            MarkingError::Refused(refusal) => refusal.into(),
            MarkingError::Database(error) => error.into(),
            MarkingError::Monitoring(error) => error.into(),
            MarkingError::File(error) => error.into(),
            MarkingError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            MarkingError::Invalid { field, reason } => {
                Self::invalid(format!("/{field}"), "invalid", reason)
            }
            MarkingError::TooLate { .. } => Self::invalid("/to", "too_late", format!("{error}.")),
            MarkingError::UnknownFile => Self::invalid("file", "unknown_type", format!("{error}.")),
            MarkingError::SamePerson => Self::new(ProblemCode::SamePerson, format!("{error}.")),
            MarkingError::Stale { .. } => Self::new(ProblemCode::Stale, format!("{error}.")),
            MarkingError::TooLarge { .. } => Self::new(ProblemCode::TooLarge, format!("{error}.")),
            MarkingError::SampleTaken { .. } => {
                let taken = FieldProblem {
                    pointer: "/sampled_at".to_owned(),
                    code: "taken".to_owned(),
                    detail: "has a value already; withdraw it first to correct it".to_owned(),
                    detail_zh: Some("已有监测值，更正请先撤回原值".to_owned()),
                };
                Self::new(ProblemCode::Duplicate, format!("{error}.")).with_field(taken)
            }
            MarkingError::IdTaken { .. } | MarkingError::WrongState { .. } => {
                Self::conflict(format!("{error}."))
            }
            other => Self::internal(&other),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct MarkingCodesBody {
    marking_codes: Vec<MarkingCodeBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MarkingAnswer {
    marking: MarkingBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct MarkingsBody {
    markings: Vec<MarkingBody>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct AwaitingAnswer {
    awaiting: Vec<AwaitingBody>,
    /// From when on was looked.
    since: Option<String>,
    /// The next fifty points, if there are more.
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MarkingsQuery {
    /// `submitted`, `withdrawn`, `accepted`, `rejected`, `invalid`, `replaced` or `restored`, as
    /// often as wanted; all when absent.
    #[serde(default)]
    state: Vec<String>,
    /// A code of the rule.
    code: Option<String>,
    /// Region code: of points in it.
    region: Option<String>,
    /// Of points of this site.
    site_id: Option<i64>,
    /// Of this point.
    point_id: Option<i64>,
    /// Those that end after this time.
    from: Option<String>,
    /// Those that begin before this time.
    to: Option<String>,
    /// `due` (when absent): what is to be reviewed first comes first; or `newest`.
    order: Option<String>,
    /// The `meta.next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AwaitingQuery {
    /// Region code: of points in it.
    region: Option<String>,
    /// Of points of this site.
    site_id: Option<i64>,
    /// Of this point.
    point_id: Option<i64>,
    /// The `meta.next` of the page before.
    after: Option<i64>,
}

/// A marking to hand in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMarkingBody {
    /// UUID v7 made by the caller, so that handing in twice makes one.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    point_id: i64,
    /// A code of the rule, such as `monitor_fault`.
    code: String,
    /// One factor; all when null.
    factor_code: Option<String>,
    /// Records of one kind, such as `hour`; of all kinds when null.
    kind: Option<String>,
    /// From this time.
    from: String,
    /// Up to, not including, this time.
    to: String,
    reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawBody {
    /// The revision that was looked at.
    revision: i64,
    /// Why it is taken back.
    reason: String,
}

fn unknown(field: &str, word: &str) -> ApiProblem {
    ApiProblem::invalid(
        field,
        "unknown_word",
        format!("`{word}` is not one of the words"),
    )
}

pub(super) fn read_region(text: Option<String>) -> Result<Option<RegionCode>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .map_err(|_unreadable| ApiProblem::invalid("region", "invalid", "no region code"))
        })
        .transpose()
}

pub(super) fn read_optional_time(
    field: &str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| read_time(field, text))
        .transpose()
}

impl MarkingsQuery {
    fn into_filter(self) -> Result<MarkingFilter, ApiProblem> {
        let states = self.state.iter().filter(|word| !word.is_empty());
        let code = self.code.filter(|word| !word.is_empty());
        Ok(MarkingFilter {
            states: states
                .map(|word| MarkingState::from_name(word).ok_or_else(|| unknown("state", word)))
                .collect::<Result<_, _>>()?,
            mark: code
                .map(|word| Mark::from_name(&word).ok_or_else(|| unknown("code", &word)))
                .transpose()?,
            region: read_region(self.region)?,
            site_id: self.site_id,
            point_id: self.point_id,
            from: read_optional_time("from", self.from.as_deref())?,
            to: read_optional_time("to", self.to.as_deref())?,
            order: match self.order.as_deref() {
                None | Some("" | "due") => MarkingOrder::Due,
                Some("newest") => MarkingOrder::Newest,
                Some(word) => return Err(unknown("order", word)),
            },
            after: self.after,
            limit: page_size(self.limit),
        })
    }
}

/// Lists the codes of the marking rule, with what follows from each.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/marking-codes",
    tag = "marking",
    responses(
        (status = 200, body = MarkingCodesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_marking_codes(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<MarkingCodesBody>, ApiProblem> {
    let codes = list_codes(shipped_parameters()?, &*state.clock, &actor)?;
    let marking_codes = codes.into_iter().map(MarkingCodeBody::from).collect();
    Ok(Json(MarkingCodesBody { marking_codes }))
}

/// Lists gaps, flagged values and exceedances of the last two weeks that nobody has marked, what is
/// due first coming first; of at most fifty points at once.
///
/// *Permissions*: `data.mark`, `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/markings/awaiting",
    tag = "marking",
    params(AwaitingQuery),
    responses(
        (status = 200, body = AwaitingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_awaiting_markings(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AwaitingQuery>,
) -> Result<Json<AwaitingAnswer>, ApiProblem> {
    let filter = AwaitingFilter {
        region: read_region(query.region)?,
        site_id: query.site_id,
        point_id: query.point_id,
        after: query.after,
    };
    let directory = state.directory.current();
    let page = list_awaiting(
        &state.database,
        &directory,
        &*state.clock,
        shipped_parameters()?,
        &actor,
        &filter,
    )
    .await?;
    Ok(Json(AwaitingAnswer {
        since: page.since.map(|since| since.to_string()),
        meta: Meta {
            next: page.next.map(|next| next.to_string()),
        },
        awaiting: page
            .awaiting
            .into_iter()
            .map(|one| AwaitingBody::of(one, &directory))
            .collect(),
    }))
}

/// Lists markings.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/markings",
    tag = "marking",
    params(MarkingsQuery),
    responses(
        (status = 200, body = MarkingsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_all_markings(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<MarkingsQuery>,
) -> Result<Json<MarkingsBody>, ApiProblem> {
    let filter = query.into_filter()?;
    let markings = list_markings(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&markings, filter.limit, |marking| marking.id.to_string());
    let directory = state.directory.current();
    Ok(Json(MarkingsBody {
        markings: markings
            .into_iter()
            .map(|marking| MarkingBody::of(marking, &directory))
            .collect(),
        meta,
    }))
}

/// Hands a marking in. The values stay as they are until it is reviewed. After its deadline it is
/// taken as late; after the last day it is refused.
///
/// *Permissions*: `data.mark`, of own sites.
#[utoipa::path(
    post,
    path = "/markings",
    tag = "marking",
    request_body = NewMarkingBody,
    responses(
        (status = 201, body = MarkingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_marking(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewMarkingBody>,
) -> Result<(StatusCode, Json<MarkingAnswer>), ApiProblem> {
    let kind = body.kind.filter(|word| !word.is_empty());
    let new = NewMarking {
        id: body.id,
        subject: Subject {
            point_id: body.point_id,
            kind: kind
                .map(|word| RecordKind::from_name(&word).ok_or_else(|| unknown("/kind", &word)))
                .transpose()?,
            factor_code: body.factor_code.filter(|code| !code.is_empty()),
            from: read_time("/from", &body.from)?,
            to: read_time("/to", &body.to)?,
        },
        mark: Mark::from_name(&body.code).ok_or_else(|| unknown("/code", &body.code))?,
        reason: body.reason,
    };
    let directory = state.directory.current();
    let clock = &*state.clock;
    let parameters = shipped_parameters()?;
    let marking =
        submit_marking(&state.database, &directory, clock, parameters, &actor, new).await?;
    let marking = MarkingBody::of(marking, &directory);
    Ok((StatusCode::CREATED, Json(MarkingAnswer { marking })))
}

/// Shows one marking with its course.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/markings/{id}",
    tag = "marking",
    params(("id" = String, Path, description = "The marking.")),
    responses(
        (status = 200, body = MarkingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_one_marking(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<MarkingAnswer>, ApiProblem> {
    let marking = load_marking(&state.database, &actor, id).await?;
    let marking = MarkingBody::of(marking, &state.directory.current());
    Ok(Json(MarkingAnswer { marking }))
}

/// Takes a marking back before it is reviewed; it stays readable with the reason.
///
/// *Permissions*: `data.mark`, of own sites.
#[utoipa::path(
    post,
    path = "/markings/{id}/withdraw",
    tag = "marking",
    params(("id" = String, Path, description = "The marking.")),
    request_body = WithdrawBody,
    responses(
        (status = 200, body = MarkingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn withdraw_one_marking(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<WithdrawBody>,
) -> Result<Json<MarkingAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let said = (body.revision, body.reason.as_str());
    let clock = &*state.clock;
    let marking = withdraw_marking(&state.database, &directory, clock, &actor, id, said).await?;
    let marking = MarkingBody::of(marking, &directory);
    Ok(Json(MarkingAnswer { marking }))
}
