//! Planned stops.

use alarms::{Exemption, NewExemption};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::PointId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{id_of_path, names_of_factor, parse_id, parse_time, text_of};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_exemptions, create_exemption))
        .routes(routes!(revoke_exemption))
}

/// A planned stop during which nothing is called.
#[derive(Debug, Serialize, ToSchema)]
struct ExemptionBody {
    id: String,
    site_id: i64,
    site_name_zh: String,
    site_name_en: String,
    /// Null for all points of the site.
    point_id: Option<i64>,
    point_name_zh: String,
    point_name_en: String,
    /// Empty for all factors.
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    from: String,
    to: String,
    reason: String,
    author: String,
    created_at: String,
    revoked_at: Option<String>,
    revoked_by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ExemptionsBody {
    exemptions: Vec<ExemptionBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneExemptionBody {
    exemption: ExemptionBody,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ExemptionsQuery {
    /// Those that end after this instant; now unless given.
    ends_after: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewExemptionBody {
    /// The creator's own UUID, so that a retry is no second planned stop.
    id: String,
    site_id: i64,
    /// Null for all points of the site.
    point_id: Option<i64>,
    /// Empty for all factors.
    #[serde(default)]
    factor_code: String,
    from: String,
    to: String,
    reason: String,
}

impl ExemptionBody {
    fn of(state: &ApiState, exemption: Exemption) -> Self {
        let directory = state.directory.current();
        let of_site = directory
            .points()
            .find(|point| point.site_id.0 == exemption.site_id);
        let (site_name_zh, site_name_en) = of_site.map_or_else(Default::default, |point| {
            (point.site.name_zh.clone(), point.site.name_en.clone())
        });
        let point = exemption
            .point_id
            .and_then(|id| directory.point(PointId(id)));
        let (point_name_zh, point_name_en) = point.map_or_else(Default::default, |point| {
            (point.details.name_zh.clone(), point.details.name_en.clone())
        });
        let (factor_name_zh, factor_name_en) = names_of_factor(&exemption.factor_code);
        let (revoked_at, revoked_by) = exemption.revoked.unzip();
        Self {
            id: exemption.id.to_string(),
            site_id: exemption.site_id,
            site_name_zh,
            site_name_en,
            point_id: exemption.point_id,
            point_name_zh,
            point_name_en,
            factor_code: exemption.factor_code,
            factor_name_zh,
            factor_name_en,
            from: exemption.from.to_string(),
            to: exemption.to.to_string(),
            reason: exemption.reason,
            author: exemption.author,
            created_at: exemption.created_at.to_string(),
            revoked_at: text_of(revoked_at),
            revoked_by,
        }
    }
}

/// Lists planned stops.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/exemptions",
    tag = "alarms",
    params(ExemptionsQuery),
    responses(
        (status = 200, body = ExemptionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_exemptions(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ExemptionsQuery>,
) -> Result<Json<ExemptionsBody>, ApiProblem> {
    let ends_after = parse_time("ends_after", query.ends_after.as_deref())?;
    let ends_after = ends_after.unwrap_or_else(|| state.now());
    let listed = alarms::list_exemptions(&state.database, &actor, ends_after).await?;
    let exemptions = listed
        .into_iter()
        .map(|exemption| ExemptionBody::of(&state, exemption))
        .collect();
    Ok(Json(ExemptionsBody { exemptions }))
}

/// Enters a planned stop.
///
/// *Permissions*: `alarms.handle`.
#[utoipa::path(
    post,
    path = "/exemptions",
    tag = "alarms",
    request_body = NewExemptionBody,
    responses(
        (status = 200, body = OneExemptionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_exemption(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewExemptionBody>,
) -> Result<Json<OneExemptionBody>, ApiProblem> {
    let missing = |field: &str| ApiProblem::invalid(field, "required", "a time is needed");
    let new = NewExemption {
        id: parse_id("/id", &body.id)?,
        site_id: body.site_id,
        point_id: body.point_id,
        factor_code: body.factor_code,
        from: parse_time("/from", Some(&body.from))?.ok_or_else(|| missing("/from"))?,
        to: parse_time("/to", Some(&body.to))?.ok_or_else(|| missing("/to"))?,
        reason: body.reason,
    };
    let made = alarms::create_exemption(&state.database, &*state.clock, &actor, new).await?;
    let exemption = ExemptionBody::of(&state, made);
    Ok(Json(OneExemptionBody { exemption }))
}

/// Takes a planned stop back: from now on alarms are called again.
///
/// *Permissions*: `alarms.handle`.
#[utoipa::path(
    post,
    path = "/exemptions/{id}/revoke",
    tag = "alarms",
    responses(
        (status = 200, body = OneExemptionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn revoke_exemption(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
) -> Result<Json<OneExemptionBody>, ApiProblem> {
    let id = id_of_path("planned stop", &id)?;
    let revoked = alarms::revoke_exemption(&state.database, &*state.clock, &actor, id).await?;
    let exemption = ExemptionBody::of(&state, revoked);
    Ok(Json(OneExemptionBody { exemption }))
}
