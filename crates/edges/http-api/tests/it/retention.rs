//! How long records are kept, by HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use beijing_time::{Clock, DAY_MS};
use monitoring::retention::{StepSize, remove_next};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::data::{hour, send};

async fn set(app: &TestApp, kind: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::put(format!("/api/v1/retention/{kind}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

fn of<'a>(body: &'a Value, kind: &str) -> &'a Value {
    let all = body["retention"].as_array().unwrap();
    all.iter().find(|of| of["kind"] == kind).unwrap()
}

#[tokio::test]
async fn records_are_removed_when_their_time_is_over_and_every_answer_says_so() {
    let (app, city) = TestApp::with_city().await;
    send(&app, city, vec![hour("20180504100000", "12.50")]).await;
    let (status, _, body) = app.get("/api/v1/retention").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["retention"].as_array().unwrap().len(), 13);
    assert_eq!(of(&body, "hour")["keep_days"], Value::Null);
    assert_eq!(of(&body, "hour")["kept"]["records"], 1);

    app.clock.advance_ms(200 * DAY_MS);
    let preview = "/api/v1/retention/hour/preview?keep_days=90";
    let (_, _, body) = app.get(preview).await;
    assert_eq!(body["preview"]["amount"]["records"], 1, "{body}");
    let (status, body) = set(&app, "hour", json!({"keep_days": 90, "revision": 0})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(of(&body, "hour")["revision"], 1);
    assert_eq!(of(&body, "hour")["kept"]["records"], 1);
    // what is derived comes first, then the records go
    let database = &app.state.database;
    while monitoring::derive_dirty(database, 100).await.unwrap() > 0 {}
    let (directory, clock) = (app.state.directory.current(), &*app.state.clock);
    let compute =
        async || monitoring::rates::compute_dirty_days(database, &directory, clock, &[], 100).await;
    while compute().await.unwrap() > 0 {}
    let now = app.clock.now();
    while remove_next(database, now, StepSize::default())
        .await
        .unwrap()
        .is_some()
    {}

    let (_, _, body) = app.get("/api/v1/retention").await;
    assert_eq!(of(&body, "hour")["kept"]["records"], 0);
    assert_eq!(of(&body, "hour")["removed"]["records"], 1);
    let before = of(&body, "hour")["removed_before"]
        .as_str()
        .unwrap()
        .to_owned();
    let base = format!("/api/v1/points/{}", city.point_id);
    let day = "from=2018-05-04T00:00:00%2B08:00&to=2018-05-05T00:00:00%2B08:00";
    let (_, _, body) = app.get(&format!("{base}/series?kind=hour&{day}")).await;
    assert_eq!(body["series"]["removed_before"], before.as_str(), "{body}");
    assert_eq!(body["series"]["factors"], json!([]));
    let (_, _, body) = app.get(&format!("{base}/records?kind=hour&{day}")).await;
    assert_eq!(body["removed_before"], before.as_str());
    let (_, _, body) = app.get(&format!("{base}/derived?kind=day&{day}")).await;
    assert_eq!(body["periods"][0]["are_sources_removed"], true, "{body}");
    assert_eq!(body["periods"][0]["factors"][0]["sum"], "12.50");
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_or_is_out_of_date_is_refused() {
    let app = TestApp::new().await;
    let (status, body) = set(&app, "hour", json!({"keep_days": 3, "revision": 0})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let (status, body) = set(&app, "century", json!({"keep_days": 365, "revision": 0})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let (status, _) = set(&app, "hour", json!({"keep_days": 365, "revision": 0})).await;
    assert_eq!(status, StatusCode::OK);
    let (status, body) = set(&app, "hour", json!({"keep_days": null, "revision": 0})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert_eq!(body["code"], "stale");
    let (status, _, body) = app.get("/api/v1/retention/hour/preview?keep_days=1").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let (status, _, body) = app.get("/api/v1/retention/hour/preview").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["preview"]["before"], Value::Null);
}
