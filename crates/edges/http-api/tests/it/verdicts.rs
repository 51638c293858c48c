//! Verdicts by HTTP: from hours of an outlet to what they mean, opened, changed, and in the stream.

use std::sync::Arc;

use ::verdicts::SettingsProgress;
use access::Actor;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use background_jobs::{VerdictsJob, run_verdicts_once};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::city::{City, MN};
use crate::data::send;

pub(crate) fn hour(number: u32, label: &str, value: &str) -> Bytes {
    let segment = format!(
        "QN=20180504120000{number:03};ST=31;CN=2061;PW=123456;MN={MN};Flag=5;CP=&&DataTime={label};\
         a21026-Avg=1.0,a21026-ZsAvg={value},a21026-Flag=N&&"
    );
    hj212::encode_frame(segment.as_bytes())
}

pub(crate) async fn follow(app: &TestApp) {
    let job = VerdictsJob {
        database: app.state.database.clone(),
        directory: app.state.directory.clone(),
        clock: Arc::clone(&app.state.clock),
        rulebook: Arc::clone(&app.state.rulebook),
        feed: app.state.verdict_feed.clone(),
    };
    let mut progress = SettingsProgress::default();
    while run_verdicts_once(&job, &mut progress).await.unwrap() {}
}

pub(crate) async fn with_hours() -> (TestApp, City) {
    let (app, city) = TestApp::with_city().await;
    let hours = vec![
        hour(1, "20180504090000", "35"),
        hour(2, "20180504100000", "35.5"),
    ];
    send(&app, city, hours).await;
    follow(&app).await;
    (app, city)
}

async fn list(app: &TestApp, city: City, query: &str) -> Value {
    let path = format!("/api/v1/points/{}/verdicts?{query}", city.point_id);
    let (status, _, body) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

#[tokio::test]
async fn an_outlet_has_a_verdict_of_each_hour_and_it_can_be_opened() {
    let (app, city) = with_hours().await;
    let body = list(&app, city, "kind=hour").await;
    assert_eq!(body["kinds"], json!(["hour"]));
    let verdicts = body["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 2);
    assert_eq!(verdicts[0]["is_attained"], true);
    assert_eq!(verdicts[1]["is_attained"], false);
    assert_eq!(verdicts[1]["deciding"][0]["name_zh"], "二氧化硫");
    assert_eq!(verdicts[1]["items"][0]["mark"], "over");

    let page = list(&app, city, "kind=hour&limit=1").await;
    let next = page["meta"]["next"].as_str().unwrap().replace('+', "%2B");
    let page = list(&app, city, &format!("kind=hour&limit=1&after={next}")).await;
    assert_eq!(page["verdicts"][0]["time"], "2018-05-04T10:00:00+08:00");
    assert!(page["meta"]["next"].is_null());

    let path = format!(
        "/api/v1/points/{}/verdict-explanation?kind=hour&time=2018-05-04T10:00:00%2B08:00",
        city.point_id
    );
    let (status, _, opened) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{opened}");
    assert_eq!(opened["agrees"], true);
    assert_eq!(opened["basis"]["edition"], "HJ 75-2017");
    let step = opened["steps"][0]["text_zh"].as_str().unwrap();
    assert!(step.contains("35.5") && step.contains("超标"), "{step}");
    assert!(opened["inputs"][0]["packet_id"].is_string());
}

#[tokio::test]
async fn a_correction_is_told_in_the_list_and_in_the_stream() {
    let (app, city) = with_hours().await;
    let (_, _, before) = app.get("/api/v1/verdict-changes").await;
    assert_eq!(before["verdict_changes"], json!([]));
    let request = Request::get("/api/v1/live").body(Body::empty()).unwrap();
    let mut stream = app.answer(request).await.into_body().into_data_stream();

    send(&app, city, vec![hour(900, "20180504090000", "60")]).await;
    follow(&app).await;
    let (_, _, body) = app.get("/api/v1/verdict-changes").await;
    let change = &body["verdict_changes"][0];
    assert_eq!(change["time"], "2018-05-04T09:00:00+08:00");
    assert_eq!(change["old"]["is_attained"], true);
    assert_eq!(change["new"]["is_attained"], false);
    assert_eq!(change["cause"], "packet");
    assert!(change["packet_id"].is_string());
    let path = format!("/api/v1/packets/{}", change["packet_id"].as_str().unwrap());
    assert_eq!(app.get(&path).await.0, StatusCode::OK);

    let mut heard = String::new();
    while !heard.contains("event: verdict") {
        let part = stream.next().await.unwrap().unwrap();
        heard.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(heard.contains("\"change_id\":1"), "{heard}");
}

#[tokio::test]
async fn what_a_point_is_judged_against_is_set_once_by_each_revision() {
    let (app, city) = with_hours().await;
    let path = format!("/api/v1/points/{}/verdict-setting", city.point_id);
    let (status, _, body) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["verdict_setting"]["revision"], 0);
    let put = async |setting: Value| {
        let request = Request::builder()
            .method(Method::PUT)
            .uri(&path)
            .header("content-type", "application/json")
            .body(Body::from(setting.to_string()))
            .unwrap();
        app.call(request).await
    };
    let setting = |class: i64, revision: i64| {
        json!({
            "area_class": 2, "water_body": "river", "target_class": class, "least_minutes": 0,
            "least_samples": 1, "revision": revision,
        })
    };
    let (status, _, body) = put(setting(2, 0)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["verdict_setting"]["revision"], 1);
    let (status, _, _) = put(setting(2, 0)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    for wrong in [setting(6, 1), setting(0, 1), setting(i64::MIN, 1)] {
        assert_eq!(put(wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for (field, value) in [
        ("least_minutes", 61),
        ("least_minutes", -1),
        ("least_samples", 0),
    ] {
        let mut wrong = setting(2, 1);
        wrong[field] = json!(value);
        assert_eq!(
            put(wrong).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}"
        );
    }
    let actor = Actor::built_in_operator();
    let subject = format!("point:{}", city.point_id);
    let trail = database::audit::list_of_subject(&app.state.database, &subject, None, 5)
        .await
        .unwrap();
    let entry = trail
        .iter()
        .find(|entry| entry.action == "verdicts.update_setting")
        .unwrap();
    assert_eq!(entry.actor, actor.name);
}

#[tokio::test]
async fn the_city_is_shown_and_wrong_questions_are_refused() {
    let (app, city) = with_hours().await;
    let (status, _, body) = app.get("/api/v1/city-verdicts").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let shown = &body["city_verdicts"];
    assert_eq!(
        (&shown["sources"], &shown["sources_over"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(shown["stations"], json!([]));
    assert_eq!(
        shown["simulated"], false,
        "no station and no section is shown"
    );
    let base = format!("/api/v1/points/{}/verdicts", city.point_id);
    for wrong in [
        "kind=week",
        "from=later",
        "after=x",
        "from=2018-05-04&to=2018-05-04",
    ] {
        let (status, _, body) = app.get(&format!("{base}?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
    }
    let (status, _, _) = app.get("/api/v1/points/999/verdicts").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let base = format!("/api/v1/points/{}/verdict-explanation", city.point_id);
    let nothing = format!("{base}?kind=hour&time=2018-05-01");
    assert_eq!(app.get(&nothing).await.0, StatusCode::NOT_FOUND);
}
