//! Regions of GB/T 2260, down to the grid.

use access::{RegionCode, RegionLevel};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{Expected, ProblemKind, Region, RegionDetails};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::Fields;
use super::{RevisionQuery, publish};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_regions, create_region))
        .routes(routes!(load_region, update_region, delete_region))
}

/// A region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegionBody {
    code: String,
    parent_code: Option<String>,
    name_zh: String,
    name_en: String,
    /// `province`, `city`, `county`, `town`, `village`, `grid`.
    level: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    is_simulated: bool,
    revision: i64,
}

/// What a region is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegionInput {
    /// The code; cannot be changed.
    code: String,
    parent_code: Option<String>,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    #[serde(default)]
    is_simulated: bool,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneRegion {
    region: RegionBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct RegionsBody {
    regions: Vec<RegionBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RegionsQuery {
    /// Regions at the most, 1000 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

impl From<Region> for RegionBody {
    fn from(region: Region) -> Self {
        let details = region.details;
        Self {
            level: level(region.code.level()).to_owned(),
            code: region.code.to_string(),
            parent_code: details.parent_code.map(|code| code.to_string()),
            name_zh: details.name_zh,
            name_en: details.name_en,
            longitude: details.position.map(|position| position.longitude),
            latitude: details.position.map(|position| position.latitude),
            is_simulated: details.is_simulated,
            revision: region.revision,
        }
    }
}

const fn level(level: RegionLevel) -> &'static str {
    match level {
        RegionLevel::Province => "province",
        RegionLevel::City => "city",
        RegionLevel::County => "county",
        RegionLevel::Town => "town",
        RegionLevel::Village => "village",
        RegionLevel::Grid => "grid",
    }
}

impl RegionInput {
    fn read(self) -> Result<(RegionCode, RegionDetails), ApiProblem> {
        let mut fields = Fields::default();
        let code = fields.read("code", &self.code, ProblemKind::NotARegionCode);
        let details = RegionDetails {
            parent_code: fields.optional(
                "parent_code",
                self.parent_code.as_deref(),
                ProblemKind::NotARegionCode,
            ),
            name_zh: self.name_zh,
            name_en: self.name_en,
            position: fields.position(self.longitude, self.latitude),
            is_simulated: self.is_simulated,
        };
        fields.finish(code.map(|code| (code, details)))
    }
}

fn code_of(text: &str) -> Result<RegionCode, ApiProblem> {
    text.parse()
        .map_err(|_error| ApiProblem::not_found(format!("There is no region {text}.")))
}

/// Lists regions by code.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/regions",
    tag = "sites",
    params(RegionsQuery),
    responses(
        (status = 200, body = RegionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_regions(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<RegionsQuery>,
) -> Result<Json<RegionsBody>, ApiProblem> {
    let limit = page_size(Some(query.limit.unwrap_or(PageSize::MOST)));
    let after = query.after.as_deref();
    let found = sites::list_regions(&state.database, &actor, after, limit).await?;
    let regions: Vec<RegionBody> = found.into_iter().map(RegionBody::from).collect();
    let meta = Meta::after(&regions, limit, |region| region.code.clone());
    Ok(Json(RegionsBody { regions, meta }))
}

/// Shows a region.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/regions/{code}",
    tag = "sites",
    responses(
        (status = 200, body = OneRegion),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_region(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(code): Path<String>,
) -> Result<Json<OneRegion>, ApiProblem> {
    let region = sites::load_region(&state.database, &actor, &code_of(&code)?).await?;
    Ok(Json(OneRegion {
        region: region.into(),
    }))
}

/// Creates a region.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/regions",
    tag = "sites",
    responses(
        (status = 200, body = OneRegion),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_region(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<RegionInput>,
) -> Result<Json<OneRegion>, ApiProblem> {
    let (code, details) = input.read()?;
    let created =
        sites::create_region(&state.database, &*state.clock, &actor, code, details).await?;
    Ok(Json(OneRegion {
        region: created.into(),
    }))
}

/// Changes a region.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/regions/{code}",
    tag = "sites",
    responses(
        (status = 200, body = OneRegion),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_region(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(code): Path<String>,
    Json(input): Json<RegionInput>,
) -> Result<Json<OneRegion>, ApiProblem> {
    let expected = Expected::new(code_of(&code)?, input.revision.unwrap_or_default());
    let (_code, details) = input.read()?;
    let updated =
        sites::update_region(&state.database, &*state.clock, &actor, expected, details).await?;
    publish(&state).await?;
    Ok(Json(OneRegion {
        region: updated.into(),
    }))
}

/// Deletes a region that nothing lies in.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/regions/{code}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_region(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(code): Path<String>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(code_of(&code)?, query.revision);
    sites::delete_region(&state.database, &*state.clock, &actor, expected).await?;
    Ok(())
}
