//! Memory and processor time of processes, as Linux tells them.

use std::time::Duration;

use anyhow::{Context, Result};

/// Linux counts processor time in hundredths of a second, whatever the kernel's own tick.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CpuTime {
    /// Its own.
    pub(crate) own: Duration,
    /// Of its children that have ended.
    pub(crate) children: Duration,
}

/// Bytes of memory that a process holds.
pub(crate) fn read_resident_bytes(id: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status"))
        .with_context(|| format!("process {id}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .map(|kilobytes| kilobytes * 1024)
        .with_context(|| format!("the memory of process {id}"))
}

/// Processor time used so far; nothing for a process that has gone.
pub(crate) fn read_cpu_time(id: u32) -> CpuTime {
    std::fs::read_to_string(format!("/proc/{id}/stat"))
        .ok()
        .and_then(|text| parse_cpu_time(&text))
        .unwrap_or_default()
}

fn parse_cpu_time(stat: &str) -> Option<CpuTime> {
    // the program's name stands in brackets and may hold spaces
    let (_name, rest) = stat.rsplit_once(')')?;
    // the state is the third field of the whole line; user time is the fourteenth
    let ticks: Vec<u32> = rest
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let &[user, system, children_user, children_system] = ticks.as_slice() else {
        return None;
    };
    Some(CpuTime {
        own: TICK * (user + system),
        children: TICK * (children_user + children_system),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_is_passed_over() {
        let stat = "7 (a) b)) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 3 7 20 0 1 0";
        let found = parse_cpu_time(stat).expect("times");
        assert_eq!(found.own, Duration::from_secs(2));
        assert_eq!(found.children, Duration::from_millis(100));
    }

    #[test]
    fn this_process_has_memory() {
        assert!(read_resident_bytes(std::process::id()).expect("memory") > 100_000);
    }
}
