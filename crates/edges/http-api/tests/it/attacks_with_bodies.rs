//! Attacks whose bodies are right: things of another county by their number, and own things that
//! are made to refer to them. Every operation that takes a body or lies outside the counties has a
//! rule here, so that a new one is not forgotten; what has a name that cannot be
//! guessed is answered like what is absent.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::accounts::Browser;
use crate::app::TestApp;
use crate::attack_cases::Attack::{self, CityWide, Reference, Thing};
use crate::attack_cases::{Case, NOBODY, cases, let_things_happen, make, superior};
use crate::attack_exceptions::ELSEWHERE;
use crate::world::{OF_NO_COUNTY, world};

async fn ask(browser: &Browser<'_>, case: &Case, path: &str) -> (StatusCode, Value) {
    let (method, _path) = case.operation.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let body = (method != Method::GET && method != Method::DELETE).then(|| case.body.clone());
    browser.call(method, path, body).await
}

/// Whether an answer tells an attacker no more than it must.
fn is_refusal(attack: &Attack, status: StatusCode) -> bool {
    match attack {
        CityWide(_) => status == StatusCode::FORBIDDEN,
        Thing(..) => matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
        Reference(_) => matches!(
            status,
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY
        ),
    }
}

#[tokio::test]
async fn right_bodies_reach_nothing_of_another_county() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let_things_happen(&app, &world).await;
    let cases = cases(&world).await;
    let mut faults = Vec::new();
    for case in &cases {
        let template = case.operation.split_once(' ').unwrap().1;
        let path_of = |number: &str| {
            let start = template.find('{').unwrap();
            let end = template.find('}').unwrap();
            format!(
                "/api/v1{}{number}{}",
                &template[..start],
                &template[end + 1..]
            )
        };
        let (path, absent) = match &case.attack {
            Thing(number, absent) => (path_of(number), Some(path_of(absent))),
            Reference(path) | CityWide(path) => (path.clone(), None),
        };
        for attacker in [&world.neighbour, &world.enterprise] {
            let (status, answer) = ask(attacker, case, &path).await;
            let what = format!("{} at {path}: {status} {answer}", case.operation);
            if !is_refusal(&case.attack, status) {
                faults.push(what.clone());
            }
            // numbers of the register count up: that there is a site 7 is no secret
            if let Some(absent) = absent.as_ref().filter(|path| path.contains(NOBODY)) {
                let (same, nothing) = ask(attacker, case, absent).await;
                if (status, &answer["code"]) != (same, &nothing["code"]) {
                    faults.push(format!("{what} tells that it exists: {nothing}"));
                }
            }
        }
        let (status, answer) = ask(&world.keeper, case, &path).await;
        let is_as_expected = if case.is_right {
            status.is_success()
        } else {
            !status.is_server_error()
        };
        if !is_as_expected {
            faults.push(format!(
                "{} by its keeper: {status} {answer}",
                case.operation
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn of_many_markings_those_of_another_county_are_as_if_there_were_none() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let (_status, body) = world.keeper.get("/api/v1/markings").await;
    let marking = &body["markings"][0];
    let both = json!({ "decision": "accepted", "reason": "属实", "markings": [
        { "id": marking["id"], "revision": marking["revision"] }, { "id": NOBODY, "revision": 1 },
    ]});
    let path = "/api/v1/marking-reviews";
    let (status, body) = world.neighbour.call(Method::POST, path, Some(both)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    for outcome in body["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["code"], "not_found", "{body}");
    }
    let (_status, body) = world.keeper.get("/api/v1/markings").await;
    assert_eq!(body["markings"][0]["state"], marking["state"]);
}

/// A new operation with a body, or beside the counties, needs a rule.
#[tokio::test]
async fn every_operation_that_could_be_attacked_is() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let_things_happen(&app, &world).await;
    let mut known: BTreeSet<String> = cases(&world)
        .await
        .iter()
        .map(|case| case.operation.to_owned())
        .collect();
    known.extend(ELSEWHERE.map(|(operation, _reason)| operation.to_owned()));
    let mut wanted = BTreeSet::new();
    for (method, path, _operation) in world.operations() {
        let is_of_no_county = OF_NO_COUNTY
            .iter()
            .any(|part| path.starts_with(&format!("/api/v1{part}")));
        let has_number = path.contains('{');
        // a thing of a county is read, changed and deleted by its number in `attacks`
        let is_done = has_number && !is_of_no_county && method != Method::POST;
        let is_list = method == Method::GET && !has_number;
        if !is_done && !is_list {
            let path = path.strip_prefix("/api/v1").unwrap();
            wanted.insert(format!("{method} {path}"));
        }
    }
    let forgotten: Vec<_> = wanted.difference(&known).collect();
    assert!(
        forgotten.is_empty(),
        "say how these are attacked: {forgotten:?}"
    );
    let gone: Vec<_> = ELSEWHERE
        .iter()
        .filter(|(operation, _reason)| {
            let (method, path) = operation.split_once(' ').unwrap();
            !world.document["paths"][format!("/api/v1{path}")]
                .as_object()
                .is_some_and(|item| item.contains_key(&method.to_lowercase()))
        })
        .collect();
    assert!(gone.is_empty(), "no operations any more: {gone:?}");
}

#[tokio::test]
async fn devices_of_another_county_are_not_mapped_for_a_superior() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let target = make(
        &world,
        "/api/v1/forwarding-targets",
        superior("省级"),
        "target",
    )
    .await;
    let path = |device: i64| format!("/api/v1/forwarding-targets/{target}/devices/{device}");
    let mapping = json!({ "is_enabled": true, "superior_mn": "UP1", "revision": 1 });
    let there = path(world.home.device_id.0);
    for attacker in [&world.neighbour, &world.enterprise] {
        for method in [Method::PUT, Method::DELETE] {
            let body = (method == Method::PUT).then(|| mapping.clone());
            let query = if method == Method::PUT {
                ""
            } else {
                "?revision=1"
            };
            let (status, answer) = attacker
                .call(method.clone(), &format!("{there}{query}"), body.clone())
                .await;
            let absent = format!("{}{query}", path(999_999));
            let (same, nothing) = attacker.call(method.clone(), &absent, body).await;
            assert!(
                matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{method} {status} {answer}"
            );
            assert_eq!(
                (status, &answer["code"]),
                (same, &nothing["code"]),
                "{method} tells that it exists"
            );
        }
    }
    let (status, answer) = (world.keeper)
        .call(Method::PUT, &there, Some(mapping))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_rule_is_tried_on_the_own_county_only() {
    let app = TestApp::with_accounts().await;
    let world = world(&app).await;
    let_things_happen(&app, &world).await;
    let (_status, rules) = world.keeper.get("/api/v1/alarm-rules").await;
    let hourly = rules["alarm_rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["definition"].to_string().contains("hour"))
        .unwrap();
    let body = json!({
        "definition": hourly["definition"],
        "from": "2018-05-04T00:00:00+08:00", "to": "2018-05-04T13:00:00+08:00",
    });
    let path = "/api/v1/alarm-rules/backtest";
    let (status, answer) = (world.keeper)
        .call(Method::POST, path, Some(body.clone()))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_ne!(answer["backtest"]["records"], 0, "{answer}");
    // weeks around it, looked at one after the other, hold no more
    let mut weeks = body.clone();
    weeks["from"] = json!("2018-04-02T08:30:00+08:00");
    weeks["to"] = json!("2018-06-01T00:00:00+08:00");
    let (_status, long) = world.keeper.call(Method::POST, path, Some(weeks)).await;
    assert_eq!(
        (&long["backtest"]["records"], &long["backtest"]["total"]),
        (&answer["backtest"]["records"], &answer["backtest"]["total"]),
        "{long}"
    );
    let (status, answer) = (world.neighbour).call(Method::POST, path, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["backtest"]["records"], 0, "{answer}");
}
