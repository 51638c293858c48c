//! Monitoring points as they are now: list, map, detail.

mod present;

use std::collections::BTreeSet;

use access::{Permission, RegionCode};
use axum::extract::State;
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use sites::{DirectoryPoint, LimitDetails, LimitId, Medium};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use present::{LatestValue, PointState, Present, factor_names};

use crate::actor::CurrentActor;
use crate::alarms::parse_region;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Points of the map that may be named at once.
const MOST_MAP_POINTS: usize = 200;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_points))
        .routes(routes!(list_map_points))
        .routes(routes!(load_point))
}

/// A point with its present state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PointSummary {
    id: i64,
    site_id: i64,
    site_name_zh: String,
    site_name_en: String,
    /// Outlet code such as `DA001`.
    code: String,
    name_zh: String,
    name_en: String,
    /// `waste_gas`, `waste_water`, `air`, `surface_water`, `noise`…
    medium: String,
    region_code: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    state: PointState,
    is_simulated: bool,
}

/// A point for the map, with its latest values.
#[derive(Debug, Serialize, ToSchema)]
struct MapPoint {
    #[serde(flatten)]
    point: PointSummary,
    values: Vec<LatestValue>,
}

/// What a point measures.
#[derive(Debug, Serialize, ToSchema)]
struct PointFactorBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    decimals: u32,
}

/// A limit of a factor and the period in which it holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LimitBody {
    id: i64,
    factor_code: String,
    /// `realtime`, `minute`, `hour`, `day`.
    kind: String,
    /// `avg`, `max`, `zs_avg`…
    statistic: String,
    lower: Option<String>,
    upper: Option<String>,
    valid_from: String,
    valid_to: Option<String>,
    /// `manual`, `standard`, `permit`…
    origin: String,
    basis: String,
}

/// A device of a point.
#[derive(Debug, Serialize, ToSchema)]
struct PointDevice {
    id: i64,
    mn: String,
    name: String,
    is_online: bool,
}

