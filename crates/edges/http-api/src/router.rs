//! The table of contents of the API.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderName;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::ApiState;
use crate::accounts;
use crate::alarms;
use crate::assessment;
use crate::audit;
use crate::changes;
use crate::commands;
use crate::data;
use crate::evaluations;
use crate::forwarding;
use crate::gaps;
use crate::gate::{self, Gate, Requirements};
use crate::headers;
use crate::health;
use crate::live;
use crate::map_tiles;
use crate::marking;
use crate::overview;
use crate::packets;
use crate::paging::PageSize;
use crate::plan;
use crate::points;
use crate::problem;
use crate::problem_codes::explain_problem;
use crate::projects;
use crate::protocol_codes;
use crate::quarantine;
use crate::rates;
use crate::retention;
use crate::sites;
use crate::system;
use crate::tasks;
use crate::verdicts;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Qingshan",
        description = "青山: the environment bureau's platform. Decimals are strings; times are \
            RFC 3339 with +08:00; errors are problem+json (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    // parameters that have a type of ours are not found by the router
    components(schemas(PageSize)),
)]
struct Document;

/// Every feature's routes under `/api/v1`.
fn features() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(system::routes())
        .merge(accounts::routes())
        .merge(audit::routes())
        .merge(data::routes())
        .merge(gaps::routes())
        .merge(overview::routes())
        .merge(packets::routes())
        .merge(points::routes())
        .merge(sites::routes())
        .merge(protocol_codes::routes())
        .merge(quarantine::routes())
        .merge(rates::routes())
        .merge(retention::routes())
        .merge(verdicts::routes())
        .merge(plan::routes())
        .merge(projects::routes())
        .merge(tasks::routes())
        .merge(assessment::routes())
        .merge(evaluations::routes())
        .merge(changes::routes())
        .merge(alarms::routes())
        .merge(live::routes())
        .merge(map_tiles::routes())
        .merge(marking::routes())
        .merge(commands::routes())
        .merge(forwarding::routes())
}

fn assembled() -> (Router<ApiState>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", features())
        .split_for_parts()
}

/// The OpenAPI document.
#[cfg(test)]
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    assembled().1
}

/// The OpenAPI document as JSON text, pretty-printed, as kept in `openapi.json`.
///
/// # Panics
/// Never: the document is made of plain data.
pub fn openapi() -> String {
    let mut text = assembled()
        .1
        .to_pretty_json()
        .expect("the document is plain data");
    text.push('\n');
    text
}

/// The whole API with its documentation pages, ready to be merged with the web application.
pub fn router(state: ApiState) -> Router {
    let (router, document) = assembled();
    let gate = Gate {
        requirements: Arc::new(Requirements::of(&document)),
        state: state.clone(),
    };
    let request_id = HeaderName::from_static("x-request-id");
    router
        .route("/problems/{code}", get(explain_problem))
        .route("/api/{*rest}", get(problem::no_such_path))
        .merge(health::routes())
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .with_state(state)
        .layer(axum::middleware::from_fn_with_state(gate, gate::pass))
        .layer(axum::middleware::from_fn(headers::protect))
        .layer(axum::middleware::from_fn(crate::log::log_requests))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
        .layer(CompressionLayer::new())
}
