//! Simulations by HTTP: what would turn comes step by step, and closing the stream ends the work.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::verdicts::with_hours;

fn ask(body: &Value) -> Request<Body> {
    Request::post("/api/v1/verdict-simulations")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// The events of a whole stream, by name.
async fn run(app: &TestApp, body: &Value) -> Vec<(String, Value)> {
    let (status, kind, text) = app.call_for_text(ask(body)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(kind, "text/event-stream");
    text.split("\n\n")
        .filter_map(|block| {
            let (name, data) = block.split_once('\n')?;
            let name = name.strip_prefix("event: ")?.to_owned();
            let data = serde_json::from_str(data.strip_prefix("data: ")?).unwrap();
            Some((name, data))
        })
        .collect()
}

fn stricter(upper: &str) -> Value {
    json!({
        "medium": "waste_gas", "from": "2018-04-20", "to": "2018-05-10",
        "with_limits": format!("[[limit]]\nfactor = \"a21026\"\nupper = \"{upper}\"\n"),
    })
}

#[tokio::test]
async fn what_would_turn_is_told_with_both_verdicts() {
    let (app, city) = with_hours().await;
    let events = run(&app, &stricter("35.4")).await;
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["step", "step", "end"],
        "April and May of one outlet"
    );
    let (april, may, end) = (&events[0].1, &events[1].1, &events[2].1);
    assert_eq!((&april["judged"], &april["done"]), (&json!(0), &json!(1)));
    assert_eq!((&may["judged"], &may["steps"]), (&json!(2), &json!(2)));
    assert_eq!(
        may["flips"],
        json!([]),
        "35.5 is over both limits, 35 within both"
    );
    assert_eq!(end["judged"], 2);

    let events = run(&app, &stricter("30")).await;
    let flip = &events[1].1["flips"][0];
    assert_eq!(flip["time"], "2018-05-04T09:00:00+08:00");
    assert_eq!(flip["present"]["is_attained"], true);
    assert_eq!(flip["other"]["is_attained"], false);
    assert_eq!(flip["other"]["deciding"][0]["name_zh"], "二氧化硫");
    assert_eq!(flip["direction"], "worse");
    let step = &events[1].1;
    assert_eq!(step["point_id"], city.point_id.0);
    assert_eq!(step["county"], "430421");
    assert_eq!(step["is_simulated"], true);
    assert_eq!(events[2].1["worse"], 1);
    assert_eq!(events[2].1["points_turned"], 1);
}

#[tokio::test]
async fn closing_the_stream_gives_the_turn_to_who_waits() {
    let (app, _city) = with_hours().await;
    // ten years of steps, of which nobody reads more than the first
    let mut long = stricter("30");
    long["from"] = json!("2010-01-01");
    long["to"] = json!("2019-12-31");
    let mut open = Vec::new();
    for _ in 0..2 {
        let stream = app.answer(ask(&long)).await;
        assert_eq!(stream.status(), StatusCode::OK);
        let mut data = stream.into_body().into_data_stream();
        assert!(data.next().await.unwrap().is_ok());
        open.push(data);
    }
    let mut third = Box::pin(app.answer(ask(&stricter("30"))));
    assert!(
        futures_util::poll!(third.as_mut()).is_pending(),
        "both turns are taken"
    );
    open.pop();
    let stream = tokio::time::timeout(std::time::Duration::from_mins(1), third)
        .await
        .expect("a turn was given back");
    assert_eq!(stream.status(), StatusCode::OK);
}

#[tokio::test]
async fn wrong_questions_are_refused_with_their_field() {
    let (app, _city) = with_hours().await;
    let with = |field: &str, value: Value| {
        let mut body = stricter("30");
        body[field] = value;
        body
    };
    let mut nothing_else = stricter("30");
    nothing_else.as_object_mut().unwrap().remove("with_limits");
    for (body, pointer) in [
        (with("medium", json!("noise")), "/medium"),
        (with("medium", json!("fire")), "/medium"),
        (with("kind", json!("day")), "/kind"),
        (with("kind", json!("week")), "/kind"),
        (with("from", json!("soon")), "/from"),
        (with("to", json!("2018-04-19")), "/to"),
        (with("to", json!("2038-04-19")), "/to"),
        (with("region", json!("x")), "/region"),
        (with("with_limits", json!("x")), "/with_limits"),
        (
            with("with_limits", json!("#".repeat(100_001))),
            "/with_limits",
        ),
        (with("with_rules_of", json!("x")), "/with_rules_of"),
        (with("target_class", json!(6)), "/target_class"),
        (nothing_else, "/with_limits"),
    ] {
        let (status, _, answer) = app.call(ask(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
    }
    let (status, _, _) = app.call(ask(&with("point_id", json!(999)))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
