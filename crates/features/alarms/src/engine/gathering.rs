//! Records that were taken and may still lack parts: what has come of each, until when it waits
//! for the rest, and which rules were told of it as a whole.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::observations::{FactorObservation, RecordObservation};
use super::subjects::PointFacts;
use crate::words::Statistic;

/// Records of one kind that are remembered at most; of more, the oldest waits no longer.
const MOST_REMEMBERED: usize = 64;

/// A record that was taken, kept until no part of it is waited for any more, and longer while it
/// is the last of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// Until when its other parts are waited for.
    until: Timestamp,
    /// What has come of it.
    came: Came,
}

/// What has come of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    /// It waits for parts.
    Open {
        /// Its parts so far, as one record.
        record: RecordObservation,
        /// Rules on the record as a whole that were told of it.
        told: BTreeSet<i64>,
    },
    /// It was judged as a whole.
    Judged(Vec<Known>),
    /// It and those before it are remembered no longer: nothing of them is new, even when it is
    /// told again after a restart, to an engine whose clock goes back.
    Forgotten,
}

/// A factor of a record that was judged. Only one that may say that nothing flowed keeps its
/// values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    #[serde(with = "code")]
    code: Arc<str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<(Statistic, Decimal)>,
}

/// A record that is not judged as a whole yet.
#[derive(Debug)]
pub(crate) struct OpenRecord {
    /// Its parts so far.
    pub(crate) record: RecordObservation,
    /// The rules on the whole that were told of it.
    pub(crate) told: BTreeSet<i64>,
    /// Whether it is to be judged now.
    pub(crate) is_due: bool,
}

/// What is recent: records that began after `since` are in time even if their turn is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recent {
    pub(crate) since: Timestamp,
    pub(crate) now: Timestamp,
}

/// The records of one kind that are remembered, by time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gatherings {
    by_time: BTreeMap<Timestamp, Gathering>,
}

/// Whether every factor that is expected is there, with a value or without.
pub(crate) fn is_whole(point: &PointFacts, record: &RecordObservation) -> bool {
    let mut expected = point.expected_factors.iter();
    expected.all(|code| record.factor(code).is_some())
}

impl From<FactorObservation> for Known {
    fn from(factor: FactorObservation) -> Self {
        let mut values = factor.values.iter();
        let may_be_idle = values.any(|(_, value)| *value <= Decimal::ZERO);
        Self {
            code: factor.code,
            values: if may_be_idle {
                factor.values
            } else {
                Vec::new()
            },
        }
    }
}

impl From<&Known> for FactorObservation {
    fn from(known: &Known) -> Self {
        Self {
            code: Arc::clone(&known.code),
            flag: None,
            is_valid: !known.values.is_empty(),
            values: known.values.clone(),
            packet_id: None,
        }
    }
}

impl Gathering {
    fn has(&self, code: &str) -> bool {
        match &self.came {
            Came::Open { record, .. } => record.factor(code).is_some(),
            Came::Judged(known) => known.iter().any(|known| &*known.code == code),
            Came::Forgotten => false,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.came, Came::Open { .. })
    }

    /// Whether anything was said of the record as a whole.
    fn was_judged_on(&self) -> bool {
        match &self.came {
            Came::Open { told, .. } => !told.is_empty(),
            Came::Judged(_) | Came::Forgotten => true,
        }
    }
}

impl Gatherings {
    /// What was remembered.
    pub(crate) fn restore(kept: Vec<(Timestamp, Gathering)>) -> Self {
        Self {
            by_time: kept.into_iter().collect(),
        }
    }

    /// What is to be remembered.
    pub(crate) fn keep(&self) -> Vec<(Timestamp, Gathering)> {
        let of = |(time, gathering): (&Timestamp, &Gathering)| (*time, gathering.clone());
        self.by_time.iter().map(of).collect()
    }

    /// A record is taken in its turn, with the parts that have come. Forgotten is what was judged
    /// and ended before `recent`, when nothing that comes now can belong to it in time.
    pub(crate) fn begin(&mut self, record: RecordObservation, until: Timestamp, recent: Recent) {
        let time = record.time;
        let mut forgotten = None;
        self.by_time.retain(|other, gathering| {
            let stays = gathering.is_open()
                || gathering.until > recent.now
                || *other > recent.since
                || *other > time;
            if !stays {
                forgotten = Some((*other, gathering.until));
            }
            stays
        });
        if let Some((time, until)) = forgotten {
            self.forget(time, until);
        }
        let told = BTreeSet::new();
        let came = Came::Open { record, told };
        self.by_time.insert(time, Gathering { until, came });
    }

    /// Remembers of a record only that it and those before it were.
    fn forget(&mut self, time: Timestamp, until: Timestamp) {
        let came = Came::Forgotten;
        self.by_time.insert(time, Gathering { until, came });
    }

    /// Whether a record lies before those that are remembered.
    fn is_forgotten(&self, time: Timestamp) -> bool {
        self.by_time
            .range(time..)
            .any(|(_, gathering)| matches!(gathering.came, Came::Forgotten))
    }

