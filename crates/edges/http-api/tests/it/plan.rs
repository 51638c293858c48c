//! The plan by HTTP: read whole, its text linked, values reported.

use std::path::Path;

use access::Actor;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use city_plan::PlanSource;
use plan::{PlanBook, accept_value, check_value};
use serde_json::{Value, json};
use uuid::Uuid;

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

/// The plan of Hengyang, which has reduction accounts.
fn hengyang() -> PlanBook {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../cities/hengyang/plan");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.push("../regions.toml".to_owned());
    let sources: Vec<PlanSource> = names
        .into_iter()
        .map(|name| PlanSource {
            text: std::fs::read_to_string(folder.join(&name)).unwrap(),
            name,
        })
        .collect();
    PlanBook::read(&sources)
}

fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

#[tokio::test]
async fn a_reduction_account_opens_to_its_reports_and_counts_a_project_once() {
    let app = TestApp::new().await;
    let city = app.create_city().await;
    crate::projects::enter_by_operator(&app, city).await;
    let app = app.with_plan(hengyang());
    let (status, _, body) = app.get("/api/v1/plan/accounts").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["plan_accounts"].as_array().unwrap().len(), 4);
    let account = &body["plan_accounts"][0];
    assert_eq!(account["base"], "plan");
    assert_eq!(account["regions"][0]["base"], "145679");
    assert_eq!(account["regions"][0]["years"][0]["is_closed"], false);

    let (_, _, body) = app.get("/api/v1/projects").await;
    let project = body["projects"][0]["id"].clone();
    let report = |year: i32, project: &Value| {
        json!({
            "id": Uuid::now_v7().to_string(), "measure": "cod_project_reduction",
            "region": "430421", "year": year, "project_id": project, "value": "12.5",
            "evidence": "认定表", "simulated": true,
        })
    };
    let (status, body) = send(&app, "/api/v1/plan/values", &report(2017, &json!(null))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_eq!(body["errors"][0]["pointer"], "/project_id");
    let (database, clock, book) = (&app.state.database, &*app.state.clock, &app.state.plan);
    let id = |body: &Value| body["plan_value"]["id"].as_str().unwrap().parse::<Uuid>();
    let (status, first) = send(&app, "/api/v1/plan/values", &report(2017, &project)).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    assert_eq!(first["plan_value"]["project"]["code"], "SIM-E01-W1");
    let first = id(&first).unwrap();
    check_value(database, clock, &person("checker"), first)
        .await
        .unwrap();
    let early = accept_value(database, clock, book, &person("chief"), first).await;
    assert!(matches!(early, Err(plan::PlanError::NotBuilt { .. })));
    let (status, _, body) = app.get("/api/v1/plan/accounts/cod_account/entries").await;
    assert_eq!((status, &body["entries"]), (StatusCode::OK, &json!([])));
    let (status, _, _) = app.get("/api/v1/plan/accounts/unheard_of/entries").await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // an increment reported and accepted is an entry, and closes its year
    let increment = json!({
        "id": Uuid::now_v7().to_string(), "measure": "cod_increment", "region": "430400",
        "year": 2016, "value": "300", "evidence": "核算表", "simulated": true,
    });
    let (status, body) = send(&app, "/api/v1/plan/values", &increment).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let increment = id(&body).unwrap();
    check_value(database, clock, &person("checker"), increment)
        .await
        .unwrap();
    accept_value(database, clock, book, &person("chief"), increment)
        .await
        .unwrap();
    let (_, _, body) = app.get("/api/v1/plan/accounts/cod_account/entries").await;
    assert_eq!(body["entries"][0]["value"], "300");
    assert_eq!(body["entries"][0]["decided_by"], "user:chief");
    let (_, _, body) = app.get("/api/v1/plan/accounts").await;
    let year = &body["plan_accounts"][0]["regions"][0]["years"][0];
    assert_eq!(year["closing"], "145979");
    assert_eq!(year["is_closed"], true);
    assert_eq!(body["plan_accounts"][0]["simulated"], true);
    let (_, _, body) = app
        .get("/api/v1/plan/indicators/cod_reduction?region=430400")
        .await;
    let input = &body["years"][0]["inputs"][0];
    assert_eq!(input["source"], "accounted");
    assert_eq!(input["accounted"]["account"], "cod_account");
    assert_eq!(body["years"][0]["value"], "145979");
}
