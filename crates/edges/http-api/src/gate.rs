//! The gate before every handler: who calls, and whether they may at all.
//!
//! What an operation needs is read from the OpenAPI document: its description ends with a line
//! `*Permissions*: …`, and everything named there before the first `;` is needed always. So what is
//! documented is what is enforced; an operation without the line is refused. Use cases check again,
//! with the region.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use access::{Actor, Permission};
use accounts::{
    AccountsError, Presence, SignedIn, Token, authenticate_session, authenticate_token,
};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use utoipa::openapi::path::Operation;

use crate::accounts::AccountsGate;
use crate::actor::Identity;
use crate::problem_codes::ProblemCode;
use crate::{ApiProblem, ApiState};

/// The cookie that holds a session's token. Over TLS its name begins with `__Host-`, by which
/// browsers take it from this very host only (RFC 6265bis, 4.1.3.2).
pub(crate) const fn session_cookie(is_secure: bool) -> &'static str {
    if is_secure {
        "__Host-qingshan_session"
    } else {
        "qingshan_session"
    }
}

/// What a page says with a request that it makes by itself while nobody is at the browser.
const UNATTENDED: &str = "x-unattended";

/// What an operation needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Nothing: it is for everybody.
    Nobody,
    /// That somebody is signed in, even with a first password that must be changed.
    SignedIn,
    /// All of these permissions.
    Permissions(Vec<Permission>),
    /// The document does not say: nobody may.
    Unsaid,
}

impl Requirement {
    /// Reads the line `*Permissions*: …` of a description.
    pub(crate) fn read(description: &str) -> Self {
        let Some((_before, said)) = description.rsplit_once("*Permissions*:") else {
            return Self::Unsaid;
        };
        let always = said.split(';').next().unwrap_or_default();
        let word = always.trim().trim_end_matches('.');
        if word == "none" {
            return Self::Nobody;
        }
        if word == "signed in" {
            return Self::SignedIn;
        }
        let names: Vec<_> = always.split('`').skip(1).step_by(2).collect();
        let permissions: Option<Vec<_>> = names
            .iter()
            .map(|name| accounts::parse_permission(name))
            .collect();
        match permissions {
            Some(permissions) if !permissions.is_empty() => Self::Permissions(permissions),
            _ => Self::Unsaid,
        }
    }
}

/// What each operation needs, by method and path as matched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requirements(HashMap<(Method, String), Requirement>);

impl Requirements {
    /// Reads the whole document.
    pub(crate) fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let mut all = HashMap::new();
        for (path, item) in &document.paths.paths {
            let operations: [(Method, &Option<Operation>); 5] = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    let said = operation.description.as_deref().unwrap_or_default();
                    all.insert((method, path.clone()), Requirement::read(said));
                }
            }
        }
        Self(all)
    }

    fn find(&self, method: &Method, path: &str) -> Option<Requirement> {
        // the documentation describes every door; it is for those who may come in
        if path.starts_with("/api/docs") || path == "/api/openapi.json" {
            return Some(Requirement::SignedIn);
        }
        if path == crate::health::METRICS_PATH {
            return Some(Requirement::Permissions(vec![Permission::ReadSystem]));
        }
        // HEAD is answered by the handler of GET
        let method = if method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        self.0.get(&(method, path.to_owned())).cloned()
    }
}

/// What the gate works with.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) requirements: Arc<Requirements>,
    pub(crate) state: ApiState,
}

