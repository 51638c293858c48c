//! What points measure.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{Expected, FactorDetails, FactorId, PointFactor, PointId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::Fields;
use super::{RevisionQuery, publish};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_factors, create_factor))
        .routes(routes!(update_factor, delete_factor))
}

/// A factor of a point.
#[derive(Debug, Serialize, ToSchema)]
struct FactorSettingsBody {
    id: i64,
    point_id: i64,
    /// Pollutant code such as `a21026`.
    factor_code: String,
    unit: String,
    decimals: u32,
    sort_order: i64,
    /// Whether missing data of it counts as missing.
    is_expected: bool,
    revision: i64,
}

/// What a factor of a point is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactorInput {
    factor_code: String,
    #[serde(default)]
    unit: String,
    decimals: u32,
    #[serde(default)]
    sort_order: i64,
    is_expected: bool,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneFactor {
    factor: FactorSettingsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct FactorsBody {
    factors: Vec<FactorSettingsBody>,
}

impl From<PointFactor> for FactorSettingsBody {
    fn from(factor: PointFactor) -> Self {
        let details = factor.details;
        Self {
            id: factor.id.0,
            point_id: factor.point_id.0,
            factor_code: details.factor_code,
            unit: details.unit,
            decimals: details.decimals,
            sort_order: details.sort_order,
            is_expected: details.is_expected,
            revision: factor.revision,
        }
    }
}

impl FactorInput {
    fn read(self) -> Result<FactorDetails, ApiProblem> {
        Fields::default().finish(Some(FactorDetails {
            factor_code: self.factor_code,
            unit: self.unit,
            decimals: self.decimals,
            sort_order: self.sort_order,
            is_expected: self.is_expected,
        }))
    }
}

/// Lists the factors of a point, in their order.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/factors",
    tag = "sites",
    responses(
        (status = 200, body = FactorsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_factors(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<FactorsBody>, ApiProblem> {
    let found = sites::list_factors(&state.database, &actor, PointId(id)).await?;
    Ok(Json(FactorsBody {
        factors: found.into_iter().map(FactorSettingsBody::from).collect(),
    }))
}

/// Adds a factor to a point.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/points/{id}/factors",
    tag = "sites",
    responses(
        (status = 200, body = OneFactor),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_factor(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<FactorInput>,
) -> Result<Json<OneFactor>, ApiProblem> {
    let details = input.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let created = sites::create_factor(database, clock, &actor, PointId(id), details).await?;
    publish(&state).await?;
    Ok(Json(OneFactor {
        factor: created.into(),
    }))
}

/// Changes a factor.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/factors/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneFactor),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_factor(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<FactorInput>,
) -> Result<Json<OneFactor>, ApiProblem> {
    let expected = Expected::new(FactorId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let updated =
        sites::update_factor(&state.database, &*state.clock, &actor, expected, details).await?;
    publish(&state).await?;
    Ok(Json(OneFactor {
        factor: updated.into(),
    }))
}

/// Deletes a factor; its data stays.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/factors/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_factor(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(FactorId(id), query.revision);
    sites::delete_factor(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}