    /// What of a record whose turn is over is new and in time all the same, and the others: its
    /// factors that were not taken of it, nor of a later one. Of a record that is not remembered
    /// nothing is new, unless it would be remembered if anything of it had come.
    pub(crate) fn split(
        &self,
        mut record: RecordObservation,
        recent: Recent,
    ) -> (Option<RecordObservation>, Option<RecordObservation>) {
        let kept = self.by_time.get(&record.time);
        let is_remembered = kept.is_some_and(|kept| !matches!(kept.came, Came::Forgotten));
        let is_first = !self.is_forgotten(record.time)
            && record.time > recent.since
            && self.by_time.len() < MOST_REMEMBERED;
        if !is_remembered && !is_first {
            return (None, Some(record));
        }
        let is_known = |code: &str| {
            let mut from_then_on = self.by_time.range(record.time..);
            from_then_on.any(|(_, gathering)| gathering.has(code))
        };
        let (known, new): (Vec<_>, Vec<_>) = core::mem::take(&mut record.factors)
            .into_iter()
            .partition(|factor| is_known(&factor.code));
        let with = |factors: Vec<_>| {
            (!factors.is_empty()).then(|| RecordObservation {
                factors,
                ..record.clone()
            })
        };
        (with(new), with(known))
    }

    /// A further part of a record. Of a record that was judged as a whole before, or whose turn to
    /// be judged is over, the part comes back with what is known of the rest.
    pub(crate) fn add(
        &mut self,
        part: &RecordObservation,
        until: Timestamp,
    ) -> Option<RecordObservation> {
        let later = (Bound::Excluded(part.time), Bound::Unbounded);
        let mut later = self.by_time.range(later);
        let is_over = later.any(|(_, later)| later.was_judged_on());
        match self.by_time.entry(part.time) {
            Entry::Vacant(place) => {
                let came = if is_over {
                    Came::Judged(part.factors.iter().cloned().map(Into::into).collect())
                } else {
                    Came::Open {
                        record: part.clone(),
                        told: BTreeSet::new(),
                    }
                };
                place.insert(Gathering { until, came });
                is_over.then(|| part.clone())
            }
            Entry::Occupied(mut place) => match &mut place.get_mut().came {
                Came::Open { record, .. } => {
                    record.merge(part.clone());
                    None
                }
                Came::Judged(known) => {
                    let mut all = part.clone();
                    all.factors.extend(known.iter().map(Into::into));
                    known.extend(part.factors.iter().cloned().map(Into::into));
                    Some(all)
                }
                // nothing of it is new: `split` says so
                Came::Forgotten => None,
            },
        }
    }

    /// Takes out the oldest record that is not judged as a whole yet; it comes back with
    /// [`Self::put_back`] or [`Self::put_judged`].
    pub(crate) fn take_oldest(&mut self, point: &PointFacts, now: Timestamp) -> Option<OpenRecord> {
        let is_crowded = self.by_time.len() > MOST_REMEMBERED;
        let mut gatherings = self.by_time.values_mut();
        let oldest = gatherings.find(|gathering| gathering.is_open())?;
        match core::mem::replace(&mut oldest.came, Came::Judged(Vec::new())) {
            Came::Open { record, told } => Some(OpenRecord {
                is_due: is_crowded || oldest.until <= now || is_whole(point, &record),
                record,
                told,
            }),
            Came::Judged(_) | Came::Forgotten => None,
        }
    }

    /// A record goes on waiting.
    pub(crate) fn put_back(&mut self, open: OpenRecord) {
        if let Some(gathering) = self.by_time.get_mut(&open.record.time) {
            let OpenRecord { record, told, .. } = open;
            gathering.came = Came::Open { record, told };
        }
    }

    /// A record was judged as a whole.
    pub(crate) fn put_judged(&mut self, open: OpenRecord) {
        if let Some(gathering) = self.by_time.get_mut(&open.record.time) {
            let factors = open.record.factors.into_iter();
            gathering.came = Came::Judged(factors.map(Into::into).collect());
        }
        let mut forgotten = None;
        // one place is that of what is forgotten
        while self.by_time.len() + usize::from(forgotten.is_some()) > MOST_REMEMBERED
            && let Some(oldest) = self.by_time.first_entry()
            && !oldest.get().is_open()
        {
            let (time, gathering) = oldest.remove_entry();
            forgotten = Some((time, gathering.until));
        }
        if let Some((time, until)) = forgotten {
            self.forget(time, until);
        }
    }

    /// When the oldest open record has waited long enough: later ones are judged after it.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let open = |gathering: &&Gathering| gathering.is_open();
        self.by_time.values().find(open).map(|open| open.until)
    }
}

/// Factor codes as text.
pub(super) mod code {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::engine) fn serialize<S: Serializer>(
        code: &Arc<str>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code)
    }

    pub(in crate::engine) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}
