//! Enterprises, operators of monitors, bureaus.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sites::{
    Expected, Organisation, OrganisationDetails, OrganisationFilter, OrganisationId, ProblemKind,
};
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
        .routes(routes!(list_organisations, create_organisation))
        .routes(routes!(
            load_organisation,
            update_organisation,
            delete_organisation
        ))
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationBody {
    id: i64,
    /// Unified social credit code or the bureau's own.
    code: String,
    name_zh: String,
    name_en: String,
    /// `enterprise`, `operator`, `bureau`, `other`.
    kind: String,
    region_code: String,
    is_simulated: bool,
    revision: i64,
}

/// What an organisation is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganisationInput {
    code: String,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    kind: String,
    region_code: String,
    #[serde(default)]
    is_simulated: bool,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneOrganisation {
    organisation: OrganisationBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct OrganisationsBody {
    organisations: Vec<OrganisationBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrganisationsQuery {
    /// A region and all below it.
    region: Option<String>,
    /// One kind.
    kind: Option<String>,
    /// Part of a name or code.
    q: Option<String>,
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

impl From<Organisation> for OrganisationBody {
    fn from(organisation: Organisation) -> Self {
        let details = organisation.details;
        Self {
            id: organisation.id.0,
            code: details.code,
            name_zh: details.name_zh,
            name_en: details.name_en,
            kind: details.kind.to_string(),
            region_code: details.region_code.to_string(),
            is_simulated: details.is_simulated,
            revision: organisation.revision,
        }
    }
}

impl OrganisationInput {
    fn read(self) -> Result<OrganisationDetails, ApiProblem> {
        let mut fields = Fields::default();
        let kind = fields.word("kind", &self.kind);
        let region = fields.read(
            "region_code",
            &self.region_code,
            ProblemKind::NotARegionCode,
        );
        fields.finish(
            kind.zip(region)
                .map(|(kind, region_code)| OrganisationDetails {
                    code: self.code,
                    name_zh: self.name_zh,
                    name_en: self.name_en,
                    kind,
                    region_code,
                    is_simulated: self.is_simulated,
                }),
        )
    }
}

impl OrganisationsQuery {
    fn read(self) -> Result<OrganisationFilter, ApiProblem> {
        let mut fields = Fields::default();
        let region = self.region.as_deref();
        let filter = OrganisationFilter {
            region: fields.optional("region", region, ProblemKind::NotARegionCode),
            kind: self
                .kind
                .as_deref()
                .and_then(|kind| fields.word("kind", kind)),
            search: self.q,
            after: self.after,
            limit: page_size(self.limit),
        };
        fields.finish(Some(filter))
    }
}

/// Lists organisations by identifier.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/organisations",
    tag = "sites",
    params(OrganisationsQuery),
    responses(
        (status = 200, body = OrganisationsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_organisations(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<OrganisationsQuery>,
) -> Result<Json<OrganisationsBody>, ApiProblem> {
    let filter = query.read()?;
    let found = sites::list_organisations(&state.database, &actor, &filter).await?;
    let organisations: Vec<OrganisationBody> =
        found.into_iter().map(OrganisationBody::from).collect();
    let meta = Meta::after(&organisations, filter.limit, |one| one.id.to_string());
    Ok(Json(OrganisationsBody {
        organisations,
        meta,
    }))
}

/// Shows an organisation.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/organisations/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneOrganisation),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_organisation(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<OneOrganisation>, ApiProblem> {
    let organisation =
        sites::load_organisation(&state.database, &actor, OrganisationId(id)).await?;
    Ok(Json(OneOrganisation {
        organisation: organisation.into(),
    }))
}

/// Creates an organisation.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    post,
    path = "/organisations",
    tag = "sites",
    responses(
        (status = 200, body = OneOrganisation),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_organisation(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<OrganisationInput>,
) -> Result<Json<OneOrganisation>, ApiProblem> {
    let details = input.read()?;
    let created =
        sites::create_organisation(&state.database, &*state.clock, &actor, details).await?;
    publish(&state).await?;
    Ok(Json(OneOrganisation {
        organisation: created.into(),
    }))
}

/// Changes an organisation.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/organisations/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneOrganisation),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_organisation(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<OrganisationInput>,
) -> Result<Json<OneOrganisation>, ApiProblem> {
    let expected = Expected::new(OrganisationId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let updated =
        sites::update_organisation(&state.database, &*state.clock, &actor, expected, details)
            .await?;
    publish(&state).await?;
    Ok(Json(OneOrganisation {
        organisation: updated.into(),
    }))
}

/// Deletes an organisation.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/organisations/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_organisation(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(OrganisationId(id), query.revision);
    sites::delete_organisation(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}
