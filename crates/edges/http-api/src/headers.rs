//! What browsers are told about every answer of the API: not to guess, not to keep, not to frame.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// An answer of the API is data: nothing of it runs or is drawn.
const FOR_DATA: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The pages of the API's documentation run their own scripts only.
const FOR_DOCUMENTATION: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Adds the headers that the handler has not set itself.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let policy = if path.starts_with("/api/docs") {
        FOR_DOCUMENTATION
    } else {
        FOR_DATA
    };
    // what somebody may see is not for the next one at the same browser; tiles are for all
    let is_for_all = path.ends_with(".pmtiles") || path.starts_with("/api/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    add(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    add(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    add(CONTENT_SECURITY_POLICY, policy);
    if !is_for_all {
        add(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
