//! The web application, embedded in the binary from `web/dist`.

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../../web/dist"]
#[allow_missing = true]
struct Files;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>青山</title>\
    <p>此程序未包含网页界面：请运行 <code>npm ci &amp;&amp; npm run build</code>（在 web 目录）后重新编译。\
    <p>This binary was built without the web application: run <code>npm ci &amp;&amp; npm run \
    build</code> in <code>web</code> and build again. The API is at <a href=/api/docs>/api/docs</a>.";

/// Adds the web application to the API: files by their path, everything else the start page.
pub(crate) fn with_web(api: Router) -> Router {
    api.fallback(serve_file)
}

async fn serve_file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let found = if path.is_empty() {
        None
    } else {
        Files::get(path)
    };
    match found {
        Some(file) => {
            let cache = if path.starts_with("assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            let kind = mime_guess::from_path(path).first_or_octet_stream();
            respond(StatusCode::OK, kind.as_ref(), cache, Body::from(file.data))
        }
        // a file that is missing is missing; any other path is a page of the application
        None if path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains('.')) =>
        {
            respond(
                StatusCode::NOT_FOUND,
                "text/plain",
                "no-cache",
                Body::from("not found"),
            )
        }
        None => match Files::get("index.html") {
            Some(page) => respond(
                StatusCode::OK,
                "text/html; charset=utf-8",
                "no-cache",
                Body::from(page.data),
            ),
            None => respond(
                StatusCode::OK,
                "text/html; charset=utf-8",
                "no-cache",
                Body::from(NOT_BUILT),
            ),
        },
    }
}

fn respond(status: StatusCode, kind: &str, cache: &'static str, body: Body) -> Response {
    let policy = "default-src 'self'; img-src 'self' data: blob: https:; style-src 'self' \
        'unsafe-inline'; worker-src 'self' blob:; connect-src 'self' https:; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (status, headers, body).into_response()
}
