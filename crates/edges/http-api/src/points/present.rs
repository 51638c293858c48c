//! What is known of points at this moment: directory, last records, connections, open alarms.

use std::collections::HashMap;
use std::sync::Arc;

use access::{Actor, Permission};
use alarms::AlarmKind;
use beijing_time::{HOUR_MS, MINUTE_MS, Timestamp};
use monitoring::{FactorReading, LastRecord, RecordKind};
use serde::Serialize;
use sites::{DeviceDirectory, DirectoryDevice, DirectoryPoint, PointId, SiteId};
use utoipa::ToSchema;

use crate::{ApiProblem, ApiState};

/// How a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PointState {
    /// Data come and nothing is wrong with them.
    Normal,
    /// A value is over its limit.
    Alarm,
    /// Another alarm is open.
    Warning,
    /// The instrument says that it is faulty.
    Fault,
    /// The instrument is being maintained or calibrated.
    Maintenance,
    /// No device of the point is connected and no data come.
    Offline,
    /// A device is connected, but data are overdue.
    Stale,
    /// Switched off in the register.
    Disabled,
}

impl PointState {
    pub(crate) const NAMES: &str =
        "normal, alarm, warning, fault, maintenance, offline, stale, disabled";

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Alarm => "alarm",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::Maintenance => "maintenance",
            Self::Offline => "offline",
            Self::Stale => "stale",
            Self::Disabled => "disabled",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [
            Self::Normal,
            Self::Alarm,
            Self::Warning,
            Self::Fault,
            Self::Maintenance,
            Self::Offline,
            Self::Stale,
            Self::Disabled,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }

    /// How much it needs a look, beside other points of one site.
    pub(crate) const fn urgency(self) -> u8 {
        match self {
            Self::Alarm => 7,
            Self::Fault => 6,
            Self::Warning => 5,
            Self::Stale => 4,
            Self::Offline => 3,
            Self::Maintenance => 2,
            Self::Normal => 1,
            Self::Disabled => 0,
        }
    }

    /// Whether data come from it.
    pub(crate) const fn is_online(self) -> bool {
        !matches!(self, Self::Offline | Self::Stale | Self::Disabled)
    }
}

/// The latest value of a factor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LatestValue {
    factor_code: String,
    name_zh: String,
    name_en: String,
    /// The value as the device wrote it.
    value: Option<String>,
    unit: String,
    flag: Option<String>,
    time: String,
    packet_id: Option<String>,
}

/// One look at the present, for one request and its actor.
#[derive(Debug)]
pub(crate) struct Present<'a> {
    state: &'a ApiState,
    actor: &'a Actor,
    directory: Arc<DeviceDirectory>,
    alarms: HashMap<i64, PointState>,
    now: Timestamp,
}

/// Chinese and English names of a factor; its code where the catalogue has none.
pub(crate) fn factor_names(code: &str) -> (String, String) {
    hj212::catalogue::find_code(code).map_or_else(
        || (code.to_owned(), code.to_owned()),
        |entry| (entry.name_zh.to_owned(), entry.name_en.to_owned()),
    )
}

impl<'a> Present<'a> {
    /// Looks at the present.
    pub(crate) async fn load(state: &'a ApiState, actor: &'a Actor) -> Result<Self, ApiProblem> {
        actor.check(Permission::ReadSites)?;
        let mut alarms: HashMap<i64, PointState> = HashMap::new();
        for (point_id, kind) in
            alarms::list_alarms_under_way_at_points(&state.database, actor).await?
        {
            let told = state_of_alarm(kind);
            let known = alarms.entry(point_id).or_insert(told);
            if rank(told) > rank(*known) {
                *known = told;
            }
        }
        Ok(Self {
            state,
            actor,
            directory: state.directory.current(),
            alarms,
            now: state.now(),
        })
    }

    /// The actor's points, by identifier.
    pub(crate) fn points(&self) -> Vec<Arc<DirectoryPoint>> {
        let mut points: Vec<_> = self
            .directory
            .points()
            .filter(|point| point.is_covered_by(&self.actor.scope))
            .cloned()
            .collect();
        points.sort_by_key(|point| point.id);
        points
    }

    /// The actor's points of one site.
    pub(crate) fn points_of_site(&self, id: SiteId) -> Vec<Arc<DirectoryPoint>> {
        self.directory
            .points_of_site(id)
            .iter()
            .filter_map(|id| self.directory.point(*id))
            .filter(|point| point.is_covered_by(&self.actor.scope))
            .cloned()
            .collect()
    }

    /// A point of the actor.
    pub(crate) fn point(&self, id: i64) -> Option<Arc<DirectoryPoint>> {
        self.directory
            .point(PointId(id))
            .filter(|point| point.is_covered_by(&self.actor.scope))
            .cloned()
    }

    /// The devices that serve a point now, and whether each is connected.
    pub(crate) fn devices_of(&self, point: &DirectoryPoint) -> Vec<(Arc<DirectoryDevice>, bool)> {
        self.directory
            .devices_of_point(point.id)
            .iter()
            .filter_map(|id| self.directory.device(*id))
            .filter(|device| device.validity.contains(self.now))
            .map(|device| (Arc::clone(device), self.is_connected(device.id.0)))
            .collect()
    }

