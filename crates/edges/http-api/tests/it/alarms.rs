//! Alarms, rules, the duty desk, planned stops and exceedances over HTTP.

use std::sync::Arc;

use alarms::engine::{EngineSettings, FactorObservation, Observation, RecordObservation};
use alarms::{AlarmKeeper, RecordKind, Statistic};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use beijing_time::HOUR_MS;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::city::City;

const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

async fn send(app: &TestApp, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

async fn get(app: &TestApp, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = app.get(&format!("/api/v1{path}")).await;
    (status, body)
}

/// Lets hours exceed their limit of 35, each with its value, the last one now.
pub(crate) async fn exceed(app: &TestApp, city: City, values: &[&str]) {
    let time = Arc::clone(&app.state.clock);
    let settings = EngineSettings::default();
    let database = app.state.database.clone();
    let mut keeper = AlarmKeeper::load(database, time, settings, &app.state.alarm_feed)
        .await
        .unwrap();
    let now = app.state.now();
    for (place, value) in values.iter().rev().enumerate().rev() {
        let back = i64::try_from(place).unwrap() * HOUR_MS;
        let record = RecordObservation {
            point_id: city.point_id.0,
            kind: RecordKind::Hour,
            time: now.plus_ms(-HOUR_MS - back),
            received_at: now.plus_ms(3_000 - back),
            packet_id: Some(65_536),
            is_history: false,
            // both factors that are expected: a part of a record would wait for its other parts
            factors: [("a21026", *value), ("a21002", "12.5")]
                .map(|(code, value)| FactorObservation {
                    code: Arc::from(code),
                    flag: Some('N'),
                    is_valid: true,
                    values: vec![(Statistic::ZsAvg, value.parse().unwrap())],
                    packet_id: None,
                })
                .into(),
        };
        let observed = keeper.observe(vec![Observation::Record(record)]);
        observed.await.unwrap();
    }
}

#[tokio::test]
async fn an_alarm_is_listed_acknowledged_and_closed() {
    let (app, city) = TestApp::with_city().await;
    exceed(&app, city, &["70.0"]).await;
    let (status, body) = get(&app, "/alarms?state=open,acknowledged&kind=over_upper").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let alarm = &body["alarms"][0];
    assert_eq!(alarm["value"], "70.0");
    assert_eq!(alarm["limit_value"], "35");
    assert_eq!(alarm["multiple"], "1.0000");
    assert_eq!(alarm["unit"], "mg/m³");
    assert_eq!(alarm["site_name_zh"], "模拟企业01");
    assert_eq!(alarm["factor_code"], "a21026");
    assert_eq!(alarm["is_simulated"], true);
    let id = alarm["id"].as_str().unwrap().to_owned();

    let (status, body) = get(&app, &format!("/alarms/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["alarm"]["packet_id"], "65536");
    assert_eq!(body["alarm"]["limit_basis"], "for the test");
    assert_eq!(body["alarm"]["record_kind"], "hour");
    assert!(!body["alarm"]["trace_id"].as_str().unwrap().is_empty());

    app.clock.advance_ms(10_000);
    let note = json!({ "note": "已通知企业" });
    let path = format!("/alarms/{id}/acknowledge");
    let (status, body) = send(&app, "POST", &path, note.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["alarm"]["state"], "acknowledged");
    assert_eq!(body["alarm"]["acknowledge_note"], "已通知企业");
    let (status, body) = send(&app, "POST", &path, note).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("conflict"))
    );

    app.clock.advance_ms(1_000);
    let path = format!("/alarms/{id}/close");
    let (status, body) = send(&app, "POST", &path, json!({ "reason": " " })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "reason");
    let (status, body) = send(&app, "POST", &path, json!({ "reason": "已整改" })).await;
    assert_eq!(status, StatusCode::OK);
    let kinds: Vec<_> = body["alarm"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert_eq!(kinds, ["opened", "acknowledged", "closed"]);
}

#[tokio::test]
async fn alarms_are_filtered_and_paged() {
    let (app, city) = TestApp::with_city().await;
    exceed(&app, city, &["70.0", "20", "80.0"]).await;
    let (_, first) = get(&app, "/alarms?kind=over_upper&limit=1").await;
    assert_eq!(first["alarms"][0]["value"], "80.0");
    let next = first["meta"]["next"].as_str().unwrap();
    let path = format!("/alarms?kind=over_upper&limit=1&after={next}");
    let (_, second) = get(&app, &path).await;
    assert_eq!(second["alarms"][0]["value"], "70.0");
    for (query, count) in [
        (format!("point={}", city.point_id.0), 2),
        ("region=430400".to_owned(), 2),
        ("region=430500".to_owned(), 0),
        ("severity=info".to_owned(), 0),
        ("from=2018-05-05T00:00:00%2B08:00".to_owned(), 0),
    ] {
        let (status, body) = get(&app, &format!("/alarms?kind=over_upper&{query}")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["alarms"].as_array().unwrap().len(), count, "{query}");
    }
    for wrong in ["state=burning", "from=yesterday", "region=x", "after=x"] {
        let (status, body) = get(&app, &format!("/alarms?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    for unknown in ["nonsense", NOBODY] {
        let (status, _) = get(&app, &format!("/alarms/{unknown}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_rule_is_made_changed_and_refused() {
    let app = TestApp::new().await;
    alarms::seed_rules(&app.state.database, &*app.state.clock)
        .await
        .unwrap();
    let (status, body) = get(&app, "/alarm-rules").await;
    assert_eq!(status, StatusCode::OK);
    let rule = body["alarm_rules"][0].clone();
    assert_eq!(rule["version"], 1);
    let id = rule["id"].as_i64().unwrap();

    app.clock.advance_ms(1_000);
    let mut definition = rule["definition"].clone();
    definition["severity"] = json!("critical");
    let change = json!({ "version": 1, "definition": definition, "is_enabled": false,
        "reason": "试运行" });
    let path = format!("/alarm-rules/{id}");
    let (status, body) = send(&app, "PUT", &path, change.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["alarm_rule"]["version"], 2);
    assert_eq!(body["alarm_rule"]["is_enabled"], false);
    let (status, _) = send(&app, "PUT", &path, change).await;
    assert_eq!(status, StatusCode::CONFLICT, "made on an old version");
    let (_, body) = get(&app, &format!("/alarm-rules/{id}/versions")).await;
    assert_eq!(body["alarm_rules"].as_array().unwrap().len(), 2);
    assert!(body["alarm_rules"][0]["valid_to"].is_string());

    let mut wrong = definition.clone();
    wrong["name_zh"] = json!("");
    let new = |definition: Value| {
        json!({ "definition": definition, "is_enabled": true,
        "reason": "新规则" })
    };
    let (status, body) = send(&app, "POST", "/alarm-rules", new(wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/definition/name_zh");
    let (status, body) = send(&app, "POST", "/alarm-rules", new(definition)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["alarm_rule"]["key"], "");
    let (status, _) = get(&app, "/alarm-rules/9999/versions").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_duty_desk_is_kept_and_handed_over() {
    let (app, city) = TestApp::with_city().await;
    exceed(&app, city, &["70.0"]).await;
    let (status, body) = get(&app, "/duty/present").await;
    assert_eq!((status, &body["shift"]), (StatusCode::OK, &Value::Null));
    let entry = json!({ "text": "接到电话" });
    let (status, _) = send(&app, "POST", "/duty/entries", entry.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT, "nobody is on duty");

    let officer = json!({ "officer": "张三" });
    let (status, body) = send(&app, "POST", "/duty/shifts", officer.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (status, _) = send(&app, "POST", "/duty/shifts", officer).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = send(&app, "POST", "/duty/entries", entry).await;
    assert_eq!(status, StatusCode::OK);
    let lost = json!({ "text": "x", "alarm_id": NOBODY });
    let (status, _) = send(&app, "POST", "/duty/entries", lost).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, body) = get(&app, "/duty/present").await;
    assert_eq!(body["shift"]["officer"], "张三");
    assert_eq!(body["entries"][0]["text"], "接到电话");

    let (status, body) = send(&app, "POST", "/duty/hand-over", json!({ "to_officer": "" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    app.clock.advance_ms(HOUR_MS);
    let over = json!({ "to_officer": "李四", "text": "一起超标待跟进" });
    let (status, body) = send(&app, "POST", "/duty/hand-over", over).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["shift"]["officer"], "李四");
    let carried = body["ended"]["carried"].as_array().unwrap();
    let (_, open) = get(&app, "/alarms?state=open&kind=over_upper").await;
    assert!(carried.contains(&open["alarms"][0]["id"]));
    let ended = body["ended"]["id"].as_str().unwrap().to_owned();
    let (_, body) = get(&app, &format!("/duty/shifts/{ended}/entries")).await;
    assert_eq!(body["entries"].as_array().unwrap().len(), 1);
    let (_, page) = get(&app, "/duty/shifts?limit=1").await;
    assert_eq!(page["shifts"][0]["officer"], "李四");
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, page) = get(&app, &format!("/duty/shifts?limit=1&after={next}")).await;
    assert_eq!(page["shifts"][0]["handed_to"], "李四");
}

#[tokio::test]
async fn a_planned_stop_is_entered_and_taken_back() {
    let (app, city) = TestApp::with_city().await;
    let stop = json!({
        "id": "018f0000-0000-7000-8000-000000000001", "site_id": city.site_id.0,
        "point_id": city.point_id.0, "from": "2018-05-04T14:00:00+08:00",
        "to": "2018-05-04T18:00:00+08:00", "reason": "停产检修",
    });
    let (status, body) = send(&app, "POST", "/exemptions", stop.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["exemption"]["point_name_zh"], "1号排口");
    let (_, body) = get(&app, "/exemptions").await;
    assert_eq!(body["exemptions"][0]["reason"], "停产检修");
    let mut wrong = stop.clone();
    wrong["to"] = json!("2018-05-04T13:00:00+08:00");
    let (status, _) = send(&app, "POST", "/exemptions", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut elsewhere = stop;
    elsewhere["site_id"] = json!(999);
    let (status, _) = send(&app, "POST", "/exemptions", elsewhere).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let path = "/exemptions/018f0000-0000-7000-8000-000000000001/revoke";
    let (status, body) = send(&app, "POST", path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["exemption"]["revoked_by"], "operator");
    let (status, _) = send(&app, "POST", path, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let path = format!("/exemptions/{NOBODY}/revoke");
    let (status, _) = send(&app, "POST", &path, json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn exceedances_are_listed_paged_and_reported() {
    let (app, city) = TestApp::with_city().await;
    exceed(&app, city, &["70.0", "20", "80.0"]).await;
    let (status, page) = get(&app, "/exceedances?kind=hour&limit=1").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert_eq!(page["exceedances"][0]["value"], "70.0");
    assert_eq!(page["exceedances"][0]["packet_id"], "65536");
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, page) = get(
        &app,
        &format!("/exceedances?kind=hour&limit=1&after={next}"),
    )
    .await;
    assert_eq!(page["exceedances"][0]["value"], "80.0");
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, page) = get(
        &app,
        &format!("/exceedances?kind=hour&limit=1&after={next}"),
    )
    .await;
    assert_eq!(page["exceedances"], json!([]));
    for wrong in ["kind=week", "after=x", "to=later"] {
        let (status, _) = get(&app, &format!("/exceedances?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let path = "/api/v1/reports/exceedances.xlsx?kind=hour";
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, content_type, bytes) = app.call_bytes(request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(content_type.ends_with("spreadsheetml.sheet"));
    assert!(bytes.starts_with(b"PK"), "a workbook is a ZIP file");
}

#[tokio::test]
async fn a_rule_is_back_tested_before_it_is_switched_on() {
    let (app, _city) = TestApp::with_city().await;
    let rules = alarms::rules::shipped_rules();
    let definition: Value = serde_json::from_str(&rules[1].definition.encode_json()).unwrap();
    let body = |from: &str| {
        json!({ "definition": definition, "from": from,
        "to": "2018-05-04T13:00:00+08:00" })
    };
    let path = "/alarm-rules/backtest";
    let (status, answer) = send(&app, "POST", path, body("2018-04-04T13:00:00+08:00")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["backtest"]["total"], 0);
    assert_eq!(answer["backtest"]["alarms"], json!([]));
    for wrong in ["2018-05-05T13:00:00+08:00", "", "2010-05-05T13:00:00+08:00"] {
        let (status, answer) = send(&app, "POST", path, body(wrong)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    }
}
