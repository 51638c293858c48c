//! The plan's tasks by HTTP: reported, checked, broken down, handed up, and nobody else's reports.

use access::Actor;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::attack_cases::NOBODY;
use crate::world::world;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn progress(region: &str) -> Value {
    json!({
        "id": ID, "region_code": region, "due_on": "2027-12-31", "as_of": "2018-05-01",
        "percent": 100, "text": "已全部完成", "is_simulated": true,
    })
}

#[tokio::test]
async fn a_task_is_reported_checked_by_somebody_else_and_done() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let path = "/api/v1/tasks/boilers_out/reports";
    let body = Some(progress("430400"));
    let (status, body) = world.keeper.call(Method::POST, path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["task_report"]["state"], "reported");
    let check = format!("/api/v1/task-reports/{ID}/check");
    let (status, body) = world
        .keeper
        .call(Method::POST, &check, Some(json!({})))
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("same_person"))
    );
    let chief = &world.keeper;
    let board = "/api/v1/tasks?region=430400&on=2018-05-04";
    let task = |body: &Value| {
        let tasks = body["tasks"].as_array().unwrap().iter();
        tasks
            .clone()
            .find(|one| one["id"] == "boilers_out")
            .unwrap()
            .clone()
    };
    let (_, body) = chief.get(board).await;
    let before = task(&body);
    assert_eq!(
        (&before["status"], &before["waiting"]),
        (&json!("on_track"), &json!(1)),
        "{before}"
    );
    let (state, second) = (&app.state, Actor::built_in_operator());
    tasks::check_report(&state.database, &*state.clock, &second, ID.parse().unwrap())
        .await
        .unwrap();
    let (_, body) = chief.get(board).await;
    assert_eq!(task(&body)["status"], "done");
    assert_eq!(task(&body)["percent"], 100);
    let (_, body) = chief
        .get("/api/v1/tasks/boilers_out?region=430400&on=2018-04-30")
        .await;
    assert_eq!(
        body["task"]["percent"], 0,
        "the report tells of a later day: {body}"
    );
    assert_eq!(body["task"]["reports"][0]["decided_by"], "operator");
}

#[tokio::test]
async fn wrong_reports_are_told_field_by_field() {
    let (app, _city) = TestApp::with_city().await;
    for (field, value, pointer) in [
        ("percent", json!(101), "/percent"),
        ("percent", json!(null), "/percent"),
        ("due_on", json!("2027-11-30"), "/due_on"),
        ("as_of", json!("2018-05-05"), "/as_of"),
        ("text", json!(" "), "/text"),
        ("region_code", json!("430499"), "/region_code"),
        ("measure", json!(0), "/value"),
    ] {
        let mut wrong = progress("430400");
        wrong[field] = value;
        let request = Request::post("/api/v1/tasks/boilers_out/reports")
            .header("content-type", "application/json")
            .body(Body::from(wrong.to_string()))
            .unwrap();
        let (status, _, body) = app.call(request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {body}");
        assert_eq!(body["errors"][0]["pointer"], pointer, "{body}");
    }
    let (status, _, _) = app.get("/api/v1/tasks/no_such_task").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = app.get("/api/v1/tasks?on=tomorrow").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_county_sees_its_own_reports_and_files_only() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let path = "/api/v1/tasks/boilers_out/reports";
    let body = Some(progress("430421"));
    let (status, body) = world.keeper.call(Method::POST, path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let request = Request::post(format!("/api/v1/task-reports/{ID}/files?name=a.pdf"))
        .header("cookie", &world.keeper.cookie)
        .header("content-type", "application/octet-stream")
        .body(Body::from("%PDF-1.7 x"))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let file = body["task_report_file"]["id"].as_str().unwrap().to_owned();
    let (_, body) = world.keeper.get("/api/v1/tasks/boilers_out").await;
    assert_eq!(
        body["task"]["reports"][0]["files"][0]["name"], "a.pdf",
        "{body}"
    );
    let (_, body) = world.neighbour.get("/api/v1/tasks/boilers_out").await;
    assert_eq!(body["task"]["reports"], json!([]), "{body}");
    let (status, _) = world.neighbour.get("/api/v1/tasks?region=430421").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for id in [file.as_str(), NOBODY] {
        let path = format!("/api/v1/task-report-files/{id}");
        let (status, body) = world.neighbour.get(&path).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::NOT_FOUND, &json!("not_found"))
        );
    }
    let attach = format!("/api/v1/task-reports/{ID}/files?name=b.pdf");
    for attacker in [&world.neighbour, &world.enterprise] {
        let request = Request::post(&attach)
            .header("cookie", &attacker.cookie)
            .header("content-type", "application/octet-stream")
            .body(Body::from("%PDF-1.7 y"))
            .unwrap();
        let (status, _, body) = app.call(request).await;
        assert!(
            matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
            "{status} {body}"
        );
    }
    let (status, _) = world
        .neighbour
        .get("/api/v1/changes?subject=task:boilers_out")
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
