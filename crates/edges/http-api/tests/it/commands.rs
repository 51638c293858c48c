//! Commands to devices over the API.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;

async fn post(app: &TestApp, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

#[tokio::test]
async fn a_command_is_ordered_seen_and_taken_back() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/api/v1/devices/{}/commands", city.device_id.0);
    let (status, ordered) = post(&app, &path, &json!({ "command": "get_clock" })).await;
    assert_eq!(status, StatusCode::CREATED, "{ordered}");
    assert_eq!(ordered["command"]["state"], "queued");
    assert_eq!(ordered["command"]["cn"], "1011");
    let id = ordered["command"]["id"].as_str().unwrap().to_owned();
    for path in [path.as_str(), "/api/v1/commands?state=queued"] {
        let (status, _, listed) = app.get(path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(listed["commands"][0]["id"], id.as_str());
    }
    let (_, _, found) = app.get(&format!("/api/v1/commands/{id}")).await;
    assert_eq!(found["steps"][0]["kind"], "ordered");
    let cancel = format!("/api/v1/commands/{id}/cancel");
    let (status, cancelled) = post(&app, &cancel, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{cancelled}");
    assert_eq!(cancelled["command"]["state"], "cancelled");
    assert_eq!(cancelled["steps"][1]["kind"], "cancelled");
    let (status, again) = post(&app, &cancel, &Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
}

#[tokio::test]
async fn wrong_orders_are_refused() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/api/v1/devices/{}/commands", city.device_id.0);
    for body in [
        json!({ "command": "explode" }),
        json!({ "command": "get_clock", "parameters": { "no_such": 1 } }),
        json!({ "command": "set_realtime_interval", "parameters": { "interval_s": 5 } }),
        json!({ "command": "set_password" }),
        json!({ "command": "set_password", "secret": "short" }),
        json!({ "command": "get_clock", "expires_after_s": 0 }),
    ] {
        let (status, problem) = post(&app, &path, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem["code"], "invalid_request", "{problem}");
    }
    let missing = "/api/v1/devices/9999/commands";
    let (status, _) = post(&app, missing, &json!({ "command": "get_clock" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(missing).await.0, StatusCode::NOT_FOUND);
    let nothing = "/api/v1/commands/00000000-0000-7000-8000-000000000000";
    assert_eq!(app.get(nothing).await.0, StatusCode::NOT_FOUND);
    let (status, _) = post(&app, &format!("{nothing}/cancel"), &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = app.get("/api/v1/commands?state=lost").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_can_be_ordered_and_who_is_connected_are_shown() {
    let (app, city) = TestApp::with_city().await;
    let (status, _, kinds) = app.get("/api/v1/command-kinds").await;
    assert_eq!(status, StatusCode::OK);
    let history = kinds["command_kinds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kind| kind["command"] == "get_history")
        .unwrap();
    assert_eq!(history["parameters"].as_array().unwrap().len(), 3);
    let (status, _, body) = app.get("/api/v1/connections").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["devices"][0]["device_id"], city.device_id.0);
    assert_eq!(body["devices"][0]["is_online"], false);
    assert_eq!(body["online"], 0);
}
