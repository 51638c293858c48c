//! Rates by HTTP: listed, paged, opened to their inputs, reported.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use background_jobs::{RatesProgress, run_rates_once};

use crate::app::TestApp;

async fn with_rates() -> (TestApp, crate::city::City) {
    let (app, city) = TestApp::with_city().await;
    let state = &app.state;
    let mut progress = RatesProgress::default();
    while run_rates_once(&state.database, &state.directory, &app.clock, &mut progress)
        .await
        .unwrap()
    {}
    (app, city)
}

#[tokio::test]
async fn rates_are_listed_with_what_they_were_divided_from() {
    let (app, city) = with_rates().await;
    let path = "/api/v1/rates?level=county&period=day&from=2018-05-03&to=2018-05-04";
    let (status, _, body) = app.get(path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["rates"].as_array().unwrap().len(), 2);
    let day = &body["rates"][0];
    assert_eq!(
        (&day["subject_kind"], &day["name_zh"]),
        (&"county".into(), &"衡阳县".into())
    );
    assert_eq!(day["due_hours"], 24);
    assert_eq!(day["due_values"], 48);
    assert_eq!(day["networking"], "0.00");
    assert_eq!(day["transmission_effectiveness"], "0.00");
    assert!(day["effective"].is_null(), "nothing came");
    // at 13:00 the hour 12:00 may still come
    assert_eq!(body["rates"][1]["due_hours"], 12);
    assert_eq!(body["basis"][0]["from_memory"], true);

    let (_, _, page) = app.get(&format!("{path}&limit=1")).await;
    let next = page["meta"]["next"].as_str().unwrap();
    let (_, _, page) = app.get(&format!("{path}&limit=1&after={next}")).await;
    assert_eq!(page["rates"][0]["day"], "2018-05-04");
    assert!(page["meta"]["next"].is_null());

    for level in ["point", "organisation", "all"] {
        let path = format!("/api/v1/rates?level={level}&period=month");
        let (status, _, body) = app.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["rates"][0]["day"], "2018-05-01");
        assert_eq!(body["rates"][0]["due_hours"], 3 * 24 + 12);
    }
    let path = format!("/api/v1/rates?point_id={}", city.point_id.0 + 1);
    let (_, _, body) = app.get(&path).await;
    assert_eq!(body["rates"], serde_json::json!([]));
}

#[tokio::test]
async fn a_rate_is_open_to_its_hours() {
    let (app, city) = with_rates().await;
    let path = format!(
        "/api/v1/rates/inputs?point_id={}&day=2018-05-04",
        city.point_id.0
    );
    let (status, _, body) = app.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["hours"].as_array().unwrap().len(), 24);
    assert_eq!(body["hours"][0]["values"][0]["state"], "missing");
    assert_eq!(body["hours"][13]["not_due"], "not_yet");
    assert_eq!(body["due_hours"], 12);
    let (status, _, _) = app
        .get("/api/v1/rates/inputs?point_id=999&day=2018-05-04")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let path = format!(
        "/api/v1/rates/inputs?point_id={}&day=yesterday",
        city.point_id.0
    );
    let (status, _, _) = app.get(&path).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn rates_asked_for_wrongly_are_refused() {
    let app = TestApp::new().await;
    for wrong in [
        "level=street",
        "period=week",
        "from=later",
        "from=2018-05-04&to=2018-05-03",
        "from=2010-01-01",
        "medium=fire",
        "after=x",
    ] {
        let (status, _, body) = app.get(&format!("/api/v1/rates?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {body}");
    }
}

#[tokio::test]
async fn rates_are_reported_as_a_workbook() {
    let (app, _city) = with_rates().await;
    let path = "/api/v1/reports/rates.xlsx?from=2018-05-01&to=2018-05-04";
    let sheets = open_workbook(&app, path).await;
    let names: Vec<&str> = sheets.iter().map(|(name, _rows)| name.as_str()).collect();
    assert_eq!(names, ["县市区", "企业", "监测点", "口径说明"]);
    let county = &sheets[0].1;
    assert!(county[1][0].contains("2018-05-01 至 2018-05-04"));
    assert!(county[1][0].contains("含模拟数据"));
    let line: Vec<&str> = county[3].iter().map(String::as_str).collect();
    // 84 hours of two factors were due and nothing came
    assert_eq!(line[..4], ["1", "衡阳县", "1", "0"]);
    assert_eq!(line[6..10], ["—", "0", "168", "0"]);
    assert!(
        sheets[3]
            .1
            .iter()
            .any(|row| row[0] == "传输有效率" && row[2].contains("待与原文核对"))
    );
}

/// Every sheet's name and lines, as text.
pub(crate) async fn open_workbook(app: &TestApp, path: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, content_type, bytes) = app.call_bytes(request).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    assert!(content_type.ends_with("spreadsheetml.sheet"));
    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let sheets = calamine::Reader::worksheets(&mut workbook);
    let text = |cell: &calamine::Data| cell.to_string();
    sheets
        .into_iter()
        .map(|(name, range)| {
            let rows = range.rows().map(|row| row.iter().map(text).collect());
            (name, rows.collect())
        })
        .collect()
}

#[tokio::test]
async fn rates_are_given_as_a_table_with_every_figure() {
    let (app, _city) = with_rates().await;
    let path = "/api/v1/reports/rates.csv?level=point&from=2018-05-03&to=2018-05-04";
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, content_type, text) = app.call_for_text(request).await;
    assert_eq!(status, StatusCode::OK);
    assert!(content_type.starts_with("text/csv"));
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 3);
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns));
    assert!(lines[1].starts_with("2018-05-03,point,"));
    assert!(
        lines[1].ends_with(",0.00,0.00,0.00,,0.00,24,0,0,0,48,0,0,0,是 yes"),
        "{}",
        lines[1]
    );
}

#[tokio::test]
async fn the_duty_report_holds_alarms_exceedances_rates_and_shifts() {
    let (app, _city) = with_rates().await;
    let request = Request::post("/api/v1/duty/shifts")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"officer":"张明"}"#))
        .unwrap();
    assert_eq!(app.call(request).await.0, StatusCode::OK);
    let path = "/api/v1/reports/duty.xlsx?from=2018-05-01&to=2018-05-04";
    let sheets = open_workbook(&app, path).await;
    let names: Vec<&str> = sheets.iter().map(|(name, _rows)| name.as_str()).collect();
    let expected = [
        "报警",
        "超标数据",
        "县市区",
        "企业",
        "监测点",
        "口径说明",
        "班次",
    ];
    assert_eq!(names, expected);
    assert!(sheets[6].1.iter().any(|row| row[1] == "张明"));
    // of a day before the shift began
    let sheets = open_workbook(&app, "/api/v1/reports/duty.xlsx?from=2018-05-02").await;
    assert_eq!(sheets[6].1.len(), 3);
    for wrong in [
        "from=x",
        "from=2018-05-04&to=2018-05-03",
        "from=2018-01-01&to=2018-05-03",
    ] {
        let (status, _, _) = app.get(&format!("/api/v1/reports/duty.xlsx?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
