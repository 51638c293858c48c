//! Whatever goes wrong, the answer is a problem.

use axum::http::StatusCode;

use crate::app::TestApp;

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let (status, content_type, body) = TestApp::new().await.get("/api/v1/nonsense").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(content_type, "application/problem+json; charset=utf-8");
    assert_eq!(body["code"], "not_found");
}

#[tokio::test]
async fn an_unknown_query_parameter_is_refused() {
    let (status, _, body) = TestApp::new().await.get("/api/v1/audit?aftre=3").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["code"], "malformed_request");
}

#[tokio::test]
async fn a_problem_points_to_its_explanation() {
    let app = TestApp::new().await;
    let (_, _, problem) = app.get("/api/v1/audit?limit=x").await;
    let (status, _, explanation) = app.get(problem["type"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(explanation["code"], problem["code"]);
}

#[tokio::test]
async fn an_empty_audit_trail_is_an_empty_list() {
    let (status, _, body) = TestApp::new().await.get("/api/v1/audit").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["audit_entries"], serde_json::json!([]));
    assert_eq!(body["meta"]["next"], serde_json::Value::Null);
}
