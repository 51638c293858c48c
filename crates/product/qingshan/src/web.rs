//! The web application, embedded in the binary from `web/dist`.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
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
/// `tile_url` is the map's own source of tiles, if one is configured.
pub(crate) fn with_web(api: Router, tile_url: &str) -> Router {
    let policy = make_policy(tile_url);
    api.fallback(move |uri: Uri| {
        let policy = policy.clone();
        async move { serve_file(&uri, policy) }
    })
}

/// What a page may load: its own files, what comes over TLS, and tiles of the configured source,
/// for few servers of an intranet have TLS.
fn make_policy(tile_url: &str) -> HeaderValue {
    let tiles = find_plain_origin(tile_url).map_or_else(String::new, |origin| format!(" {origin}"));
    let policy = format!(
        "default-src 'self'; img-src 'self' data: blob: https:{tiles}; style-src 'self' \
         'unsafe-inline'; worker-src 'self' blob:; connect-src 'self' https:{tiles}; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("an origin of letters, digits and points is a header")
}

/// The origin of an address without TLS: only what an origin may be made of goes into the policy.
fn find_plain_origin(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
    (!authority.is_empty() && authority.bytes().all(is_plain))
        .then(|| url.get(.."http://".len() + authority.len()))
        .flatten()
}

fn serve_file(uri: &Uri, policy: HeaderValue) -> Response {
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
            let file = Body::from(file.data);
            respond(policy, StatusCode::OK, (kind.as_ref(), cache), file)
        }
        // a file that is missing is missing; any other path is a page of the application
        None if path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains('.')) =>
        {
            let missing = Body::from("not found");
            let kind = ("text/plain", "no-cache");
            respond(policy, StatusCode::NOT_FOUND, kind, missing)
        }
        None => {
            let page = Files::get("index.html");
            let page = page.map_or(Body::from(NOT_BUILT), |page| Body::from(page.data));
            let kind = ("text/html; charset=utf-8", "no-cache");
            respond(policy, StatusCode::OK, kind, page)
        }
    }
}

fn respond(
    policy: HeaderValue,
    status: StatusCode,
    (kind, cache): (&str, &'static str),
    body: Body,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, cache),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let policy = [(header::CONTENT_SECURITY_POLICY, policy)];
    (status, headers, policy, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_of_an_intranet_are_let_in_by_their_origin_alone() {
        let tiles = "http://10.1.2.3:8080/{z}/{x}/{y}.png";
        assert_eq!(find_plain_origin(tiles), Some("http://10.1.2.3:8080"));
        let policy = make_policy(tiles);
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("connect-src 'self' https: http://10.1.2.3:8080;"));
        for harmless in [
            "",
            "https://tiles.example/{z}/{x}/{y}.png",
            "http:///{z}",
            "http://evil.example; script-src *//{z}",
        ] {
            assert_eq!(find_plain_origin(harmless), None, "{harmless}");
        }
        assert!(!make_policy("").to_str().unwrap().contains("http:"));
    }
}
