//! Accounts: signing in, one's own profile, and what administrators do.

mod people;
mod profile;
mod roles;
mod session;
mod sign_on;
mod tokens;
mod words;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ::sign_on::SignOn;
use access::Permission;
use accounts::{AccountsContext, AccountsError, ExternalRules, parse_permission};
use governor::clock::DefaultClock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use utoipa_axum::router::OpenApiRouter;

use crate::problem::FieldProblem;
use crate::problem_codes::ProblemCode;
use crate::{ApiProblem, ApiState};

/// When so many addresses are remembered, those that have been quiet are forgotten.
const MOST_ADDRESSES: usize = 10_000;

/// Accounts as the API uses them.
#[derive(Debug)]
pub struct AccountsGate {
    /// For the use cases.
    pub context: AccountsContext,
    /// Whether the session's cookie goes over TLS only.
    pub has_secure_cookies: bool,
    /// The bureau's own sign-on, where there is one.
    pub sign_on: Option<SignOnDoor>,
    attempts: Limiter,
    strangers: Limiter,
}

/// The bureau's own sign-on and what follows from it here.
#[derive(Debug)]
pub struct SignOnDoor {
    /// The client.
    pub client: SignOn,
    /// The provider.
    pub issuer: String,
    /// Who gets an account and with which roles.
    pub rules: ExternalRules,
}

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock>;

impl AccountsGate {
    /// Accounts with the limits of their settings for each address: so many at once, then so many
    /// a minute.
    pub fn new(
        context: AccountsContext,
        has_secure_cookies: bool,
        sign_on: Option<SignOnDoor>,
    ) -> Arc<Self> {
        let limiter = |a_minute| RateLimiter::keyed(Quota::per_minute(a_minute));
        Arc::new(Self {
            attempts: limiter(context.settings.attempts_a_minute),
            strangers: limiter(context.settings.strangers_a_minute),
            context,
            has_secure_cookies,
            sign_on,
        })
    }

    /// Counts an attempt to sign in or to use a link.
    pub(crate) fn check_attempts(&self, address: Option<&str>) -> Result<(), ApiProblem> {
        count(&self.attempts, address)
    }

    /// Counts a request of somebody who is not signed in.
    pub(crate) fn check_stranger(&self, address: Option<&str>) -> Result<(), ApiProblem> {
        count(&self.strangers, address)
    }
}

/// The permissions of a role or a token, by their names.
fn parse_permissions(names: &[String]) -> Result<BTreeSet<Permission>, ApiProblem> {
    let find = |name: &String| {
        parse_permission(name).ok_or_else(|| {
            let text = format!("There is no permission {name}.");
            ApiProblem::invalid("/permissions", "unknown_permission", text)
        })
    };
    names.iter().map(find).collect()
}

fn count(limiter: &Limiter, address: Option<&str>) -> Result<(), ApiProblem> {
    let address = address
        .and_then(|address| address.parse().ok())
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), network_of);
    if limiter.len() > MOST_ADDRESSES {
        limiter.retain_recent();
    }
    limiter.check_key(&address).map_err(|_until| {
        ApiProblem::new(
            ProblemCode::TooManyRequests,
            "Too many requests from this address; try again in a minute.",
        )
    })
}

/// An IPv6 host has a whole /64 of addresses (RFC 4291, 2.5.4): they count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => {
            let network = u128::from(long) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

/// The accounts of this server.
pub(crate) fn of(state: &ApiState) -> Result<&AccountsGate, ApiProblem> {
    state.accounts.as_deref().ok_or_else(switched_off)
}

pub(crate) fn switched_off() -> ApiProblem {
    ApiProblem::conflict("Accounts are switched off on this server (`accounts.enabled`).")
}

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(self::sign_on::routes())
        .merge(profile::routes())
        .merge(people::routes())
        .merge(roles::routes())
        .merge(tokens::routes())
}

impl From<AccountsError> for ApiProblem {
    fn from(error: AccountsError) -> Self {
        let sentence = |error: &AccountsError| {
            let text = error.to_string();
            let mut letters = text.chars();
            let first = letters
                .next()
                .map(|letter| letter.to_uppercase().to_string());
            format!("{}{}.", first.unwrap_or_default(), letters.as_str())
        };
        match error {
            AccountsError::Refused(refusal) => refusal.into(),
            AccountsError::Database(error) => error.into(),
            AccountsError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            AccountsError::Stale { .. } => Self::new(ProblemCode::Stale, sentence(&error)),
            AccountsError::Duplicate { .. } => {
                let taken = FieldProblem {
                    pointer: "/name".to_owned(),
                    code: "taken".to_owned(),
                    detail: "is taken already".to_owned(),
                    detail_zh: words::chinese("name", "taken").map(str::to_owned),
                };
                Self::new(ProblemCode::Duplicate, sentence(&error)).with_field(taken)
            }
            AccountsError::Invalid { fields } => {
                let errors = fields
                    .into_iter()
                    .map(|field| FieldProblem {
                        pointer: format!("/{}", field.field),
                        code: field.code.to_owned(),
                        detail: field.reason,
                        detail_zh: words::chinese(field.field, field.code).map(str::to_owned),
                    })
                    .collect();
                Self::invalid_fields("Some fields are wrong.", errors)
            }
            AccountsError::WrongCredentials => {
                Self::new(ProblemCode::WrongCredentials, sentence(&error))
            }
            AccountsError::SecondFactorNeeded => {
                Self::new(ProblemCode::SecondFactorNeeded, sentence(&error))
            }
            AccountsError::Locked { .. } => Self::new(ProblemCode::Locked, sentence(&error)),
            AccountsError::NotLinked { .. } | AccountsError::NotAdmitted { .. } => {
                Self::new(ProblemCode::Forbidden, sentence(&error))
            }
            AccountsError::NotSignedIn => Self::new(ProblemCode::NotSignedIn, sentence(&error)),
            AccountsError::InvitationEnded => {
                Self::new(ProblemCode::InvitationEnded, sentence(&error))
            }
            other => Self::internal(&other),
        }
    }
}
