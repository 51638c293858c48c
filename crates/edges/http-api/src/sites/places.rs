//! Sites: places with monitors.

use access::Actor;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{Expected, OrganisationId, ProblemKind, Site, SiteDetails, SiteFilter, SiteId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::Fields;
use super::{RevisionQuery, publish};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::{PointState, Present};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_sites, create_site))
        .routes(routes!(load_site, update_site, delete_site))
}

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SiteBody {
    pub(super) id: i64,
    code: String,
    organisation_id: Option<i64>,
    region_code: String,
    /// `enterprise`, `sewage_plant`, `air_station`…
    kind: String,
    name_zh: String,
    name_en: String,
    address: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    /// Whether it is a key monitored site (重点监控).
    is_key: bool,
    is_simulated: bool,
    revision: i64,
}

/// A site in a list, with how it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SiteSummary {
    #[serde(flatten)]
    pub(super) site: SiteBody,
    /// The state of its points that most needs a look; null when it has none.
    state: Option<PointState>,
    point_count: usize,
    /// What its points watch.
    media: Vec<String>,
}

/// What a site is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteInput {
    code: String,
    organisation_id: Option<i64>,
    region_code: String,
    kind: String,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    address: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
    #[serde(default)]
    is_key: bool,
    #[serde(default)]
    is_simulated: bool,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneSite {
    site: SiteBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct SitesBody {
    sites: Vec<SiteSummary>,
    meta: Meta,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SitesQuery {
    /// A region and all below it.
    pub(super) region: Option<String>,
    /// One kind.
    pub(super) kind: Option<String>,
    /// With a point of this medium.
    pub(super) medium: Option<String>,
    /// In this state.
    pub(super) state: Option<String>,
    /// Of this organisation.
    pub(super) organisation: Option<i64>,
    /// Part of a name or code.
    pub(super) q: Option<String>,
    pub(super) limit: Option<PageSize>,
    /// `meta.next` of the page before.
    pub(super) after: Option<i64>,
}

impl From<Site> for SiteBody {
    fn from(site: Site) -> Self {
        let details = site.details;
        Self {
            id: site.id.0,
            code: details.code,
            organisation_id: details.organisation_id.map(|id| id.0),
            region_code: details.region_code.to_string(),
            kind: details.kind.to_string(),
            name_zh: details.name_zh,
            name_en: details.name_en,
            address: details.address,
            longitude: details.position.map(|position| position.longitude),
            latitude: details.position.map(|position| position.latitude),
            is_key: details.is_key,
            is_simulated: details.is_simulated,
            revision: site.revision,
        }
    }
}

impl SiteInput {
    pub(crate) fn read(self) -> Result<SiteDetails, ApiProblem> {
        let mut fields = Fields::default();
        let kind = fields.word("kind", &self.kind);
        let region = fields.read(
            "region_code",
            &self.region_code,
            ProblemKind::NotARegionCode,
        );
        let position = fields.position(self.longitude, self.latitude);
        fields.finish(kind.zip(region).map(|(kind, region_code)| SiteDetails {
            code: self.code,
            organisation_id: self.organisation_id.map(OrganisationId),
            region_code,
            kind,
            name_zh: self.name_zh,
            name_en: self.name_en,
            address: self.address,
            position,
            is_key: self.is_key,
            is_simulated: self.is_simulated,
        }))
    }
}

impl SiteSummary {
    fn of(present: &Present<'_>, site: Site) -> Self {
        let points = present.points_of_site(site.id);
        let mut media: Vec<String> = points
            .iter()
            .map(|point| point.details.medium.to_string())
            .collect();
        media.sort_unstable();
        media.dedup();
        Self {
            state: points
                .iter()
                .map(|point| present.state_of(point))
                .max_by_key(|state| state.urgency()),
            point_count: points.len(),
            media,
            site: site.into(),
        }
    }
}

/// The sites that a query asks for, each with how it is now; at most as many as its limit.
pub(super) async fn find_sites(
    state: &ApiState,
    actor: &Actor,
    query: &SitesQuery,
    limit: u32,
) -> Result<Vec<SiteSummary>, ApiProblem> {
    let wanted = query
        .state
        .as_deref()
        .map(|name| {
            PointState::from_name(name).ok_or_else(|| {
                let detail = format!("`{name}` is none of: {}", PointState::NAMES);
                ApiProblem::invalid("state", "unknown_word", detail)
            })
        })
        .transpose()?;
    let present = Present::load(state, actor).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut filter = query.read()?;
    // states are known here only: look through as many as may be there
    filter.limit = if wanted.is_some() { 1000 } else { limit };
    let mut sites: Vec<SiteSummary> = Vec::new();
    loop {
        let found = sites::list_sites(&state.database, actor, &filter).await?;
        let is_last = found.len() < usize::try_from(filter.limit).unwrap_or(usize::MAX);
        filter.after = found.last().map(|site| site.id.0);
        sites.extend(
            found
                .into_iter()
                .map(|site| SiteSummary::of(&present, site))
                .filter(|site| wanted.is_none() || site.state == wanted),
        );
        if is_last || sites.len() >= most {
            break;
        }
    }
    sites.truncate(most);
    Ok(sites)
}

impl SitesQuery {
    fn read(&self) -> Result<SiteFilter, ApiProblem> {
        let mut fields = Fields::default();
        let region = self.region.as_deref();
        let filter = SiteFilter {
            region: fields.optional("region", region, ProblemKind::NotARegionCode),
            kind: self
                .kind
                .as_deref()
                .and_then(|kind| fields.word("kind", kind)),
            medium: self
                .medium
                .as_deref()
                .and_then(|medium| fields.word("medium", medium)),
            organisation_id: self.organisation.map(OrganisationId),
            search: self.q.clone(),
            after: self.after,
            limit: page_size(self.limit),
        };
        fields.finish(Some(filter))
    }
}

/// Lists sites by identifier, each with the state of its points.
///
/// *Permissions*: `sites.read`, `alarms.read`.
#[utoipa::path(
    get,
    path = "/sites",
    tag = "sites",
    params(SitesQuery),
    responses(
        (status = 200, body = SitesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_sites(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<SitesQuery>,
) -> Result<Json<SitesBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let sites = find_sites(&state, &actor, &query, limit).await?;
    let meta = Meta::after(&sites, limit, |one| one.site.id.to_string());
    Ok(Json(SitesBody { sites, meta }))
}

/// Shows a site.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/sites/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneSite),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_site(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<OneSite>, ApiProblem> {
    let site = sites::load_site(&state.database, &actor, SiteId(id)).await?;
    Ok(Json(OneSite { site: site.into() }))
}

/// Creates a site.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/sites",
    tag = "sites",
    responses(
        (status = 200, body = OneSite),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_site(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<SiteInput>,
) -> Result<Json<OneSite>, ApiProblem> {
    let details = input.read()?;
    let created = sites::create_site(&state.database, &*state.clock, &actor, details).await?;
    publish(&state).await?;
    Ok(Json(OneSite {
        site: created.into(),
    }))
}

/// Changes a site.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/sites/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneSite),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_site(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<SiteInput>,
) -> Result<Json<OneSite>, ApiProblem> {
    let expected = Expected::new(SiteId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let updated =
        sites::update_site(&state.database, &*state.clock, &actor, expected, details).await?;
    publish(&state).await?;
    Ok(Json(OneSite {
        site: updated.into(),
    }))
}

/// Deletes a site.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/sites/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_site(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(SiteId(id), query.revision);
    sites::delete_site(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}