/// Everything about a point.
#[derive(Debug, Serialize, ToSchema)]
struct PointDetail {
    #[serde(flatten)]
    point: PointSummary,
    /// Whether a period's label is its `start` or its `end`, as the point's devices send it.
    period_label: String,
    address: String,
    factors: Vec<PointFactorBody>,
    limits: Vec<LimitBody>,
    values: Vec<LatestValue>,
    devices: Vec<PointDevice>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PointsBody {
    points: Vec<PointSummary>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct MapPointsBody {
    points: Vec<MapPoint>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PointBody {
    point: PointDetail,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PointsQuery {
    /// A region and all below it.
    region: Option<String>,
    /// One medium.
    medium: Option<String>,
    /// One state.
    state: Option<String>,
    /// One site.
    site: Option<i64>,
    /// Part of a name or code.
    q: Option<String>,
    /// Points at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct MapPointsQuery {
    /// Only these points, by identifier, separated by commas; 200 at most.
    ids: Option<String>,
}

impl MapPointsQuery {
    /// The points that are asked for, each once, in order.
    fn read_ids(&self) -> Result<Option<BTreeSet<i64>>, ApiProblem> {
        let Some(text) = self.ids.as_deref() else {
            return Ok(None);
        };
        let ids: BTreeSet<i64> = text
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                let detail = format!("`{text}` is no list of identifiers: {error}");
                ApiProblem::invalid("ids", "invalid", detail)
            })?;
        if ids.len() > MOST_MAP_POINTS {
            let detail = format!("more than {MOST_MAP_POINTS} at once: ask for all");
            return Err(ApiProblem::invalid("ids", "too_many", detail));
        }
        Ok(Some(ids))
    }
}

impl PointSummary {
    fn of(point: &DirectoryPoint, state: PointState) -> Self {
        let details = &point.details;
        let position = details.position.or(point.site.position);
        Self {
            id: point.id.0,
            site_id: point.site_id.0,
            site_name_zh: point.site.name_zh.clone(),
            site_name_en: point.site.name_en.clone(),
            code: details.code.clone(),
            name_zh: details.name_zh.clone(),
            name_en: details.name_en.clone(),
            medium: details.medium.to_string(),
            region_code: point.site.region_code.to_string(),
            longitude: position.map(|position| position.longitude),
            latitude: position.map(|position| position.latitude),
            state,
            is_simulated: point.site.is_simulated,
        }
    }
}

impl LimitBody {
    pub(crate) fn of(id: LimitId, limit: &LimitDetails) -> Self {
        Self {
            id: id.0,
            factor_code: limit.factor_code.clone(),
            kind: limit.kind.to_string(),
            statistic: limit.statistic.to_string(),
            lower: limit.lower.map(|value| value.to_string()),
            upper: limit.upper.map(|value| value.to_string()),
            valid_from: limit.validity.from.to_string(),
            valid_to: limit.validity.to.as_ref().map(Timestamp::to_string),
            origin: limit.origin.to_string(),
            basis: limit.basis.clone(),
        }
    }
}

impl PointsQuery {
    /// Checks the words of the query; returns the region it asks for.
    fn check(&self) -> Result<Option<RegionCode>, ApiProblem> {
        if let Some(medium) = &self.medium {
            medium.parse::<Medium>().map_err(|unknown| {
                ApiProblem::invalid("medium", "unknown_word", unknown.to_string())
            })?;
        }
        if let Some(state) = &self.state
            && PointState::from_name(state).is_none()
        {
            let detail = format!("`{state}` is none of: {}", PointState::NAMES);
            return Err(ApiProblem::invalid("state", "unknown_word", detail));
        }
        parse_region(self.region.as_deref())
    }

    fn matches(&self, region: Option<&RegionCode>, point: &DirectoryPoint) -> bool {
        let site = &point.site;
        region.is_none_or(|region| region.contains(&site.region_code))
            && self
                .medium
                .as_ref()
                .is_none_or(|medium| point.details.medium.as_str() == medium)
            && self.site.is_none_or(|id| point.site_id.0 == id)
            && self.q.as_ref().is_none_or(|sought| {
                let sought = sought.trim().to_lowercase();
                [
                    &point.details.name_zh,
                    &point.details.name_en,
                    &point.details.code,
                    &site.name_zh,
                    &site.name_en,
                    &site.code,
                ]
                .iter()
                .any(|text| text.to_lowercase().contains(&sought))
            })
    }
}

/// Lists monitoring points with their present state, by identifier.
///
/// *Permissions*: `sites.read`, `alarms.read`.
#[utoipa::path(
    get,
    path = "/points",
    tag = "points",
    params(PointsQuery),
    responses(
        (status = 200, body = PointsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_points(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<PointsQuery>,
) -> Result<Json<PointsBody>, ApiProblem> {
    let region = query.check()?;
    let present = Present::load(&state, &actor).await?;
    let limit = page_size(query.limit);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let points: Vec<PointSummary> = present
        .points()
        .into_iter()
        .filter(|point| {
            query.after.is_none_or(|after| point.id.0 > after)
                && query.matches(region.as_ref(), point)
        })
        .map(|point| PointSummary::of(&point, present.state_of(&point)))
        .filter(|point| {
            query
                .state
                .as_deref()
                .is_none_or(|wanted| point.state.as_str() == wanted)
        })
        .take(most)
        .collect();
    let meta = Meta::after(&points, limit, |point| point.id.to_string());
    Ok(Json(PointsBody { points, meta }))
}

/// Lists all points that have a place on the map, with state and latest values.
///
/// *Permissions*: `sites.read`, `alarms.read`, `data.read`.
#[utoipa::path(
    get,
    path = "/map/points",
    tag = "map",
    params(MapPointsQuery),
    responses(
        (status = 200, body = MapPointsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_map_points(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<MapPointsQuery>,
) -> Result<Json<MapPointsBody>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let ids = query.read_ids()?;
    let present = Present::load(&state, &actor).await?;
    let asked = match ids {
        None => present.points(),
        Some(ids) => ids.iter().filter_map(|id| present.point(*id)).collect(),
    };
    let points = asked
        .into_iter()
        .map(|point| {
            let now = present.look_at(&point);
            MapPoint {
                point: PointSummary::of(&point, now.state),
                values: now.values,
            }
        })
        .filter(|shown| shown.point.longitude.is_some())
        .collect();
    Ok(Json(MapPointsBody { points }))
}

/// Shows a point: what it measures, its limits, its latest values, its devices.
///
/// *Permissions*: `sites.read`, `alarms.read`, `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}",
    tag = "points",
    responses(
        (status = 200, body = PointBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_point(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<PointBody>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let present = Present::load(&state, &actor).await?;
    let point = present
        .point(id)
        .ok_or_else(|| ApiProblem::not_found(format!("There is no monitoring point {id}.")))?;
    let now = present.look_at(&point);
    let detail = PointDetail {
        point: PointSummary::of(&point, now.state),
        period_label: point.details.period_label.to_string(),
        address: point.site.address.clone(),
        factors: point
            .factors
            .iter()
            .map(|factor| {
                let names = factor_names(&factor.factor_code);
                PointFactorBody {
                    factor_code: factor.factor_code.clone(),
                    name_zh: names.0,
                    name_en: names.1,
                    unit: factor.unit.clone(),
                    decimals: factor.decimals,
                }
            })
            .collect(),
        limits: point
            .limits
            .iter()
            .map(|(id, limit)| LimitBody::of(*id, limit))
            .collect(),
        values: now.values,
        devices: present
            .devices_of(&point)
            .into_iter()
            .map(|(device, is_online)| PointDevice {
                id: device.id.0,
                mn: device.mn.to_string(),
                name: device.name.clone(),
                is_online,
            })
            .collect(),
    };
    Ok(Json(PointBody { point: detail }))
}
