//! The quarantine: seen, explained, replayed, discarded.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use beijing_time::Timestamp;
use bytes::Bytes;
use monitoring::QuarantineReason;
use serde_json::Value;

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
