//! The HTTP API: axum, OpenAPI, problem+json, server-sent events.
//!
//! [`router`] is the table of contents; each feature has one module here with its handlers and
//! bodies. A handler extracts, calls one use case and converts; permission, region and audit are
//! the use case's.

mod actor;
mod extract;
mod log;
mod paging;
mod problem;
mod problem_codes;
mod router;
mod state;
mod system;

pub use problem::ApiProblem;
pub use router::{openapi, router};
pub use state::{ApiSettings, ApiState, MapTiles};
