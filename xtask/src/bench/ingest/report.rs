//! What a run of `bench ingest` found, as JSON and as a Markdown table.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ratio;
use super::samples::{CpuShares, Lag, Sample};
use crate::bench::machine::Machine;
use crate::bench::results::Goal;
use crate::rig::SyncTimes;

/// The goals that a run is held against.
const RATE: f64 = 20_000.0;
const P99_MS: f64 = 250.0;
const BYTES_OF_CONNECTION: f64 = 10_240.0;
const CONNECTIONS: f64 = 10_000.0;
/// All memory with that many connections.
const PEAK_MB: f64 = 300.0;
const BYTES_OF_VALUE: f64 = 4.0;
/// Records may be this far behind packets.
const LAG_MS: f64 = 10_000.0;
/// The number of connections for which memory is extrapolated.
const MANY: f64 = 100_000.0;

/// The server's memory with connections held.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    connections: usize,
    alone_mb: f64,
    /// For each connection that was only opened.
    silent_bytes_each: f64,
    /// For each connection that has sent a packet, with what the server remembers of its logger.
    spoken_bytes_each: f64,
    /// Without and with `MANY` such connections.
    extrapolated_mb: f64,
}

/// What the generator says of its run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SendFigures {
    connections: usize,
    packets_per_second_asked: u64,
    seconds: f64,
    sent: u64,
    acknowledged: u64,
    acknowledged_per_second: f64,
    given_up: u64,
    disconnections: u64,
    strange_answers: u64,
    latency_p50_ms: f64,
    latency_p90_ms: f64,
    latency_p99_ms: f64,
    latency_p999_ms: f64,
    latency_longest_ms: f64,
    sent_late_p99_ms: f64,
    packet_bytes: usize,
}

/// What is in the store afterwards.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    verified: Value,
    measured: Value,
}

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) database: &'static str,
    pub(super) machine: Machine,
    pub(super) sync_alone: SyncTimes,
    pub(super) sync_beside: SyncTimes,
    pub(super) held: Held,
    pub(super) send: SendFigures,
    pub(super) commits: u64,
    pub(super) packets_of_commit: f64,
    pub(super) stored_share: f64,
    pub(super) longest_commit_ms: f64,
    pub(super) lag: Lag,
    pub(super) cpu: CpuShares,
    pub(super) peak_resident_mb: f64,
    pub(super) stopped_after_s: f64,
    pub(super) kept: Kept,
    pub(super) errors_in_log: Vec<String>,
    pub(super) samples: Vec<Sample>,
}

impl Held {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(super) fn new(connections: usize, alone: u64, silent: u64, spoken: u64) -> Self {
        let each = |bytes: u64| bytes.saturating_sub(alone) as f64 / connections.max(1) as f64;
        Self {
            connections,
            alone_mb: ratio(alone, 1_000_000),
            silent_bytes_each: each(silent),
            spoken_bytes_each: each(spoken),
            extrapolated_mb: ratio(alone, 1_000_000) + each(spoken) * MANY / 1_000_000.0,
        }
    }
}

impl Kept {
    pub(super) const fn new(verified: Value, measured: Value) -> Self {
        Self { verified, measured }
    }

    fn count(&self, name: &str) -> Option<u64> {
        self.verified.get(name)?.as_u64()
    }

    fn bytes(&self, name: &str) -> f64 {
        self.measured
            .get(name)
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN)
    }
}

impl Report {
    /// Whether all that was acknowledged is there.
    pub(super) fn is_whole(&self) -> bool {
        self.kept.count("missing") == Some(0)
            && self.kept.count("acknowledged") == Some(self.send.acknowledged)
            && self.kept.verified.get("is_chain_whole") == Some(&Value::Bool(true))
    }

