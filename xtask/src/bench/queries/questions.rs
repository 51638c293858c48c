//! What is asked of the running server over HTTP, and how long the answers took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beijing_time::{StatDay, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::bench::results::Goal;
use crate::rig::Server;

/// How long one question took, asked again and again.
#[derive(Debug, Serialize)]
pub(in crate::bench) struct Answer {
    name: &'static str,
    times: usize,
    failed: usize,
    p50_ms: f64,
    p95_ms: f64,
    longest_ms: f64,
    /// The longest answer.
    bytes: usize,
    goal_ms: Option<f64>,
}

impl Answer {
    pub(in crate::bench) const fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// A row of the table.
    pub(in crate::bench) fn row(&self) -> String {
        let goal = match self.goal_ms {
            Some(goal) => Goal::at_most(self.p95_ms, goal, "ms").to_string(),
            None => String::new(),
        };
        format!(
            "| {} | {:.1} ms | {:.1} ms | {:.1} ms | {} | {goal} |\n",
            self.name, self.p50_ms, self.p95_ms, self.longest_ms, self.bytes
        )
    }
}

/// One question in as many forms as there are points, so that no answer is only remembered.
struct Question {
    name: &'static str,
    goal_ms: Option<f64>,
    /// Asked less often where one answer takes seconds.
    is_slow: bool,
    asks: Vec<Ask>,
}

