//! The limits of points.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{Expected, FactorLimit, LimitDetails, LimitId, PointId, ProblemKind};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::{Fields, shown_from, shown_to};
use super::{RevisionQuery, publish};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_limits, create_limit))
        .routes(routes!(update_limit, delete_limit))
}

/// A limit of a point.
#[derive(Debug, Serialize, ToSchema)]
struct LimitSettingsBody {
    id: i64,
    point_id: i64,
    factor_code: String,
    /// `realtime`, `minute`, `hour`, `day`.
    kind: String,
    /// `rtd`, `avg`, `max`, `zs_avg`…
    statistic: String,
    /// A decimal; a value below is an exceedance.
    lower: Option<String>,
    /// A decimal; a value above is an exceedance.
    upper: Option<String>,
    /// Null when it always held.
    valid_from: Option<String>,
    /// Null when it holds until further notice.
    valid_to: Option<String>,
    /// `manual`, `standard`, `permit`.
    origin: String,
    basis: String,
    revision: i64,
}

/// What a limit is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LimitInput {
    factor_code: String,
    kind: String,
    statistic: String,
    lower: Option<String>,
    upper: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    origin: String,
    #[serde(default)]
    basis: String,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneLimit {
    limit: LimitSettingsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct LimitsBody {
    limits: Vec<LimitSettingsBody>,
}

impl From<FactorLimit> for LimitSettingsBody {
    fn from(limit: FactorLimit) -> Self {
        let details = limit.details;
        Self {
            id: limit.id.0,
            point_id: limit.point_id.0,
            factor_code: details.factor_code,
            kind: details.kind.to_string(),
            statistic: details.statistic.to_string(),
            lower: details.lower.map(|bound| bound.to_string()),
            upper: details.upper.map(|bound| bound.to_string()),
            valid_from: shown_from(&details.validity),
            valid_to: shown_to(&details.validity),
            origin: details.origin.to_string(),
            basis: details.basis,
            revision: limit.revision,
        }
    }
}

impl LimitInput {
    fn read(self) -> Result<LimitDetails, ApiProblem> {
        let mut fields = Fields::default();
        let kind = fields.word("kind", &self.kind);
        let statistic = fields.word("statistic", &self.statistic);
        let origin = fields.word("origin", &self.origin);
        let lower = fields.optional("lower", self.lower.as_deref(), ProblemKind::NotADecimal);
        let upper = fields.optional("upper", self.upper.as_deref(), ProblemKind::NotADecimal);
        let validity = fields.validity(self.valid_from.as_deref(), self.valid_to.as_deref());
        let words = kind.zip(statistic).zip(origin);
        fields.finish(words.map(|((kind, statistic), origin)| LimitDetails {
            factor_code: self.factor_code,
            kind,
            statistic,
            lower,
            upper,
            validity,
            origin,
            basis: self.basis,
        }))
    }
}

/// Lists the limits of a point, past and future ones too.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/limits",
    tag = "sites",
    responses(
        (status = 200, body = LimitsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_limits(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<LimitsBody>, ApiProblem> {
    let found = sites::list_limits(&state.database, &actor, PointId(id)).await?;
    Ok(Json(LimitsBody {
        limits: found.into_iter().map(LimitSettingsBody::from).collect(),
    }))
}

/// Adds a limit to a point.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/points/{id}/limits",
    tag = "sites",
    responses(
        (status = 200, body = OneLimit),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_limit(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<LimitInput>,
) -> Result<Json<OneLimit>, ApiProblem> {
    let details = input.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let created = sites::create_limit(database, clock, &actor, PointId(id), details).await?;
    publish(&state).await?;
    Ok(Json(OneLimit {
        limit: created.into(),
    }))
}

/// Changes a limit.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/limits/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneLimit),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_limit(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<LimitInput>,
) -> Result<Json<OneLimit>, ApiProblem> {
    let expected = Expected::new(LimitId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let updated =
        sites::update_limit(&state.database, &*state.clock, &actor, expected, details).await?;
    publish(&state).await?;
    Ok(Json(OneLimit {
        limit: updated.into(),
    }))
}

/// Deletes a limit, as if it never held; to end it, change its validity.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/limits/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_limit(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(LimitId(id), query.revision);
    sites::delete_limit(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}
