//! How long the disk takes to keep a few kilobytes: the floor under every acknowledgement.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde::Serialize;

/// What is written before each sync, about a small commit.
const WRITTEN: [u8; 16_384] = [0x5A; 16_384];
/// How often the disk is tried while a load runs.
const PAUSE: Duration = Duration::from_millis(250);
/// The file is begun anew after so many writes.
const WRITES_OF_FILE: usize = 1000;

/// Times of `fdatasync` in milliseconds.
#[derive(Debug, Clone, Copy, Serialize, Default)]
pub(crate) struct SyncTimes {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) longest_ms: f64,
}

impl SyncTimes {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times
                .get(place)
                .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Self {
            count: times.len(),
            p50_ms: at(50),
            p99_ms: at(99),
            longest_ms: at(100),
        }
    }
}

/// Syncs again and again for a while, with nothing else going on.
pub(crate) fn measure_sync(folder: &Path, how_long: Duration) -> Result<SyncTimes> {
    let begin = Instant::now();
    sync_while(folder, Duration::ZERO, || begin.elapsed() < how_long).map(SyncTimes::of)
}

/// Syncs a few times a second beside a load.
#[derive(Debug)]
pub(crate) struct SyncProbe {
    is_running: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Duration>>>,
}

impl SyncProbe {
    pub(crate) fn start(folder: &Path) -> Self {
        let is_running = Arc::new(AtomicBool::new(true));
        let (watched, folder) = (Arc::clone(&is_running), PathBuf::from(folder));
        let thread = std::thread::spawn(move || {
            sync_while(&folder, PAUSE, || watched.load(Ordering::Relaxed))
        });
        Self { is_running, thread }
    }

    pub(crate) fn finish(self) -> Result<SyncTimes> {
        self.is_running.store(false, Ordering::Relaxed);
        let times = self
            .thread
            .join()
            .map_err(|_panicked| anyhow!("the disk's probe broke off"))??;
        Ok(SyncTimes::of(times))
    }
}

fn sync_while(folder: &Path, pause: Duration, goes_on: impl Fn() -> bool) -> Result<Vec<Duration>> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    while goes_on() {
        if times.len() % WRITES_OF_FILE == 0 {
            file = File::create(&path)?;
        }
        let begin = Instant::now();
        file.write_all(&WRITTEN)?;
        file.sync_data()?;
        times.push(begin.elapsed());
        std::thread::sleep(pause);
    }
    std::fs::remove_file(&path)?;
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let times = (1..=200).map(Duration::from_millis).collect();
        let found = SyncTimes::of(times);
        let whole = |ms: f64| format!("{ms:.3}");
        assert_eq!(whole(found.p50_ms), "100.000");
        assert_eq!(whole(found.p99_ms), "198.000");
        assert_eq!(whole(found.longest_ms), "200.000");
        assert_eq!(whole(SyncTimes::of(Vec::new()).longest_ms), "0.000");
    }
}
