//! Gaps by HTTP: listed, filtered, paged, counted, asked for again.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use monitoring::gaps::{Extent, GapSettings, GapState, list_open_gaps, save_gaps, scan_gaps};

use crate::app::TestApp;

async fn with_gaps() -> TestApp {
    let (app, _city) = TestApp::with_city().await;
    let state = &app.state;
    let directory = state.directory.current();
    let mut settings = GapSettings::default();
    settings.hour.window_hours = 12;
    settings.hour.lookback_hours = 24;
    scan_gaps(
        &state.database,
        &directory,
        &[],
        &settings,
        (Extent::Whole, state.now()),
    )
    .await
    .unwrap();
    app
}

#[tokio::test]
async fn gaps_are_listed_by_filter_and_page() {
    let app = with_gaps().await;
    let (status, _, body) = app
        .get("/api/v1/gaps?kind=hour&state=open&state=given_up")
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let gaps = body["gaps"].as_array().unwrap();
    assert!(gaps.len() >= 2, "{body}");
    let gap = &gaps[0];
    assert_eq!(
        (&gap["state"], &gap["reason"]),
        (&"open".into(), &"found".into())
    );
    assert!(
        gap["site_name_zh"].as_str().unwrap().starts_with("模拟"),
        "{gap}"
    );
    assert_eq!(gap["missing"], gap["periods"]);
    assert!(gap["command_id"].is_null());

    let (_, _, page) = app.get("/api/v1/gaps?kind=hour&limit=1").await;
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, _, second) = app
        .get(&format!("/api/v1/gaps?kind=hour&limit=1&after={next}"))
        .await;
    assert_ne!(page["gaps"][0]["id"], second["gaps"][0]["id"]);
    for (filter, count) in [
        ("state=filled", 0),
        ("point_id=9999", 0),
        ("region=430300", 0),
        ("kind=hour&to=2018-05-03T13:00:00%2B08:00", 0),
    ] {
        let (status, _, body) = app.get(&format!("/api/v1/gaps?{filter}")).await;
        assert_eq!(status, StatusCode::OK, "{filter}: {body}");
        assert_eq!(
            body["gaps"].as_array().unwrap().len(),
            count,
            "{filter}: {body}"
        );
    }
    let (_, _, body) = app.get("/api/v1/gaps/counts").await;
    let of_hours = body["counts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|count| count["kind"] == "hour" && count["state"] == "open")
        .unwrap();
    assert_eq!(of_hours["gaps"], gaps.len());
}

#[tokio::test]
async fn gaps_asked_for_wrongly_are_refused() {
    let app = TestApp::new().await;
    for wrong in [
        "state=lost",
        "kind=realtime",
        "region=x",
        "from=later",
        "after=x",
    ] {
        let (status, _, body) = app.get(&format!("/api/v1/gaps?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
    }
}

#[tokio::test]
async fn a_gap_is_asked_for_again() {
    let app = with_gaps().await;
    let mut gap = list_open_gaps(&app.state.database).await.unwrap().remove(0);
    gap.state = GapState::GivenUp;
    gap.attempts = 3;
    gap.closed_at = Some(app.state.now());
    save_gaps(&app.state.database, std::slice::from_ref(&gap))
        .await
        .unwrap();
    let again = async |id: &str| {
        let path = format!("/api/v1/gaps/{id}/request");
        app.call(Request::post(path).body(Body::empty()).unwrap())
            .await
    };
    let (status, _, body) = again(&gap.id.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        (&body["gap"]["state"], &body["gap"]["attempts"]),
        (&"open".into(), &0.into())
    );
    let (status, _, body) = again("01890a5d-ac96-774b-bcce-b302099a8057").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let mut filled = list_open_gaps(&app.state.database).await.unwrap().remove(0);
    filled.state = GapState::Filled;
    filled.closed_at = Some(app.state.now());
    save_gaps(&app.state.database, std::slice::from_ref(&filled))
        .await
        .unwrap();
    let (status, _, body) = again(&filled.id.to_string()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
}
