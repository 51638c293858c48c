//! How the server is, for whoever watches it: `/healthz`, `/readyz` for everybody, `/metrics` for who
//! may read the platform's state.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use monitoring::{InterpreterHealth, JournalHealth};

use crate::ApiState;
use crate::commands::CounterBody;

pub(crate) const METRICS_PATH: &str = "/metrics";

pub(crate) fn routes() -> axum::Router<ApiState> {
    axum::Router::new()
        .route("/healthz", get(is_alive))
        .route("/readyz", get(is_ready))
        .route(METRICS_PATH, get(write_metrics))
}

/// Whether the process answers at all.
async fn is_alive() -> &'static str {
    "ok\n"
}

/// Whether packets are committed and the database is read.
async fn is_ready(State(state): State<ApiState>) -> (StatusCode, &'static str) {
    let is_committing = matches!(&*state.journal.health().borrow(), JournalHealth::Committing);
    if !is_committing {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "packets are not committed\n",
        );
    }
    match state.database.schema_state().await {
        Ok(_answered) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}

/// A page of figures in the text format of Prometheus.
#[derive(Default)]
struct Page(String);

impl Page {
    fn put(&mut self, name: &str, kind: &str, about: &str, rows: &[(String, f64)]) {
        let out = &mut self.0;
        // writing to a String cannot fail
        let _written = writeln!(out, "# HELP {name} {about}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _written = writeln!(out, "{name}{labels} {value}");
        }
    }

    fn count(&mut self, name: &str, about: &str, value: u64) {
        self.put(name, "counter", about, &[(String::new(), number(value))]);
    }

    fn gauge(&mut self, name: &str, about: &str, value: f64) {
        self.put(name, "gauge", about, &[(String::new(), value)]);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus has no other numbers; counts stay far below 2^53"
)]
fn number(value: u64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus has no other numbers; milliseconds stay far below 2^53"
)]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn flag(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

/// A label's value, with what would end it early taken out.
fn label(name: &str, value: &str) -> String {
    let plain: String = value
        .chars()
        .filter(|letter| !matches!(letter, '"' | '\\' | '\n'))
        .collect();
    format!("{{{name}=\"{plain}\"}}")
}

async fn write_metrics(State(state): State<ApiState>) -> impl IntoResponse {
    let mut page = Page::default();
    put_journal(&mut page, &state);
    put_interpreter(&mut page, &state);
    put_gateway(&mut page, &state);
    put_jobs(&mut page, &state);
    if let Some(folder) = &state.settings.data_folder
        && let Some(free) = background_jobs::find_free_disk_bytes(folder).await
    {
        page.gauge(
            "qingshan_free_disk_bytes",
            "Free bytes where the database is",
            number(free),
        );
    }
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    ([kind], page.0)
}

fn put_journal(page: &mut Page, state: &ApiState) {
    let journal = state.journal.figures();
    let is_committing = matches!(&*state.journal.health().borrow(), JournalHealth::Committing);
    page.gauge(
        "qingshan_journal_committing",
        "Whether packets are committed",
        flag(is_committing),
    );
    for (name, about, value) in [
        (
            "packets",
            "Packets committed since the start",
            journal.packets,
        ),
        ("bytes", "Their bytes as they came", journal.bytes),
        (
            "stored_bytes",
            "Their bytes as stored",
            journal.stored_bytes,
        ),
        ("commits", "Commits since the start", journal.commits),
        (
            "failures",
            "Commits that the database refused",
            journal.failures,
        ),
    ] {
        page.count(&format!("qingshan_journal_{name}_total"), about, value);
    }
    page.gauge(
        "qingshan_journal_waiting",
        "Packets waiting to be committed",
        number(journal.waiting),
    );
    page.gauge(
        "qingshan_journal_longest_commit_seconds",
        "The longest commit since the start",
        number(journal.longest_commit_us) / 1e6,
    );
}

fn put_interpreter(page: &mut Page, state: &ApiState) {
    let interpreter = state.interpreter.figures();
    let is_working = matches!(
        &*state.interpreter.health().borrow(),
        InterpreterHealth::Working
    );
    page.gauge(
        "qingshan_interpreter_working",
        "Whether records are written",
        flag(is_working),
    );
    page.gauge(
        "qingshan_interpreter_lag_seconds",
        "How long the oldest packet without records has been waiting",
        seconds(interpreter.lag_ms),
    );
    for (name, about, value) in [
        (
            "packets",
            "Packets read since the start",
            interpreter.packets,
        ),
        (
            "records",
            "Records written since the start",
            interpreter.records,
        ),
        (
            "defects",
            "Departures from the standard",
            interpreter.defects,
        ),
        (
            "failures",
            "Batches that could not be written",
            interpreter.failures,
        ),
    ] {
        page.count(&format!("qingshan_interpreter_{name}_total"), about, value);
    }
}

fn put_gateway(page: &mut Page, state: &ApiState) {
    page.gauge(
        "qingshan_connections_open",
        "Open connections of devices",
        number(state.connections.count_connections() as u64),
    );
    page.gauge(
        "qingshan_devices_online",
        "Devices that are connected",
        number(state.connections.count_online() as u64),
    );
    let counted: Vec<_> = CounterBody::list(state)
        .iter()
        .map(CounterBody::figure)
        .map(|(name, value)| (label("counter", name), number(value)))
        .collect();
    page.put(
        "qingshan_gateway_total",
        "counter",
        "What the gateway counted since the start",
        &counted,
    );
}

fn put_jobs(page: &mut Page, state: &ApiState) {
    let reports = state.jobs.reports();
    let of_jobs = |value: fn(&background_jobs::JobReport) -> f64| -> Vec<_> {
        reports
            .iter()
            .map(|(name, report)| (label("job", name), value(report)))
            .collect()
    };
    let runs = of_jobs(|report| number(report.runs));
    page.put("qingshan_job_runs_total", "counter", "Runs of a job", &runs);
    let failures = of_jobs(|report| number(report.failures));
    page.put(
        "qingshan_job_failures_total",
        "counter",
        "Runs of a job that failed",
        &failures,
    );
    let last = of_jobs(|report| seconds(report.duration_ms));
    page.put(
        "qingshan_job_last_seconds",
        "gauge",
        "How long the last run of a job took",
        &last,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_lines_and_no_label_ends_early() {
        let mut page = Page::default();
        page.count("qingshan_packets_total", "Packets", 7);
        let rows = [(label("job", "a\"b\nc\\"), seconds(1500))];
        page.put("qingshan_job_last_seconds", "gauge", "Last", &rows);
        assert_eq!(
            page.0,
            "# HELP qingshan_packets_total Packets\n# TYPE qingshan_packets_total counter\n\
             qingshan_packets_total 7\n# HELP qingshan_job_last_seconds Last\n\
             # TYPE qingshan_job_last_seconds gauge\nqingshan_job_last_seconds{job=\"abc\"} 1.5\n"
        );
    }
}
