//! The plan by HTTP: read whole, its text linked, values reported.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;

async fn send(app: &TestApp, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, answer) = app.call(request).await;
    (status, answer)
}

#[tokio::test]
async fn the_plan_is_read_with_its_entries_and_findings() {
    let app = TestApp::new().await;
    let (status, _, body) = app.get("/api/v1/plan").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let plan = &body["plan"];
    assert_eq!(plan["id"], "example_2026_2030");
    assert_eq!(plan["indicators"][0]["base"], "88.0");
    assert_eq!(plan["indicators"][0]["force"], "binding");
    assert_eq!(plan["measures"][0]["id"], "good_days");
    assert_eq!(plan["measures"][0]["source"], "monitoring");
    assert_eq!(plan["tasks"][0]["due"], "2027-12-31");
    assert_eq!(plan["tasks"][0]["lead"], json!(["ecology_bureau"]));
    assert_eq!(
        plan["investment_total"],
        json!({"count": 5, "amount": "2.01"})
    );
    assert_eq!(plan["findings"][0]["rule"], "total_rounded");
}

#[tokio::test]
async fn a_sentence_names_the_entries_that_cite_it() {
    let app = TestApp::new().await;
    let (status, _, body) = app.get("/api/v1/plan/text").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let sentences = body["sentences"].as_array().unwrap();
    let sentence = sentences
        .iter()
        .find(|one| {
            one["words"]
                .as_str()
                .unwrap()
                .contains("2028年开展中期评估")
        })
        .unwrap();
    let ids: Vec<_> = sentence["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["mid_term", "final"]);
}

#[tokio::test]
async fn indicators_have_a_state_each_year_and_a_course() {
    let app = TestApp::new().await;
    let (status, _, body) = app.get("/api/v1/plan/indicators?year=2028").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let state = &body["indicators"][0];
    assert_eq!(state["status"], "no_data");
    assert_eq!(state["expected"], "89");
    assert_eq!(state["inputs"][0]["measure"], "good_days");
    let (status, _, _) = app.get("/api/v1/plan/indicators?year=1999").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, _, body) = app.get("/api/v1/plan/indicators/good_air_days").await;
    assert_eq!(body["years"].as_array().unwrap().len(), 5);
    assert!(body["projection"].is_null());
    assert_eq!(body["region"], "990100");
    assert_eq!(body["path"].as_array().unwrap().len(), 6);
    assert_eq!(body["ranking"], json!([]));
    let (status, _, _) = app.get("/api/v1/plan/indicators/unheard_of").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_value_is_reported_and_its_reporter_cannot_check_it() {
    let app = TestApp::new().await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let new = json!({
        "id": id, "measure": "good_days", "region": "990100", "year": 2026,
        "value": "322", "evidence": "年报", "simulated": true,
    });
    let (status, body) = send(&app, "/api/v1/plan/values", &new).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["plan_value"]["state"], "reported");
    let path = format!("/api/v1/plan/values/{id}/check");
    let (status, body) = send(&app, &path, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert_eq!(body["code"], "same_person");
    let path = format!("/api/v1/plan/values/{id}/accept");
    let (status, _) = send(&app, &path, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let path = format!("/api/v1/plan/values/{id}/return");
    let (status, body) = send(&app, &path, &json!({"note": "缺盖章"})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (_, _, body) = app.get("/api/v1/plan/values?state=returned").await;
    assert_eq!(body["plan_values"][0]["note"], "缺盖章");
    let mut wrong = new.clone();
    wrong["value"] = json!("many");
    let (status, body) = send(&app, "/api/v1/plan/values", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/value");
}

#[tokio::test]
async fn the_cockpit_shows_all_years_and_a_measure_opens() {
    let app = TestApp::new().await;
    let (status, _, body) = app.get("/api/v1/plan/cockpit").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let cockpit = &body["cockpit"];
    // the clock stands before the plan begins
    assert_eq!(cockpit["year"], 2026);
    assert_eq!(cockpit["is_over"], false);
    assert_eq!(cockpit["marks"].as_array().unwrap().len(), 5);
    assert_eq!(cockpit["marks"][0]["status"], "no_data");
    assert_eq!(cockpit["waiting_to_check"], 0);
    let (status, _, body) = app.get("/api/v1/plan/measures/good_days?year=2026").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let measure = &body["plan_measure"];
    assert_eq!(measure["statistic"], "good_air_days");
    assert_eq!(measure["days"], json!([]));
    assert!(measure["computed"].is_null(), "nothing computed it yet");
    let (status, _, _) = app.get("/api/v1/plan/measures/unheard?year=2026").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = app.get("/api/v1/plan/measures/good_days?year=1999").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
