//! Which periods of a point are due, by its timetable, its devices and planned stops.

use beijing_time::{DAY_MS, HOUR_MS, Timestamp};
use sites::{DeviceDirectory, DirectoryPoint};

use crate::RecordKind;
use crate::interpret::compute_period_ms;
use crate::rates::PlannedStop;

/// A period of the timetable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The device that served the point; none when nothing is due.
    pub(super) device_id: Option<i64>,
    /// Whether a planned stop covers it.
    pub(super) is_stopped: bool,
}

impl Slot {
    pub(super) fn is_due(&self) -> bool {
        self.device_id.is_some() && !self.is_stopped
    }
}

/// The length of a point's periods of a kind; `None` when none are expected.
pub(super) fn period_length(point: &DirectoryPoint, kind: RecordKind) -> Option<i64> {
    let timetable = &point.details.timetable;
    let is_expected = match kind {
        RecordKind::Minute => timetable.minute_interval_min.is_some_and(|min| min > 0),
        RecordKind::Hour => timetable.is_hour_expected,
        RecordKind::Day => timetable.is_day_expected,
        _ => false,
    };
    if !is_expected || !point.details.is_enabled {
        return None;
    }
    compute_period_ms(kind, timetable.minute_interval_min)
}

/// The periods of a point and kind that begin in `from..to`.
pub(super) fn list_slots(
    directory: &DeviceDirectory,
    stops: &[PlannedStop],
    point: &DirectoryPoint,
    kind: RecordKind,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Slot> {
    let Some(length) = period_length(point, kind) else {
        return Vec::new();
    };
    let zero = match kind {
        // whole days of Beijing; shorter periods divide the hour
        RecordKind::Day => Timestamp::from_epoch_ms(0).stat_day().start().epoch_ms(),
        _ => 0,
    };
    let stops: Vec<&PlannedStop> = stops
        .iter()
        .filter(|stop| {
            stop.site_id == point.site_id.0
                && stop.point_id.is_none_or(|id| id == point.id.0)
                && stop.factor_code.is_empty()
        })
        .collect();
    let mut slots = Vec::new();
    let first = (from.epoch_ms() - zero).div_euclid(length) * length + zero;
    let mut start = Timestamp::from_epoch_ms(first);
    while start < to {
        let end = start.plus_ms(length);
        if start >= from {
            slots.push(Slot {
                start,
                end,
                device_id: find_device(directory, point, start),
                is_stopped: stops
                    .iter()
                    .any(|stop| stop.from <= start && end <= stop.to),
            });
        }
        start = end;
    }
    slots
}

fn find_device(
    directory: &DeviceDirectory,
    point: &DirectoryPoint,
    time: Timestamp,
) -> Option<i64> {
    let serves = |device: &sites::DirectoryDevice| {
        device.is_enabled
            && device.validity.contains(time)
            && device
                .channels
                .iter()
                .any(|channel| channel.point_id == point.id && channel.validity.contains(time))
    };
    directory
        .devices_of_point(point.id)
        .iter()
        .filter_map(|id| directory.device(*id))
        .find(|device| serves(device))
        .map(|device| device.id.0)
}

/// How much is read at once, so that what is held stays bounded.
pub(super) const fn slice_ms(kind: RecordKind) -> i64 {
    match kind {
        RecordKind::Minute => HOUR_MS,
        RecordKind::Day => 31 * DAY_MS,
        _ => DAY_MS,
    }
}