/// Lets a request through with its [`Identity`], or answers it.
pub(crate) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let requirement = path.and_then(|path| gate.requirements.find(request.method(), path.as_str()));
    // what is no operation of the API (documents, explanations, the application) is for everybody
    let Some(requirement) = requirement else {
        return next.run(request).await;
    };
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip().to_string());
    let identity = match &gate.state.accounts {
        None => Ok(Some(Identity::Operator(Actor {
            address,
            ..Actor::built_in_operator()
        }))),
        Some(accounts) => {
            let is_secure = accounts.has_secure_cookies;
            let asked = Asked::read(request.method(), request.headers(), is_secure);
            let presence = if request.headers().contains_key(UNATTENDED) {
                Presence::Unattended
            } else {
                Presence::Attended
            };
            let pass = Pass {
                asked,
                requirement,
                address,
            };
            let found = pass.judge(accounts, presence).await;
            if let Ok(Some(Identity::Account(_))) = &found {
                request.extensions_mut().insert(pass);
            }
            found
        }
    };
    match identity {
        Ok(identity) => {
            if let Some(identity) = identity {
                request.extensions_mut().insert(identity);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What a request asks with and what it needs: can be judged again while its answer goes on.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    asked: Asked,
    requirement: Requirement,
    address: Option<String>,
}

impl Pass {
    /// Whether the request may still be answered, to the same person with the same rights. What
    /// cannot be looked up is not refused: a database that is away ends no stream.
    pub(crate) async fn holds(&self, accounts: &AccountsGate, actor: &Actor) -> bool {
        match self.judge(accounts, Presence::Unattended).await {
            Ok(Some(Identity::Account(now))) => now.actor == *actor,
            Ok(_nobody) => false,
            Err(problem) => problem.is_server_error(),
        }
    }

    async fn judge(
        &self,
        accounts: &AccountsGate,
        presence: Presence,
    ) -> Result<Option<Identity>, ApiProblem> {
        let (context, address) = (&accounts.context, self.address.clone());
        let signed_in = match &self.asked {
            Asked::ByOtherSite => {
                return Err(ApiProblem::new(
                    ProblemCode::CrossSite,
                    "This request was made by a page of another site.",
                ));
            }
            Asked::ByMachine(token) => authenticate_token(context, token, address).await,
            Asked::InSession(token) => {
                authenticate_session(context, token, address, presence).await
            }
            Asked::ByNobody => Err(AccountsError::NotSignedIn),
        };
        if matches!(signed_in, Err(AccountsError::NotSignedIn)) {
            accounts.check_stranger(self.address.as_deref())?;
        }
        let signed_in = match (signed_in, &self.requirement) {
            (Err(AccountsError::NotSignedIn), Requirement::Nobody) => return Ok(None),
            (other, _) => other?,
        };
        check(&signed_in, &self.requirement)?;
        Ok(Some(Identity::Account(Box::new(signed_in))))
    }
}

fn check(signed_in: &SignedIn, requirement: &Requirement) -> Result<(), ApiProblem> {
    match requirement {
        Requirement::Nobody | Requirement::SignedIn => Ok(()),
        Requirement::Permissions(_) if signed_in.must_change_password => Err(ApiProblem::new(
            ProblemCode::PasswordChangeNeeded,
            "Change the first password before anything else.",
        )),
        Requirement::Permissions(permissions) => {
            for permission in permissions {
                signed_in.actor.check(*permission)?;
            }
            Ok(())
        }
        Requirement::Unsaid => Err(ApiProblem::new(
            ProblemCode::Forbidden,
            "The document of this API does not say who may do this: nobody may.",
        )),
    }
}

/// With what a request asks to be let through.
#[derive(Debug, Clone)]
enum Asked {
    /// A token as `Authorization: Bearer`, which no browser sends by itself.
    ByMachine(Token),
    /// The cookie of a session.
    InSession(Token),
    /// A change that another site's page makes this browser ask for.
    ByOtherSite,
    ByNobody,
}

impl Asked {
    fn read(method: &Method, headers: &HeaderMap, is_secure: bool) -> Self {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if let Some(token) = bearer {
            return Self::ByMachine(Token::received(token.trim()));
        }
        let is_change = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if is_change && !is_of_own_site(headers) {
            return Self::ByOtherSite;
        }
        CookieJar::from_headers(headers)
            .get(session_cookie(is_secure))
            .map_or(Self::ByNobody, |cookie| {
                Self::InSession(Token::received(cookie.value()))
            })
    }
}

/// Browsers say where a request comes from; a request that says nothing comes from no page.
fn is_of_own_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_scheme, rest)| rest);
            authority.is_some() && authority == text("host")
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_always_stands_before_the_semicolon() {
        let read = |line: &str| Requirement::read(&format!("Does it.\n\n*Permissions*: {line}"));
        let some = |permissions: &[Permission]| Requirement::Permissions(permissions.to_vec());
        assert_eq!(read("none."), Requirement::Nobody);
        assert_eq!(read("signed in."), Requirement::SignedIn);
        assert_eq!(
            read("signed in; of others `accounts.read`."),
            Requirement::SignedIn
        );
        assert_eq!(read("`data.read`."), some(&[Permission::ReadData]));
        assert_eq!(
            read("`commands.read` and `sites.read`."),
            some(&[Permission::ReadCommands, Permission::ReadSites])
        );
        assert_eq!(
            read("`commands.send`; for a new password also `sites.secrets`."),
            some(&[Permission::SendCommands])
        );
        assert_eq!(read("whoever likes."), Requirement::Unsaid);
        assert_eq!(read("`data.reed`."), Requirement::Unsaid);
        assert_eq!(Requirement::read("Does it."), Requirement::Unsaid);
    }

    /// A new operation must say who may: without the line nobody may.
    #[test]
    fn every_operation_says_what_it_needs() {
        let requirements = Requirements::of(&crate::router::document());
        let unsaid: Vec<_> = requirements
            .0
            .iter()
            .filter(|(_operation, requirement)| **requirement == Requirement::Unsaid)
            .map(|((method, path), _)| format!("{method} {path}"))
            .collect();
        assert_eq!(unsaid, [""; 0]);
        assert!(requirements.0.len() > 80, "{}", requirements.0.len());
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let check = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_of_own_site(&headers)
        };
        assert!(check(&[]));
        assert!(check(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ]));
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
        assert!(check(&[
            ("origin", "http://127.0.0.1:8212"),
            ("host", "127.0.0.1:8212")
        ]));
        assert!(!check(&[
            ("origin", "http://evil.example"),
            ("host", "127.0.0.1:8212")
        ]));
        assert!(!check(&[("origin", "null"), ("host", "127.0.0.1:8212")]));
    }
}
