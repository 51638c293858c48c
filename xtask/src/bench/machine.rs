//! The machine that a measurement was made on, so that its figures can be judged.

use serde::Serialize;

/// What is known of the machine.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    processors: usize,
    processor: String,
    memory_mb: u64,
    system: String,
    load_before: String,
}

impl Machine {
    pub(super) fn read() -> Self {
        let first = |path: &str, name: &str| {
            std::fs::read_to_string(path)
                .unwrap_or_default()
                .lines()
                .find_map(|line| line.strip_prefix(name).map(str::to_owned))
                .unwrap_or_default()
                .trim_start_matches(['\t', ' ', ':'])
                .trim()
                .to_owned()
        };
        let kilobytes = first("/proc/meminfo", "MemTotal")
            .trim_end_matches(" kB")
            .parse::<u64>();
        Self {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            processor: first("/proc/cpuinfo", "model name"),
            memory_mb: kilobytes.unwrap_or_default() / 1000,
            system: first("/proc/version", ""),
            load_before: first("/proc/loadavg", ""),
        }
    }

    /// One line.
    pub(super) fn text(&self) -> String {
        format!(
            "{} × {}, {} MB, load before {}",
            self.processors, self.processor, self.memory_mb, self.load_before
        )
    }
}
