//! Tokens for machines.

use accounts::{AccountId, ApiToken, NewApiToken};
use axum::extract::State;
use axum::http::StatusCode;
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{of, parse_permissions};
use crate::actor::CurrentSession;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_api_tokens, create_api_token))
        .routes(routes!(revoke_api_token))
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct ApiTokenBody {
    id: String,
    name: String,
    permissions: Vec<&'static str>,
    created_at: String,
    expires_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

impl From<ApiToken> for ApiTokenBody {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            permissions: token.permissions.iter().map(|one| one.as_str()).collect(),
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
            revoked_at: token.revoked_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ApiTokensBody {
    api_tokens: Vec<ApiTokenBody>,
}

#[derive(Serialize, ToSchema)]
struct NewApiTokenAnswer {
    api_token: ApiTokenBody,
    /// For the header `Authorization: Bearer`; shown once.
    secret: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiTokenBody {
    /// What it is for.
    name: String,
    /// At most one's own.
    permissions: Vec<String>,
    /// RFC 3339; at most 366 days ahead.
    expires_at: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct TokensQuery {
    /// Of this account; one's own unless told.
    account_id: Option<i64>,
}

/// Lists tokens, newest first.
///
/// *Permissions*: signed in; for those of others `accounts.read`.
#[utoipa::path(
    get,
    path = "/api-tokens",
    tag = "accounts",
    params(TokensQuery),
    responses(
        (status = 200, body = ApiTokensBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_api_tokens(
    State(state): State<ApiState>,
    session: CurrentSession,
    Query(query): Query<TokensQuery>,
) -> Result<Json<ApiTokensBody>, ApiProblem> {
    let account = query.account_id.map_or(session.account_id, AccountId);
    let found = accounts::list_api_tokens(&of(&state)?.context, &session, account).await?;
    Ok(Json(ApiTokensBody {
        api_tokens: found.into_iter().map(ApiTokenBody::from).collect(),
    }))
}

/// Makes a token that may at most what one may oneself.
///
/// *Permissions*: signed in.
#[utoipa::path(
    post,
    path = "/api-tokens",
    tag = "accounts",
    request_body = NewApiTokenBody,
    responses(
        (status = 201, body = NewApiTokenAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_api_token(
    State(state): State<ApiState>,
    session: CurrentSession,
    Json(body): Json<NewApiTokenBody>,
) -> Result<(StatusCode, Json<NewApiTokenAnswer>), ApiProblem> {
    let permissions = parse_permissions(&body.permissions)?;
    let expires_at: Timestamp = body.expires_at.parse().map_err(|_malformed| {
        ApiProblem::invalid("/expires_at", "malformed", "An instant in RFC 3339.")
    })?;
    let new = NewApiToken {
        name: body.name,
        permissions,
        expires_at,
    };
    let (token, secret) = accounts::create_api_token(&of(&state)?.context, &session, new).await?;
    let answer = NewApiTokenAnswer {
        api_token: token.into(),
        secret: secret.reveal().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revokes a token.
///
/// *Permissions*: signed in; for those of others `accounts.manage`.
#[utoipa::path(
    delete,
    path = "/api-tokens/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "UUID of the token.")),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn revoke_api_token(
    State(state): State<ApiState>,
    session: CurrentSession,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiProblem> {
    accounts::revoke_api_token(&of(&state)?.context, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
