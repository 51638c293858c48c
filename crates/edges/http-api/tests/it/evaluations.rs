//! Tables of measurements judged by HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;

async fn post(app: &TestApp, medium: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(format!("/api/v1/evaluations/{medium}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, _, answer) = app.call(request).await;
    (status, answer)
}

#[tokio::test]
async fn rows_are_judged_beside_rows_that_cannot_be() {
    let app = TestApp::new().await;
    let body = json!({
        "columns": ["时间", "PM2.5", "PM10"],
        "rows": [["2020-04-02 05:00", "43", "69"], ["2020-04-02 06:00", "x", "69"]],
        "language": "en",
    });
    let (status, answer) = post(&app, "air", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let found = &answer["evaluation"];
    assert_eq!(
        (&found["judged"], &found["refused"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(found["columns"][0]["key"], "aqi");
    assert_eq!(found["rows"][0]["values"][0], "60");
    assert_eq!(found["rows"][0]["basis"]["edition"], "HJ 633-2012");
    assert!(
        found["rows"][0]["explanation"][0]
            .as_str()
            .unwrap()
            .contains("By HJ 633-2012")
    );
    assert_eq!(found["rows"][1]["problems"][0]["column"], "PM2.5");
    assert_eq!(found["rows"][1]["problems"][0]["reason"], "is not a number");
    assert!(found["rows"][1]["basis"].is_null());
}

#[tokio::test]
async fn another_edition_names_the_verdicts_that_change() {
    let app = TestApp::new().await;
    let body = json!({
        "columns": ["date", "pm2_5_24h"],
        "rows": [["2020-01-01", "70"]],
        "with_rules_of": "2026-03-01",
    });
    let (status, answer) = post(&app, "air", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let found = &answer["evaluation"];
    assert_eq!(found["changed"], 1);
    let change = &found["rows"][0]["changes"][0];
    assert_eq!(change["column"], "aqi");
    // 2012: 50 + 50 × 35 ÷ 40 = 93.75; 2026: 100 + 50 × 10 ÷ 55 = 109.09…
    assert_eq!(
        (&change["from"], &change["to"]),
        (&json!("94"), &json!("110"))
    );
}

#[tokio::test]
async fn what_cannot_be_judged_at_all_is_a_problem_with_its_field() {
    let app = TestApp::new().await;
    let rows = vec![vec!["1"]; 5_001];
    for (medium, body, expected, pointer) in [
        (
            "fire",
            json!({"columns": ["a"], "rows": []}),
            StatusCode::NOT_FOUND,
            "",
        ),
        (
            "air",
            json!({"columns": ["a"], "rows": []}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/columns",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": rows}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/rows",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "date": "x"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/date",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "with_limits": "x"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/with_limits",
        ),
        (
            "air",
            json!({"columns": ["pm10"], "rows": [], "language": "fr"}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "/language",
        ),
    ] {
        let (status, answer) = post(&app, medium, &body).await;
        assert_eq!(status, expected, "{pointer} {answer}");
        if !pointer.is_empty() {
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
        }
    }
}

async fn read(app: &TestApp, bytes: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post("/api/v1/evaluation-tables")
        .header("content-type", "application/octet-stream")
        .body(bytes.into())
        .unwrap();
    let (status, _, answer) = app.call(request).await;
    (status, answer)
}

#[tokio::test]
async fn files_and_pasted_cells_become_rows_of_texts() {
    let app = TestApp::new().await;
    // a comma, a tabulator as a spreadsheet copies, and a semicolon
    for text in [
        "时间,PM2.5\r\n2026-03-01,35\r\n,\r\n2026-03-02,0.10\r\n",
        "时间\tPM2.5\n2026-03-01\t35\n\n2026-03-02\t0.10\n",
        "时间;PM2.5\n2026-03-01;35\n;\n2026-03-02;0.10\n",
    ] {
        let (status, answer) = read(&app, text).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let table = &answer["evaluation_table"];
        assert_eq!(table["columns"], json!(["时间", "PM2.5"]), "{text}");
        assert_eq!(table["rows"][0]["cells"], json!(["2026-03-01", "35"]));
        assert_eq!(table["rows"][1]["cells"], json!(["2026-03-02", "0.10"]));
        assert_eq!(table["problems"], json!([]));
    }
    let (_, answer) = read(&app, "a,b\n1,2,3\n4\n").await;
    let table = &answer["evaluation_table"];
    assert_eq!(table["rows"], json!([{ "row": 3, "cells": ["4", ""] }]));
    assert_eq!(table["problems"][0]["row"], 2);
    assert_eq!(table["problems"][0]["reason_zh"], "这一行的单元格比标题多");
}

#[tokio::test]
async fn a_day_of_a_workbook_has_no_hour() {
    let app = TestApp::new().await;
    let book = |format: &str, hour: u16| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        let format = rust_xlsxwriter::Format::new().set_num_format(format);
        for (column, name) in ["日期", "PM2.5"].into_iter().enumerate() {
            sheet
                .write(0, u16::try_from(column).unwrap(), name)
                .unwrap();
        }
        for row in 1..=2_u8 {
            let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, row).unwrap();
            let date = date.and_hms(hour, 0, 0).unwrap();
            sheet
                .write_with_format(u32::from(row), 0, &date, &format)
                .unwrap();
            sheet.write(u32::from(row), 1, 35.5).unwrap();
        }
        workbook.save_to_buffer().unwrap()
    };
    let (status, answer) = read(&app, book("yyyy-mm-dd", 0)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let rows = &answer["evaluation_table"]["rows"];
    assert_eq!(rows[0]["cells"], json!(["2026-03-01", "35.5"]));
    let (_, answer) = read(&app, book("yyyy-mm-dd hh:mm", 5)).await;
    let rows = &answer["evaluation_table"]["rows"];
    assert_eq!(rows[1]["cells"], json!(["2026-03-02T05:00:00", "35.5"]));
}

#[tokio::test]
async fn what_is_no_table_or_too_much_is_refused() {
    let app = TestApp::new().await;
    let (status, answer) = read(&app, "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert_eq!(answer["errors"][0]["pointer"], "file");
    let (status, _) = read(&app, &b"PK\x03\x04 no workbook"[..]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for much in [
        "a\n1\n".to_owned() + &"1\n".repeat(20_000),
        "x".repeat((4 << 20) + 1),
    ] {
        let (status, answer) = read(&app, much).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
    }
}

#[tokio::test]
async fn rows_that_are_judged_together_come_with_a_summary() {
    let app = TestApp::new().await;
    let mut body = json!({
        "columns": ["监测对象", "路段长度(km)", "功能区", "日期", "昼间"],
        "rows": [
            ["道路", "2", "4a", "2025-05-01", "70.0"],
            ["道路", "1", "4a", "2025-05-01", "64.0"],
            ["道路", "", "4a", "2025-05-01", "64.0"],
        ],
        "language": "en",
    });
    let (status, answer) = post(&app, "noise", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let found = &answer["evaluation"];
    assert_eq!(found["rows"].as_array().unwrap().len(), 3);
    let group = &found["summary"]["groups"][0];
    assert_eq!(
        (&group["kind"], &group["period"]),
        (&json!("noise_road"), &json!("2025"))
    );
    // (2 × 70 + 1 × 64) / 3 = 68.0
    assert_eq!(group["values"][3], "68.0");
    assert_eq!(group["values"][4], "一级 好");
    assert_eq!(group["basis"]["edition"], "HJ 640-2012");
    assert_eq!(group["basis"]["is_to_be_verified"], true);
    assert!(
        group["explanation"]
            .to_string()
            .contains("Weighted by length: 204 / 3 = 68.0")
    );
    assert_eq!((&group["rows"], &group["left_out"]), (&json!(2), &json!(1)));
    assert_eq!(found["summary"]["left_out"][0]["row"], 3);
    assert_eq!(found["summary"]["left_out_rows"], 1);

    body["answer"] = json!("rows");
    let (_, answer) = post(&app, "noise", &body).await;
    assert!(answer["evaluation"]["summary"].is_null());
    body["answer"] = json!("summary");
    body["period"] = json!("quarter");
    let (_, answer) = post(&app, "noise", &body).await;
    let found = &answer["evaluation"];
    assert_eq!((&found["rows"], &found["judged"]), (&json!([]), &json!(3)));
    assert_eq!(found["summary"]["groups"][0]["period"], "2025-Q2");
    for (key, value) in [("answer", "all"), ("period", "week")] {
        let mut wrong = body.clone();
        wrong[key] = json!(value);
        let (status, answer) = post(&app, "noise", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert_eq!(answer["errors"][0]["pointer"], format!("/{key}"));
    }
}

#[tokio::test]
async fn a_summary_alone_is_of_more_rows_than_a_table_of_results() {
    let app = TestApp::new().await;
    let rows = vec![vec!["蒸水", "一", "2026-01-05", "0.2"]; 6_000];
    let mut body = json!({"columns": ["河流", "断面", "日期", "氨氮"], "rows": rows});
    let (status, _) = post(&app, "water", &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    body["answer"] = json!("summary");
    let (status, answer) = post(&app, "water", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["evaluation"]["summary"]["groups"][0]["rows"], 6_000);
}
