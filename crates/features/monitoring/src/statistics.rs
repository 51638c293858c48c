//! Figures of our own: hours from minutes, days from hours, each a cross-check of the received.

use beijing_time::Timestamp;

use crate::RecordKind;

/// The derived period that a record counts in.
pub(crate) fn find_derived(kind: RecordKind, time: Timestamp) -> Option<(RecordKind, Timestamp)> {
    match kind {
        RecordKind::Minute => Some((RecordKind::Hour, time.stat_hour().start())),
        RecordKind::Hour => Some((RecordKind::Day, time.stat_day().start())),
        _ => None,
    }
}
