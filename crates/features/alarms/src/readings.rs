//! From readings as monitoring keeps them to what the engine observes.

use std::sync::Arc;

use monitoring::{FactorReading, Field};

use crate::engine::FactorObservation;
use crate::words::{RecordKind, Statistic};

/// What the engine observes of one factor; values that are no numbers are left out.
pub fn observe_reading(reading: &FactorReading, kind: RecordKind) -> FactorObservation {
    // no larger than it must be: thousands of them wait for their turn
    let mut values = Vec::with_capacity(reading.values.len());
    values.extend(
        reading
            .values
            .iter()
            .filter_map(|(field, value)| Some((statistic_of(field, kind)?, value.decimal()?))),
    );
    FactorObservation {
        code: Arc::from(&*reading.code),
        flag: reading.flag.as_deref().and_then(|flag| flag.chars().next()),
        is_valid: !values.is_empty(),
        values,
        packet_id: None,
    }
}

fn statistic_of(field: &Field, kind: RecordKind) -> Option<Statistic> {
    Some(match field {
        Field::Rtd => Statistic::Rtd,
        Field::ZsRtd => Statistic::ZsRtd,
        Field::ZsAvg => Statistic::ZsAvg,
        Field::Min => Statistic::Min,
        Field::ZsMin => Statistic::ZsMin,
        Field::Max => Statistic::Max,
        Field::ZsMax => Statistic::ZsMax,
        Field::Cou => Statistic::Cou,
        // noise has one value for the period
        Field::Data if kind == RecordKind::Realtime => Statistic::Rtd,
        Field::Avg | Field::Data => Statistic::Avg,
        _ => return None,
    })
}

/// The kind of measured record in monitoring's own words.
pub(crate) fn monitoring_kind(kind: RecordKind) -> monitoring::RecordKind {
    match kind {
        RecordKind::Realtime => monitoring::RecordKind::Realtime,
        RecordKind::Minute => monitoring::RecordKind::Minute,
        RecordKind::Hour => monitoring::RecordKind::Hour,
        RecordKind::Day => monitoring::RecordKind::Day,
    }
}