enum Ask {
    Get(String),
    Post(&'static str, Value),
}

/// Asks for one path again and again.
pub(in crate::bench) fn ask_path(
    server: &Server,
    (name, path): (&'static str, &str),
    goal_ms: f64,
    times: usize,
) -> Answer {
    let question = Question {
        name,
        goal_ms: Some(goal_ms),
        is_slow: false,
        asks: vec![Ask::Get(path.to_owned())],
    };
    measure(server, &question, times)
}

/// Asks all questions.
pub(super) fn ask(server: &Server, today: StatDay, times: usize) -> Result<Vec<Answer>> {
    let points = list_points(server)?;
    let questions = list_questions(server, &points, today)?;
    questions
        .iter()
        .map(|question| {
            let answer = measure(server, question, times);
            println!("{answer:?}");
            Ok(answer)
        })
        .collect()
}

fn measure(server: &Server, question: &Question, times: usize) -> Answer {
    let times = if question.is_slow {
        times.min(5)
    } else {
        times
    };
    let (mut took, mut failed, mut bytes) = (Vec::new(), 0, 0);
    for ask in question.asks.iter().cycle().take(times) {
        let begin = Instant::now();
        let answer = match ask {
            Ask::Get(path) => server.get(path),
            Ask::Post(path, body) => server.post(path, body),
        };
        took.push(begin.elapsed());
        match answer {
            Ok(answer) => bytes = bytes.max(answer.len()),
            Err(error) => {
                eprintln!("{}: {error:#}", question.name);
                failed += 1;
            }
        }
    }
    took.sort_unstable();
    let at = |percent: usize| {
        let place = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(place).map_or(0.0, milliseconds)
    };
    Answer {
        name: question.name,
        times,
        failed,
        p50_ms: at(50),
        p95_ms: at(95),
        longest_ms: at(100),
        bytes,
        goal_ms: question.goal_ms,
    }
}

fn milliseconds(time: &Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A point and a factor of it that has a limit, where there is one.
struct Point {
    id: i64,
    factor: String,
}

fn list_points(server: &Server) -> Result<Vec<Point>> {
    let listed = read(server, "/points?limit=1000")?;
    let mut points = Vec::new();
    for point in listed
        .get("points")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let id = point
            .get("id")
            .and_then(Value::as_i64)
            .context("a point has an id")?;
        let shown = read(server, &format!("/points/{id}"))?;
        let of = |list: &str| {
            let first = shown.pointer(&format!("/point/{list}/0/factor_code"));
            first.and_then(Value::as_str).map(str::to_owned)
        };
        let Some(factor) = of("limits").or_else(|| of("factors")) else {
            continue;
        };
        points.push(Point { id, factor });
    }
    anyhow::ensure!(!points.is_empty(), "the city has no points");
    Ok(points)
}

fn read(server: &Server, path: &str) -> Result<Value> {
    let text = server.get(path)?;
    serde_json::from_slice(&text).with_context(|| format!("the answer of {path}"))
}

fn list_questions(server: &Server, points: &[Point], today: StatDay) -> Result<Vec<Question>> {
    let to = today.start();
    let (month, year) = (today.plus(-30), today.plus(-365));
    let last = today.plus(-1);
    let series = |kind: &str, from: StatDay, more: &str| -> Vec<Ask> {
        let path = |point: &Point| {
            let (from, to) = (encode(from.start()), encode(to));
            format!(
                "/points/{}/series?kind={kind}&factor={}&from={from}&to={to}{more}",
                point.id, point.factor
            )
        };
        points.iter().map(|point| Ask::Get(path(point))).collect()
    };
    let one = |path: String| vec![Ask::Get(path)];
    let question = |name, goal_ms, asks| Question {
        name,
        goal_ms,
        is_slow: false,
        asks,
    };
    let slow = |name, goal_ms, asks| Question {
        name,
        goal_ms,
        is_slow: true,
        asks,
    };
    let rates = |level: &str, period: &str| {
        format!("/rates?level={level}&period={period}&from={month}&to={last}&limit=1000")
    };
    Ok(vec![
        question(
            "last values of all points (map)",
            Some(20.0),
            one("/map/points".into()),
        ),
        question("overview", Some(50.0), one("/overview".into())),
        question(
            "a factor's year of hours with limits, every value",
            Some(50.0),
            series("hour", year, "&layer=effective"),
        ),
        question(
            "the same reduced to 1000 points, as the chart asks",
            Some(50.0),
            series("hour", year, "&layer=effective&max_points=1000"),
        ),
        question(
            "a factor's month of minutes reduced to 1000 points",
            Some(50.0),
            series("minute", month, "&layer=effective&max_points=1000"),
        ),
        question(
            "a point's last hundred hour records",
            None,
            points
                .iter()
                .map(|point| {
                    let (from, to) = (encode(month.start()), encode(to));
                    Ask::Get(format!(
                        "/points/{}/records?kind=hour&from={from}&to={to}",
                        point.id
                    ))
                })
                .collect(),
        ),
        question(
            "a month's rates of all points",
            Some(2000.0),
            one(rates("point", "month")),
        ),
        question(
            "a month's rates of the counties by day",
            Some(2000.0),
            one(rates("county", "day")),
        ),
        slow(
            "the workbook of a month's rates of the city",
            Some(2000.0),
            one(format!("/reports/rates.xlsx?from={month}&to={last}")),
        ),
        slow(
            "the workbook of a month's exceedances of the city",
            Some(2000.0),
            one(format!(
                "/reports/exceedances.xlsx?from={}&to={}",
                encode(month.start()),
                encode(to)
            )),
        ),
        question("alarms, a page", None, one("/alarms?limit=100".into())),
        slow(
            "back-test of the hour limits on a year of the city",
            Some(60_000.0),
            backtest(server, year, to)?,
        ),
    ])
}

/// The first shipped rule on hour values, over a year.
fn backtest(server: &Server, from: StatDay, to: Timestamp) -> Result<Vec<Ask>> {
    let rules = read(server, "/alarm-rules")?;
    let rule = rules
        .get("rules")
        .or_else(|| rules.get("alarm_rules"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|rule| rule.to_string().contains("\"hour\""))
        .context("a rule on hour values")?;
    let definition = rule.get("definition").context("a rule has a definition")?;
    let body = json!({
        "definition": definition,
        "from": from.start().to_string(),
        "to": to.to_string(),
    });
    Ok(vec![Ask::Post("/alarm-rules/backtest", body)])
}

/// A time as part of an address.
fn encode(time: Timestamp) -> String {
    time.to_string().replace('+', "%2B")
}
