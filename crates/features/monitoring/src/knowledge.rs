//! What was known on that day, beside what is known today: the values of a point that are not the
//! same now as they were at an instant, and what changed them.
//!
//! A value was known when its packet had been received, and counted as the marks and reviews made
//! until then said; of several packets the winner follows from their content, as always. Readers ask
//! for it by `known_at` of their requests; this module compares.

use std::collections::BTreeMap;

use access::{Actor, Permission};
use beijing_time::Timestamp;
use database::Database;
use sites::DeviceDirectory;

use crate::facts::Facts;
use crate::layers::{Decision, Layer, Mark, RecordMark, RecordReview, Subject};
use crate::records::{RecordReading, Slices, find_point, interval_of, merge_rows};
use crate::retention::Removals;
use crate::series::show_reading;
use crate::store::records::RecordRow;
use crate::versions::{Wanted, load_versions};
use crate::{MonitoringError, PacketId, RecordKind, SeriesPoint, SeriesStatistic};

/// The most differences of one page.
const MOST_ON_PAGE: usize = 1000;

/// Which values to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferencesRequest {
    /// The point.
    pub point_id: i64,
    /// Which records.
    pub kind: RecordKind,
    /// Which factors; all that there are when empty.
    pub factors: Vec<String>,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
    /// Which layer of truth.
    pub layer: Layer,
    /// Which values.
    pub statistic: SeriesStatistic,
    /// The day in question.
    pub known_at: Timestamp,
}

/// A value that is not the same now as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its time.
    pub time: Timestamp,
    /// Its factor.
    pub factor_code: String,
    /// What was known then; nothing when no packet had come.
    pub then: Option<SeriesPoint>,
    /// What is known now.
    pub now: Option<SeriesPoint>,
    /// What came in between and changed it.
    pub causes: Vec<Cause>,
}

/// What changed a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A packet that was received later wins.
    Packet {
        /// The packet.
        packet_id: PacketId,
        /// When it was received.
        received_at: Timestamp,
    },
    /// The enterprise marked it.
    Mark {
        /// What it said.
        mark: Mark,
        /// Why.
        reason: String,
        /// Who.
        author: String,
        /// When.
        at: Timestamp,
    },
    /// The bureau reviewed it.
    Review {
        /// What it decided.
        decision: Decision,
        /// Why.
        reason: String,
        /// Who.
        author: String,
        /// When.
        at: Timestamp,
    },
}

/// A page of differences, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DifferencePage {
    /// The differences.
    pub differences: Vec<Difference>,
    /// Where the next page begins: to be given as `after`; `None` on the last page.
    pub next: Option<Timestamp>,
}

/// Lists the values that differ between then and now, oldest first: those behind `after` (of the
/// last page's `next`), if given. All factors of one time are on one page.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`], [`MonitoringError::Invalid`] for
/// a time out of order.
pub async fn list_differences(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: &DifferencesRequest,
    (after, limit): (Option<Timestamp>, usize),
) -> Result<DifferencePage, MonitoringError> {
    let point = find_point(directory, actor, Permission::ReadData, request.point_id)?;
    if request.from >= request.to {
        return Err(MonitoringError::Invalid {
            field: "to",
            detail: "is not after the beginning".to_owned(),
        });
    }
    let limit = limit.clamp(1, MOST_ON_PAGE);
    let from = after.map_or(request.from, |after| after.plus_ms(1).max(request.from));
    let comparison = Comparison::load(database, request, interval_of(point)).await?;
    let from = Removals::load(database).await?.start(request.kind, from);
    let mut page = DifferencePage::default();
    let mut slices = Slices::new(request.kind, from, request.to);
    while let Some((from, to)) = slices.next() {
        let wanted = Wanted {
            factors: (!request.factors.is_empty()).then_some(request.factors.as_slice()),
            ..Wanted::new(request.kind, from, to)
        };
        let rows = load_versions(database, request.point_id, &wanted).await?;
        slices.grow_if(rows.is_empty());
        for versions in rows.chunk_by(|a, b| a.time_ms == b.time_ms) {
            let found = comparison.compare(versions);
            if !found.is_empty() && page.differences.len() >= limit {
                page.next = page.differences.last().map(|last| last.time);
                return Ok(page);
            }
            page.differences.extend(found);
        }
    }
    Ok(page)
}

struct Comparison<'a> {
    request: &'a DifferencesRequest,
    minute_interval: Option<u32>,
    now: Facts,
    then: Facts,
    /// What was said later than then.
    later: Vec<Subject>,
}

