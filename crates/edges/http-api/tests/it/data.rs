//! From a packet to a value and back, by HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use monitoring::{ArrivedPacket, NoSink, PacketOrigin};
use serde_json::Value;
use std::sync::Arc;

use crate::app::TestApp;
use crate::city::City;

pub(crate) fn hour(label: &str, value: &str) -> Bytes {
    hour_numbered("20180504130001000", label, value)
}

fn hour_numbered(number: &str, label: &str, value: &str) -> Bytes {
    let segment = format!(
        "QN={number};ST=31;CN=2061;PW=123456;MN={};Flag=5;CP=&&DataTime={label};\
         a21026-Min=1.0,a21026-Avg={value},a21026-Max=99.0,a21026-Flag=N&&",
        crate::city::MN
    );
    hj212::encode_frame(segment.as_bytes())
}

/// Commits packets and waits until they are records.
pub(crate) async fn send(app: &TestApp, city: City, packets: Vec<Bytes>) {
    let count = app.state.interpreter.figures().packets + packets.len() as u64;
    for bytes in packets {
        let packet = ArrivedPacket {
            bytes,
            received_at: app.state.now(),
            device_id: city.device_id.0,
            origin: PacketOrigin::Live,
            peer: "10.0.0.1:7000".into(),
            tag: 0,
            sink: Arc::new(NoSink),
        };
        app.state.journal.put(packet).await.unwrap();
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while app.state.interpreter.figures().packets < count {
        assert!(
            std::time::Instant::now() < deadline,
            "nothing is interpreted"
        );
        tokio::task::yield_now().await;
    }
}

const DAY: &str = "from=2018-05-04T00:00:00%2B08:00&to=2018-05-05T00:00:00%2B08:00";

#[tokio::test]
async fn a_packet_becomes_a_series_a_record_and_a_file_with_its_text_kept() {
    let (app, city) = TestApp::with_city().await;
    send(
        &app,
        city,
        vec![
            hour("20180504100000", "12.50"),
            hour("20180504120000", "0.10"),
        ],
    )
    .await;
    let base = format!("/api/v1/points/{}", city.point_id);
    let (status, _, body) = app
        .get(&format!("{base}/series?kind=hour&factor=a21026&{DAY}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let factor = &body["series"]["factors"][0];
    assert_eq!(factor["points"][0]["value"], "12.50");
    assert_eq!(factor["points"][1]["value"], "0.10");
    assert_eq!(factor["points"][1]["time"], "2018-05-04T12:00:00+08:00");
    assert_eq!(factor["unit"], "mg/m³");
    assert!(!factor["gaps"].as_array().unwrap().is_empty());
    assert_eq!(body["series"]["limits"][0]["upper"], "35");
    assert_eq!(body["series"]["interval_ms"], 3_600_000);

    let (_, _, records) = app.get(&format!("{base}/records?kind=hour&{DAY}")).await;
    assert_eq!(records["records"].as_array().unwrap().len(), 2);
    assert_eq!(records["records"][0]["values"][0]["avg"], "0.10");
    assert_eq!(records["records"][0]["values"][0]["max"], "99.0");

    let request = Request::get(format!("{base}/series.csv?kind=hour&factor=a21026&{DAY}"))
        .body(Body::empty())
        .unwrap();
    let (status, content_type, text) = app.call_for_text(request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(content_type, "text/csv; charset=utf-8");
    assert!(
        text.starts_with('\u{feff}') && text.contains(",0.10,1.0,99.0,N\r\n"),
        "{text}"
    );

    // and back to the bytes
    let id = factor["points"][0]["packet_id"].as_str().unwrap();
    let (status, _, body) = app.get(&format!("/api/v1/packets/{id}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let packet = &body["packet"];
    assert!(packet["raw"].as_str().unwrap().contains("a21026-Avg=12.50"));
    assert!(
        !body.to_string().contains("123456"),
        "the password is shown"
    );
    assert_eq!(packet["command"], "2061");
    assert_eq!(packet["evidence"]["is_link_whole"], true);
    assert_eq!(packet["records"][0]["point_id"], city.point_id.0);
    assert_eq!(packet["explained"]["crc_ok"], true);
}

#[tokio::test]
async fn what_was_known_on_that_day_is_one_query() {
    let (app, city) = TestApp::with_city().await;
    send(&app, city, vec![hour("20180504100000", "12.50")]).await;
    app.clock.advance_ms(2 * 3_600_000);
    let later = |label, value| hour_numbered("20180504150001000", label, value);
    let packets = vec![
        later("20180504110000", "3.0"),
        later("20180504100000", "11.75"),
    ];
    send(&app, city, packets).await;

    let base = format!("/api/v1/points/{}", city.point_id);
    let then = "known_at=2018-05-04T14:00:00%2B08:00";
    let values = async |query: &str| -> Vec<String> {
        let path = format!("{base}/series?kind=hour&factor=a21026&layer=effective&{DAY}{query}");
        let (status, _, body) = app.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let points = body["series"]["factors"][0]["points"].as_array().unwrap();
        points
            .iter()
            .map(|point| point["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values("").await, ["11.75", "3.0"]);
    assert_eq!(values(&format!("&{then}")).await, ["12.50"]);
    // without an offset it is Beijing time
    assert_eq!(values("&known_at=2018-05-04T14:00:00").await, ["12.50"]);

    let (_, _, body) = app
        .get(&format!(
            "{base}/records?kind=hour&layer=effective&{DAY}&{then}"
        ))
        .await;
    assert_eq!(body["records"].as_array().unwrap().len(), 1);
    assert_eq!(body["records"][0]["values"][0]["avg"], "12.50");
    assert_eq!(body["records"][0]["values"][0]["validity"], "received");
    assert_eq!(body["known_at"], "2018-05-04T14:00:00+08:00");

    let request = Request::get(format!(
        "{base}/series.csv?kind=hour&factor=a21026&{DAY}&{then}"
    ))
    .body(Body::empty())
    .unwrap();
    let (_, _, text) = app.call_for_text(request).await;
    assert!(text.contains("2018-05-04T14:00:00+08:00 所知"), "{text}");
    assert!(
        text.contains(",12.50,") && !text.contains("11.75"),
        "{text}"
    );

    let (status, _, body) = app
        .get(&format!("{base}/differences?kind=hour&{DAY}&{then}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let found = &body["differences"];
    assert_eq!(found[0]["then"]["value"], "12.50");
    assert_eq!(found[0]["now"]["value"], "11.75");
    assert_eq!(found[0]["causes"][0]["cause"], "packet");
    assert_eq!(found[0]["causes"][0]["at"], "2018-05-04T15:00:00+08:00");
    assert_eq!(found[1]["then"], Value::Null);
    assert_eq!(found[1]["now"]["value"], "3.0");

    let (status, _, body) = app
        .get(&format!("{base}/derived?kind=day&{DAY}&{then}"))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["computed"], "recomputed");
    assert_eq!(body["computed_from"], "hour");
    assert_eq!(body["periods"][0]["factors"][0]["sum"], "12.50");
    assert_eq!(body["periods"][0]["factors"][0]["count"], 1);

    for wrong in [
        format!("{base}/series?kind=hour&{DAY}&known_at=2018-05-05"),
        format!("{base}/records?kind=hour&{DAY}&known_at=then"),
        format!("{base}/records?kind=hour&{DAY}&layer=dream"),
        format!("{base}/derived?kind=minute&{DAY}"),
        format!("{base}/differences?kind=hour&{DAY}&known_at=2018-05-05"),
    ] {
        let (status, _, body) = app.get(&wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
    }
}

#[tokio::test]
async fn packets_are_listed_newest_first_and_in_pages() {
    let (app, city) = TestApp::with_city().await;
    let packets = (0..5)
        .map(|number| hour(&format!("201805040{number}0000"), "1.0"))
        .collect();
    send(&app, city, packets).await;
    let ids = |body: &Value| -> Vec<i64> {
        body["packets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|packet| packet["id"].as_str().unwrap().parse().unwrap())
            .collect()
    };
    let (_, _, first) = app.get("/api/v1/packets?limit=3&command=2061").await;
    let next = first["meta"]["next"].as_str().unwrap();
    let (_, _, second) = app
        .get(&format!("/api/v1/packets?limit=3&after={next}"))
        .await;
    let mut all = ids(&first);
    all.extend(ids(&second));
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|a, b| a > b), "{all:?}");
    assert_eq!(
        ids(&app.get("/api/v1/packets?command=2011").await.2).len(),
        0
    );
    assert_eq!(ids(&app.get("/api/v1/packets?mn=NOBODY").await.2).len(), 0);
    let path = format!("/api/v1/packets?device={}&from=2018-01-01", city.device_id);
    assert_eq!(ids(&app.get(&path).await.2).len(), 5);
}

#[tokio::test]
async fn wrong_requests_for_data_are_refused_with_a_reason() {
    let (app, city) = TestApp::with_city().await;
    let base = format!("/api/v1/points/{}", city.point_id);
    for wrong in [
        format!("{base}/series?kind=century&{DAY}"),
        format!("{base}/series?kind=hour&layer=dream&{DAY}"),
        format!("{base}/series?kind=hour&statistic=mode&{DAY}"),
        format!("{base}/series?kind=hour&from=yesterday&to=2018-05-05"),
        format!("{base}/records?kind=hour&from=2018-05-05&to=noon"),
        "/api/v1/packets?from=noon".to_owned(),
    ] {
        let (status, _, body) = app.get(&wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
        assert!(!body["errors"].as_array().unwrap().is_empty());
    }
    for missing in [
        format!("/api/v1/points/999/series?kind=hour&{DAY}"),
        format!("/api/v1/points/999/records?kind=hour&{DAY}"),
        "/api/v1/packets/1".to_owned(),
    ] {
        let (status, _, body) = app.get(&missing).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{missing}: {body}");
    }
}
