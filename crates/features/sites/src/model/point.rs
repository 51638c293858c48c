//! Monitoring points, what they measure, and the limits of it.

use exact_decimal::Decimal;

use super::{
    FactorId, LimitId, LimitOrigin, LimitStatistic, Medium, PeriodLabel, PointId, Position,
    RecordKind, SiteId, Validity,
};

/// A monitoring point: an outlet, a station, a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Identifier.
    pub id: PointId,
    /// The site it belongs to.
    pub site_id: SiteId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: PointDetails,
}

/// What can be changed of a point.
#[derive(Debug, Clone, PartialEq)]
pub struct PointDetails {
    /// Outlet code such as `DA001` (waste gas) or `DW001` (waste water); unique within the site.
    pub code: String,
    /// What it watches.
    pub medium: Medium,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Where it is, if not where its site is.
    pub position: Option<Position>,
    /// Whether its periods are labelled by start or end.
    pub period_label: PeriodLabel,
    /// What is expected to arrive.
    pub timetable: Timetable,
    /// Whether it is in use; a disabled point keeps its data and raises no alarms.
    pub is_enabled: bool,
}

/// What is expected to arrive of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timetable {
    /// Seconds between real-time records; none expected when absent.
    pub realtime_interval_s: Option<u32>,
    /// Minutes between minute records; none expected when absent.
    pub minute_interval_min: Option<u32>,
    /// Whether an hour record is expected each hour.
    pub is_hour_expected: bool,
    /// Whether a day record is expected each day.
    pub is_day_expected: bool,
}

/// A factor that a point measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFactor {
    /// Identifier.
    pub id: FactorId,
    /// The point.
    pub point_id: PointId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: FactorDetails,
}

/// What can be changed of a factor at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorDetails {
    /// Pollutant code, such as `a21026` or `w01018`.
    pub factor_code: String,
    /// The unit its values come in.
    pub unit: String,
    /// Decimals to show.
    pub decimals: u32,
    /// Place in lists.
    pub sort_order: i64,
    /// Whether missing data of it counts as missing.
    pub is_expected: bool,
}

/// A limit of a factor at a point, with the time in which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorLimit {
    /// Identifier.
    pub id: LimitId,
    /// The point.
    pub point_id: PointId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: LimitDetails,
}

/// What can be changed of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitDetails {
    /// Pollutant code.
    pub factor_code: String,
    /// The kind of records it holds for.
    pub kind: RecordKind,
    /// The value of a record it holds for.
    pub statistic: LimitStatistic,
    /// A value below is an exceedance.
    pub lower: Option<Decimal>,
    /// A value above is an exceedance.
    pub upper: Option<Decimal>,
    /// When it holds.
    pub validity: Validity,
    /// Where it comes from.
    pub origin: LimitOrigin,
    /// The standard and clause, the permit's number, or the reason.
    pub basis: String,
}
