//! Who is calling.

use std::ops::Deref;

use access::Actor;
use accounts::SignedIn;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::ApiProblem;
use crate::problem_codes::ProblemCode;

/// Who the gate found behind a request.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// The built-in operator of a server without accounts, which listens on loopback only.
    Operator(Actor),
    /// An account, by a session or a machine's token.
    Account(Box<SignedIn>),
}

/// The actor of a request.
#[derive(Debug, Clone)]
pub(crate) struct CurrentActor(pub Actor);

impl Deref for CurrentActor {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

fn not_signed_in() -> ApiProblem {
    ApiProblem::new(
        ProblemCode::NotSignedIn,
        "Sign in, or send a token as `Authorization: Bearer`.",
    )
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentActor {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiProblem> {
        match parts.extensions.get::<Identity>() {
            Some(Identity::Operator(actor)) => Ok(Self(actor.clone())),
            Some(Identity::Account(signed_in)) => Ok(Self(signed_in.actor.clone())),
            None => Err(not_signed_in()),
        }
    }
}

/// The account and session of a request; refuses machines' tokens and servers without accounts.
#[derive(Debug, Clone)]
pub(crate) struct CurrentSession(pub SignedIn);

impl Deref for CurrentSession {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiProblem> {
        match parts.extensions.get::<Identity>() {
            Some(Identity::Account(signed_in)) if signed_in.session_id.is_some() => {
                Ok(Self(signed_in.as_ref().clone()))
            }
            Some(Identity::Account(_machine)) => Err(ApiProblem::new(
                ProblemCode::Forbidden,
                "Only a person who is signed in may do this, not a token.",
            )),
            Some(Identity::Operator(_)) => Err(crate::accounts::switched_off()),
            None => Err(not_signed_in()),
        }
    }
}
