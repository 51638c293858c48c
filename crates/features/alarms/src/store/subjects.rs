//! Reading what can be watched: points, limits, devices and planned stops, as the engine wants it.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::Timestamp;
use database::{Database, on_database};
use exact_decimal::Decimal;
use uuid::Uuid;

use super::time;
use crate::AlarmError;
use crate::engine::{DeviceFacts, ExemptWindow, LimitFacts, PointFacts, Subjects, Timetable};
use crate::words::{RecordKind, Statistic};

#[derive(sqlx::FromRow)]
struct PointRow {
    id: i64,
    site_id: i64,
    region_code: String,
    medium: String,
    is_simulated: bool,
    realtime_interval_s: Option<i64>,
    minute_interval_min: Option<i64>,
    is_hour_expected: bool,
    is_day_expected: bool,
}

#[derive(sqlx::FromRow)]
struct LimitRow {
    id: i64,
    point_id: i64,
    factor_code: String,
    kind: String,
    statistic: String,
    lower_mantissa: Option<i64>,
    lower_scale: Option<i64>,
    upper_mantissa: Option<i64>,
    upper_scale: Option<i64>,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
    origin: String,
    basis: String,
}

type WindowRow = (Uuid, i64, Option<i64>, String, i64, i64, Option<i64>);

fn decimal(mantissa: Option<i64>, scale: Option<i64>) -> Option<Decimal> {
    let scale = u32::try_from(scale?).ok()?;
    Decimal::from_mantissa_and_scale(mantissa?, scale).ok()
}

fn small(number: Option<i64>) -> Option<u32> {
    number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number > 0)
}

/// Everything that is enabled, with limits of all times and planned stops that end after
/// `exempt_since`.
pub(crate) async fn load(
    database: &Database,
    at: Timestamp,
    exempt_since: Timestamp,
) -> Result<Subjects, AlarmError> {
    const POINTS: &str = "SELECT p.id, p.site_id, s.region_code, p.medium, s.is_simulated, \
         p.realtime_interval_s, p.minute_interval_min, p.is_hour_expected, p.is_day_expected \
         FROM monitoring_point p JOIN site s ON s.id = p.site_id WHERE p.is_enabled = TRUE";
    const FACTORS: &str = "SELECT point_id, factor_code FROM point_factor \
         WHERE is_expected = TRUE ORDER BY point_id, sort_order, factor_code";
    const LIMITS: &str = "SELECT id, point_id, factor_code, kind, statistic, lower_mantissa, \
         lower_scale, upper_mantissa, upper_scale, valid_from_ms, valid_to_ms, origin, basis \
         FROM factor_limit ORDER BY id";
    const DEVICES: &str = "SELECT id, mn FROM device WHERE is_enabled = TRUE \
         AND valid_from_ms <= $1 AND (valid_to_ms IS NULL OR valid_to_ms > $1)";
    const CHANNELS: &str = "SELECT DISTINCT c.device_id, c.point_id FROM device_channel c \
         WHERE c.valid_from_ms <= $1 AND (c.valid_to_ms IS NULL OR c.valid_to_ms > $1) \
         ORDER BY c.device_id, c.point_id";
    const WINDOWS: &str = "SELECT id, site_id, point_id, factor_code, from_ms, to_ms, revoked_ms \
         FROM alarm_exemption WHERE to_ms > $1 ORDER BY from_ms, id";
    let now = at.epoch_ms();
    let (points, factors, limits, devices, channels, windows) = on_database!(database, |pool| {
        let points: Vec<PointRow> = sqlx::query_as(POINTS).fetch_all(pool).await?;
        let factors: Vec<(i64, String)> = sqlx::query_as(FACTORS).fetch_all(pool).await?;
        let limits: Vec<LimitRow> = sqlx::query_as(LIMITS).fetch_all(pool).await?;
        let devices: Vec<(i64, String)> = sqlx::query_as(DEVICES).bind(now).fetch_all(pool).await?;
        let channels: Vec<(i64, i64)> = sqlx::query_as(CHANNELS).bind(now).fetch_all(pool).await?;
        let windows: Vec<WindowRow> = sqlx::query_as(WINDOWS)
            .bind(exempt_since.epoch_ms())
            .fetch_all(pool)
            .await?;
        (points, factors, limits, devices, channels, windows)
    });
    let mut subjects = Subjects::default();
    for row in points {
        let facts = PointFacts {
            site_id: row.site_id,
            region: row.region_code,
            medium: row.medium,
            is_simulated: row.is_simulated,
            timetable: Timetable {
                realtime_interval_s: small(row.realtime_interval_s),
                minute_interval_min: small(row.minute_interval_min),
                has_hours: row.is_hour_expected,
                has_days: row.is_day_expected,
            },
            expected_factors: Vec::new(),
            limits: HashMap::new(),
            device_ids: Vec::new(),
        };
        subjects.points.insert(row.id, facts);
    }
    for (point_id, factor) in factors {
        if let Some(point) = subjects.points.get_mut(&point_id) {
            point.expected_factors.push(Arc::from(factor));
        }
    }
    for row in limits {
        add_limit(&mut subjects, row);
    }
    for (id, mn) in devices {
        let point_ids = Vec::new();
        subjects.devices.insert(id, DeviceFacts { mn, point_ids });
    }
    for (device_id, point_id) in channels {
        if let (Some(device), Some(point)) = (
            subjects.devices.get_mut(&device_id),
            subjects.points.get_mut(&point_id),
        ) {
            device.point_ids.push(point_id);
            point.device_ids.push(device_id);
        }
    }
    for (id, site_id, point_id, factor, from, to, revoked) in windows {
        let to = revoked.map_or(to, |revoked| revoked.min(to));
        if from < to {
            subjects.exemptions.push(ExemptWindow {
                id,
                site_id,
                point_id,
                factor: (!factor.is_empty()).then_some(factor),
                from: time(from),
                to: time(to),
            });
        }
    }
    Ok(subjects)
}

fn add_limit(subjects: &mut Subjects, row: LimitRow) {
    let (Some(point), Some(kind), Some(statistic)) = (
        subjects.points.get_mut(&row.point_id),
        RecordKind::parse(&row.kind),
        Statistic::parse(&row.statistic),
    ) else {
        return;
    };
    point
        .limits
        .entry(Arc::from(row.factor_code))
        .or_default()
        .push(Arc::new(LimitFacts {
            id: row.id,
            kind,
            statistic,
            lower: decimal(row.lower_mantissa, row.lower_scale),
            upper: decimal(row.upper_mantissa, row.upper_scale),
            valid_from: time(row.valid_from_ms),
            valid_to: row.valid_to_ms.map(time),
            origin: row.origin,
            basis: row.basis,
        }));
}
