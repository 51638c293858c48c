//! How many minutes of an hour were measured, counted by the minute records: 45 at least where a point
//! asks for it (GB 3095-2012, table 4; HJ 76-2017, annex B).

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use monitoring::{Layer, Record, RecordKind, RecordsRequest, load_records};
use sites::DirectoryPoint;

use crate::inputs::{Read, is_counted};
use crate::{LeftOut, PointSetting, VerdictsContext, VerdictsError};

/// Minutes counted by hour and factor. An hour of which no minute record at all is there is not in it:
/// its mean stands as the logger computed it.
#[derive(Debug, Default)]
pub(crate) struct Minutes {
    least: i64,
    counted: BTreeMap<Timestamp, BTreeMap<String, i64>>,
}

impl Minutes {
    /// Counts the minutes of a time; nothing is read where the point does not ask for it or owes no
    /// minute records.
    pub(crate) async fn load(
        context: &VerdictsContext<'_>,
        point: &DirectoryPoint,
        setting: PointSetting,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Self, VerdictsError> {
        let Some(interval) = interval_of(point, setting) else {
            return Ok(Self::default());
        };
        let request = RecordsRequest {
            layer: Layer::Effective,
            ..RecordsRequest::new(point.id.0, RecordKind::Minute, from, to)
        };
        let actor = access::Actor::system("verdicts");
        let records = load_records(context.database, context.directory, &actor, request).await?;
        Ok(Self::of(&records, setting.least_minutes, interval))
    }

    fn of(records: &[Record], least: i64, interval: i64) -> Self {
        let mut counted: BTreeMap<Timestamp, BTreeMap<String, i64>> = BTreeMap::new();
        for record in records {
            let of_hour = counted.entry(record.time.stat_hour().start()).or_default();
            for won in &record.readings {
                let minutes = of_hour.entry(won.reading.code.to_string()).or_default();
                if is_counted(won) {
                    *minutes += interval;
                }
            }
        }
        Self { least, counted }
    }

    /// The value of an hour, left out when too few of its minutes were measured.
    pub(crate) fn hold<'r>(&self, hour: Timestamp, mut read: Read<'r>) -> Read<'r> {
        if let Some(of_hour) = self.counted.get(&hour) {
            let minutes = of_hour.get(&*read.won.reading.code).copied().unwrap_or(0);
            if read.value.is_ok() && minutes < self.least {
                read.value = Err(LeftOut::TooFewMinutes);
            }
        }
        read
    }
}

/// The length of a minute record, where the minutes of hours are counted.
pub(crate) fn interval_of(point: &DirectoryPoint, setting: PointSetting) -> Option<i64> {
    let interval = point.details.timetable.minute_interval_min?;
    (setting.least_minutes > 0).then_some(i64::from(interval))
}