    fn is_connected(&self, device_id: i64) -> bool {
        self.state
            .connections
            .find(device_id)
            .is_some_and(|presence| presence.is_online())
    }

    /// The newest record of a point that has values.
    fn latest_record(&self, point: &DirectoryPoint) -> Option<LastRecord> {
        [
            RecordKind::Realtime,
            RecordKind::Minute,
            RecordKind::Hour,
            RecordKind::NoiseEvent,
        ]
        .into_iter()
        .filter_map(|kind| self.state.feed.last(point.id.0, kind))
        .max_by_key(|record| record.time)
    }

    /// How a point is.
    pub(crate) fn state_of(&self, point: &DirectoryPoint) -> PointState {
        let (record, readings) = self.latest_readings(point);
        self.judge(point, record.as_ref(), &readings)
    }

    /// How a point is, and the latest value of each of its factors.
    pub(crate) fn look_at(&self, point: &DirectoryPoint) -> PointNow {
        let (record, readings) = self.latest_readings(point);
        PointNow {
            state: self.judge(point, record.as_ref(), &readings),
            values: record.map_or_else(Vec::new, |record| latest_values(point, &record, readings)),
        }
    }

    fn latest_readings(&self, point: &DirectoryPoint) -> (Option<LastRecord>, Vec<FactorReading>) {
        let record = self.latest_record(point);
        let readings = record
            .as_ref()
            .map_or_else(Vec::new, |record| record.payload.readings());
        (record, readings)
    }

    fn judge(
        &self,
        point: &DirectoryPoint,
        record: Option<&LastRecord>,
        readings: &[FactorReading],
    ) -> PointState {
        if !point.details.is_enabled {
            return PointState::Disabled;
        }
        let is_overdue =
            record.is_none_or(|record| self.now.ms_since(record.received_at) > patience_ms(point));
        let is_connected = self
            .devices_of(point)
            .iter()
            .any(|(_device, is_connected)| *is_connected);
        if is_overdue && !is_connected {
            return PointState::Offline;
        }
        let alarm = self.alarms.get(&point.id.0).copied();
        if alarm == Some(PointState::Alarm) {
            return PointState::Alarm;
        }
        if is_overdue {
            return PointState::Stale;
        }
        state_of_flags(readings)
            .or(alarm)
            .unwrap_or(PointState::Normal)
    }
}

/// A point as it is at this moment.
#[derive(Debug)]
pub(crate) struct PointNow {
    pub(crate) state: PointState,
    /// In the point's own order of factors.
    pub(crate) values: Vec<LatestValue>,
}

/// The values of a record for the factors that the point measures, in its order.
fn latest_values(
    point: &DirectoryPoint,
    record: &LastRecord,
    readings: Vec<FactorReading>,
) -> Vec<LatestValue> {
    let place = |code: &str| {
        point
            .factors
            .iter()
            .position(|factor| factor.factor_code == code)
    };
    let mut values: Vec<(usize, LatestValue)> = readings
        .into_iter()
        .filter_map(|reading| {
            let place = place(&reading.code)?;
            let factor = point.factors.get(place)?;
            let names = factor_names(&reading.code);
            let value = LatestValue {
                factor_code: reading.code.to_string(),
                name_zh: names.0,
                name_en: names.1,
                value: reading
                    .main_value()
                    .map(|(_field, value)| value.text().into_owned()),
                unit: factor.unit.clone(),
                flag: reading.flag.as_deref().map(str::to_owned),
                time: record.time.to_string(),
                packet_id: Some(record.packet_id.to_string()),
            };
            Some((place, value))
        })
        .collect();
    values.sort_by_key(|(place, _)| *place);
    values.into_iter().map(|(_, value)| value).collect()
}

/// How long after a packet a point may be silent: four real-time intervals and five minutes at the
/// least; two hours where no real-time values are expected.
fn patience_ms(point: &DirectoryPoint) -> i64 {
    let timetable = &point.details.timetable;
    match (timetable.realtime_interval_s, timetable.minute_interval_min) {
        (Some(seconds), _) => (i64::from(seconds) * 4_000).max(5 * MINUTE_MS),
        (None, Some(minutes)) => (i64::from(minutes) * 3 * MINUTE_MS).max(30 * MINUTE_MS),
        (None, None) => 2 * HOUR_MS + 30 * MINUTE_MS,
    }
}

fn state_of_alarm(kind: AlarmKind) -> PointState {
    match kind {
        AlarmKind::OverUpper | AlarmKind::BelowLower | AlarmKind::Combined => PointState::Alarm,
        AlarmKind::Fault => PointState::Fault,
        AlarmKind::Maintenance => PointState::Maintenance,
        _ => PointState::Warning,
    }
}

const fn rank(state: PointState) -> u8 {
    match state {
        PointState::Alarm => 3,
        PointState::Fault => 2,
        PointState::Maintenance => 1,
        _ => 0,
    }
}

/// What the flags of a record say of the instruments (HJ 212-2017 table 8: D fault, F stop,
/// M maintenance, C calibration, S set by hand).
fn state_of_flags(readings: &[FactorReading]) -> Option<PointState> {
    let mut found = None;
    for reading in readings {
        match reading.flag.as_deref() {
            Some("D") => return Some(PointState::Fault),
            Some("M" | "C") => found = Some(PointState::Maintenance),
            _ => {}
        }
    }
    found
}
