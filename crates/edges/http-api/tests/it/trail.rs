//! The audit trail by HTTP: the file, and what is known of its chain.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use background_jobs::{AuditProgress, run_audit_once};
use serde_json::json;

use crate::accounts::{administrator, person};
use crate::app::TestApp;

#[tokio::test]
async fn an_auditor_takes_the_trail_and_sees_its_chain_verified() {
    let app = TestApp::with_accounts().await;
    let admin = administrator(&app).await;
    let everywhere = json!({ "kind": "everything" });
    let auditor = person(&admin, "auditor", "auditor", everywhere).await;
    let (status, body) = auditor.get("/api/v1/audit/chain").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let chain = &body["audit_chain"];
    assert_eq!(chain["whole_up_to"], 0);
    assert_eq!(chain["is_being_verified"], true, "not looked at yet");
    let state = &app.state;
    let mut progress = AuditProgress::default();
    run_audit_once(&state.database, &*state.clock, &state.audit, &mut progress)
        .await
        .unwrap();
    let (_status, body) = auditor.get("/api/v1/audit/chain").await;
    let chain = &body["audit_chain"];
    assert_eq!(chain["whole_up_to"], chain["entries"], "{chain}");
    assert_eq!(chain["broken_at"], json!(null));
    assert_eq!(chain["verified_at"], "2018-05-04T13:00:00+08:00");
    let path = "/api/v1/audit/chain/verification";
    let (status, body) = auditor.call(Method::POST, path, None).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["audit_chain"]["is_being_verified"], true);

    let request = Request::get("/api/v1/audit/entries.csv?action=accounts.")
        .header("cookie", &auditor.cookie)
        .body(Body::empty())
        .unwrap();
    let (status, kind, text) = app.call_for_text(request).await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::OK, "text/csv; charset=utf-8")
    );
    let last = text.lines().last().unwrap();
    assert!(
        last.contains("user:auditor") && last.contains("accounts.export_audit"),
        "{last}"
    );

    // who keeps accounts does not keep the trail, and a wrong question takes nothing
    let (status, _body) = admin.get("/api/v1/audit/entries.csv").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _body) = auditor
        .get("/api/v1/audit/entries.csv?from=yesterday")
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (_status, after) = auditor.get("/api/v1/audit?action=accounts.export").await;
    assert_eq!(
        after["audit_entries"].as_array().unwrap().len(),
        1,
        "{after}"
    );
}

/// Whoever takes restricted data along stands in the trail.
#[tokio::test]
async fn every_export_of_restricted_data_is_kept() {
    let app = TestApp::with_accounts().await;
    let city = app.create_city().await;
    let admin = administrator(&app).await;
    let everywhere = json!({ "kind": "everything" });
    let auditor = person(&admin, "auditor", "auditor", everywhere.clone()).await;
    let manager = person(&admin, "manager", "monitoring_manager", everywhere).await;
    let point = city.point_id.0;
    let time = "from=2018-05-04T00:00:00%2B08:00&to=2018-05-05T00:00:00%2B08:00";
    let files = [
        (
            "monitoring.export_series",
            format!("/points/{point}/series.csv?kind=hour&{time}"),
        ),
        (
            "monitoring.export_rates",
            "/reports/rates.csv?level=point&period=day&from=2018-05-04&to=2018-05-04".to_owned(),
        ),
        (
            "monitoring.export_rates",
            "/reports/rates.xlsx?level=point&period=day&from=2018-05-04&to=2018-05-04".to_owned(),
        ),
        (
            "alarms.export_exceedances",
            format!("/reports/exceedances.xlsx?{time}"),
        ),
        (
            "alarms.export_duty_report",
            "/reports/duty.xlsx?from=2018-05-04".to_owned(),
        ),
    ];
    for (place, (action, path)) in files.iter().enumerate() {
        let request = Request::get(format!("/api/v1{path}"))
            .header("cookie", &manager.cookie)
            .body(Body::empty())
            .unwrap();
        let (status, _kind, bytes) = app.call_bytes(request).await;
        let said = String::from_utf8_lossy(&bytes);
        assert_eq!(status, StatusCode::OK, "{path}: {said}");
        let (_status, body) = auditor.get("/api/v1/audit?actor=user:manager").await;
        let last = &body["audit_entries"][0];
        assert_eq!(last["action"], *action, "{place} {path}: {last}");
    }
}
