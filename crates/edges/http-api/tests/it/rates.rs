//! Rates by HTTP: listed, paged, opened to their inputs, reported.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use background_jobs::{RatesProgress, run_rates_once};

use crate::app::TestApp;

async fn with_rates() -> (TestApp, crate::city::City) {
    let (app, city) = TestApp::with_city().await;
    let state = &app.state;
    let mut progress = RatesProgress::default();
    while run_rates_once(&state.database, &state.directory, &app.clock, &mut progress)
        .await
        .unwrap()
    {}
    (app, city)
}

#[tokio::test]
async fn rates_are_listed_with_what_they_were_divided_from() {
    let (app, city) = with_rates().await;
    let path = "/api/v1/rates?level=county&period=day&from=2018-05-03&to=2018-05-04";
    let (status, _, body) = app.get(path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["rates"].as_array().unwrap().len(), 2);
    let day = &body["rates"][0];
    assert_eq!(
        (&day["subject_kind"], &day["name_zh"]),
        (&"county".into(), &"衡阳县".into())
    );
    assert_eq!(day["due_hours"], 24);
    assert_eq!(day["due_values"], 48);
    assert_eq!(day["networking"], "0.00");
    assert_eq!(day["transmission_effectiveness"], "0.00");
    assert!(day["effective"].is_null(), "nothing came");
    // at 13:00 the hour 12:00 may still come
    assert_eq!(body["rates"][1]["due_hours"], 12);
    assert_eq!(body["basis"][0]["from_memory"], true);

    let (_, _, page) = app.get(&format!("{path}&limit=1")).await;
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, _, page) = app.get(&format!("{path}&limit=1&after={next}")).await;
    assert_eq!(page["rates"][0]["day"], "2018-05-04");
    assert!(page["meta"]["next"].is_null());

    for level in ["point", "organisation", "all"] {
        let path = format!("/api/v1/rates?level={level}&period=month");
        let (status, _, body) = app.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["rates"][0]["day"], "2018-05-01");
        assert_eq!(body["rates"][0]["due_hours"], 3 * 24 + 12);
    }
    let path = format!("/api/v1/rates?point_id={}", city.point_id.0 + 1);
    let (_, _, body) = app.get(&path).await;
    assert_eq!(body["rates"], serde_json::json!([]));
}

#[tokio::test]
async fn a_rate_is_open_to_its_hours() {
    let (app, city) = with_rates().await;
    let path = format!(
        "/api/v1/rates/inputs?point_id={}&day=2018-05-04",
        city.point_id.0
    );
    let (status, _, body) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["hours"].as_array().unwrap().len(), 24);
    assert_eq!(body["hours"][0]["values"][0]["state"], "missing");
    assert_eq!(body["hours"][13]["not_due"], "not_yet");
    assert_eq!(body["due_hours"], 12);
    let (status, _, _) = app
        .get("/api/v1/rates/inputs?point_id=999&day=2018-05-04")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let path = format!(
        "/api/v1/rates/inputs?point_id={}&day=yesterday",
        city.point_id.0
    );
    let (status, _, _) = app.get(&path).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn rates_asked_for_wrongly_are_refused() {
    let app = TestApp::new().await;
    for wrong in [
        "level=street",
        "period=week",
        "from=later",
        "from=2018-05-04&to=2018-05-03",
        "from=2010-01-01",
        "medium=fire",
        "after=x",
    ] {
        let (status, _, body) = app.get(&format!("/api/v1/rates?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
    }
}

#[tokio::test]
async fn rates_are_reported_as_a_workbook() {
    let (app, _city) = with_rates().await;
    let path = "/api/v1/reports/rates.xlsx?from=2018-05-01&to=2018-05-04";
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, content_type, bytes) = app.call_bytes(request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(content_type.ends_with("spreadsheetml.sheet"));
    assert!(bytes.starts_with(b"PK"), "a workbook is a ZIP file");
}
