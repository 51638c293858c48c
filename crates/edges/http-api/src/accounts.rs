//! Accounts: signing in, one's own profile, and what administrators do.

mod people;
mod profile;
mod roles;
mod session;
mod tokens;

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use accounts::{AccountsContext, AccountsError};
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
    attempts: RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock>,
}

impl AccountsGate {
    /// Accounts with a limit of attempts to sign in from each address: so many at once, then so
    /// many a minute.
    pub fn new(
        context: AccountsContext,
        has_secure_cookies: bool,
        attempts_a_minute: NonZeroU32,
    ) -> Arc<Self> {
        Arc::new(Self {
            context,
            has_secure_cookies,
            attempts: RateLimiter::keyed(Quota::per_minute(attempts_a_minute)),
        })
    }

    /// Counts an attempt to sign in or to use a link.
    pub(crate) fn check_attempts(&self, address: Option<&str>) -> Result<(), ApiProblem> {
        let address = address
            .and_then(|address| address.parse().ok())
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        if self.attempts.len() > MOST_ADDRESSES {
            self.attempts.retain_recent();
        }
        self.attempts.check_key(&address).map_err(|_until| {
            ApiProblem::new(
                ProblemCode::TooManyRequests,
                "Too many attempts from this address; try again in a minute.",
            )
        })
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
                    detail_zh: None,
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
                        detail_zh: None,
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
            AccountsError::NotSignedIn => Self::new(ProblemCode::NotSignedIn, sentence(&error)),
            AccountsError::InvitationEnded => {
                Self::new(ProblemCode::InvitationEnded, sentence(&error))
            }
            other => Self::internal(&other),
        }
    }
}
