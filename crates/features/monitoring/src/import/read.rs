//! From a row's cells to a reading of a point.

use std::collections::HashMap;
use std::sync::Arc;

use access::Actor;
use beijing_time::{CivilTime, StatDay, StatHour, Timestamp};
use sites::{DeviceDirectory, DirectoryPoint, PeriodLabel};

use super::columns::Places;
use super::{ImportProblem, ImportProblemKind, ImportRow};
use crate::interpret::compute_period_ms;
use crate::records::interval_of;
use crate::{FactorReading, MonitoringError, RecordKind, Value};

/// A row in which nothing is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    pub(super) point_id: i64,
    pub(super) kind: RecordKind,
    /// The moment, or the start of the period.
    pub(super) time: Timestamp,
    pub(super) reading: FactorReading,
}

/// Reads rows of one file.
pub(super) struct RowReader<'a> {
    places: Places,
    label: PeriodLabel,
    /// By the codes of site and point.
    points: HashMap<(&'a str, &'a str), &'a Arc<DirectoryPoint>>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        directory: &'a DeviceDirectory,
        actor: &Actor,
        heading: &[String],
        label: PeriodLabel,
    ) -> Result<Self, MonitoringError> {
        let points = directory
            .points()
            .filter(|point| point.is_covered_by(&actor.scope))
            .map(|point| {
                let key = (point.site.code.as_str(), point.details.code.as_str());
                (key, point)
            })
            .collect();
        Ok(Self {
            places: Places::read(heading)?,
            label,
            points,
        })
    }

    pub(super) fn read(&self, row: &ImportRow) -> Result<Checked, ImportProblem> {
        let problem = |column: &'static str, kind: ImportProblemKind| ImportProblem {
            row: row.number,
            column,
            kind,
        };
        let cell = |at: usize| row.cells.get(at).map_or("", |text| text.trim());
        let required = |at: usize, column: &'static str| match cell(at) {
            "" => Err(problem(column, ImportProblemKind::Missing)),
            text => Ok(text),
        };
        let site = required(self.places.site, "site")?;
        let name = required(self.places.point, "point")?;
        let point = self.points.get(&(site, name)).ok_or_else(|| {
            let name = format!("{site} {name}");
            problem("point", ImportProblemKind::UnknownPoint { name })
        })?;
        let text = required(self.places.kind, "kind")?;
        let kind = read_kind(text).ok_or_else(|| {
            let text = text.to_owned();
            problem("kind", ImportProblemKind::UnknownKind { text })
        })?;
        let text = required(self.places.time, "time")?;
        let label = read_time(text).ok_or_else(|| {
            let text = text.to_owned();
            problem("time", ImportProblemKind::NotATime { text })
        })?;
        let time = self
            .find_start(kind, label, point)
            .ok_or_else(|| problem("time", ImportProblemKind::NotAPeriod))?;
        let code = required(self.places.factor, "factor")?;
        if point.factor(code).is_none() {
            let code = code.to_owned();
            return Err(problem("factor", ImportProblemKind::UnknownFactor { code }));
        }
        let mut values = Vec::new();
        for (at, column, field) in &self.places.values {
            let text = cell(*at);
            if text.is_empty() {
                continue;
            }
            let value = Value::parse(text);
            if value.decimal().is_none() {
                let text = text.to_owned();
                return Err(problem(column, ImportProblemKind::NotADecimal { text }));
            }
            values.push((field.clone(), value));
        }
        if values.is_empty() {
            return Err(problem("", ImportProblemKind::NoValue));
        }
        let flag = match self.places.flag.map(cell) {
            None | Some("") => None,
            Some(text) if text.len() <= 4 && text.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Some(text.into())
            }
            Some(text) => {
                let text = text.to_owned();
                return Err(problem("flag", ImportProblemKind::NotAFlag { text }));
            }
        };
        Ok(Checked {
            point_id: point.id.0,
            kind,
            time,
            reading: FactorReading {
                code: code.into(),
                flag,
                values,
            },
        })
    }

    /// The start of the period that a time names; `None` when no period of the kind begins (or
    /// ends) then.
    fn find_start(
        &self,
        kind: RecordKind,
        label: Timestamp,
        point: &DirectoryPoint,
    ) -> Option<Timestamp> {
        let Some(length) = compute_period_ms(kind, interval_of(point)) else {
            return Some(label);
        };
        let start = match self.label {
            PeriodLabel::End => label.plus_ms(-length),
            PeriodLabel::Start => label,
        };
        let whole = match kind {
            RecordKind::Hour => StatHour::containing(start).start(),
            RecordKind::Day => StatDay::containing(start).start(),
            _ => Timestamp::from_epoch_ms(start.epoch_ms().div_euclid(60_000) * 60_000),
        };
        (whole == start).then_some(start)
    }
}

fn read_kind(text: &str) -> Option<RecordKind> {
    match text {
        "realtime" | "实时" => Some(RecordKind::Realtime),
        "minute" | "分钟" => Some(RecordKind::Minute),
        "hour" | "小时" => Some(RecordKind::Hour),
        "day" | "日" => Some(RecordKind::Day),
        _ => None,
    }
}

/// RFC 3339, or Beijing civil time: `2024-05-01`, `2024-05-01 08:00`, `2024-05-01 08:00:00`, also
/// with `/` and `T`.
fn read_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, time.trim_start()),
        None => (text, "00:00:00"),
    };
    let mut date = date.split(['-', '/']);
    let year: i16 = date.next().filter(|part| part.len() == 4)?.parse().ok()?;
    let month: i8 = date.next()?.parse().ok()?;
    let day: i8 = date.next()?.parse().ok()?;
    let mut time = time.split(':');
    let hour: i8 = time.next()?.parse().ok()?;
    let minute: i8 = time.next()?.parse().ok()?;
    let second: i8 = time.next().map_or(Some(0), |part| part.parse().ok())?;
    if date.next().is_some() || time.next().is_some() {
        return None;
    }
    CivilTime::new((year, month, day), (hour, minute, second), 0)
        .ok()?
        .to_timestamp()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_older_systems_are_read_as_beijing_time() {
        let expected: Timestamp = "2024-05-01T08:00:00+08:00".parse().expect("a time");
        for text in [
            "2024-05-01 08:00:00",
            "2024-05-01 08:00",
            "2024/5/1 8:00",
            "2024-05-01T08:00:00",
            "2024-05-01T00:00:00Z",
        ] {
            assert_eq!(read_time(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "08:00",
            "24-05-01",
            "2024-13-01",
            "2024-05-01 25:00",
            "2024-05-01 8",
        ] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }
}
