//! The marks and reviews of a point in a time, as known today or at an instant.

use beijing_time::Timestamp;
use database::Database;

use crate::layers::{self, Layer, RecordMark, RecordReview, Validity};
use crate::records::Record;
use crate::store::layers as store;
use crate::{MonitoringError, RecordsRequest};

/// What was marked and reviewed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) marks: Vec<RecordMark>,
    pub(crate) reviews: Vec<RecordReview>,
}

impl Facts {
    /// What a layer needs of a point in `from..to`: nothing for `received`.
    pub(crate) async fn load(
        database: &Database,
        point_id: i64,
        (from, to): (Timestamp, Timestamp),
        layer: Layer,
    ) -> Result<Self, MonitoringError> {
        let mut facts = Self::default();
        if layer != Layer::Received {
            facts.marks = store::list_marks(database, point_id, from, to).await?;
        }
        if layer == Layer::Effective {
            facts.reviews = store::list_reviews(database, Some(point_id), from, to).await?;
        }
        Ok(facts)
    }

    /// What records asked for need.
    pub(crate) async fn load_of(
        database: &Database,
        request: &RecordsRequest,
    ) -> Result<Self, MonitoringError> {
        let span = (request.from, request.to);
        let facts = Self::load(database, request.point_id, span, request.layer).await?;
        Ok(facts.known_at(request.known_at))
    }

    /// Without what was taken back, and without what was said later than an instant.
    pub(crate) fn known_at(mut self, known_at: Option<Timestamp>) -> Self {
        self.marks.retain(|mark| mark.stands_at(known_at));
        if let Some(known_at) = known_at {
            self.reviews.retain(|review| review.at <= known_at);
        }
        self
    }

    /// Shows received records in a layer; what does not count loses its values.
    pub(crate) fn apply(&self, layer: Layer, records: &mut [Record]) {
        if layer == Layer::Received {
            return;
        }
        for record in records {
            let (kind, time) = (record.kind, record.time);
            for won in &mut record.readings {
                let mark = layers::find_mark(&self.marks, kind, &won.reading.code, time);
                won.mark = mark.map(|mark| mark.mark);
                if layer != Layer::Effective {
                    continue;
                }
                let validity = layers::apply_reviews(&self.reviews, kind, time, &mut won.reading);
                if validity == Validity::Invalid {
                    won.reading.values.clear();
                }
                won.validity = Some(validity);
            }
        }
    }
}
