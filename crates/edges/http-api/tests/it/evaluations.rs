//! Tables of measurements judged by HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;

async fn post(app: &TestApp, medium: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(format!("/api/v1/evaluations/{medium}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, answer) = app.call(request).await;
    (status, answer)
}

#[tokio::test]
async fn rows_are_judged_beside_rows_that_cannot_be() {
    let app = TestApp::new().await;
    let body = json!({
        "columns": ["时间", "PM2.5", "PM10"],
        "rows": [["2020-04-02 05:00", "43", "69"], ["2020-04-02 06:00", "x", "69"]],
        "language": "en",
    });
    let (status, answer) = post(&app, "air", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let found = &answer["evaluation"];
    assert_eq!(
        (&found["judged"], &found["refused"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(found["columns"][0]["key"], "aqi");
    assert_eq!(found["rows"][0]["values"][0], "60");
    assert_eq!(found["rows"][0]["basis"]["edition"], "HJ 633-2012");
    assert!(
        found["rows"][0]["explanation"][0]
            .as_str()
            .unwrap()
            .contains("By HJ 633-2012")
    );
    assert_eq!(found["rows"][1]["problems"][0]["column"], "PM2.5");
    assert_eq!(found["rows"][1]["problems"][0]["reason"], "is not a number");
    assert!(found["rows"][1]["basis"].is_null());
}

#[tokio::test]
async fn another_edition_names_the_verdicts_that_change() {
    let app = TestApp::new().await;
    let body = json!({
        "columns": ["date", "pm2_5_24h"],
        "rows": [["2020-01-01", "70"]],
        "with_rules_of": "2026-03-01",
    });
    let (status, answer) = post(&app, "air", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let found = &answer["evaluation"];
    assert_eq!(found["changed"], 1);
    let change = &found["rows"][0]["changes"][0];
    assert_eq!(change["column"], "aqi");
    // 2012: 50 + 50 × 35 ÷ 40 = 93.75; 2026: 100 + 50 × 10 ÷ 55 = 109.09…
    assert_eq!(
        (&change["from"], &change["to"]),
        (&json!("94"), &json!("110"))
    );
}

#[tokio::test]
async fn what_cannot_be_judged_at_all_is_a_problem_with_its_field() {
    let app = TestApp::new().await;
    let rows = vec![vec!["1"]; 5_001];
    for (medium, body, expected, pointer) in [
        (
            "fire",
            json!({"columns": ["a"], "rows": []}),
            StatusCode::NOT_FOUND,
            "",
        ),
        (
            "air",
            json!({"columns": ["a"], "rows": []}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/columns",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": rows}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/rows",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "date": "x"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/date",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "with_limits": "x"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/with_limits",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "language": "fr"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/language",
        ),
    ] {
        let (status, answer) = post(&app, medium, &body).await;
        assert_eq!(status, expected, "{pointer} {answer}");
        if !pointer.is_empty() {
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
        }
    }
}
