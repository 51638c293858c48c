//! The platform watches its own machine.

use std::path::Path;
use std::time::Instant;

use beijing_time::{Clock, Timestamp};

/// Notices a jump of the wall clock against the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct WallClockWatch {
    wall: Timestamp,
    steady: Instant,
}

impl WallClockWatch {
    /// Begins to watch.
    pub fn new(clock: &dyn Clock, steady: Instant) -> Self {
        Self {
            wall: clock.now(),
            steady,
        }
    }

    /// Milliseconds by which the wall clock ran ahead (behind when negative) since the last call.
    pub fn take_jump_ms(&mut self, clock: &dyn Clock, steady: Instant) -> i64 {
        let wall = clock.now();
        let passed = steady.saturating_duration_since(self.steady).as_millis();
        let jump = wall.ms_since(self.wall) - i64::try_from(passed).unwrap_or(i64::MAX);
        *self = Self { wall, steady };
        jump
    }
}

/// The room of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that can still be written.
    pub free_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

impl DiskSpace {
    /// Free space in whole percent, rounded down.
    pub fn free_percent(self) -> u32 {
        let percent = u128::from(self.free_bytes) * 100 / u128::from(self.total_bytes.max(1));
        u32::try_from(percent.min(100)).unwrap_or(100)
    }
}

/// The room of the file system that holds `folder`, as `df` sees it; `None` when it cannot be told
/// on this system.
pub async fn find_disk_space(folder: &Path) -> Option<DiskSpace> {
    let output = tokio::process::Command::new("df")
        .args(["--output=avail,size", "--block-size=1"])
        .arg(folder)
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.lines().nth(1)?.split_whitespace();
    Some(DiskSpace {
        free_bytes: numbers.next()?.parse().ok()?,
        total_bytes: numbers.next()?.parse().ok()?,
    })
}

/// Free bytes of the file system that holds `folder`; `None` when it cannot be told.
pub async fn find_free_disk_bytes(folder: &Path) -> Option<u64> {
    Some(find_disk_space(folder).await?.free_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use beijing_time::FixedClock;
    use std::time::Duration;

    #[test]
    fn a_jump_of_the_wall_clock_is_seen() {
        let clock = FixedClock::new(Timestamp::from_epoch_ms(0));
        let begin = Instant::now();
        let mut watch = WallClockWatch::new(&clock, begin);
        clock.advance_ms(1_000);
        assert_eq!(
            watch.take_jump_ms(&clock, begin + Duration::from_secs(1)),
            0
        );
        clock.advance_ms(-3_600_000);
        assert_eq!(
            watch.take_jump_ms(&clock, begin + Duration::from_secs(2)),
            -3_601_000
        );
        assert_eq!(
            watch.take_jump_ms(&clock, begin + Duration::from_secs(2)),
            0
        );
    }

    #[test]
    fn free_space_is_rounded_down() {
        let space = |free_bytes, total_bytes| DiskSpace {
            free_bytes,
            total_bytes,
        };
        assert_eq!(space(999, 10_000).free_percent(), 9);
        assert_eq!(space(0, 0).free_percent(), 0);
    }

    #[tokio::test]
    async fn the_disk_has_some_room() {
        assert!(
            find_free_disk_bytes(Path::new("/"))
                .await
                .is_some_and(|bytes| bytes > 0)
        );
    }
}
