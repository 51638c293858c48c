//! The readings that the platform takes of itself.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use alarms::PlatformMeasure;
use alarms::engine::{Observation, PlatformObservation};
use beijing_time::{Clock, DAY_MS, MINUTE_MS, Timestamp};
use exact_decimal::Decimal;
use monitoring::{InterpretedBatch, Interpreter, Journal, JournalHealth};

use super::mapping::list_stamps;
use super::{age_ms, seconds};
use crate::find_disk_space;

/// A device's clock counts for so long after its last packet.
const CLOCK_KEEPS_MS: i64 = 10 * MINUTE_MS;
/// So many devices must agree before the platform's own clock is doubted.
const LEAST_CLOCKS: usize = 5;

/// Tells how far each target of forwarding is behind: its name and milliseconds.
pub type ForwardingLags = Arc<dyn Fn() -> Vec<(String, i64)> + Send + Sync>;

/// Tells when the certificate of the web server ends.
pub type CertificateEnd = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where the platform's own state is read.
#[derive(Clone)]
pub struct PlatformSources {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The folder whose disk is watched; none for a database elsewhere.
    pub data_folder: Option<PathBuf>,
    /// The journal.
    pub journal: Journal,
    /// The interpreter.
    pub interpreter: Interpreter,
    /// Forwarding; none where nothing is forwarded.
    pub forwarding: Option<ForwardingLags>,
    /// The certificate; none without TLS.
    pub certificate: Option<CertificateEnd>,
}

impl fmt::Debug for PlatformSources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PlatformSources")
            .field("data_folder", &self.data_folder)
            .finish_non_exhaustive()
    }
}

impl PlatformSources {
    /// All readings of this moment; `clock_offset_ms` is what devices say of our clock.
    pub(super) async fn read(
        &self,
        now: Timestamp,
        clock_offset_ms: Option<i64>,
    ) -> Vec<Observation> {
        let mut readings = Vec::new();
        let mut push = |measure, part: String, value| {
            readings.push(Observation::Platform(PlatformObservation {
                measure,
                part,
                at: now,
                value,
            }));
        };
        let lag_ms = self.interpreter.figures().lag_ms;
        push(
            PlatformMeasure::InterpretationLag,
            String::new(),
            seconds(lag_ms),
        );
        let refusing_ms = match &*self.journal.health().borrow() {
            JournalHealth::Refusing { since, .. } => age_ms(now, *since),
            JournalHealth::Committing => 0,
        };
        push(
            PlatformMeasure::JournalRefusing,
            String::new(),
            seconds(refusing_ms),
        );
        if let Some(offset_ms) = clock_offset_ms {
            push(
                PlatformMeasure::ClockOffset,
                String::new(),
                seconds(offset_ms),
            );
        }
        for (target, lag_ms) in self.forwarding.iter().flat_map(|lags| lags()) {
            push(PlatformMeasure::ForwardingLag, target, seconds(lag_ms));
        }
        if let Some(ends_at) = &self.certificate {
            let days = Decimal::from(ends_at().ms_since(now).div_euclid(DAY_MS));
            push(PlatformMeasure::CertificateDays, String::new(), days);
        }
        if let Some(folder) = &self.data_folder
            && let Some(space) = find_disk_space(folder).await
        {
            let percent = Decimal::from(space.free_percent());
            push(PlatformMeasure::DiskFreePercent, String::new(), percent);
        }
        readings
    }
}

/// How devices' clocks go against ours.
#[derive(Debug, Default)]
pub(super) struct DeviceClocks {
    /// By device: when it last spoke, and how far its clock was ahead.
    last: HashMap<i64, (Timestamp, i64)>,
}

impl DeviceClocks {
    pub(super) fn take_note(&mut self, batch: &InterpretedBatch) {
        for ((device_id, received_at), stamp) in list_stamps(batch) {
            let skew = stamp.ms_since(received_at);
            let known = self.last.entry(device_id).or_insert((received_at, skew));
            if received_at >= known.0 {
                *known = (received_at, skew);
            }
        }
    }

    /// By how much our clock is ahead of the devices' median; `None` when too few have spoken.
    pub(super) fn platform_offset_ms(&mut self, now: Timestamp) -> Option<i64> {
        self.last
            .retain(|_, (at, _)| now.ms_since(*at) <= CLOCK_KEEPS_MS);
        let mut skews: Vec<i64> = self.last.values().map(|(_, skew)| *skew).collect();
        if skews.len() < LEAST_CLOCKS {
            return None;
        }
        skews.sort_unstable();
        skews.get(skews.len() / 2).map(|median| -median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_devices_tells_of_our_own_clock() {
        let mut clocks = DeviceClocks::default();
        let now = Timestamp::from_epoch_ms(10_000_000);
        for device_id in 0..4 {
            clocks.last.insert(device_id, (now, -90_000));
        }
        assert_eq!(clocks.platform_offset_ms(now), None, "too few");
        clocks.last.insert(4, (now, 3_600_000));
        assert_eq!(clocks.platform_offset_ms(now), Some(90_000));
        let later = now.plus_ms(CLOCK_KEEPS_MS + 1);
        assert_eq!(clocks.platform_offset_ms(later), None, "forgotten");
    }
}
