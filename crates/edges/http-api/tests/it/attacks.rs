//! Attacks from inside: somebody of the county next door, who may do everything at home, and an
//! enterprise that knows the numbers of another's things. Made from the OpenAPI document, so that a
//! new operation is attacked by itself.

use std::fmt::Write;
use std::io::Cursor;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use calamine::{Reader, Xlsx};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::accounts::{Browser, administrator};
use crate::app::TestApp;
use crate::city::MN;
use crate::world::{MARKS, NEIGHBOUR_MN, send, world};

/// A query with what an operation cannot do without.
fn required_query(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array();
    let mut query = String::new();
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] != "query" || parameter["required"] != true {
            continue;
        }
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "kind" => "hour",
            "factor" => "a21026",
            "from" | "known_at" => "2018-05-04T00:00:00%2B08:00",
            "to" => "2018-05-05T00:00:00%2B08:00",
            "time" => "2018-05-04T12:00:00%2B08:00",
            "day" => "2018-05-04",
            "method" => "manual_samples",
            "import_id" => "1",
            other => panic!("{other}: say here what to ask with"),
        };
        let sign = if query.is_empty() { '?' } else { '&' };
        write!(query, "{sign}{name}={value}").unwrap();
    }
    query
}

fn is_hidden(status: StatusCode) -> bool {
    matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}

#[tokio::test]
async fn nothing_of_another_county_is_read_changed_or_deleted_by_its_number() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let organisation = json!({
        "code": "SIM-ORG", "name_zh": "模拟企业01", "name_en": "", "kind": "enterprise",
        "region_code": "430421", "is_simulated": true,
    });
    let (status, body) = world
        .keeper
        .call(Method::POST, "/api/v1/organisations", Some(organisation))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (mut read, mut changed, mut deleted, mut others) = (0, 0, 0, 0);
    for (method, path, operation) in world.operations() {
        if !path.contains('{') {
            continue;
        }
        let Some(aimed) = world.aim(&path).await else {
            continue;
        };
        for attacker in [&world.neighbour, &world.enterprise] {
            let what = format!("{method} {aimed}");
            if method == Method::GET && path.contains("/regions/") {
                // names and codes of counties are public (GB/T 2260)
            } else if method == Method::GET {
                let path = format!("{aimed}{}", required_query(operation));
                let (owner, body) = world.keeper.get(&path).await;
                assert_eq!(owner, StatusCode::OK, "{path}: {body}");
                let (status, body) = attacker.get(&path).await;
                assert!(is_hidden(status), "{what}: {status} {body}");
                read += 1;
            } else if method == Method::PUT {
                let body = world.body_of(&aimed, operation).await;
                let (status, answer) = attacker.call(method.clone(), &aimed, Some(body)).await;
                assert!(is_hidden(status), "{what}: {status} {answer}");
                // the same body is right when it comes from somebody who may
                let body = world.body_of(&aimed, operation).await;
                let (status, answer) = world.keeper.call(method.clone(), &aimed, Some(body)).await;
                assert_eq!(status, StatusCode::OK, "{what}: {answer}");
                changed += 1;
            } else if method == Method::DELETE {
                let revised = format!("{aimed}?revision=1");
                let (status, answer) = attacker.call(method.clone(), &revised, None).await;
                assert!(is_hidden(status), "{what}: {status} {answer}");
                deleted += 1;
            } else {
                let (status, answer) = attacker.call(method.clone(), &aimed, Some(json!({}))).await;
                assert!(status.is_client_error(), "{what}: {status} {answer}");
                others += 1;
            }
        }
    }
    assert!(
        read >= 20 && changed >= 14 && deleted >= 14 && others >= 8,
        "{read} read, {changed} changed, {deleted} deleted, {others} others"
    );
}

