//! Accounts by HTTP: signing in, one's profile, other people's accounts, tokens.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_api::AccountsGate;
use serde_json::{Value, json};

use crate::app::TestApp;

pub(crate) const PASSWORD: &str = "Green-Hills-2016";

/// Somebody's browser.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    pub(crate) cookie: String,
}

fn request(method: Method, path: &str, body: Option<Value>) -> Request<Body> {
    let builder = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("sec-fetch-site", "same-origin");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    builder.body(body).unwrap()
}

impl<'a> Browser<'a> {
    /// Signs in; the answer's status and body when that does not succeed.
    pub(crate) async fn sign_in(
        app: &'a TestApp,
        name: &str,
        password: &str,
    ) -> Result<Self, (StatusCode, Value)> {
        let body = json!({ "name": name, "password": password });
        let answer = app
            .answer(request(Method::POST, "/api/v1/session", Some(body)))
            .await;
        let status = answer.status();
        let set = answer.headers().get("set-cookie").cloned();
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20)
            .await
            .unwrap();
        if status != StatusCode::CREATED {
            return Err((status, serde_json::from_slice(&bytes).unwrap()));
        }
        let set = set.unwrap().to_str().unwrap().to_owned();
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(set.contains(attribute), "{attribute} in {set}");
        }
        Ok(Self {
            app,
            cookie: set.split(';').next().unwrap().to_owned(),
        })
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = request(method, path, body);
        let cookie = self.cookie.parse().unwrap();
        request.headers_mut().insert("cookie", cookie);
        let (status, _type, body) = self.app.call(request).await;
        (status, body)
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, None).await
    }
}

/// A server whose administrator `admin` is signed in.
pub(crate) async fn administrator(app: &TestApp) -> Browser<'_> {
    let gate: &AccountsGate = app.state.accounts.as_deref().unwrap();
    let token = accounts::invite_first_administrator(&gate.context)
        .await
        .unwrap()
        .unwrap();
    let body = json!({
        "token": token.reveal(), "name": "admin", "display_name": "管理员", "password": PASSWORD,
    });
    let (status, _type, answer) = app
        .call(request(
            Method::POST,
            "/api/v1/first-administrator",
            Some(body),
        ))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    Browser::sign_in(app, "admin", PASSWORD).await.unwrap()
}

/// Makes an account by HTTP and signs in with a password of its own.
pub(crate) async fn person<'a>(
    administrator: &Browser<'a>,
    name: &str,
    role: &str,
    scope: Value,
) -> Browser<'a> {
    let body = json!({
        "name": name, "display_name": name, "roles": [role], "scope": scope, "is_enabled": true,
    });
    let (status, answer) = administrator
        .call(Method::POST, "/api/v1/accounts", Some(body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let first = answer["first_password"].as_str().unwrap();
    let browser = Browser::sign_in(administrator.app, name, first)
        .await
        .unwrap();
    let body = json!({ "old_password": first, "password": PASSWORD });
    let (status, answer) = browser
        .call(Method::PUT, "/api/v1/session/password", Some(body))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    browser
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in() {
    let app = TestApp::with_accounts().await;
    let (status, _type, body) = app.get("/api/v1/session").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["session"]["has_accounts"], true);
    assert_eq!(body["session"]["account"], Value::Null);
    let (status, _type, body) = app.get("/api/v1/points").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(body["code"], "not_signed_in");
    let (status, body) = Browser::sign_in(&app, "admin", PASSWORD)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::UNAUTHORIZED, &json!("wrong_credentials"))
    );
}

#[tokio::test]
async fn a_person_signs_in_works_and_signs_out() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let (_status, body) = admin.get("/api/v1/session").await;
    assert_eq!(body["session"]["account"]["name"], "admin");
    assert_eq!(
        body["session"]["account"]["roles"],
        json!(["administrator"])
    );
    let (status, body) = admin.get("/api/v1/accounts").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["accounts"][0]["name"], "admin");
    assert!(!body.to_string().contains("argon2"));
    let (status, body) = admin.get("/api/v1/roles").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["roles"].as_array().unwrap().len(), 15);
    let (status, _body) = admin.call(Method::DELETE, "/api/v1/session", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _body) = admin.get("/api/v1/accounts").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the session has ended");
}

