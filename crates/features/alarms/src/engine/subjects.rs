//! What the engine knows of points, devices, limits and planned stops: a snapshot that is swapped
//! as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use exact_decimal::Decimal;
use uuid::Uuid;

use crate::words::{RecordKind, Statistic};

/// All that can be watched.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// Points by number.
    pub points: HashMap<i64, PointFacts>,
    /// Devices by number.
    pub devices: HashMap<i64, DeviceFacts>,
    /// Planned stops.
    pub exemptions: Vec<ExemptWindow>,
}

/// A monitoring point.
#[derive(Debug, Clone)]
pub struct PointFacts {
    /// Its site.
    pub site_id: i64,
    /// The site's region code.
    pub region: String,
    /// Its medium.
    pub medium: String,
    /// Whether its data are simulated.
    pub is_simulated: bool,
    /// When records are expected.
    pub timetable: Timetable,
    /// The factors that every record must hold.
    pub expected_factors: Vec<Arc<str>>,
    /// Limits by factor.
    pub limits: HashMap<Arc<str>, Vec<Arc<LimitFacts>>>,
    /// The devices that serve it.
    pub device_ids: Vec<i64>,
}

/// A device.
#[derive(Debug, Clone)]
pub struct DeviceFacts {
    /// Its MN.
    pub mn: String,
    /// The points it serves.
    pub point_ids: Vec<i64>,
}

/// A limit in force for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitFacts {
    /// Its number.
    pub id: i64,
    /// The kind of records it holds for.
    pub kind: RecordKind,
    /// Which value it bounds.
    pub statistic: Statistic,
    /// Lower bound.
    pub lower: Option<Decimal>,
    /// Upper bound.
    pub upper: Option<Decimal>,
    /// First instant.
    pub valid_from: Timestamp,
    /// First instant after it.
    pub valid_to: Option<Timestamp>,
    /// `manual`, `standard` or `permit`.
    pub origin: String,
    /// The clause or permit it stands on.
    pub basis: String,
}

/// When a point's records are expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Seconds between real-time records.
    pub realtime_interval_s: Option<u32>,
    /// Minutes of a minute record.
    pub minute_interval_min: Option<u32>,
    /// Whether hours are expected.
    pub has_hours: bool,
    /// Whether days are expected.
    pub has_days: bool,
}

/// A planned stop during which nothing is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemptWindow {
    /// The exemption.
    pub id: Uuid,
    /// The site.
    pub site_id: i64,
    /// One point of the site, or all.
    pub point_id: Option<i64>,
    /// One factor, or all.
    pub factor: Option<String>,
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
}

impl Timetable {
    /// The time from one record to the next, if the kind is expected.
    pub fn interval_ms(&self, kind: RecordKind) -> Option<i64> {
        match kind {
            RecordKind::Realtime => self.realtime_interval_s.map(|s| i64::from(s) * 1000),
            RecordKind::Minute => self.minute_interval_min.map(|m| i64::from(m) * MINUTE_MS),
            RecordKind::Hour => self.has_hours.then_some(HOUR_MS),
            RecordKind::Day => self.has_days.then_some(DAY_MS),
        }
    }

    /// How long a period of the kind lasts; 0 for an instant.
    pub fn period_ms(&self, kind: RecordKind) -> i64 {
        match kind {
            RecordKind::Realtime => 0,
            RecordKind::Minute => i64::from(self.minute_interval_min.unwrap_or(10)) * MINUTE_MS,
            RecordKind::Hour => HOUR_MS,
            RecordKind::Day => DAY_MS,
        }
    }
}

impl LimitFacts {
    /// Whether it holds for records of a kind at a time.
    pub fn is_in_force(&self, kind: RecordKind, time: Timestamp) -> bool {
        self.kind == kind
            && self.valid_from <= time
            && self.valid_to.is_none_or(|valid_to| time < valid_to)
    }
}

impl Subjects {
    /// The planned stop that covers a point (and a factor, when one is asked for) at an instant.
    pub fn find_exemption(
        &self,
        point_id: i64,
        site_id: i64,
        factor: Option<&str>,
        at: Timestamp,
    ) -> Option<&ExemptWindow> {
        self.exemptions.iter().find(|window| {
            window.site_id == site_id
                && window.point_id.is_none_or(|id| id == point_id)
                && match (&window.factor, factor) {
                    (None, _) => true,
                    (Some(window), Some(factor)) => window == factor,
                    (Some(_), None) => false,
                }
                && window.from <= at
                && at < window.to
        })
    }

    /// The end of the planned stop that covers all points of a device at an instant.
    pub fn find_device_exemption_end(&self, device_id: i64, at: Timestamp) -> Option<Timestamp> {
        let device = self.devices.get(&device_id)?;
        let mut end = None;
        for point_id in &device.point_ids {
            let point = self.points.get(point_id)?;
            let window = self.find_exemption(*point_id, point.site_id, None, at)?;
            end = Some(end.map_or(window.to, |end: Timestamp| end.min(window.to)));
        }
        end
    }
}
