//! One line in the log for each answer that went wrong, with the cause of a 5xx.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::Cause;

/// Logs failed requests at `warn`/`error` and the others at `debug`.
pub(crate) async fn log_requests(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let request_id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("-")
        .to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let duration_ms = begun.elapsed().as_millis();
    if response.status().is_server_error() {
        let cause = response
            .extensions()
            .get::<Cause>()
            .map_or("unknown", |Cause(text)| text);
        tracing::error!(%method, path, request_id, status, duration_ms, cause, "request failed");
    } else if response.status().is_client_error() {
        tracing::warn!(%method, path, request_id, status, duration_ms, "request refused");
    } else {
        tracing::debug!(%method, path, request_id, status, duration_ms, "request answered");
    }
    response
}
