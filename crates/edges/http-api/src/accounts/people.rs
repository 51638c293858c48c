//! Accounts, as administrators keep them.

use accounts::{Account, AccountDetails, AccountFilter, AccountId};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::of;
use super::session::AccountScopeBody;
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(load_account, update_account))
        .routes(routes!(reset_password))
        .routes(routes!(reset_second_factor))
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts in an answer, not the states of a machine"
)]
struct AccountBody {
    id: i64,
    revision: i64,
    name: String,
    display_name: String,
    roles: Vec<String>,
    scope: AccountScopeBody,
    is_enabled: bool,
    /// Issuer of the bureau's own sign-on, for accounts that sign in there.
    issuer: Option<String>,
    /// The account there.
    subject: Option<String>,
    has_password: bool,
    must_change_password: bool,
    has_second_factor: bool,
    /// Whether it belongs to the demonstration.
    is_simulated: bool,
    created_at: String,
    last_sign_in_at: Option<String>,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        let (issuer, subject) = account.details.external.unzip();
        Self {
            id: account.id.0,
            revision: account.revision,
            name: account.details.name,
            display_name: account.details.display_name,
            roles: account.details.roles.into_iter().collect(),
            scope: (&account.details.scope).into(),
            is_enabled: account.details.is_enabled,
            issuer,
            subject,
            has_password: account.has_password,
            must_change_password: account.must_change_password,
            has_second_factor: account.has_second_factor,
            is_simulated: account.is_simulated,
            created_at: account.created_at.to_string(),
            last_sign_in_at: account.last_sign_in_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountAnswer {
    account: AccountBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountsBody {
    accounts: Vec<AccountBody>,
    meta: Meta,
}

/// A new account with its first password.
#[derive(Serialize, ToSchema)]
struct NewAccountAnswer {
    account: AccountBody,
    /// Shown once; must be changed at the first sign-in. None for accounts that sign in elsewhere.
    first_password: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct FirstPasswordBody {
    /// Shown once; must be changed at the next sign-in.
    first_password: String,
}

/// What an administrator sets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountDetailsBody {
    name: String,
    display_name: String,
    /// Names of roles, as `/roles` lists them.
    roles: Vec<String>,
    scope: AccountScopeBody,
    is_enabled: bool,
    issuer: Option<String>,
    subject: Option<String>,
    /// Of the account as read; for changes only.
    revision: Option<i64>,
}

impl AccountDetailsBody {
    fn parse(self) -> Result<AccountDetails, ApiProblem> {
        Ok(AccountDetails {
            name: self.name,
            display_name: self.display_name,
            roles: self.roles.into_iter().collect(),
            scope: self.scope.parse()?,
            is_enabled: self.is_enabled,
            external: self.issuer.zip(self.subject),
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AccountsQuery {
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
    /// Part of a name.
    search: Option<String>,
    /// With this role.
    role: Option<String>,
}

/// Lists accounts.
///
/// *Permissions*: `accounts.read`.
#[utoipa::path(
    get,
    path = "/accounts",
    tag = "accounts",
    params(AccountsQuery),
    responses(
        (status = 200, body = AccountsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_accounts(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AccountsQuery>,
) -> Result<Json<AccountsBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let filter = AccountFilter {
        after: query.after.map(AccountId),
        limit,
        search: query.search,
        role: query.role,
    };
    let found = accounts::list_accounts(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&found, limit, |account| account.id.to_string());
    let accounts = found.into_iter().map(AccountBody::from).collect();
    Ok(Json(AccountsBody { accounts, meta }))
}

/// Creates an account with a first password.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/accounts",
    tag = "accounts",
    request_body = AccountDetailsBody,
    responses(
        (status = 201, body = NewAccountAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_account(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<AccountDetailsBody>,
) -> Result<(StatusCode, Json<NewAccountAnswer>), ApiProblem> {
    let context = &of(&state)?.context;
    let (account, first_password) =
        accounts::create_account(context, &actor, body.parse()?).await?;
    let answer = NewAccountAnswer {
        account: account.into(),
        first_password,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Shows an account.
///
/// *Permissions*: `accounts.read`.
#[utoipa::path(
    get,
    path = "/accounts/{id}",
    tag = "accounts",
    params(("id" = i64, Path, description = "Number of the account.")),
    responses(
        (status = 200, body = AccountAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_account(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<AccountAnswer>, ApiProblem> {
    let account = accounts::load_account(&state.database, &actor, AccountId(id)).await?;
    Ok(Json(AccountAnswer {
        account: account.into(),
    }))
}

/// Changes an account. New rights end its sessions.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    put,
    path = "/accounts/{id}",
    tag = "accounts",
    params(("id" = i64, Path, description = "Number of the account.")),
    request_body = AccountDetailsBody,
    responses(
        (status = 200, body = AccountAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_account(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(body): Json<AccountDetailsBody>,
) -> Result<Json<AccountAnswer>, ApiProblem> {
    let context = &of(&state)?.context;
    let revision = body
        .revision
        .ok_or_else(|| ApiProblem::invalid("/revision", "missing", "Name the revision as read."))?;
    let details = body.parse()?;
    let account =
        accounts::update_account(context, &actor, AccountId(id), revision, details).await?;
    Ok(Json(AccountAnswer {
        account: account.into(),
    }))
}

/// Gives an account a new first password; its sessions end.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/accounts/{id}/password-reset",
    tag = "accounts",
    params(("id" = i64, Path, description = "Number of the account.")),
    responses(
        (status = 200, body = FirstPasswordBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn reset_password(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<FirstPasswordBody>, ApiProblem> {
    let context = &of(&state)?.context;
    let first_password = accounts::reset_password(context, &actor, AccountId(id)).await?;
    Ok(Json(FirstPasswordBody { first_password }))
}

/// Takes an account's lost second factor out of force; its sessions end.
///
/// *Permissions*: `accounts.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/accounts/{id}/second-factor-reset",
    tag = "accounts",
    params(("id" = i64, Path, description = "Number of the account.")),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn reset_second_factor(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiProblem> {
    accounts::reset_second_factor(&of(&state)?.context, &actor, AccountId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
