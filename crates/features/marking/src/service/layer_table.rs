//! As received, as marked, as reviewed: side by side, with who, when and why.

use access::{Actor, Permission};
use beijing_time::{DAY_MS, Timestamp};
use database::Database;
use monitoring::layers::{RecordMark, RecordReview, Validity, list_marks, list_reviews};
use monitoring::{
    FactorReading, Layer, PacketId, Record, RecordKind, RecordsRequest, load_records,
};
use sites::DeviceDirectory;

use crate::MarkingError;
use crate::error::invalid;

/// The longest time of one table.
const MOST_DAYS: i64 = 31;

/// One value in its layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// The moment, or the start of the period.
    pub time: Timestamp,
    /// The factor.
    pub factor_code: String,
    /// As received.
    pub received: FactorReading,
    /// The packet it came in.
    pub packet_id: PacketId,
    /// The number in the list of marks of what stands.
    pub mark: Option<usize>,
    /// The number in the list of reviews of what stands.
    pub review: Option<usize>,
    /// Whether it counts.
    pub validity: Validity,
    /// What counts; none where nothing does.
    pub effective: Option<FactorReading>,
}

/// Values of a point in their layers, with the marks and reviews they refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerTable {
    /// The values, by time.
    pub rows: Vec<LayerRow>,
    /// The marks of the time, withdrawn ones too.
    pub marks: Vec<RecordMark>,
    /// The reviews of the time.
    pub reviews: Vec<RecordReview>,
}

/// Loads the values of a point and kind in `from..to` in all layers; marks and reviews of times
/// without a record stand in the lists.
///
/// # Errors
/// [`MarkingError::Monitoring`], [`MarkingError::Invalid`] for more than 31 days.
pub async fn load_layer_table(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    (point_id, kind): (i64, RecordKind),
    (from, to): (Timestamp, Timestamp),
    factor_code: Option<&str>,
) -> Result<LayerTable, MarkingError> {
    actor.check(Permission::ReadData)?;
    if from >= to || to.ms_since(from) > MOST_DAYS * DAY_MS {
        return Err(invalid(
            "to",
            format!("after `from`, {MOST_DAYS} days at the most"),
        ));
    }
    let request = RecordsRequest::new(point_id, kind, from, to);
    let received = load_records(database, directory, actor, request).await?;
    let request = RecordsRequest {
        layer: Layer::Effective,
        ..request
    };
    let effective = load_records(database, directory, actor, request).await?;
    let span = (from, to);
    let marks = list_marks(database, directory, actor, point_id, span).await?;
    let reviews = list_reviews(database, directory, actor, point_id, span).await?;
    let mut rows = Vec::new();
    for (received, effective) in received.into_iter().zip(effective) {
        add_rows(
            &mut rows,
            (received, effective),
            (&marks, &reviews),
            factor_code,
        );
    }
    Ok(LayerTable {
        rows,
        marks,
        reviews,
    })
}

fn add_rows(
    rows: &mut Vec<LayerRow>,
    (received, effective): (Record, Record),
    (marks, reviews): (&[RecordMark], &[RecordReview]),
    factor_code: Option<&str>,
) {
    let (kind, time) = (received.kind, received.time);
    for (won, counted) in received.readings.into_iter().zip(effective.readings) {
        let code = won.reading.code.to_string();
        if code.is_empty() || factor_code.is_some_and(|wanted| wanted != code) {
            continue;
        }
        let mark = marks.iter().rposition(|mark| {
            mark.withdrawn_at.is_none() && mark.subject.covers(kind, &code, time)
        });
        let review = reviews
            .iter()
            .rposition(|review| review.subject.covers(kind, &code, time));
        let validity = counted.validity.unwrap_or(Validity::Received);
        rows.push(LayerRow {
            time,
            factor_code: code,
            received: won.reading,
            packet_id: won.packet_id,
            mark,
            review,
            validity,
            effective: (validity != Validity::Invalid).then_some(counted.reading),
        });
    }
}
