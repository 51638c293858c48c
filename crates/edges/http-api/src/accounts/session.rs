//! Signing in and out, and the first administrator.

use std::net::SocketAddr;

use access::Scope;
use accounts::{Origin, SignInRequest, SignedIn, Token};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccountsGate, of};
use crate::actor::{CurrentSession, Identity};
use crate::extract::Json;
use crate::gate::session_cookie;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_session, create_session, delete_session))
        .routes(routes!(create_first_administrator))
}

/// Where an account may act: everywhere, in one region, or at named sites.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AccountScopeBody {
    /// Everywhere.
    Everything {},
    /// A region with all below it.
    Region {
        /// GB/T 2260 code.
        region_code: String,
    },
    /// Named sites only.
    Sites {
        /// Their numbers.
        site_ids: Vec<i64>,
    },
}

impl From<&Scope> for AccountScopeBody {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Everything => Self::Everything {},
            Scope::Region(region) => Self::Region {
                region_code: region.as_str().to_owned(),
            },
            Scope::Sites(sites) => Self::Sites {
                site_ids: sites.iter().copied().collect(),
            },
        }
    }
}

impl AccountScopeBody {
    pub(crate) fn parse(self) -> Result<Scope, ApiProblem> {
        Ok(match self {
            Self::Everything {} => Scope::Everything,
            Self::Region { region_code } => {
                let region = region_code
                    .parse()
                    .map_err(|error: access::RegionCodeError| {
                        ApiProblem::invalid("/scope/region_code", "malformed", error.to_string())
                    })?;
                Scope::Region(region)
            }
            Self::Sites { site_ids } => Scope::Sites(site_ids.into_iter().collect()),
        })
    }
}

/// Who is behind the requests of this browser.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// Whether this server has accounts; without them everybody is the built-in operator.
    has_accounts: bool,
    /// Nobody until signed in.
    account: Option<SessionAccountBody>,
    /// What may be done.
    permissions: Vec<&'static str>,
    /// Whether the first password must be changed before anything else.
    must_change_password: bool,
    /// When the session ends at the latest.
    expires_at: Option<String>,
    /// The bureau's own sign-on, where there is one.
    sign_on: Option<SignOnBody>,
    /// The accounts of the demonstration, where one signs in on one.
    demo: Option<DemoBody>,
}

/// The bureau's own sign-on.
#[derive(Debug, Serialize, ToSchema)]
struct SignOnBody {
    /// Which.
    issuer: String,
    /// Where a session that began there is to be ended as well; `null` when it ends here only.
    sign_out_url: Option<String>,
}

async fn sign_on(state: &ApiState, is_by_sign_on: bool) -> Option<SignOnBody> {
    let door = state.accounts.as_ref()?.sign_on.as_ref()?;
    let sign_out_url = if is_by_sign_on {
        door.client.sign_out_url().await
    } else {
        None
    };
    Some(SignOnBody {
        issuer: door.issuer.clone(),
        sign_out_url,
    })
}

/// How one signs in on a demonstration with a simulated city.
#[derive(Debug, Serialize, ToSchema)]
struct DemoBody {
    /// Of all its accounts; it opens nothing elsewhere.
    password: &'static str,
    accounts: Vec<DemoAccountBody>,
}

/// An account of the demonstration.
#[derive(Debug, Serialize, ToSchema)]
struct DemoAccountBody {
    name: String,
    role: String,
    role_zh: &'static str,
    role_en: &'static str,
    scope: AccountScopeBody,
}

async fn demo(gate: &AccountsGate) -> Result<Option<DemoBody>, ApiProblem> {
    let found = accounts::list_demo_accounts(&gate.context).await?;
    let listed = found.into_iter().filter_map(|account| {
        let role = account.details.roles.first()?;
        let shipped = accounts::find_shipped_role(role)?;
        Some(DemoAccountBody {
            name: account.details.name,
            role: role.clone(),
            role_zh: shipped.title_zh,
            role_en: shipped.title_en,
            scope: (&account.details.scope).into(),
        })
    });
    let accounts: Vec<_> = listed.collect();
    Ok((!accounts.is_empty()).then_some(DemoBody {
        password: accounts::DEMO_PASSWORD,
        accounts,
    }))
}

/// The account of a session.
#[derive(Debug, Serialize, ToSchema)]
struct SessionAccountBody {
    id: i64,
    name: String,
    display_name: String,
    roles: Vec<String>,
    scope: AccountScopeBody,
    has_second_factor: bool,
    /// Whether this session began at the bureau's own sign-on.
    is_by_sign_on: bool,
    /// The session itself, to tell it from one's others.
    session_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SessionAnswer {
    session: SessionBody,
}

/// What is typed to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    name: String,
    password: String,
    /// The code of the second factor or a recovery code, for accounts that have one.
    code: Option<String>,
}

/// The first administrator, with the token of the one-time link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstAdministratorBody {
    token: String,
    name: String,
    display_name: String,
    password: String,
}

