//! The HTTP API: axum, OpenAPI, problem+json, server-sent events.
//!
//! [`router`] is the table of contents; each feature has one module here with its handlers and
//! bodies. A handler extracts, calls one use case and converts; permission, region and audit are
//! the use case's.

mod accounts;
mod actor;
mod alarms;
mod assessment;
mod audit;
mod changes;
mod commands;
mod data;
mod evaluations;
mod evidence_file;
mod extract;
mod forwarding;
mod gaps;
mod gate;
mod headers;
mod health;
mod live;
mod log;
mod map_tiles;
mod marking;
mod overview;
mod packets;
mod paging;
mod plan;
mod points;
mod problem;
mod problem_codes;
mod problem_from;
mod projects;
mod protocol_codes;
mod quarantine;
mod rates;
mod retention;
mod router;
mod sites;
mod state;
mod system;
mod table_file;
mod tasks;
mod verdicts;

pub use accounts::{AccountsGate, SignOnDoor};
pub use problem::ApiProblem;
pub use router::{openapi, router};
pub use state::{ApiSettings, ApiState, MapTiles, TileKind, Turns};
