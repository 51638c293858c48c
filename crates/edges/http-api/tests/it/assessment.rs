//! Assessments by HTTP: from draft to published by two persons, files, and what strangers see.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::accounts::{administrator, person};
use crate::app::TestApp;

fn everything() -> Value {
    json!({ "kind": "everything" })
}

#[tokio::test]
async fn what_tasks_and_projects_make_of_a_score_is_told_with_what_it_was_counted_from() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let clerk = person(&admin, "clerk", "plan_manager", everything()).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a9002";
    let new = json!({ "id": id, "kind": "yearly", "year": 2027 });
    let (status, body) = clerk
        .call(Method::POST, "/api/v1/assessments", Some(new))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let figures = format!("/api/v1/assessments/{id}/figures");
    let (status, body) = clerk.call(Method::POST, &figures, Some(json!({}))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let content = &body["assessment"]["content"];
    // nobody has told of the one task that was due in 2027, and there is no project
    assert_eq!(content["works"].as_array().map(Vec::len), Some(1));
    let work = &content["works"][0];
    assert_eq!(
        (&work["kind"], &work["id"], &work["done"], &work["due"]),
        (
            &json!("task"),
            &json!("boilers_out"),
            &Value::Null,
            &json!(100)
        )
    );
    assert_eq!(work["units"][0]["id"], "ecology_bureau");
    let step = json!({
        "name": null, "due_on": "2027-12-31", "percent": null, "as_of": null, "report": null,
    });
    assert_eq!(work["steps"], json!([step]));
    let parts = content["parts"].as_array().unwrap().iter();
    let parts: Vec<_> = parts.map(|one| (&one["part"], &one["weight"])).collect();
    let (indicators, tasks) = (json!("indicators"), json!("tasks"));
    assert_eq!(parts, [(&indicators, &json!("70")), (&tasks, &json!("20"))]);
    let (status, body) = clerk
        .get(&format!("/api/v1/assessments/{id}/difference"))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["difference"]["works"], json!([]));
}

#[tokio::test]
async fn two_persons_bring_an_assessment_to_the_public_and_strangers_see_nobodys_name() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let clerk = person(&admin, "clerk", "plan_manager", everything()).await;
    let leader = person(&admin, "leader", "leader", everything()).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a9001";
    let new = json!({ "id": id, "kind": "yearly", "year": 2026 });
    // the leader publishes and does not draft
    let (status, _) = leader
        .call(Method::POST, "/api/v1/assessments", Some(new.clone()))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, body) = clerk
        .call(Method::POST, "/api/v1/assessments", Some(new))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["assessment"]["state"], "draft");
    let path = |step: &str| format!("/api/v1/assessments/{id}/{step}");
    let (status, body) = clerk.get(&path("files/pdf")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let (status, body) = clerk
        .call(Method::POST, &path("figures"), Some(json!({})))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let content = &body["assessment"]["content"];
    assert_eq!(content["figures"][0]["status"], "no_data");
    assert!(content["total"]["score"].is_null(), "{content}");
    let revision = body["assessment"]["revision"].clone();
    let seen = json!({ "revision": revision });
    let (status, body) = clerk
        .call(Method::POST, &path("review"), Some(seen.clone()))
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("same_person"))
    );
    let stranger = |path: String| app.call(Request::get(path).body(Body::empty()).unwrap());
    let (_, _, body) = stranger("/api/v1/public/assessments".to_owned()).await;
    assert_eq!(body["assessments"], json!([]));
    let hidden = format!("/api/v1/public/assessments/{id}");
    let (status, _, _) = stranger(hidden.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, body) = leader.call(Method::POST, &path("review"), Some(seen)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let seen = json!({ "revision": body["assessment"]["revision"] });
    let (status, body) = leader
        .call(Method::POST, &path("publication"), Some(seen))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["assessment"]["state"], "published");
    let (status, _, body) = stranger(hidden).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        body["assessment"]["public_key"].as_str().unwrap().len(),
        130
    );
    let text = body.to_string();
    for name in ["clerk", "leader", "reported_by", "evidence"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    // strangers see nothing besides
    let (status, _, _) = stranger(path("signed")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, body) = clerk.get(&path("signed")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["format"], "qingshan-assessment/1");
    let verified = assessment::verify_signed_file(body.to_string().as_bytes(), None).unwrap();
    assert_eq!(verified.content.year, 2026);
    let (status, body) = clerk.get(&path("difference")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["difference"]["changes"], json!([]));
}

#[tokio::test]
async fn the_workbook_is_downloaded_and_other_kinds_are_not_found() {
    let app = TestApp::new().await;
    let id = "01890a5d-ac96-774b-bcce-b302099a9002";
    let send = |path: String, body: Value| {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        app.call(request)
    };
    let new = json!({ "id": id, "kind": "yearly", "year": 2026 });
    let (status, _, _) = send("/api/v1/assessments".to_owned(), new).await;
    assert_eq!(status, StatusCode::CREATED);
    send(format!("/api/v1/assessments/{id}/figures"), json!({})).await;
    let path = format!("/api/v1/assessments/{id}/files/xlsx");
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, media_type, bytes) = app.call_bytes(request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(media_type.ends_with("spreadsheetml.sheet"), "{media_type}");
    assert_eq!(bytes.get(..2), Some(b"PK".as_slice()));
    let (status, _, _) = app
        .get(&format!("/api/v1/assessments/{id}/files/exe"))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for wrong in [
        json!({ "id": id, "kind": "weekly", "year": 2026 }),
        json!({ "id": "01890a5d-ac96-774b-bcce-b302099a9003", "kind": "final", "year": 2026 }),
    ] {
        let (status, _, body) = send("/api/v1/assessments".to_owned(), wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let (status, _, body) = app.get("/api/v1/assessment-rule").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["kinds"]["mid_term_year"], 2028);
    assert!(body["assessment_rule"]["clauses"].as_array().unwrap().len() > 5);
}