fn body(signed_in: &SignedIn) -> SessionBody {
    let actor = &signed_in.actor;
    SessionBody {
        has_accounts: true,
        account: Some(SessionAccountBody {
            id: signed_in.account_id.0,
            name: actor.name.trim_start_matches("user:").to_owned(),
            display_name: signed_in.display_name.clone(),
            roles: signed_in.roles.iter().cloned().collect(),
            scope: (&actor.scope).into(),
            has_second_factor: signed_in.has_second_factor,
            is_by_sign_on: signed_in.is_by_sign_on,
            session_id: signed_in.session_id.map(|id| id.to_string()),
        }),
        permissions: actor.permissions.iter().map(|one| one.as_str()).collect(),
        must_change_password: signed_in.must_change_password,
        expires_at: Some(signed_in.expires_at.to_string()),
        sign_on: None,
        demo: None,
    }
}

pub(super) fn origin(address: Option<String>, headers: &HeaderMap) -> Origin {
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Origin {
        address,
        user_agent: user_agent.to_owned(),
    }
}

pub(super) fn cookie(gate: &AccountsGate, value: &str) -> Cookie<'static> {
    Cookie::build((session_cookie(gate.has_secure_cookies), value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(gate.has_secure_cookies)
        .build()
}

/// Tells who is signed in and what they may.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/session",
    tag = "accounts",
    responses(
        (status = 200, body = SessionAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_session(
    State(state): State<ApiState>,
    identity: Option<axum::Extension<Identity>>,
) -> Result<Json<SessionAnswer>, ApiProblem> {
    let mut session = match identity.map(|axum::Extension(identity)| identity) {
        Some(Identity::Account(signed_in)) => body(&signed_in),
        Some(Identity::Operator(actor)) => SessionBody {
            has_accounts: false,
            account: None,
            permissions: actor.permissions.iter().map(|one| one.as_str()).collect(),
            must_change_password: false,
            expires_at: None,
            sign_on: None,
            demo: None,
        },
        None => SessionBody {
            has_accounts: state.accounts.is_some(),
            account: None,
            permissions: Vec::new(),
            must_change_password: false,
            expires_at: None,
            sign_on: None,
            demo: match &state.accounts {
                Some(gate) => demo(gate).await?,
                None => None,
            },
        },
    };
    let is_by_sign_on = session
        .account
        .as_ref()
        .is_some_and(|account| account.is_by_sign_on);
    session.sign_on = sign_on(&state, is_by_sign_on).await;
    Ok(Json(SessionAnswer { session }))
}

/// Signs in. The session is a cookie that scripts cannot read.
///
/// *Permissions*: none.
#[utoipa::path(
    post,
    path = "/session",
    tag = "accounts",
    request_body = SignInBody,
    responses(
        (status = 201, body = SessionAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_session(
    State(state): State<ApiState>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    before: Option<axum::Extension<Identity>>,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SignInBody>,
) -> Result<(StatusCode, CookieJar, Json<SessionAnswer>), ApiProblem> {
    let gate = of(&state)?;
    let address = connection.map(|axum::Extension(ConnectInfo(address))| address.ip().to_string());
    gate.check_attempts(address.as_deref())?;
    let origin = origin(address, &headers);
    let request = SignInRequest {
        name: request.name,
        password: request.password,
        code: request.code,
    };
    let new = accounts::sign_in(&gate.context, &origin, request).await?;
    // the session that this browser had before does not go on beside the new one
    if let Some(axum::Extension(Identity::Account(before))) = before {
        accounts::sign_out(&gate.context, &before).await?;
    }
    let jar = jar.add(cookie(gate, new.token.reveal()));
    let answer = SessionAnswer {
        session: body(&new.signed_in),
    };
    Ok((StatusCode::CREATED, jar, Json(answer)))
}

/// Signs out: the session ends here and in the browser.
///
/// *Permissions*: signed in.
#[utoipa::path(
    delete,
    path = "/session",
    tag = "accounts",
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_session(
    State(state): State<ApiState>,
    session: CurrentSession,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), ApiProblem> {
    let gate = of(&state)?;
    accounts::sign_out(&gate.context, &session).await?;
    Ok((StatusCode::NO_CONTENT, jar.remove(cookie(gate, ""))))
}

/// Makes the first administrator with the token of the link that the server printed.
///
/// *Permissions*: none.
#[utoipa::path(
    post,
    path = "/first-administrator",
    tag = "accounts",
    request_body = FirstAdministratorBody,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_first_administrator(
    State(state): State<ApiState>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    Json(request): Json<FirstAdministratorBody>,
) -> Result<StatusCode, ApiProblem> {
    let gate = of(&state)?;
    let address = connection.map(|axum::Extension(ConnectInfo(address))| address.ip().to_string());
    gate.check_attempts(address.as_deref())?;
    let token = Token::received(request.token);
    accounts::create_first_administrator(
        &gate.context,
        &token,
        &request.name,
        &request.display_name,
        &request.password,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
