//! What stands around the API: sessions that end, streams that are cut, headers, limits, health.

use std::collections::BTreeSet;
use std::time::Duration;

use accounts::{DemoPlaces, create_demo_accounts};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::accounts::{Browser, PASSWORD, administrator, person};
use crate::app::TestApp;

const EVERYTHING: &str = r#"{ "kind": "everything" }"#;

fn everything() -> Value {
    serde_json::from_str(EVERYTHING).unwrap()
}

fn get(path: &str, cookie: Option<&str>) -> Request<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    request.body(Body::empty()).unwrap()
}

/// Whether an open live stream ends, within a time that a stream that goes on outlives.
async fn ends(stream: axum::response::Response) -> bool {
    let mut data = stream.into_body().into_data_stream();
    let to_the_end = async { while data.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(3), to_the_end)
        .await
        .is_ok()
}

#[tokio::test]
async fn a_live_stream_ends_with_its_session_and_no_other_does() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let li = person(&admin, "li", "duty_officer", everything()).await;
    let wang = person(&admin, "wang", "duty_officer", everything()).await;
    let open = async |browser: &Browser<'_>| {
        let stream = app.answer(get("/api/v1/live", Some(&browser.cookie))).await;
        assert_eq!(stream.status(), StatusCode::OK);
        stream
    };
    let (of_li, of_wang) = (open(&li).await, open(&wang).await);
    let (_status, body) = li.get("/api/v1/session").await;
    let id = body["session"]["account"]["session_id"].as_str().unwrap();
    let path = format!("/api/v1/sessions/{id}");
    let (status, _body) = admin.call(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(ends(of_li).await, "revoked by the administrator");
    assert!(!ends(of_wang).await, "somebody else's goes on");
}

