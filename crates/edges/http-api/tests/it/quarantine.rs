//! The quarantine: seen, explained, replayed, discarded.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use beijing_time::Timestamp;
use bytes::Bytes;
use monitoring::QuarantineReason;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::city::MN;

/// A whole packet with the right length and checksum.
fn packet(mn: &str) -> Bytes {
    let segment = format!(
        "QN=20180504130000000;ST=31;CN=2011;PW=123456;MN={mn};Flag=5;\
         CP=&&DataTime=20180504130000;a21026-Rtd=12.50,a21026-Flag=N&&"
    );
    hj212::encode_frame(segment.as_bytes())
}

async fn post_json(app: &TestApp, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

async fn post(app: &TestApp, path: &str) -> (StatusCode, Value) {
    let request = Request::post(path).body(Body::empty()).unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

/// Waits until the quarantine has written what it was given.
async fn wait_for_senders(app: &TestApp, count: usize) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let (_, _, body) = app.get("/api/v1/quarantine").await;
        if body["senders"]
            .as_array()
            .is_some_and(|senders| senders.len() == count)
        {
            return body;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::task::yield_now().await;
    }
}

fn quarantine(app: &TestApp, mn: &str, reason: QuarantineReason) {
    let at: Timestamp = app.state.now();
    app.state
        .quarantine
        .put_packet(mn, &"10.0.0.9".into(), reason, at, &packet(mn));
}

#[tokio::test]
async fn a_kept_packet_is_explained_and_replayed_once_its_device_is_known() {
    let (app, city) = TestApp::with_city().await;
    quarantine(&app, MN, QuarantineReason::UnknownDevice);
    let body = wait_for_senders(&app, 1).await;
    assert_eq!(body["senders"][0]["reason"], "unknown_device");
    assert_eq!(body["senders"][0]["device_id"], city.device_id.0);

    let (_, _, listed) = app.get(&format!("/api/v1/quarantine/{MN}/packets")).await;
    let id = listed["packets"][0]["id"].as_str().unwrap().to_owned();
    let (status, _, one) = app.get(&format!("/api/v1/quarantine-packets/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(one["packet"]["explained"]["valid"], true);
    assert!(!one.to_string().contains("123456"), "the password is shown");

    let (status, body) = post(&app, &format!("/api/v1/quarantine/{MN}/replay")).await;
    assert_eq!(
        (status, body["packets"].as_u64()),
        (StatusCode::OK, Some(1))
    );
    assert_eq!(app.state.journal.figures().packets, 1);

    // it becomes a record, marked as replayed, and the point's latest value
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let (_, _, body) = app.get(&format!("/api/v1/points/{}", city.point_id)).await;
        if body["point"]["values"][0]["value"] == "12.50" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_unregistered_device_cannot_be_replayed_but_discarded() {
    let (app, _city) = TestApp::with_city().await;
    quarantine(&app, "NOBODY", QuarantineReason::UnknownDevice);
    wait_for_senders(&app, 1).await;
    let (status, body) = post(&app, "/api/v1/quarantine/NOBODY/replay").await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let (status, body) = post(&app, "/api/v1/quarantine/NOBODY/discard").await;
    assert_eq!(
        (status, body["packets"].as_u64()),
        (StatusCode::OK, Some(1))
    );
    wait_for_senders(&app, 0).await;
    let (status, _, _) = app.get("/api/v1/quarantine-packets/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_platforms_state_shows_the_journal_and_the_connections() {
    let (app, _city) = TestApp::with_city().await;
    quarantine(&app, MN, QuarantineReason::UnknownDevice);
    wait_for_senders(&app, 1).await;
    post(&app, &format!("/api/v1/quarantine/{MN}/replay")).await;
    let (status, _, body) = app.get("/api/v1/system").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["system"]["journal"]["packets"], 1);
    assert_eq!(body["system"]["journal"]["is_committing"], true);
    assert_eq!(body["system"]["connections"]["open"], 0);
}

const STRANGER: &str = "430421STRANGER0000000001";

#[tokio::test]
async fn a_stranger_is_registered_with_a_new_point_and_replayed_in_one_step() {
    let (app, city) = TestApp::with_city().await;
    quarantine(&app, STRANGER, QuarantineReason::UnknownDevice);
    let body = wait_for_senders(&app, 1).await;
    assert_eq!(body["figures"]["packets"], 1);
    assert_eq!(body["senders"][0]["is_ignored"], false);

    let base = format!("/api/v1/quarantine/{STRANGER}");
    let (status, _, body) = app.get(&format!("{base}/proposal")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let proposal = &body["proposal"];
    assert_eq!(proposal["edition"], "2017");
    assert_eq!(proposal["system_type"], "31");
    assert_eq!(proposal["medium"], "waste_gas");
    assert_eq!(proposal["password_length"], 6);
    assert_eq!(proposal["passwords_heard"], 1);
    assert_eq!(proposal["factors"][0]["factor_code"], "a21026");
    assert!(
        !body.to_string().contains("123456"),
        "the password is shown"
    );

    let point = json!({
        "code": "DA009", "medium": "waste_gas", "name_zh": "9号排口", "period_label": "start",
        "realtime_interval_s": 60, "is_hour_expected": true, "is_day_expected": true,
        "is_enabled": true,
    });
    let registration = |point: &Value, site_id: i64| {
        json!({
            "name": "新数采仪", "edition": "2017", "system_type": "31", "replay": true,
            "new_point": { "site_id": site_id, "point": point, "factors": ["a21026"] },
        })
    };
    // a wrong field or site keeps nothing
    let path = format!("{base}/registration");
    let mut wrong = point.clone();
    wrong["medium"] = "fire".into();
    let (status, body) = post_json(&app, &path, registration(&wrong, city.site_id.0)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_eq!(body["errors"][0]["pointer"], "/new_point/point/medium");
    let (status, body) = post_json(&app, &path, registration(&point, 999)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let mut bad_device = registration(&point, city.site_id.0);
    bad_device["system_type"] = "a system".into();
    let (status, body) = post_json(&app, &path, bad_device).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    let points = format!("/api/v1/sites/{}/points", city.site_id.0);
    let (_, _, body) = app.get(&points).await;
    assert_eq!(
        body["points"].as_array().unwrap().len(),
        1,
        "half of it was kept: {body}"
    );

    let (status, body) = post_json(&app, &path, registration(&point, city.site_id.0)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["replayed"], 1);
    let point_id = body["point_id"].as_i64().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let (_, _, body) = app.get(&format!("/api/v1/points/{point_id}")).await;
        if body["point"]["values"][0]["value"] == "12.50" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::task::yield_now().await;
    }
    wait_for_senders(&app, 0).await;
    let (status, body) = post_json(&app, &path, registration(&point, city.site_id.0)).await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing is kept any more: {body}"
    );
}

#[tokio::test]
async fn a_stranger_at_an_existing_point_or_a_new_site() {
    let (app, city) = TestApp::with_city().await;
    quarantine(&app, STRANGER, QuarantineReason::UnknownDevice);
    wait_for_senders(&app, 1).await;
    let path = format!("/api/v1/quarantine/{STRANGER}/registration");
    let neither = json!({ "edition": "2017", "system_type": "31" });
    let (status, _) = post_json(&app, &path, neither).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let new_site = json!({
        "edition": "2017", "system_type": "31", "password": "another",
        "new_point": {
            "new_site": {
                "code": "SIM-E02", "region_code": "430421", "kind": "enterprise",
                "name_zh": "模拟企业02", "is_key": false, "is_simulated": true,
            },
            "point": {
                "code": "DA001", "medium": "waste_gas", "name_zh": "1号排口",
                "period_label": "start", "is_hour_expected": true, "is_day_expected": true,
                "is_enabled": true,
            },
            "factors": [],
        },
    });
    let (status, body) = post_json(&app, &path, new_site).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    // with another password than the one heard, what is kept stays where it is
    let base = format!("/api/v1/quarantine/{STRANGER}");
    let (status, body) = post(&app, &format!("{base}/replay")).await;
    assert_eq!((status, &body["packets"]), (StatusCode::OK, &json!(0)));

    let other = "430421STRANGER0000000002";
    quarantine(&app, other, QuarantineReason::UnknownDevice);
    wait_for_senders(&app, 2).await;
    let path = format!("/api/v1/quarantine/{other}/registration");
    let here = json!({
        "edition": "2017", "system_type": "31", "point_id": city.point_id.0, "replay": false,
    });
    let (status, body) = post_json(&app, &path, here).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["point_id"], city.point_id.0);
    assert!(body["replayed"].is_null());
}

#[tokio::test]
async fn a_sender_is_ignored_and_heeded() {
    let (app, _city) = TestApp::with_city().await;
    quarantine(&app, STRANGER, QuarantineReason::UnknownDevice);
    wait_for_senders(&app, 1).await;
    let (_, _, body) = app.get("/api/v1/overview").await;
    assert_eq!(body["overview"]["strangers"], 1);
    let base = format!("/api/v1/quarantine/{STRANGER}");
    let note = json!({ "note": "试机" });
    let (status, body) = post_json(&app, &format!("{base}/ignore"), note).await;
    assert_eq!((status, &body["packets"]), (StatusCode::OK, &json!(1)));
    let (_, _, body) = app.get("/api/v1/quarantine").await;
    assert_eq!(body["senders"][0]["ignored_note"], "试机");
    assert_eq!(body["senders"][0]["kept"], 0);
    let (_, _, body) = app.get("/api/v1/overview").await;
    assert_eq!(body["overview"]["strangers"], 0);
    let (status, _) = post(&app, &format!("{base}/heed")).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = post(&app, &format!("{base}/heed")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bad_frames_are_shown_byte_by_byte_without_a_password() {
    let (app, _city) = TestApp::with_city().await;
    let at: Timestamp = app.state.now();
    let quarantine = &app.state.quarantine;
    quarantine.put_defect(&"10.0.0.9".into(), "checksum", at, b"##\x00PW=123456;MN=1");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let path = "/api/v1/bad-frames/samples?peer=10.0.0.9&defect=checksum";
    let body = loop {
        let (_, _, body) = app.get(path).await;
        if body["samples"].as_array().is_some_and(|all| all.len() == 1) {
            break body;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::task::yield_now().await;
    };
    let sample = &body["samples"][0];
    assert_eq!(sample["hex"], "23230050573d2a2a2a2a2a2a3b4d4e3d31");
    assert_eq!(sample["size_bytes"], 17);
    let (_, _, other) = app.get("/api/v1/bad-frames/samples?defect=garbage").await;
    assert_eq!(other["samples"], json!([]));
    let sort = json!({ "peer": "10.0.0.9", "defect": "checksum" });
    let (status, body) = post_json(&app, "/api/v1/bad-frames/discard", sort).await;
    assert_eq!((status, &body["packets"]), (StatusCode::OK, &json!(1)));
}
