//! The answer to plain HTTP where TLS is spoken: the same address with `https`.

use std::net::SocketAddr;

use axum::body::Body;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, LOCATION};
use hyper::http::uri::Authority;
use hyper::{Method, Request, Response, StatusCode};

const ONLY_TLS: &str = "This server speaks HTTPS only: begin the address with https://\n\
     本服务只支持 HTTPS，请使用 https:// 开头的地址访问。\n";

/// Where browsers are sent: to the address that the settings name, or to the port of TLS under the
/// name that they called.
#[derive(Debug, Clone)]
pub(crate) struct Redirection {
    pub(crate) public_url: Option<String>,
    pub(crate) tls_port: u16,
}

impl Redirection {
    /// What is only read is sent on; anything else has gone over the wire for everybody to read and
    /// must not be made to look as if it had worked.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let target = self.find_target(request);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = Response::new(Body::from(ONLY_TLS));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            hyper::header::HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        headers.insert(CONNECTION, hyper::header::HeaderValue::from_static("close"));
        match target.and_then(|target| target.try_into().ok()) {
            Some(target) if is_read => {
                headers.insert(LOCATION, target);
                *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
            }
            _ => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
        response
    }

    fn find_target<B>(&self, request: &Request<B>) -> Option<String> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        if let Some(url) = &self.public_url {
            return Some(format!("{url}{path}"));
        }
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let host: Authority = host.parse().ok()?;
        let host = host.host();
        Some(match self.tls_port {
            443 => format!("https://{host}{path}"),
            port => format!("https://{host}:{port}{path}"),
        })
    }

    pub(crate) fn new(public_url: Option<String>, tls: SocketAddr) -> Self {
        Self {
            public_url,
            tls_port: tls.port(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn answer(redirection: &Redirection, method: &str, path: &str, host: &str) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, host)
            .body(())
            .unwrap();
        let response = redirection.answer(&request);
        let location = response.headers().get(LOCATION);
        let location = location.map_or("", |value| value.to_str().unwrap());
        (response.status().as_u16(), location.to_owned())
    }

    #[test]
    fn a_page_is_sent_on_and_a_change_is_refused() {
        let here = Redirection::new(None, "0.0.0.0:8443".parse().unwrap());
        let sent_on = |location: &str| (301, location.to_owned());
        assert_eq!(
            answer(&here, "GET", "/alarms?a=1", "10.1.2.3:80"),
            sent_on("https://10.1.2.3:8443/alarms?a=1")
        );
        assert_eq!(
            answer(&here, "HEAD", "/", "[2001:db8::1]:8080"),
            sent_on("https://[2001:db8::1]:8443/")
        );
        assert_eq!(answer(&here, "POST", "/api/v1/session", "a.example").0, 400);
        assert_eq!(answer(&here, "GET", "/", "").0, 400);
        let public = Redirection {
            public_url: Some("https://q.example".to_owned()),
            tls_port: 8443,
        };
        assert_eq!(
            answer(&public, "GET", "/alarms", "evil.example"),
            sent_on("https://q.example/alarms")
        );
        let usual = Redirection::new(None, "0.0.0.0:443".parse().unwrap());
        assert_eq!(
            answer(&usual, "GET", "/", "q.example:80"),
            sent_on("https://q.example/")
        );
    }
}
