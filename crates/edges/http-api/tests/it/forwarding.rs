//! Superior platforms: made, changed, mapped, and what they did not take.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use forwarding::{
    Delivery, Failure, FailureReason, FailureState, LastError, LinkState, Outcome, TargetId,
    TargetTrouble, save_outcome,
};
use monitoring::PacketId;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::city::MN;

async fn send(app: &TestApp, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, body) = app.call(request).await;
    (status, body)
}

fn input() -> Value {
    json!({
        "name": "省级平台", "host": "10.0.0.1", "port": 9001, "is_enabled": true,
        "encoding": "re_encoded", "waits_for_acknowledgement": true,
        "acknowledgement_timeout_s": 10, "resends": 3, "forwards_all_devices": true,
        "passes_commands_down": false
    })
}

async fn create(app: &TestApp) -> i64 {
    let (status, body) = send(app, Method::POST, "/forwarding-targets", &input()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["target"]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_superior_is_made_and_changed_at_its_revision() {
    let (app, _city) = TestApp::with_city().await;
    let id = create(&app).await;
    let (status, body) = send(&app, Method::POST, "/forwarding-targets", &input()).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("duplicate"))
    );
    assert_eq!(body["errors"][0]["pointer"], "/name");
    let mut wrong = input();
    wrong["encoding"] = json!("morse");
    let (status, body) = send(&app, Method::POST, "/forwarding-targets", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/encoding");

    let mut change = input();
    change["is_enabled"] = json!(false);
    change["revision"] = json!(1);
    let path = format!("/forwarding-targets/{id}");
    let (status, body) = send(&app, Method::PUT, &path, &change).await;
    assert_eq!(
        (status, &body["target"]["state"]),
        (StatusCode::OK, &json!("off"))
    );
    let (status, body) = send(&app, Method::PUT, &path, &change).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("stale"))
    );
    let (status, _, _) = app.get("/api/v1/forwarding-targets/99").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_superior_shows_its_lag_and_its_last_error() {
    let (app, _city) = TestApp::with_city().await;
    let id = create(&app).await;
    let now = app.state.now();
    app.state
        .forwarding
        .report(TargetId(id), "省级平台", |report| {
            report.state = LinkState::Waiting;
            report.waiting_packets = 3;
            report.unread_packets = 4;
            report.oldest_received_at = Some(now.plus_ms(-90_500));
            report.last_error = Some(LastError {
                at: now,
                trouble: TargetTrouble::CannotConnect,
                detail: "refused".to_owned(),
            });
        });
    let (status, _, body) = app.get("/api/v1/forwarding-targets").await;
    assert_eq!(status, StatusCode::OK);
    let target = &body["targets"][0];
    assert_eq!(
        (
            &target["state"],
            &target["packets_behind"],
            &target["lag_s"]
        ),
        (&json!("waiting"), &json!(7), &json!(90))
    );
    assert_eq!(target["last_error"]["code"], "cannot_connect");
}

#[tokio::test]
async fn a_device_gets_its_name_there_and_no_password_is_shown() {
    let (app, city) = TestApp::with_city().await;
    let id = create(&app).await;
    let device = city.device_id.0;
    let path = format!("/forwarding-targets/{id}/devices/{device}");
    let mapping = json!({
        "is_enabled": true, "superior_mn": "UP1", "password": "sup3r!", "revision": 1
    });
    let (status, body) = send(&app, Method::PUT, &path, &mapping).await;
    assert_eq!(
        (status, &body["target"]["revision"]),
        (StatusCode::OK, &json!(2)),
        "{body}"
    );
    let listing = format!("/api/v1/forwarding-targets/{id}/devices?q={MN}");
    let (_, _, body) = app.get(&listing).await;
    let row = &body["devices"][0];
    assert_eq!(
        (&row["superior_mn"], &row["has_password"]),
        (&json!("UP1"), &json!(true))
    );
    assert!(!body.to_string().contains("sup3r!"));
    let bad = json!({ "is_enabled": true, "superior_mn": "A;CN=1", "revision": 2 });
    let (status, body) = send(&app, Method::PUT, &path, &bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/superior_mn");
    let (status, _) = send(
        &app,
        Method::DELETE,
        &format!("{path}?revision=2"),
        &json!(null),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let (_, _, body) = app.get(&listing).await;
    assert_eq!(body["devices"][0]["is_mapped"], false);
}

#[tokio::test]
async fn what_was_not_taken_is_listed_and_sent_again() {
    let (app, city) = TestApp::with_city().await;
    let id = create(&app).await;
    let failure = |packet| Failure {
        packet_id: PacketId(packet),
        device_id: city.device_id.0,
        at: app.state.now(),
        reason: FailureReason::RefusedBySuperior,
        detail: "3".to_owned(),
        attempts: 1,
        state: FailureState::Failed,
    };
    let (_, _, body) = app.get(&format!("/api/v1/forwarding-targets/{id}")).await;
    let done: i64 = body["target"]["done_packet_id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let outcome = Outcome {
        done: PacketId(done),
        done_received_at: None,
        delivery: Delivery {
            failures: (1..=3).map(failure).collect(),
            ..Delivery::default()
        },
    };
    save_outcome(&app.state.database, TargetId(id), PacketId(done), &outcome)
        .await
        .unwrap();
    let listing = format!("/api/v1/forwarding-targets/{id}/failures?limit=2");
    let (_, _, body) = app.get(&listing).await;
    assert_eq!(
        (&body["failures"][0]["packet_id"], &body["meta"]["next"]),
        (&json!("3"), &json!("2"))
    );
    assert_eq!(body["failures"][0]["mn"], MN);
    let path = format!("/forwarding-targets/{id}/failures/resend");
    let (_, body) = send(&app, Method::POST, &path, &json!({ "packets": ["3"] })).await;
    assert_eq!(body["packets"], 1);
    let (_, body) = send(&app, Method::POST, &path, &json!({ "packets": null })).await;
    assert_eq!(body["packets"], 2);
    let (status, body) = send(&app, Method::POST, &path, &json!({ "packets": ["x"] })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["errors"][0]["pointer"], "/packets/0");
    let (_, _, body) = app.get(&listing).await;
    assert_eq!(body["failures"][0]["state"], "queued");
}
