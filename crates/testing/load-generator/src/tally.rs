//! What all connections together did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::histogram::Histogram;

/// Counters that every connection adds to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) connected: AtomicU64,
    pub(crate) disconnections: AtomicU64,
    pub(crate) given_up: AtomicU64,
    pub(crate) strange_answers: AtomicU64,
    /// From sending to the acknowledgement.
    pub(crate) latency: Histogram,
    /// How late packets were sent, because the generator or the window held them back.
    pub(crate) late: Histogram,
}

/// What came out, as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct SendReport {
    connections: usize,
    packets_per_second_asked: u64,
    seconds: f64,
    sent: u64,
    acknowledged: u64,
    acknowledged_per_second: f64,
    /// Sent, but the connection or the patience ended before the acknowledgement came.
    given_up: u64,
    disconnections: u64,
    /// Answers that belong to no packet under way.
    strange_answers: u64,
    latency_p50_ms: f64,
    latency_p90_ms: f64,
    latency_p99_ms: f64,
    latency_p999_ms: f64,
    latency_longest_ms: f64,
    /// How late packets went out against their times.
    sent_late_p99_ms: f64,
    packet_bytes: usize,
}

pub(crate) fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Tally {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a run are far below 2^52"
    )]
    pub(crate) fn report(
        &self,
        connections: usize,
        packets_per_second_asked: u64,
        took: Duration,
        packet_bytes: usize,
    ) -> SendReport {
        let ms = |us: u64| us as f64 / 1000.0;
        let quantile = |share: u64| ms(self.latency.quantile_us(share));
        let acknowledged = read(&self.acknowledged);
        SendReport {
            connections,
            packets_per_second_asked,
            seconds: took.as_secs_f64(),
            sent: read(&self.sent),
            acknowledged,
            acknowledged_per_second: acknowledged as f64 / took.as_secs_f64().max(0.001),
            given_up: read(&self.given_up),
            disconnections: read(&self.disconnections),
            strange_answers: read(&self.strange_answers),
            latency_p50_ms: quantile(5_000),
            latency_p90_ms: quantile(9_000),
            latency_p99_ms: quantile(9_900),
            latency_p999_ms: quantile(9_990),
            latency_longest_ms: ms(self.latency.longest_us()),
            sent_late_p99_ms: ms(self.late.quantile_us(9_900)),
            packet_bytes,
        }
    }
}
