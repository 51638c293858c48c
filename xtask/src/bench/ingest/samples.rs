//! What is read again and again while packets come in.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::ratio;
use crate::rig::{Rig, Server, read_cpu_time, read_resident_bytes};

/// One reading.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Sample {
    pub(super) at_s: f64,
    /// Packets that were committed since the server started.
    pub(super) committed: u64,
    /// Packets that became records since then.
    pub(super) interpreted: u64,
    pub(super) waiting: u64,
    pub(super) lag_ms: i64,
    pub(super) resident_bytes: u64,
    pub(super) connections: u64,
}

/// Processor time of each program during the load, in processors.
#[derive(Debug, Clone, Copy, Serialize, Default)]
pub(super) struct CpuShares {
    pub(super) server: f64,
    pub(super) generator: f64,
    pub(super) database: f64,
}

/// How interpretation kept up.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Lag {
    pub(super) median_ms: i64,
    pub(super) longest_ms: i64,
    pub(super) at_end_ms: i64,
    /// Packets made into records each second while the load ran.
    pub(super) interpreted_per_second: f64,
    /// How long the rest took after the last packet.
    pub(super) drained_after_s: f64,
}

pub(super) struct Sampler<'a> {
    rig: &'a Rig,
    server: &'a Server,
    generator: u32,
    begin: Instant,
    cpu_before: [Duration; 3],
    cpu_last: [Duration; 3],
    last: Duration,
    rows: Vec<Sample>,
}

/// All readings.
pub(super) struct Samples {
    pub(super) rows: Vec<Sample>,
    cpu: CpuShares,
}

impl<'a> Sampler<'a> {
    pub(super) fn new(rig: &'a Rig, server: &'a Server, generator: u32) -> Self {
        let mut sampler = Self {
            rig,
            server,
            generator,
            begin: Instant::now(),
            cpu_before: [Duration::ZERO; 3],
            cpu_last: [Duration::ZERO; 3],
            last: Duration::ZERO,
            rows: Vec::new(),
        };
        sampler.cpu_before = sampler.read_cpu();
        sampler
    }

    fn read_cpu(&self) -> [Duration; 3] {
        let of_database = self.rig.postgres.as_ref().map_or(Duration::ZERO, |server| {
            let ids = server.process_ids();
            let first = ids.first().copied().map(read_cpu_time).unwrap_or_default();
            let own: Duration = ids.into_iter().map(|id| read_cpu_time(id).own).sum();
            own + first.children
        });
        [
            read_cpu_time(self.server.id()).own,
            read_cpu_time(self.generator).own,
            of_database,
        ]
    }

    pub(super) fn take(&mut self) -> Result<()> {
        let figures = self.server.read_system()?;
        self.last = self.begin.elapsed();
        self.cpu_last = self.read_cpu();
        self.rows.push(Sample {
            at_s: self.last.as_secs_f64(),
            committed: figures.journal.packets,
            interpreted: figures.interpreter.packets,
            waiting: figures.journal.waiting,
            lag_ms: figures.interpreter.lag_ms,
            resident_bytes: read_resident_bytes(self.server.id())?,
            connections: figures.connections.open,
        });
        Ok(())
    }

    pub(super) fn finish(self) -> Samples {
        let seconds = self.last.as_secs_f64().max(0.001);
        let mut shares = self
            .cpu_last
            .iter()
            .zip(self.cpu_before)
            .map(|(last, before)| last.saturating_sub(before).as_secs_f64() / seconds);
        let mut next = || shares.next().unwrap_or_default();
        let cpu = CpuShares {
            server: next(),
            generator: next(),
            database: next(),
        };
        Samples {
            rows: self.rows,
            cpu,
        }
    }
}

impl Lag {
    #[expect(clippy::cast_precision_loss, reason = "a lag is far below 2^52 ms")]
    pub(super) const fn longest_ms(&self) -> f64 {
        self.longest_ms as f64
    }
}

impl Samples {
    pub(super) const fn cpu(&self) -> CpuShares {
        self.cpu
    }

    pub(super) fn peak_resident_mb(&self) -> f64 {
        let most = self.rows.iter().map(|row| row.resident_bytes).max();
        ratio(most.unwrap_or_default(), 1_000_000)
    }

    pub(super) fn lag(&self, before: u64, after: u64, drained_after: Duration) -> Lag {
        let mut lags: Vec<i64> = self.rows.iter().map(|row| row.lag_ms).collect();
        let at_end_ms = lags.last().copied().unwrap_or_default();
        lags.sort_unstable();
        let seconds = self.rows.last().map_or(1.0, |row| row.at_s);
        Lag {
            median_ms: lags.get(lags.len() / 2).copied().unwrap_or_default(),
            longest_ms: lags.last().copied().unwrap_or_default(),
            at_end_ms,
            interpreted_per_second: ratio(after - before, 1) / seconds,
            drained_after_s: drained_after.as_secs_f64(),
        }
    }
}