#[tokio::test]
async fn a_first_password_opens_nothing_but_its_change() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let body = json!({
        "name": "zhang", "display_name": "张", "roles": ["duty_officer"],
        "scope": { "kind": "everything" }, "is_enabled": true,
    });
    let (_status, answer) = admin
        .call(Method::POST, "/api/v1/accounts", Some(body))
        .await;
    let first = answer["first_password"].as_str().unwrap().to_owned();
    let zhang = Browser::sign_in(&app, "zhang", &first).await.unwrap();
    let (status, body) = zhang.get("/api/v1/points").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("password_change_needed"))
    );
    let (_status, body) = zhang.get("/api/v1/session").await;
    assert_eq!(body["session"]["must_change_password"], true);
    let weak = json!({ "old_password": first, "password": "zhang" });
    let (status, body) = zhang
        .call(Method::PUT, "/api/v1/session/password", Some(weak))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert!(codes.contains(&&json!("too_short")), "{body}");
    let good = json!({ "old_password": first, "password": PASSWORD });
    zhang
        .call(Method::PUT, "/api/v1/session/password", Some(good))
        .await;
    assert_eq!(zhang.get("/api/v1/points").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::builder()
            .method(Method::DELETE)
            .uri("/api/v1/session")
            .header("cookie", &admin.cookie)
            .header("host", "127.0.0.1:8212")
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        let (status, _type, body) = app.call(request).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::FORBIDDEN, &json!("cross_site")),
            "{name}"
        );
    }
    assert_eq!(
        admin.get("/api/v1/accounts").await.0,
        StatusCode::OK,
        "still signed in"
    );
}

#[tokio::test]
async fn a_machine_uses_a_token_for_what_it_may_and_nothing_else() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let li = person(&admin, "li", "leader", json!({ "kind": "everything" })).await;
    let body = json!({
        "name": "board", "permissions": ["sites.read"], "expires_at": "2018-06-01T00:00:00+08:00",
    });
    let (status, answer) = li
        .call(Method::POST, "/api/v1/api-tokens", Some(body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let bearer = format!("Bearer {}", answer["secret"].as_str().unwrap());
    let call = async |method: Method, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &bearer)
            .body(Body::empty())
            .unwrap();
        app.call(request).await.0
    };
    assert_eq!(call(Method::GET, "/api/v1/regions").await, StatusCode::OK);
    assert_eq!(
        call(Method::GET, "/api/v1/alarms").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        call(Method::GET, "/api/v1/api-tokens").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        call(Method::POST, "/api/v1/session/second-factor").await,
        StatusCode::FORBIDDEN
    );
    let path = format!(
        "/api/v1/api-tokens/{}",
        answer["api_token"]["id"].as_str().unwrap()
    );
    assert_eq!(
        li.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        call(Method::GET, "/api/v1/sites").await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn attempts_from_one_address_are_limited() {
    let app = TestApp::with_attempts(20).await;
    let mut last = StatusCode::OK;
    for attempt in 0..25 {
        let name = format!("name{attempt}");
        last = Browser::sign_in(&app, &name, "wrong")
            .await
            .err()
            .unwrap()
            .0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn without_accounts_their_paths_say_so() {
    let app = TestApp::new().await;
    let (_status, _type, body) = app.get("/api/v1/session").await;
    assert_eq!(body["session"]["has_accounts"], false);
    assert!(body["session"]["permissions"].as_array().unwrap().len() > 15);
    let (status, body) = Browser::sign_in(&app, "admin", PASSWORD)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("conflict"))
    );
    assert_eq!(app.get("/api/v1/sessions").await.0, StatusCode::CONFLICT);
}
