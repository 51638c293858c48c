//! Signing in by the bureau's own sign-on: to the provider, and back with a session.

use std::fmt::Write as _;
use std::net::SocketAddr;

use ::sign_on::{Attempt, Returned, SignOnError};
use accounts::{AccountsError, ExternalIdentity};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{cookie, origin};
use super::{AccountsGate, SignOnDoor, of};
use crate::actor::Identity;
use crate::extract::Query;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// So long somebody may take at the provider.
const ATTEMPT_MS: i64 = 10 * 60_000;
/// What the cookie is sealed for.
const SEALED_FOR: &str = "attempt to sign on";
/// Longer paths to come back to are nobody's.
const LONGEST_PATH: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin_sign_on))
        .routes(routes!(finish_sign_on))
}

const fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure {
        "__Host-qingshan_sign_on"
    } else {
        "qingshan_sign_on"
    }
}

/// What this browser keeps, sealed, while it is at the provider.
#[derive(Serialize, Deserialize)]
struct Kept {
    attempt: Attempt,
    to: String,
    ends_at_ms: i64,
}

/// `Lax`: the provider sends the browser back from its own site.
fn attempt_cookie(gate: &AccountsGate, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(gate.has_secure_cookies), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(gate.has_secure_cookies)
        .build()
}

