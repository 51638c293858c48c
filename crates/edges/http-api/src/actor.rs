//! Who is calling.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::Deref;

use access::Actor;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The actor of a request. Until accounts exist this is the built-in operator, and the server
/// listens on loopback only.
#[derive(Debug, Clone)]
pub(crate) struct CurrentActor(pub Actor);

impl Deref for CurrentActor {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentActor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let actor = Actor::built_in_operator();
        Ok(Self(
            match parts.extensions.get::<ConnectInfo<SocketAddr>>() {
                Some(ConnectInfo(address)) => actor.from_address(address.ip().to_string()),
                None => actor,
            },
        ))
    }
}