/// The text of an answer, also of a workbook.
async fn text_of(app: &TestApp, path: &str, browser: &Browser<'_>) -> (StatusCode, String) {
    let request = Request::get(path)
        .header("cookie", &browser.cookie)
        .body(Body::empty())
        .unwrap();
    let (status, kind, bytes) = app.call_bytes(request).await;
    if !kind.contains("spreadsheet") {
        return (status, String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for (_name, range) in book.worksheets() {
        for cell in range.rows().flatten() {
            text.push_str(&cell.to_string());
            text.push('\n');
        }
    }
    (status, text)
}

#[tokio::test]
async fn no_list_filter_or_export_shows_anything_of_another_county() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let times = "from=2018-05-04T00:00:00%2B08:00&to=2018-05-05T00:00:00%2B08:00";
    let (site, point, device) = (
        world.home.site_id.0,
        world.home.point_id.0,
        world.home.device_id.0,
    );
    let filters = [
        String::new(),
        times.to_owned(),
        "level=point&period=day&from=2018-05-04&to=2018-05-04".to_owned(),
        "level=site&period=month&from=2018-05&to=2018-05".to_owned(),
        format!("point_id={point}&day=2018-05-04"),
        "from=2018-05-04&to=2018-05-05".to_owned(),
        "region=430421".to_owned(),
        "region=430400".to_owned(),
        format!("site={site}"),
        format!("point={point}"),
        format!("point_id={point}"),
        format!("device={device}"),
        format!("mn={MN}"),
        "q=SIM-E01".to_owned(),
        format!("q={MN}"),
    ];
    let (mut answered, mut seen_at_home) = (0, 0);
    for (method, path, _operation) in world.operations() {
        let is_open = method != Method::GET || path.contains('{');
        // a stream has no end, and audit and accounts are not for this role
        if is_open || path.ends_with("/live") || path.contains("/account") {
            continue;
        }
        for filter in &filters {
            let path = format!("{path}?{filter}");
            let (status, text) = text_of(&app, &path, &world.keeper).await;
            let is_shown = MARKS.iter().any(|mark| text.contains(mark));
            seen_at_home += i32::from(status == StatusCode::OK && is_shown);
            for attacker in [&world.neighbour, &world.enterprise] {
                let (status, text) = text_of(&app, &path, attacker).await;
                assert!(!status.is_server_error(), "{path}: {status} {text}");
                for mark in MARKS {
                    // a refusal may repeat what was asked for
                    let is_leak = status == StatusCode::OK && text.contains(mark);
                    assert!(!is_leak, "{path} shows {mark}: {text}");
                }
                answered += i32::from(status == StatusCode::OK);
            }
        }
    }
    assert!(answered > 100, "{answered} answers looked through");
    assert!(
        seen_at_home > 30,
        "{seen_at_home} answers with the marks at home"
    );
}

#[tokio::test]
async fn a_live_stream_tells_nothing_of_another_county() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    for attacker in [&world.neighbour, &world.enterprise] {
        let request = Request::get("/api/v1/live")
            .header("cookie", &attacker.cookie)
            .body(Body::empty())
            .unwrap();
        let stream = app.answer(request).await;
        assert_eq!(stream.status(), StatusCode::OK);
        let mut data = stream.into_body().into_data_stream();
        let before = app.state.interpreter.figures().packets;
        send(&app, world.home, MN, before + 1).await;
        send(&app, world.abroad, NEIGHBOUR_MN, before + 2).await;
        let own = format!("\"point_id\":{}", world.abroad.point_id);
        let foreign = format!("\"point_id\":{}", world.home.point_id);
        let mut text = String::new();
        let until_own = async {
            while !text.contains(&own) {
                let chunk = data.next().await.unwrap().unwrap();
                text.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), until_own)
            .await
            .unwrap();
        assert!(!text.contains(&foreign), "{text}");
    }
}

#[tokio::test]
async fn a_name_that_exists_is_answered_like_one_that_does_not() {
    let app = TestApp::with_accounts().await;
    let _admin = administrator(&app).await;
    for attempt in 0..8 {
        let refuse = async |name: &str| {
            let (status, body) = Browser::sign_in(&app, name, "wrong").await.err().unwrap();
            (status, body["code"].clone(), body["title"].clone())
        };
        let known = refuse("admin").await;
        assert_eq!(known, refuse("nobody-here").await, "attempt {attempt}");
        let expected = if attempt < 5 {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(known.0, expected, "attempt {attempt}: {}", known.1);
    }
}

#[tokio::test]
async fn changes_of_a_thing_are_told_to_who_may_read_the_thing() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let home = world.home;
    let things = [
        format!("site:{}", home.site_id.0),
        format!("point:{}", home.point_id.0),
        format!("device:{}", home.device_id.0),
    ];
    for thing in things {
        let path = format!("/api/v1/changes?subject={thing}");
        let (status, body) = world.keeper.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{thing} {body}");
        let made = &body["changes"][0];
        assert!(made["actor"].is_string(), "{thing} {body}");
        assert!(made.get("address").is_none(), "addresses are for auditors");
        for stranger in [&world.neighbour, &world.enterprise] {
            let (status, body) = stranger.get(&path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{thing} {body}");
        }
    }
    for wrong in ["site", "site:x", "account:1", "session:1"] {
        let path = format!("/api/v1/changes?subject={wrong}");
        let (status, body) = world.keeper.get(&path).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong} {body}");
    }
}
