//! Points as they are now.

use axum::http::StatusCode;
use monitoring::{
    FactorReading, Field, InterpretedBatch, InterpretedRecord, PacketId, Payload, RecordKind,
    RecordMarks, Value as Measured,
};
use serde_json::json;

use crate::app::TestApp;

fn reading(code: &str, value: &str, flag: &str) -> FactorReading {
    FactorReading {
        code: code.into(),
        flag: Some(flag.into()),
        values: vec![(Field::Rtd, Measured::parse(value))],
    }
}

fn publish(app: &TestApp, point_id: i64, readings: Vec<FactorReading>) {
    let now = app.state.now();
    let record = InterpretedRecord {
        point_id,
        device_id: 1,
        kind: RecordKind::Realtime,
        time: now,
        received_at: now,
        packet_id: PacketId(65_536),
        marks: RecordMarks::default(),
        payload: Payload::encode(readings),
    };
    app.state.feed.publish(
        InterpretedBatch {
            batch_id: 1,
            records: vec![record],
            signs: Vec::new(),
        }
        .into(),
    );
}

#[tokio::test]
async fn a_silent_point_is_offline_and_a_speaking_one_shows_its_values_as_sent() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/api/v1/points/{}", city.point_id);
    let (status, _, body) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["point"]["state"], "offline");
    assert_eq!(body["point"]["values"], json!([]));
    assert_eq!(body["point"]["limits"][0]["upper"], "35");
    assert_eq!(body["point"]["is_simulated"], true);

    publish(
        &app,
        city.point_id.0,
        vec![
            reading("a21002", "0.10", "N"),
            reading("a21026", "12.50", "N"),
        ],
    );
    let (_, _, body) = app.get(&path).await;
    assert_eq!(body["point"]["state"], "normal");
    let values = body["point"]["values"].as_array().unwrap();
    assert_eq!(values.len(), 2);
    // in the point's own order
    assert_eq!(values[0]["factor_code"], "a21026");
    assert_eq!(values[0]["value"], "12.50");
    assert_eq!(values[1]["value"], "0.10");
    assert_eq!(values[0]["packet_id"], "65536");
}

#[tokio::test]
async fn flags_and_silence_change_the_state() {
    let (app, city) = TestApp::with_city().await;
    let path = format!("/api/v1/points/{}", city.point_id);
    publish(&app, city.point_id.0, vec![reading("a21026", "1", "D")]);
    assert_eq!(app.get(&path).await.2["point"]["state"], "fault");
    publish(&app, city.point_id.0, vec![reading("a21026", "1", "C")]);
    assert_eq!(app.get(&path).await.2["point"]["state"], "maintenance");
    app.clock.advance_ms(6 * 60_000);
    assert_eq!(app.get(&path).await.2["point"]["state"], "offline");
}

#[tokio::test]
async fn points_are_filtered_and_unknown_words_refused() {
    let (app, city) = TestApp::with_city().await;
    let count = async |query: &str| {
        let (status, _, body) = app.get(&format!("/api/v1/points?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {body}");
        body["points"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 1);
    assert_eq!(count("region=430400").await, 1);
    assert_eq!(count("region=430500").await, 0);
    assert_eq!(count("medium=waste_gas&state=offline&q=DA001").await, 1);
    assert_eq!(count("medium=air").await, 0);
    assert_eq!(count(&format!("site={}", city.site_id)).await, 1);
    assert_eq!(count(&format!("after={}", city.point_id)).await, 0);
    for wrong in [
        "medium=steam",
        "state=happy",
        "colour=red",
        "limit=many",
        "region=nowhere",
    ] {
        let (status, _, body) = app.get(&format!("/api/v1/points?{wrong}")).await;
        assert!(status.is_client_error(), "{wrong}: {body}");
        assert!(body["code"].is_string());
    }
    let (status, _, body) = app.get("/api/v1/points/999").await;
    assert_eq!(
        (status, body["code"].clone()),
        (StatusCode::NOT_FOUND, json!("not_found"))
    );
}

#[tokio::test]
async fn the_map_shows_points_with_a_place() {
    let (app, city) = TestApp::with_city().await;
    publish(&app, city.point_id.0, vec![reading("a21026", "3.0", "N")]);
    let (status, _, body) = app.get("/api/v1/map/points").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["points"][0]["longitude"], 112.37);
    assert_eq!(body["points"][0]["values"][0]["value"], "3.0");

    // only those that are named, and nothing of those that are not there
    let id = city.point_id.0;
    let (_, _, named) = app
        .get(&format!("/api/v1/map/points?ids={id},999,{id}"))
        .await;
    assert_eq!(named, body);
    let (_, _, none) = app.get("/api/v1/map/points?ids=999").await;
    assert_eq!(none["points"], json!([]));
    let many: Vec<String> = (0..201).map(|id: i32| id.to_string()).collect();
    for wrong in ["1,x", ",", &many.join(",")] {
        let (status, _, body) = app.get(&format!("/api/v1/map/points?ids={wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(body["errors"][0]["pointer"], "ids");
    }
}

#[tokio::test]
async fn the_overview_counts_points_devices_and_counties() {
    let (app, city) = TestApp::with_city().await;
    publish(&app, city.point_id.0, vec![reading("a21026", "3.0", "N")]);
    let (status, _, body) = app.get("/api/v1/overview").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let overview = &body["overview"];
    assert_eq!(overview["points_total"], 1);
    assert_eq!(overview["points_online"], 1);
    assert_eq!(overview["devices_total"], 1);
    assert_eq!(overview["devices_online"], 0);
    assert_eq!(overview["by_county"][0]["name_zh"], "衡阳县");
    assert_eq!(overview["by_medium"][0]["medium"], "waste_gas");
    assert_eq!(overview["simulated"], true);
}