impl<'a> Comparison<'a> {
    async fn load(
        database: &Database,
        request: &'a DifferencesRequest,
        minute_interval: Option<u32>,
    ) -> Result<Self, MonitoringError> {
        let span = (request.from, request.to);
        let now = Facts::load(database, request.point_id, span, request.layer).await?;
        let is_later = |at: Timestamp| at > request.known_at;
        let marks = now
            .marks
            .iter()
            .filter(|mark| is_later(mark.at) || mark.withdrawn_at.is_some_and(is_later));
        let reviews = now.reviews.iter().filter(|review| is_later(review.at));
        let later = marks
            .map(|mark| mark.subject.clone())
            .chain(reviews.map(|review| review.subject.clone()))
            .collect();
        Ok(Self {
            request,
            minute_interval,
            then: now.clone().known_at(Some(request.known_at)),
            now: now.known_at(None),
            later,
        })
    }

    /// Compares the versions of one time.
    fn compare(&self, versions: &[RecordRow]) -> Vec<Difference> {
        let known_ms = self.request.known_at.epoch_ms();
        let Some(time) = versions.first().map(|row| row.time_ms) else {
            return Vec::new();
        };
        let time = Timestamp::from_epoch_ms(time);
        let is_touched = versions.iter().any(|row| row.received_ms > known_ms)
            || (self.later.iter()).any(|subject| subject.from <= time && time < subject.to);
        if !is_touched {
            return Vec::new();
        }
        let known = versions.iter().filter(|row| row.received_ms <= known_ms);
        let then = self.readings(known.cloned().collect());
        let mut now = self.readings(versions.to_vec());
        let mut differences = Vec::new();
        for (code, before) in then {
            let after = now.remove(&code);
            differences.extend(self.differ(time, code, Some(before), after));
        }
        for (code, after) in now {
            differences.extend(self.differ(time, code, None, Some(after)));
        }
        differences.sort_by(|a, b| a.factor_code.cmp(&b.factor_code));
        differences
    }

    fn readings(&self, versions: Vec<RecordRow>) -> BTreeMap<Box<str>, RecordReading> {
        let wanted = &self.request.factors;
        merge_rows(self.request.kind, self.minute_interval, versions)
            .into_iter()
            .flat_map(|record| record.readings)
            .filter(|won| !won.reading.code.is_empty())
            .filter(|won| wanted.is_empty() || wanted.iter().any(|of| **of == *won.reading.code))
            .map(|won| (won.reading.code.clone(), won))
            .collect()
    }

    fn differ(
        &self,
        time: Timestamp,
        code: Box<str>,
        then: Option<RecordReading>,
        now: Option<RecordReading>,
    ) -> Option<Difference> {
        let of = (self.request.kind, time);
        let how = (self.request.layer, self.request.statistic);
        let mut causes = Vec::new();
        if let Some(won) = &now
            && then.as_ref().map(|before| before.packet_id) != Some(won.packet_id)
        {
            causes.push(Cause::Packet {
                packet_id: won.packet_id,
                received_at: won.received_at,
            });
        }
        let then = then.map(|won| show_reading(&self.then, how, of, won));
        let now = now.map(|won| show_reading(&self.now, how, of, won));
        if look(then.as_ref()) == look(now.as_ref()) {
            return None;
        }
        let covers = |subject: &Subject| subject.covers(of.0, &code, time);
        let marks = self.now.marks.iter().filter(|mark| covers(&mark.subject));
        let reviews = self.now.reviews.iter().filter(|made| covers(&made.subject));
        let is_later = |at: Timestamp| at > self.request.known_at;
        let mark = marks.max_by_key(|mark| mark.id);
        causes.extend(mark.filter(|mark| is_later(mark.at)).map(cause_of_mark));
        let review = reviews.max_by_key(|review| review.id);
        causes.extend(review.filter(|made| is_later(made.at)).map(cause_of_review));
        Some(Difference {
            time,
            factor_code: code.into_string(),
            then,
            now,
            causes,
        })
    }
}

/// What a reader sees of a value; the packet that says the same again changes nothing.
fn look(point: Option<&SeriesPoint>) -> Option<SeriesPoint> {
    point.map(|point| SeriesPoint {
        packet_id: PacketId::default(),
        ..point.clone()
    })
}

fn cause_of_mark(mark: &RecordMark) -> Cause {
    Cause::Mark {
        mark: mark.mark,
        reason: mark.reason.clone(),
        author: mark.author.clone(),
        at: mark.at,
    }
}

fn cause_of_review(review: &RecordReview) -> Cause {
    Cause::Review {
        decision: review.decision,
        reason: review.reason.clone(),
        author: review.author.clone(),
        at: review.at,
    }
}
