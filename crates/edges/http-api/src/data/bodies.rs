//! What records and series look like in JSON.

use beijing_time::Timestamp;
use monitoring::{FactorReading, Field, PacketId, Record, Series, SeriesPoint, Value};
use serde::Serialize;
use sites::DirectoryPoint;
use utoipa::ToSchema;

use crate::points::{LimitBody, factor_names};

/// Values of factors over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesBody {
    kind: String,
    from: String,
    to: String,
    /// The instant as known at which the values are shown; null for today.
    known_at: Option<String>,
    /// Records of the time asked for were removed by retention up to here; their packets are kept.
    removed_before: Option<String>,
    /// Time between two points; 0 when none is expected.
    interval_ms: i64,
    factors: Vec<SeriesFactorBody>,
    /// The limits of these factors and this kind that hold in the time.
    limits: Vec<LimitBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SeriesFactorBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    points: Vec<SeriesPointBody>,
    /// Whether points stand for several values.
    is_reduced: bool,
    /// Times in which values were expected and none came.
    gaps: Vec<GapBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct GapBody {
    from: String,
    to: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesPointBody {
    time: String,
    /// As the device wrote it; null when it does not count.
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<String>,
    /// The enterprise's mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// `received`, `replaced` or `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    validity: Option<String>,
    /// The packet it came in; null when it was imported.
    packet_id: Option<String>,
    /// The import of an older system's records that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<i64>,
}

/// One record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordBody {
    /// The moment, or the start of the period.
    time: String,
    kind: String,
    /// The packet of its first factor; null when that was imported.
    packet_id: Option<String>,
    /// The import of an older system's records that its first factor came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<i64>,
    received_at: String,
    is_late: bool,
    is_resent: bool,
    /// How many different packets say something about it.
    packet_count: usize,
    values: Vec<RecordValueBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecordValueBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    rtd: Option<String>,
    avg: Option<String>,
    min: Option<String>,
    max: Option<String>,
    /// Amount over the period.
    cou: Option<String>,
    /// Converted (折算) real-time value or mean.
    converted: Option<String>,
    flag: Option<String>,
    /// The enterprise's mark, in the layers `marked` and `effective`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// `received`, `replaced` or `invalid`, in the layer `effective`.
    #[serde(skip_serializing_if = "Option::is_none")]
    validity: Option<String>,
    /// The packet it came in; null when it was imported.
    packet_id: Option<String>,
    /// The import of an older system's records that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<i64>,
}

/// The id of a packet that there is.
pub(crate) fn packet_text(id: PacketId) -> Option<String> {
    id.import_id().is_none().then(|| id.to_string())
}

pub(super) fn unit_of(point: Option<&DirectoryPoint>, code: &str) -> String {
    match point.and_then(|point| point.factor(code)) {
        Some(factor) => factor.unit.clone(),
        None => hj212::catalogue::find_code(code)
            .map_or_else(String::new, |entry| entry.unit.to_owned()),
    }
}

fn text(value: &Value) -> String {
    value.text().into_owned()
}

pub(super) fn series_body(
    (series, known_at): (Series, Option<Timestamp>),
    point: Option<&DirectoryPoint>,
    limits: Vec<LimitBody>,
) -> SeriesBody {
    let factors = series.factors.into_iter().map(|factor| {
        let (name_zh, name_en) = factor_names(&factor.factor_code);
        SeriesFactorBody {
            unit: unit_of(point, &factor.factor_code),
            factor_code: factor.factor_code,
            name_zh,
            name_en,
            points: factor.points.iter().map(point_body).collect(),
            is_reduced: factor.is_reduced,
            gaps: factor
                .gaps
                .iter()
                .map(|(from, to)| GapBody {
                    from: from.to_string(),
                    to: to.to_string(),
                })
                .collect(),
        }
    });
    SeriesBody {
        kind: series.kind.as_str().to_owned(),
        from: series.from.to_string(),
        to: series.to.to_string(),
        known_at: known_at.map(|known_at| known_at.to_string()),
        removed_before: series.removed_before.map(|before| before.to_string()),
        interval_ms: series.interval_ms,
        factors: factors.collect(),
        limits,
    }
}

pub(super) fn point_body(point: &SeriesPoint) -> SeriesPointBody {
    SeriesPointBody {
        time: point.time.to_string(),
        value: point.value.as_ref().map(text),
        min: point.min.as_ref().map(text),
        max: point.max.as_ref().map(text),
        flag: point.flag.as_deref().map(str::to_owned),
        mark: point.mark.map(|mark| mark.as_str().to_owned()),
        validity: point.validity.map(|validity| validity.as_str().to_owned()),
        packet_id: packet_text(point.packet_id),
        import_id: point.packet_id.import_id(),
    }
}

pub(super) fn record_body(record: &Record, point: Option<&DirectoryPoint>) -> RecordBody {
    let values = record.readings.iter().map(|reading| {
        let one = &reading.reading;
        let (name_zh, name_en) = factor_names(&one.code);
        RecordValueBody {
            unit: unit_of(point, &one.code),
            factor_code: one.code.to_string(),
            name_zh,
            name_en,
            rtd: field(one, &[Field::Rtd, Field::Data]),
            avg: field(one, &[Field::Avg]),
            min: field(one, &[Field::Min]),
            max: field(one, &[Field::Max]),
            cou: field(one, &[Field::Cou]),
            converted: field(one, &[Field::ZsRtd, Field::ZsAvg]),
            flag: one.flag.as_deref().map(str::to_owned),
            mark: reading.mark.map(|mark| mark.as_str().to_owned()),
            validity: reading
                .validity
                .map(|validity| validity.as_str().to_owned()),
            packet_id: packet_text(reading.packet_id),
            import_id: reading.packet_id.import_id(),
        }
    });
    RecordBody {
        values: values.collect(),
        time: record.time.to_string(),
        kind: record.kind.as_str().to_owned(),
        packet_id: packet_text(record.packet_id),
        import_id: record.packet_id.import_id(),
        received_at: record.received_at.to_string(),
        is_late: record.is_late,
        is_resent: record.is_resent,
        packet_count: record.packet_count,
    }
}

fn field(reading: &FactorReading, names: &[Field]) -> Option<String> {
    names.iter().find_map(|name| reading.value(name)).map(text)
}