fn door(gate: &AccountsGate) -> Result<&SignOnDoor, ApiProblem> {
    gate.sign_on.as_ref().ok_or_else(|| {
        ApiProblem::not_found("This server has no sign-on but its own (`sign_on.enabled`).")
    })
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct BeginQuery {
    /// The page to come back to: a path of this server.
    to: Option<String>,
}

/// With what the provider sends the browser back. It may send more.
#[derive(Deserialize, IntoParams)]
struct ReturnQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Sends the browser to the bureau's own sign-on.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/session/sign-on",
    tag = "accounts",
    params(BeginQuery),
    responses(
        (status = 303, description = "To the provider, or back to the sign-in page with the reason."),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn begin_sign_on(
    State(state): State<ApiState>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    jar: CookieJar,
    Query(query): Query<BeginQuery>,
) -> Result<(CookieJar, Response), ApiProblem> {
    let gate = of(&state)?;
    let door = door(gate)?;
    let address = connection.map(|axum::Extension(ConnectInfo(address))| address.ip().to_string());
    gate.check_attempts(address.as_deref())?;
    let begun = match door.client.begin().await {
        Ok(begun) => begun,
        Err(error) => return Ok((jar, back(explain(&error), None))),
    };
    let kept = Kept {
        attempt: begun.attempt,
        to: own_path(query.to.as_deref()),
        ends_at_ms: state.now().plus_ms(ATTEMPT_MS).epoch_ms(),
    };
    let value = seal(gate, &kept)?;
    Ok((jar.add(attempt_cookie(gate, value)), see(&begun.url)))
}

/// Takes the browser back from the bureau's own sign-on: with a session, or to the sign-in page with
/// the reason behind `#`.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/session/sign-on/callback",
    tag = "accounts",
    params(ReturnQuery),
    responses(
        (status = 303, description = "To the page that was asked for, or to the sign-in page."),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn finish_sign_on(
    State(state): State<ApiState>,
    connection: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    before: Option<axum::Extension<Identity>>,
    headers: HeaderMap,
    jar: CookieJar,
    Query(query): Query<ReturnQuery>,
) -> Result<(CookieJar, Response), ApiProblem> {
    let gate = of(&state)?;
    let door = door(gate)?;
    let address = connection.map(|axum::Extension(ConnectInfo(address))| address.ip().to_string());
    gate.check_attempts(address.as_deref())?;
    let kept = unseal(gate, &jar, state.now());
    // whatever comes of it, an attempt is made once
    let jar = jar.remove(attempt_cookie(gate, String::new()));
    let Some(kept) = kept else {
        return Ok((jar, back("expired", None)));
    };
    let returned = Returned {
        code: query.code,
        state: query.state,
        error: query.error,
        issuer: query.iss,
    };
    let identity = match door.client.finish(kept.attempt, returned).await {
        Ok(identity) => ExternalIdentity {
            issuer: identity.issuer,
            subject: identity.subject,
            name: identity.name,
            display_name: identity.display_name,
            groups: identity.groups,
        },
        Err(error) => return Ok((jar, back(explain(&error), None))),
    };
    let origin = origin(address, &headers);
    let opened = accounts::sign_in_external(&gate.context, &origin, &identity, &door.rules).await;
    let new = match opened {
        Ok(new) => new,
        Err(AccountsError::NotLinked { subject }) => {
            return Ok((jar, back("not_linked", Some(&subject))));
        }
        Err(AccountsError::NotAdmitted { reason }) => return Ok((jar, back(reason, None))),
        Err(error @ AccountsError::Invalid { .. }) => {
            tracing::warn!(%error, "the sign-on's account cannot be made as the settings say");
            return Ok((jar, back("not_linked", Some(&identity.subject))));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(axum::Extension(Identity::Account(before))) = before {
        accounts::sign_out(&gate.context, &before).await?;
    }
    let jar = jar.add(cookie(gate, new.token.reveal()));
    Ok((jar, see(&kept.to)))
}

/// A stable word for the sign-in page; the log has the rest.
fn explain(error: &SignOnError) -> &'static str {
    match error {
        SignOnError::Refused { .. } => {
            tracing::info!(%error, "nobody was signed on");
            "refused"
        }
        SignOnError::NotBelieved { .. } => {
            tracing::warn!(%error, "nobody was signed on");
            "not_believed"
        }
        _ => {
            tracing::warn!(%error, "nobody was signed on");
            "unavailable"
        }
    }
}

/// A path of this server and of no other; `//host` and `/\host` are others.
fn own_path(to: Option<&str>) -> String {
    to.filter(|to| {
        to.len() <= LONGEST_PATH
            && to.starts_with('/')
            && !to.starts_with("//")
            && to
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    })
    .unwrap_or("/")
    .to_owned()
}

fn see(target: &str) -> Response {
    HeaderValue::from_str(target).map_or_else(
        |_no_header| StatusCode::BAD_GATEWAY.into_response(),
        |target| (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response(),
    )
}

/// To the sign-in page; what stands behind `#` is sent to no server.
fn back(reason: &str, subject: Option<&str>) -> Response {
    let subject = subject.map_or_else(String::new, |subject| {
        let encoded = subject.bytes().fold(String::new(), |mut text, byte| {
            let _never_fails = write!(text, "%{byte:02X}");
            text
        });
        format!("&subject={encoded}")
    });
    see(&format!("/sign-in#sign-on={reason}{subject}"))
}

fn seal(gate: &AccountsGate, kept: &Kept) -> Result<String, ApiProblem> {
    let text = serde_json::to_vec(kept).map_err(|error| ApiProblem::internal(&error))?;
    let sealed = gate.context.sealing_key.seal(SEALED_FOR, &text);
    let sealed = sealed.map_err(|error| ApiProblem::internal(&error))?;
    Ok(sealed.iter().fold(String::new(), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    }))
}

fn unseal(gate: &AccountsGate, jar: &CookieJar, now: Timestamp) -> Option<Kept> {
    let value = jar.get(cookie_name(gate.has_secure_cookies))?.value();
    let pairs = value.as_bytes().chunks_exact(2);
    let sealed: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let text = gate.context.sealing_key.open(SEALED_FOR, &sealed?).ok()?;
    let kept: Kept = serde_json::from_slice(&text).ok()?;
    (kept.ends_at_ms > now.epoch_ms()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn one_comes_back_to_this_server_only() {
        assert_eq!(
            own_path(Some("/alarms?state=open#x")),
            "/alarms?state=open#x"
        );
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "alarms",
            "",
        ] {
            assert_eq!(own_path(Some(elsewhere)), "/", "{elsewhere}");
        }
        assert_eq!(own_path(None), "/");
    }
}
