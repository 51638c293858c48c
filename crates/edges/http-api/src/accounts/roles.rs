//! Roles: the shipped ones and the bureau's own.

use access::Permission;
use accounts::{CustomRole, SHIPPED_ROLES};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{of, parse_permissions};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_roles))
        .routes(routes!(save_role, delete_role))
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
struct RoleBody {
    name: String,
    title_zh: String,
    title_en: String,
    permissions: Vec<&'static str>,
    /// Whether it is part of the program and cannot be changed.
    is_shipped: bool,
    /// Whether its accounts are held to named sites.
    is_for_sites: bool,
    /// For changes; 0 for shipped roles.
    revision: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct RolesBody {
    roles: Vec<RoleBody>,
    /// Everything that a role can hold.
    permissions: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RoleAnswer {
    role: RoleBody,
}

/// A role of the bureau's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleDetailsBody {
    title_zh: String,
    title_en: String,
    permissions: Vec<String>,
    /// 0 for a new role.
    revision: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RevisionQuery {
    /// Of the role as read.
    revision: i64,
}

impl From<CustomRole> for RoleBody {
    fn from(role: CustomRole) -> Self {
        Self {
            name: role.name,
            title_zh: role.title_zh,
            title_en: role.title_en,
            permissions: role.permissions.iter().map(|one| one.as_str()).collect(),
            is_shipped: false,
            is_for_sites: false,
            revision: role.revision,
        }
    }
}

/// Lists all roles and all permissions.
///
/// *Permissions*: `accounts.read`.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "accounts",
    responses(
        (status = 200, body = RolesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_roles(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<RolesBody>, ApiProblem> {
    let custom = accounts::list_custom_roles(&state.database, &actor).await?;
    let shipped = SHIPPED_ROLES.iter().map(|role| RoleBody {
        name: role.name.to_owned(),
        title_zh: role.title_zh.to_owned(),
        title_en: role.title_en.to_owned(),
        permissions: role.permissions.iter().map(|one| one.as_str()).collect(),
        is_shipped: true,
        is_for_sites: role.is_for_sites,
        revision: 0,
    });
    Ok(Json(RolesBody {
        roles: shipped
            .chain(custom.into_iter().map(RoleBody::from))
            .collect(),
        permissions: Permission::ALL.iter().map(|one| one.as_str()).collect(),
    }))
}

/// Adds or changes a role of the bureau's own.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    put,
    path = "/roles/{name}",
    tag = "accounts",
    params(("name" = String, Path, description = "Stable name of the role.")),
    request_body = RoleDetailsBody,
    responses(
        (status = 200, body = RoleAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn save_role(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(name): Path<String>,
    Json(body): Json<RoleDetailsBody>,
) -> Result<Json<RoleAnswer>, ApiProblem> {
    let permissions = parse_permissions(&body.permissions)?;
    let role = CustomRole {
        name,
        title_zh: body.title_zh,
        title_en: body.title_en,
        permissions,
        revision: body.revision,
    };
    let saved = accounts::save_custom_role(&of(&state)?.context, &actor, role).await?;
    Ok(Json(RoleAnswer { role: saved.into() }))
}

/// Deletes a role of the bureau's own that no account holds.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    delete,
    path = "/roles/{name}",
    tag = "accounts",
    params(("name" = String, Path, description = "Stable name of the role."), RevisionQuery),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_role(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(name): Path<String>,
    Query(query): Query<RevisionQuery>,
) -> Result<StatusCode, ApiProblem> {
    let context = &of(&state)?.context;
    accounts::delete_custom_role(context, &actor, &name, query.revision).await?;
    Ok(StatusCode::NO_CONTENT)
}
