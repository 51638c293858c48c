//! What a packet's times mean: the start of its period, whether it is late, which packet wins.

use std::sync::Arc;

use beijing_time::{CivilTime, DAY_MS, HOUR_MS, MINUTE_MS, StatDay, StatHour, Timestamp};
use hj212::{DeviceTime, Message};
use sites::{DirectoryDevice, DirectoryPoint, PeriodLabel};

use crate::RecordKind;

/// Minutes of a minute record when the point's timetable does not say (HJ 212-2017, table 9).
const MINUTE_INTERVAL: u32 = 10;
/// How far a device's clock may be ahead before its packets count as stamped in the future.
const CLOCK_TOLERANCE_MS: i64 = 5 * MINUTE_MS;
/// The bit of the re-send mark in a version; QN in milliseconds lies below.
const RESENT_BIT: i64 = 1 << 50;

/// The instant of a device's time.
pub(super) fn read_time(time: &DeviceTime<'_>) -> Option<Timestamp> {
    let civil = time.civil;
    let signed = |value: u8| i8::try_from(value).ok();
    CivilTime::new(
        (
            i16::try_from(civil.year).ok()?,
            signed(civil.month)?,
            signed(civil.day)?,
        ),
        (
            signed(civil.hour)?,
            signed(civil.minute)?,
            signed(civil.second)?,
        ),
        i16::try_from(civil.millisecond).ok()?,
    )
    .ok()?
    .to_timestamp()
    .ok()
}

/// Re-send mark and QN in one number; by content alone, never by the time of arrival.
pub(super) fn compute_version(message: &Message<'_>) -> i64 {
    let number = message
        .qn
        .and_then(|qn| DeviceTime::parse(qn.trim()))
        .and_then(|time| read_time(&time))
        .map_or(0, |time| time.epoch_ms().clamp(0, RESENT_BIT - 1));
    if message.is_resent() {
        number | RESENT_BIT
    } else {
        number
    }
}

/// The time at which a packet was numbered (QN), in epoch milliseconds.
pub(crate) fn read_number_ms(bytes: &[u8]) -> Option<i64> {
    let settings = hj212::FrameSettings::tolerant();
    let hj212::Scanned::Frame(span) = hj212::scan_frame(bytes, &settings, hj212::Input::Ended)
    else {
        return None;
    };
    let envelope = hj212::Envelope::scan(bytes.get(span.segment.clone())?);
    let time = DeviceTime::parse(envelope.qn?.trim())?;
    Some(read_time(&time)?.epoch_ms())
}

/// Whether a stored version has the re-send mark.
pub(crate) const fn is_resent_version(version: i64) -> bool {
    version & RESENT_BIT != 0
}

/// The length of a kind's period; `None` for moments.
pub(crate) fn compute_period_ms(kind: RecordKind, minute_interval: Option<u32>) -> Option<i64> {
    Some(match kind {
        RecordKind::Minute => i64::from(minute_interval.unwrap_or(MINUTE_INTERVAL)) * MINUTE_MS,
        RecordKind::Hour => HOUR_MS,
        RecordKind::Day | RecordKind::RunningTime => DAY_MS,
        RecordKind::Furnace => 5 * MINUTE_MS,
        _ => return None,
    })
}

/// Start and end of the period that a label names; the same moment twice for kinds without one.
/// Hours and days are whole ones, minutes begin with a full minute.
pub(super) fn compute_period(
    kind: RecordKind,
    label: Timestamp,
    device: &DirectoryDevice,
    point: Option<&Arc<DirectoryPoint>>,
) -> (Timestamp, Timestamp) {
    let interval = point.and_then(|point| point.details.timetable.minute_interval_min);
    let Some(length) = compute_period_ms(kind, interval) else {
        return (label, label);
    };
    let is_end = point.is_some_and(|point| device.period_label(point) == PeriodLabel::End);
    // the last instant of the period belongs to it, its end to the next
    let inside = if is_end { label.plus_ms(-1) } else { label };
    match kind {
        RecordKind::Hour => {
            let hour = StatHour::containing(inside);
            (hour.start(), hour.end())
        }
        RecordKind::Day | RecordKind::RunningTime => {
            let day = StatDay::containing(inside);
            (day.start(), day.end())
        }
        _ => {
            let minute = label.epoch_ms().div_euclid(MINUTE_MS) * MINUTE_MS;
            let start = Timestamp::from_epoch_ms(if is_end { minute - length } else { minute });
            (start, start.plus_ms(length))
        }
    }
}

/// Whether a record came so long after its period ended that it tells of the past.
pub(crate) fn compute_late(kind: RecordKind, end: Timestamp, received_at: Timestamp) -> bool {
    let patience = match kind {
        RecordKind::Day | RecordKind::RunningTime => DAY_MS,
        RecordKind::Hour => 3 * HOUR_MS,
        RecordKind::Realtime | RecordKind::Production | RecordKind::Electricity => 15 * MINUTE_MS,
        _ => HOUR_MS,
    };
    received_at.ms_since(end) > patience
}

/// Whether a record is stamped later than it was received.
pub(super) fn is_future(time: Timestamp, received_at: Timestamp) -> bool {
    time.ms_since(received_at) > CLOCK_TOLERANCE_MS
}