    /// The figures as a table, each beside its goal.
    pub(super) fn markdown(&self) -> String {
        let (send, held) = (&self.send, &self.held);
        let mut rows: Vec<(&str, String, String)> = Vec::new();
        let mut row = |name, value: String, goal: String| rows.push((name, value, goal));
        row(
            "connections held",
            held.connections.to_string(),
            Goal::at_least(
                ratio(held.connections as u64, 1),
                CONNECTIONS,
                "connections",
            )
            .to_string(),
        );
        row(
            "acknowledged packets/s (10 factors)",
            format!(
                "{:.0} of {} asked, {:.0} s",
                send.acknowledged_per_second, send.packets_per_second_asked, send.seconds
            ),
            // the pace itself is the goal, and the last packets are waited for
            Goal::at_least(send.acknowledged_per_second / 0.995, RATE, "packets/s").to_string(),
        );
        row(
            "acknowledgement latency p50 / p90 / p99 / p99.9 / longest, ms",
            format!(
                "{:.1} / {:.1} / {:.1} / {:.1} / {:.1}",
                send.latency_p50_ms,
                send.latency_p90_ms,
                send.latency_p99_ms,
                send.latency_p999_ms,
                send.latency_longest_ms
            ),
            format!("p99 {}", Goal::at_most(send.latency_p99_ms, P99_MS, "ms")),
        );
        row(
            "packets sent late by the generator, p99, ms",
            format!("{:.1}", send.sent_late_p99_ms),
            String::new(),
        );
        for (name, times) in [
            ("fdatasync of 16 KiB alone", self.sync_alone),
            ("fdatasync of 16 KiB beside the load", self.sync_beside),
        ] {
            let value = format!(
                "p50 {:.2}, p99 {:.2}, longest {:.1} ms ({})",
                times.p50_ms, times.p99_ms, times.longest_ms, times.count
            );
            row(name, value, String::new());
        }
        row(
            "commits; packets of each; longest",
            format!(
                "{}; {:.0}; {:.0} ms",
                self.commits, self.packets_of_commit, self.longest_commit_ms
            ),
            String::new(),
        );
        row(
            "memory: server alone; for each silent connection; for each that has spoken",
            format!(
                "{:.1} MB; {:.0} bytes; {:.0} bytes",
                held.alone_mb, held.silent_bytes_each, held.spoken_bytes_each
            ),
            Goal::at_most(held.spoken_bytes_each, BYTES_OF_CONNECTION, "bytes").to_string(),
        );
        row(
            "memory with 100,000 connections, extrapolated; peak of the run",
            format!(
                "{:.0} MB; {:.0} MB",
                held.extrapolated_mb, self.peak_resident_mb
            ),
            format!(
                "at 10,000 {}",
                Goal::at_most(self.peak_resident_mb, PEAK_MB, "MB")
            ),
        );
        self.add_rest(&mut row);
        let mut text = format!(
            "### bench ingest, {}: {}\n\n| what | measured | goal |\n| --- | --- | --- |\n",
            self.database,
            self.machine.text(),
        );
        for (name, value, goal) in rows {
            let _ = writeln!(text, "| {name} | {value} | {goal} |");
        }
        text
    }

    fn add_rest(&self, row: &mut impl FnMut(&'static str, String, String)) {
        let (lag, cpu) = (&self.lag, &self.cpu);
        row(
            "interpretation lag: median / longest / at the end, ms",
            format!("{} / {} / {}", lag.median_ms, lag.longest_ms, lag.at_end_ms),
            format!("longest {}", Goal::at_most(lag.longest_ms(), LAG_MS, "ms")),
        );
        row(
            "packets made into records a second under load; the rest took",
            format!(
                "{:.0}; {:.1} s",
                lag.interpreted_per_second, lag.drained_after_s
            ),
            Goal::at_least(lag.interpreted_per_second / 0.995, RATE, "packets/s").to_string(),
        );
        row(
            "bytes of a value: rows with indexes; blocks with indexes after compaction; raw archive",
            format!(
                "{:.2}; {:.2}; {:.2} ({} values)",
                self.kept.bytes("row_bytes_per_value"),
                self.kept.bytes("block_bytes_per_value"),
                self.kept.bytes("raw_bytes_per_value"),
                self.kept.bytes("values"),
            ),
            format!(
                "blocks {}",
                Goal::at_most(
                    self.kept.bytes("block_bytes_per_value"),
                    BYTES_OF_VALUE,
                    "bytes"
                )
            ),
        );
        row(
            "compaction of all records of the run",
            format!(
                "{:.1} s for {} records",
                self.kept.bytes("compaction_s"),
                self.kept.bytes("compacted")
            ),
            String::new(),
        );
        row(
            "processors used: server / generator / PostgreSQL",
            format!(
                "{:.2} / {:.2} / {:.2}",
                cpu.server, cpu.generator, cpu.database
            ),
            String::new(),
        );
        row(
            "acknowledged; missing afterwards; chain",
            format!(
                "{}; {}; {}",
                self.send.acknowledged,
                self.kept
                    .count("missing")
                    .map_or_else(|| "?".to_owned(), |count| count.to_string()),
                if self.is_whole() {
                    "whole"
                } else {
                    "NOT WHOLE"
                }
            ),
            "none missing".to_owned(),
        );
        row(
            "not acknowledged; connections lost; warnings in the log; stop took",
            format!(
                "{}; {}; {}; {:.1} s",
                self.send.given_up,
                self.send.disconnections,
                self.errors_in_log.len(),
                self.stopped_after_s
            ),
            String::new(),
        );
    }
}
