//! One's own password, second factor and sessions.

use accounts::AccountId;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::of;
use crate::actor::CurrentSession;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(update_own_password))
        .routes(routes!(begin_second_factor, confirm_second_factor))
        .routes(routes!(remove_second_factor))
        .routes(routes!(list_sessions))
        .routes(routes!(revoke_session))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChangeBody {
    old_password: String,
    password: String,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    code: String,
}

/// A second factor to be taken into an app; shown once.
#[derive(Serialize, ToSchema)]
struct PendingFactorBody {
    /// To be typed, base 32.
    secret: String,
    /// `otpauth://…`, to be shown as a QR code.
    url: String,
}

#[derive(Serialize, ToSchema)]
struct RecoveryCodesBody {
    /// Each good once; shown once.
    recovery_codes: Vec<String>,
}

/// An open session.
#[derive(Debug, Serialize, ToSchema)]
struct OpenSessionBody {
    id: String,
    account_id: i64,
    account_name: String,
    created_at: String,
    last_seen_at: String,
    address: Option<String>,
    user_agent: String,
    /// Whether it is the one that asks.
    is_current: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct OpenSessionsBody {
    sessions: Vec<OpenSessionBody>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SessionsQuery {
    /// Of this account; one's own unless told.
    account_id: Option<i64>,
    /// Of all accounts.
    #[serde(default)]
    all: bool,
}

/// Changes one's own password; one's other sessions end.
///
/// *Permissions*: signed in.
#[utoipa::path(
    put,
    path = "/session/password",
    tag = "accounts",
    request_body = PasswordChangeBody,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_own_password(
    State(state): State<ApiState>,
    session: CurrentSession,
    Json(body): Json<PasswordChangeBody>,
) -> Result<StatusCode, ApiProblem> {
    let context = &of(&state)?.context;
    accounts::change_password(context, &session, &body.old_password, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a second factor that waits for its first code.
///
/// *Permissions*: signed in.
#[utoipa::path(
    post,
    path = "/session/second-factor",
    tag = "accounts",
    responses(
        (status = 200, body = PendingFactorBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn begin_second_factor(
    State(state): State<ApiState>,
    session: CurrentSession,
) -> Result<Json<PendingFactorBody>, ApiProblem> {
    let pending = accounts::begin_second_factor(&of(&state)?.context, &session).await?;
    Ok(Json(PendingFactorBody {
        secret: pending.secret_text,
        url: pending.url,
    }))
}

/// Puts the second factor in force with its first code.
///
/// *Permissions*: signed in.
#[utoipa::path(
    put,
    path = "/session/second-factor",
    tag = "accounts",
    request_body = CodeBody,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn confirm_second_factor(
    State(state): State<ApiState>,
    session: CurrentSession,
    Json(body): Json<CodeBody>,
) -> Result<Json<RecoveryCodesBody>, ApiProblem> {
    let context = &of(&state)?.context;
    let recovery_codes = accounts::confirm_second_factor(context, &session, &body.code).await?;
    Ok(Json(RecoveryCodesBody { recovery_codes }))
}

/// Takes one's own second factor out of force.
///
/// *Permissions*: signed in.
#[utoipa::path(
    post,
    path = "/session/second-factor/removal",
    tag = "accounts",
    request_body = CodeBody,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn remove_second_factor(
    State(state): State<ApiState>,
    session: CurrentSession,
    Json(body): Json<CodeBody>,
) -> Result<StatusCode, ApiProblem> {
    accounts::remove_second_factor(&of(&state)?.context, &session, &body.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists open sessions, newest first.
///
/// *Permissions*: signed in; for those of others `accounts.read`.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "accounts",
    params(SessionsQuery),
    responses(
        (status = 200, body = OpenSessionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_sessions(
    State(state): State<ApiState>,
    session: CurrentSession,
    Query(query): Query<SessionsQuery>,
) -> Result<Json<OpenSessionsBody>, ApiProblem> {
    let of_whom = if query.all {
        None
    } else {
        Some(query.account_id.map_or(session.account_id, AccountId))
    };
    let found = accounts::list_sessions(&of(&state)?.context, &session, of_whom).await?;
    let sessions = found
        .into_iter()
        .map(|open| OpenSessionBody {
            id: open.id.to_string(),
            account_id: open.account_id.0,
            account_name: open.account_name,
            created_at: open.created_at.to_string(),
            last_seen_at: open.last_seen_at.to_string(),
            address: open.address,
            user_agent: open.user_agent,
            is_current: Some(open.id) == session.session_id,
        })
        .collect();
    Ok(Json(OpenSessionsBody { sessions }))
}

/// Ends a session.
///
/// *Permissions*: signed in; for those of others `accounts.manage`.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "UUID of the session.")),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn revoke_session(
    State(state): State<ApiState>,
    session: CurrentSession,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiProblem> {
    accounts::revoke_session(&of(&state)?.context, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
