//! The project pool by HTTP: entered, refused with reasons, funded, stepped, reconciled.

use access::Actor;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use projects::{Money, ProjectDetails, create_project};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::attack_cases::NOBODY;
use crate::city::City;
use crate::world::world;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A project of the first county, whose owner must not be seen next door.
pub(crate) async fn enter_by_operator(app: &TestApp, city: City) {
    let state = &app.state;
    let details = ProjectDetails {
        code: "SIM-E01-W1".to_owned(),
        name: "模拟企业01 废水提标".to_owned(),
        kind: "water_projects".to_owned(),
        region: "430421".parse().unwrap(),
        owner: "模拟企业01".to_owned(),
        planned: Some(Money::parse("120").unwrap()),
        first_year: Some(2026),
        last_year: Some(2027),
        site_id: Some(city.site_id.0),
        position: None,
        named: None,
        task: None,
        indicator: None,
        note: String::new(),
        is_simulated: true,
    };
    let actor = Actor::built_in_operator();
    let new = (Uuid::now_v7(), details);
    create_project(&state.database, &*state.clock, &state.plan, &actor, new)
        .await
        .unwrap();
}

async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, answer) = app.call(request).await;
    (status, answer)
}

fn project() -> Value {
    json!({
        "id": ID, "code": "W-1", "name": "模拟管网工程", "kind": "water_projects",
        "region_code": "430421", "owner": "模拟单位", "planned": "7550", "first_year": 2026,
        "last_year": 2028, "is_simulated": true,
    })
}

#[tokio::test]
async fn a_project_is_entered_refused_with_reasons_funded_and_approved() {
    let (app, _city) = TestApp::with_city().await;
    let (status, body) = send(&app, Method::POST, "/projects", &project()).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["project"]["kind_name"], "水类");
    let passages = body["project"]["passages"].as_array().unwrap();
    assert_eq!(passages[0]["to"], "approved");
    let conditions: Vec<_> = passages[0]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["code"].as_str().unwrap(),
                one["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        conditions,
        [
            ("investment", "met"),
            ("years", "met"),
            ("funds_planned", "unmet"),
            ("document", "asked"),
            ("day", "asked"),
        ]
    );
    let steps = format!("/projects/{ID}/steps");
    let mut step = json!({
        "revision": 1, "to": "approved", "on": "2018-05-01", "document": "", "note": "",
    });
    let (status, body) = send(&app, Method::POST, &steps, &step).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let codes: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["funds_planned", "document"]);
    assert_eq!(body["errors"][1]["detail_zh"], "未填文件名称或文号");
    let funds = json!({ "revision": 1, "funds": [
        { "source": "provincial", "year": 2026, "planned": "5000", "arrived": "10", "paid": "12.5" },
        { "source": "city", "year": 2027, "planned": "2550", "arrived": "0", "paid": "0" },
    ]});
    let (status, body) = send(&app, Method::PUT, &format!("/projects/{ID}/funds"), &funds).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["project"]["sums"], json!(["7550", "10", "12.5"]));
    assert_eq!(body["project"]["findings"][0]["code"], "paid_over_arrived");
    step["revision"] = json!(2);
    step["document"] = json!("衡发改〔2018〕1号");
    let (status, body) = send(&app, Method::POST, &steps, &step).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["project"]["state"], "approved");
    let (status, _) = send(&app, Method::POST, &steps, &step).await;
    assert_eq!(status, StatusCode::CONFLICT, "the revision is an old one");
    let (_, _, body) = app.get("/api/v1/project-totals?kind=water_projects").await;
    assert_eq!(body["totals"][0]["planned"], "7550");
    assert_eq!(body["funds"][0]["paid"], "12.5");
    let (_, _, body) = app.get("/api/v1/project-reconciliation").await;
    let water = &body["reconciliation"]["kinds"][1];
    assert_eq!(
        water["pool"],
        json!({"count": 1, "amount": "0.755", "without_amount": 0})
    );
    assert_eq!(
        water["explanations"],
        json!([
            {"code": "missing", "count": 1, "amount": null, "rows": null},
        ])
    );
    let last = body["reconciliation"]["total"]["explanations"]
        .as_array()
        .unwrap();
    assert_eq!(last.last().unwrap()["code"], "plan_rounding");
    let (_, _, body) = app
        .get(&format!("/api/v1/changes?subject=project:{ID}"))
        .await;
    assert_eq!(body["changes"][0]["action"], "projects.step");
}

#[tokio::test]
async fn fields_that_are_wrong_are_named_and_files_are_tried_first() {
    let (app, _city) = TestApp::with_city().await;
    for (field, value, pointer) in [
        ("planned", json!("viel"), "/planned"),
        ("kind", json!("roads"), "/kind"),
        ("region_code", json!("x"), "/region_code"),
        ("longitude", json!(112.5), "/latitude"),
        ("code", json!(""), "/code"),
    ] {
        let mut wrong = project();
        wrong[field] = value;
        let (status, body) = send(&app, Method::POST, "/projects", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {body}");
        assert_eq!(body["errors"][0]["pointer"], pointer, "{body}");
    }
    let (status, _, _) = app.get("/api/v1/projects?state=lost").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let text =
        "项目编号,项目名称,项目类型,行政区划代码,实施单位\nW-1,模拟一,水类,430421,模拟单位\n";
    for (query, created) in [("?dry_run=true", 0), ("", 1)] {
        let request = Request::post(format!("/api/v1/project-files/import{query}"))
            .header("content-type", "application/octet-stream")
            .body(Body::from(text))
            .unwrap();
        let (status, _, body) = app.call(request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["import"]["created"], 1);
        let (_, _, body) = app.get("/api/v1/projects").await;
        assert_eq!(body["projects"].as_array().unwrap().len(), created);
    }
    let request = Request::post("/api/v1/project-files/import?dry_run=true")
        .header("content-type", "application/octet-stream")
        .body(Body::empty())
        .unwrap();
    let (status, _, body) = app.call(request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_eq!(body["errors"][0]["code"], "empty", "{body}");
    let request = Request::get("/api/v1/project-files/template.xlsx")
        .body(Body::empty())
        .unwrap();
    let (status, kind, _) = app.call_bytes(request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(kind.contains("spreadsheet"), "{kind}");
}

#[tokio::test]
async fn of_many_projects_those_of_another_county_are_as_if_there_were_none() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let (_status, body) = world.keeper.get("/api/v1/projects").await;
    let foreign = body["projects"][0]["id"].as_str().unwrap();
    let body = json!({
        "ids": [foreign, NOBODY], "to": "removed", "on": "2018-05-01", "note": "无法实施",
    });
    let path = "/api/v1/project-steps";
    let (status, answer) = world
        .neighbour
        .call(Method::POST, path, Some(body.clone()))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let codes: Vec<_> = answer["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| (outcome["is_done"].as_bool(), outcome["code"].clone()))
        .collect();
    assert_eq!(
        codes,
        [
            (Some(false), json!("not_found")),
            (Some(false), json!("not_found"))
        ]
    );
    let (status, _) = world
        .enterprise
        .call(Method::POST, path, Some(body.clone()))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_status, answer) = world.keeper.call(Method::POST, path, Some(body)).await;
    assert_eq!(answer["outcomes"][0]["is_done"], true, "{answer}");
    let (status, _) = world.neighbour.get("/api/v1/project-reconciliation").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
