//! One number for all that counts: effective and derived values.

use beijing_time::Timestamp;
use database::Database;
use sm3::{Digest, Sm3};

use crate::layers::{RecordReview, apply_reviews};
use crate::records::{Record, merge_rows};
use crate::retention::Removals;
use crate::store::{layers, statistics as store};
use crate::versions::{Wanted, find_next_span, list_groups, load_points_versions};
use crate::{MonitoringError, Payload, RecordKind};

/// The digest of all effective and derived values. The same packets give the same digest, in
/// whatever order and however often they came, on either database.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn compute_state_digest(database: &Database) -> Result<String, MonitoringError> {
    let mut sum = Sum::default();
    let end = Timestamp::from_epoch_ms(i64::MAX);
    let reviews = layers::list_reviews(database, None, Timestamp::from_epoch_ms(i64::MIN), end);
    let reviews = reviews.await?;
    let removals = Removals::load(database).await?;
    for (kind, before) in removals.iter() {
        let mut hasher = Sm3::new();
        hasher.update(b"removed");
        hasher.update(kind.code().to_be_bytes());
        hasher.update(before.epoch_ms().to_be_bytes());
        sum.add(&hasher.finalize().into());
    }
    for kind in RecordKind::ALL.iter().copied() {
        let mut at = removals.start(kind, Timestamp::from_epoch_ms(i64::MIN));
        while let Some(span) = find_next_span(database, kind, at).await? {
            for points in list_groups(database, kind, span).await? {
                let wanted = Wanted::new(kind, span.from.max(at), span.to);
                for (_, rows) in load_points_versions(database, &points, &wanted).await? {
                    for record in merge_rows(kind, None, rows) {
                        sum.add(&hash_record(record, &reviews));
                    }
                }
            }
            at = span.to;
        }
    }
    let mut after = (0, 0, i64::MIN);
    loop {
        let page = store::list_derived_after(database, after, 10_000).await?;
        let Some(last) = page.last() else { break };
        after = (last.0, last.1, last.2);
        for (point_id, kind, time_ms, payload) in page {
            let mut hasher = Sm3::new();
            hasher.update(b"derived");
            for number in [kind, time_ms, point_id] {
                hasher.update(number.to_be_bytes());
            }
            hasher.update(payload.as_bytes());
            sum.add(&hasher.finalize().into());
        }
    }
    Ok(sum.text())
}

fn hash_record(record: Record, reviews: &[RecordReview]) -> [u8; 32] {
    let mut hasher = Sm3::new();
    hasher.update(b"effective");
    for number in [record.kind.code(), record.time.epoch_ms(), record.point_id] {
        hasher.update(number.to_be_bytes());
    }
    let own: Vec<_> = reviews
        .iter()
        .filter(|review| review.subject.point_id == record.point_id)
        .cloned()
        .collect();
    for won in record.readings {
        let mut reading = won.reading;
        let validity = apply_reviews(&own, record.kind, record.time, &mut reading);
        hasher.update(validity.as_str());
        hasher.update(Payload::encode(vec![reading]).as_bytes());
    }
    hasher.finalize().into()
}

/// A sum of digests: the same in any order, and changed by a digest that comes twice.
#[derive(Default)]
struct Sum([u64; 4]);

impl Sum {
    fn add(&mut self, digest: &[u8; 32]) {
        let (words, _) = digest.as_chunks::<8>();
        for (sum, word) in self.0.iter_mut().zip(words) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*word));
        }
    }

    fn text(&self) -> String {
        let [a, b, c, d] = self.0;
        format!("{a:016x}{b:016x}{c:016x}{d:016x}")
    }
}
