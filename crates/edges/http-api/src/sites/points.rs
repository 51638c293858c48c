//! The settings of monitoring points.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{Expected, Point, PointDetails, PointFilter, PointId, SiteId, Timetable};
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
        .routes(routes!(list_site_points, create_point))
        .routes(routes!(load_point_settings))
        .routes(routes!(update_point, delete_point))
}

/// The settings of a point.
#[derive(Debug, Serialize, ToSchema)]
struct PointSettingsBody {
    id: i64,
    site_id: i64,
    /// Outlet code such as `DA001`.
    code: String,
    medium: String,
    name_zh: String,
    name_en: String,
    /// Where it is; null where its site is.
    longitude: Option<f64>,
    latitude: Option<f64>,
    /// `start` or `end`.
    period_label: String,
    /// Seconds between real-time records; null when none are expected.
    realtime_interval_s: Option<u32>,
    /// Minutes between minute records; null when none are expected.
    minute_interval_min: Option<u32>,
    is_hour_expected: bool,
    is_day_expected: bool,
    is_enabled: bool,
    revision: i64,
}

/// What a point is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PointInput {
    code: String,
    medium: String,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    period_label: String,
    realtime_interval_s: Option<u32>,
    minute_interval_min: Option<u32>,
    is_hour_expected: bool,
    is_day_expected: bool,
    is_enabled: bool,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OnePoint {
    point: PointSettingsBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct SitePointsBody {
    points: Vec<PointSettingsBody>,
}

impl From<Point> for PointSettingsBody {
    fn from(point: Point) -> Self {
        let details = point.details;
        Self {
            id: point.id.0,
            site_id: point.site_id.0,
            code: details.code,
            medium: details.medium.to_string(),
            name_zh: details.name_zh,
            name_en: details.name_en,
            longitude: details.position.map(|position| position.longitude),
            latitude: details.position.map(|position| position.latitude),
            period_label: details.period_label.to_string(),
            realtime_interval_s: details.timetable.realtime_interval_s,
            minute_interval_min: details.timetable.minute_interval_min,
            is_hour_expected: details.timetable.is_hour_expected,
            is_day_expected: details.timetable.is_day_expected,
            is_enabled: details.is_enabled,
            revision: point.revision,
        }
    }
}

impl PointInput {
    pub(crate) fn read(self) -> Result<PointDetails, ApiProblem> {
        let mut fields = Fields::default();
        let medium = fields.word("medium", &self.medium);
        let label = fields.word("period_label", &self.period_label);
        let position = fields.position(self.longitude, self.latitude);
        fields.finish(
            medium
                .zip(label)
                .map(|(medium, period_label)| PointDetails {
                    code: self.code,
                    medium,
                    name_zh: self.name_zh,
                    name_en: self.name_en,
                    position,
                    period_label,
                    timetable: Timetable {
                        realtime_interval_s: self.realtime_interval_s,
                        minute_interval_min: self.minute_interval_min,
                        is_hour_expected: self.is_hour_expected,
                        is_day_expected: self.is_day_expected,
                    },
                    is_enabled: self.is_enabled,
                }),
        )
    }
}

/// Lists the points of a site with their settings.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/sites/{id}/points",
    tag = "sites",
    responses(
        (status = 200, body = SitePointsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_site_points(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<SitePointsBody>, ApiProblem> {
    sites::load_site(&state.database, &actor, SiteId(id)).await?;
    let filter = PointFilter {
        site_id: Some(SiteId(id)),
        limit: 1000,
        ..PointFilter::default()
    };
    let found = sites::list_points(&state.database, &actor, &filter).await?;
    Ok(Json(SitePointsBody {
        points: found.into_iter().map(PointSettingsBody::from).collect(),
    }))
}

/// Adds a point to a site.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/sites/{id}/points",
    tag = "sites",
    responses(
        (status = 200, body = OnePoint),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_point(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<PointInput>,
) -> Result<Json<OnePoint>, ApiProblem> {
    let details = input.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let created = sites::create_point(database, clock, &actor, SiteId(id), details).await?;
    publish(&state).await?;
    Ok(Json(OnePoint {
        point: created.into(),
    }))
}

/// Shows the settings of a point.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/settings",
    tag = "sites",
    responses(
        (status = 200, body = OnePoint),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_point_settings(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<OnePoint>, ApiProblem> {
    let point = sites::load_point(&state.database, &actor, PointId(id)).await?;
    Ok(Json(OnePoint {
        point: point.into(),
    }))
}

/// Changes a point.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/points/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OnePoint),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_point(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<PointInput>,
) -> Result<Json<OnePoint>, ApiProblem> {
    let expected = Expected::new(PointId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let updated =
        sites::update_point(&state.database, &*state.clock, &actor, expected, details).await?;
    publish(&state).await?;
    Ok(Json(OnePoint {
        point: updated.into(),
    }))
}

/// Deletes a point that no device serves or served; disable one that has data.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/points/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_point(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(PointId(id), query.revision);
    sites::delete_point(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}