#[tokio::test]
async fn a_live_stream_ends_when_its_account_is_switched_off_or_loses_the_right() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let role = json!({
        "title_zh": "看板", "title_en": "Board", "permissions": ["data.read", "alarms.read"],
        "revision": 0,
    });
    let (status, body) = admin
        .call(Method::PUT, "/api/v1/roles/board", Some(role))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let li = person(&admin, "li", "board", everything()).await;
    let stream = app.answer(get("/api/v1/live", Some(&li.cookie))).await;
    let less = json!({
        "title_zh": "看板", "title_en": "Board", "permissions": ["alarms.read"], "revision": 1,
    });
    let (status, body) = admin
        .call(Method::PUT, "/api/v1/roles/board", Some(less))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(ends(stream).await, "the role lost data.read");

    let wang = person(&admin, "wang", "duty_officer", everything()).await;
    let stream = app.answer(get("/api/v1/live", Some(&wang.cookie))).await;
    let (_status, body) = admin.get("/api/v1/accounts?search=wang").await;
    let mut account = body["accounts"][0].clone();
    let path = format!("/api/v1/accounts/{}", account["id"]);
    let details = account.as_object_mut().unwrap();
    details.retain(|field, _| {
        ["name", "display_name", "roles", "scope", "revision"].contains(&field.as_str())
    });
    details.insert("is_enabled".to_owned(), json!(false));
    let (status, body) = admin.call(Method::PUT, &path, Some(account)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(ends(stream).await, "switched off");
    assert_eq!(
        wang.get("/api/v1/points").await.0,
        StatusCode::UNAUTHORIZED,
        "and refused at once"
    );
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let again = Request::post("/api/v1/session")
        .header("cookie", &admin.cookie)
        .header("content-type", "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(
            json!({ "name": "admin", "password": PASSWORD }).to_string(),
        ))
        .unwrap();
    let answer = app.answer(again).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    let now = set.split(';').next().unwrap().to_owned();
    assert_ne!(
        now, admin.cookie,
        "a session that was there is never taken over"
    );
    let before = app.answer(get("/api/v1/accounts", Some(&admin.cookie)));
    assert_eq!(before.await.status(), StatusCode::UNAUTHORIZED);
    let after = app.answer(get("/api/v1/accounts", Some(&now))).await;
    assert_eq!(after.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_somebody_made_up_is_not_taken() {
    let app = TestApp::with_accounts().await;
    let _admin = administrator(&app).await;
    let made_up = format!("__Host-qingshan_session={}", "0".repeat(64));
    let body = json!({ "name": "admin", "password": PASSWORD }).to_string();
    let answer = app
        .answer(
            Request::post("/api/v1/session")
                .header("cookie", &made_up)
                .header("content-type", "application/json")
                .header("sec-fetch-site", "same-origin")
                .body(Body::from(body))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(!set.starts_with(&made_up), "{set}");
    let answer = app.answer(get("/api/v1/accounts", Some(&made_up))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_that_refresh_themselves_keep_no_session_alive() {
    const MINUTE_MS: i64 = 60_000;
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let ask = async |is_unattended: bool| {
        let mut request = get("/api/v1/accounts", Some(&admin.cookie));
        if is_unattended {
            let headers = request.headers_mut();
            headers.insert("x-unattended", "1".parse().unwrap());
        }
        app.answer(request).await.status()
    };
    app.clock.advance_ms(20 * MINUTE_MS);
    assert_eq!(ask(false).await, StatusCode::OK);
    for _five_minutes in 0..5 {
        app.clock.advance_ms(5 * MINUTE_MS);
        assert_eq!(ask(true).await, StatusCode::OK);
    }
    app.clock.advance_ms(5 * MINUTE_MS);
    assert_eq!(
        ask(true).await,
        StatusCode::UNAUTHORIZED,
        "idle for 30 minutes"
    );
}

#[tokio::test]
async fn every_answer_says_not_to_guess_keep_or_frame_it() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    for (path, cookie) in [
        ("/api/v1/session", None),
        ("/api/v1/points", None),
        ("/api/v1/no-such-path", None),
        ("/api/v1/accounts", Some(admin.cookie.as_str())),
        ("/healthz", None),
    ] {
        let answer = app.answer(get(path, cookie)).await;
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn the_documentation_is_for_those_who_are_signed_in() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    for path in [
        "/api/openapi.json",
        "/api/docs/",
        "/api/docs/swagger-ui.css",
    ] {
        let stranger = app.answer(get(path, None)).await.status();
        assert_eq!(stranger, StatusCode::UNAUTHORIZED, "{path}");
        let known = app.answer(get(path, Some(&admin.cookie))).await;
        assert_eq!(known.status(), StatusCode::OK, "{path}");
        let policy = known.headers()["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("script-src 'unsafe-inline'"), "{policy}");
    }
}

#[tokio::test]
async fn health_is_for_everybody_and_figures_are_for_who_may_read_them() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let li = person(&admin, "li", "grid_officer", everything()).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            app.answer(get(path, None)).await.status(),
            StatusCode::OK,
            "{path}"
        );
    }
    let metrics = async |cookie: Option<&str>| {
        let (status, _type, text) = app.call_for_text(get("/metrics", cookie)).await;
        (status, text)
    };
    assert_eq!(metrics(None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(metrics(Some(&li.cookie)).await.0, StatusCode::FORBIDDEN);
    let (status, text) = metrics(Some(&admin.cookie)).await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "# TYPE qingshan_journal_packets_total counter\nqingshan_journal_packets_total 0\n",
        "qingshan_journal_committing 1\n",
        "qingshan_devices_online 0\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[tokio::test]
async fn strangers_are_slowed_down_and_guess_few_sessions() {
    let app = TestApp::with_strangers(20).await;
    let admin = administrator(&app).await;
    let mut last = StatusCode::OK;
    for attempt in 0..30 {
        let cookie = format!("__Host-qingshan_session={attempt:064}");
        last = app
            .answer(get("/api/v1/points", Some(&cookie)))
            .await
            .status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let (status, _body) = admin.get("/api/v1/accounts").await;
    assert_eq!(
        status,
        StatusCode::OK,
        "who is signed in is not slowed down"
    );
}

#[tokio::test]
async fn a_demonstration_names_its_accounts_to_strangers_and_no_other_server_does() {
    let places = DemoPlaces {
        county: Some("430421".parse().unwrap()),
        grid: Some("430421".parse().unwrap()),
        site_ids: BTreeSet::new(),
    };
    let app = TestApp::with_demo().await;
    let context = &app.state.accounts.as_deref().unwrap().context;
    assert_eq!(create_demo_accounts(context, &places).await.unwrap(), 12);
    assert_eq!(create_demo_accounts(context, &places).await.unwrap(), 0);
    let (_status, _type, body) = app.get("/api/v1/session").await;
    let demo = &body["session"]["demo"];
    let password = demo["password"].as_str().unwrap();
    let listed = demo["accounts"].as_array().unwrap();
    assert_eq!(
        listed.len(),
        12,
        "one for each role but those without sites"
    );
    for account in listed {
        let name = account["name"].as_str().unwrap();
        let browser = Browser::sign_in(&app, name, password).await.unwrap();
        let (_status, body) = browser.get("/api/v1/session").await;
        assert_eq!(
            body["session"]["demo"],
            Value::Null,
            "only where one signs in"
        );
    }
    let other = TestApp::with_accounts().await;
    let context = &other.state.accounts.as_deref().unwrap().context;
    assert_eq!(create_demo_accounts(context, &places).await.unwrap(), 0);
    let (_status, _type, body) = other.get("/api/v1/session").await;
    assert_eq!(body["session"]["demo"], Value::Null);
}

#[tokio::test]
async fn a_sign_on_that_is_away_or_was_not_begun_here_leads_back_to_the_door() {
    let app = TestApp::with_sign_on().await;
    let ask = async |path: &str, cookie: &str| {
        let request = Request::get(path).header("cookie", cookie);
        let answer = app.answer(request.body(Body::empty()).unwrap()).await;
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        (
            answer.status().as_u16(),
            header("location"),
            header("set-cookie"),
        )
    };
    let begin = "/api/v1/session/sign-on?to=//evil.example";
    let (status, location, _set) = ask(begin, "").await;
    assert_eq!(
        (status, location.as_str()),
        (303, "/sign-in#sign-on=unavailable")
    );
    let back = "/api/v1/session/sign-on/callback?code=x&state=y";
    let forged = format!("__Host-qingshan_sign_on={}", "00".repeat(200));
    for cookie in ["", "__Host-qingshan_sign_on=zz", &forged] {
        let (status, location, set) = ask(back, cookie).await;
        assert_eq!(
            (status, location.as_str()),
            (303, "/sign-in#sign-on=expired")
        );
        assert!(!set.contains("qingshan_session"), "{set}");
    }
    let (_status, _type, body) = app.get("/api/v1/session").await;
    assert_eq!(body["session"]["sign_on"]["issuer"], "http://127.0.0.1:9");

    let other = TestApp::with_accounts().await;
    let (status, _type, body) = other.get("/api/v1/session/sign-on").await;
    assert_eq!(
        (status.as_u16(), body["code"].as_str()),
        (404, Some("not_found"))
    );
    let (_status, _type, body) = other.get("/api/v1/session").await;
    assert_eq!(body["session"]["sign_on"], Value::Null);
}
