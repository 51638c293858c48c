//! Records that were taken and may still lack parts: what has come of each, until when it waits
//! for the rest, and which rules were told of it as a whole.

use std::collections::BTreeSet;
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
    Open(Box<Parts>),
    /// It was judged as a whole. Records of a point mostly have the same factors: they share one
    /// list.
    Judged(#[serde(with = "shared")] Arc<Vec<Known>>),
    /// It and those before it are remembered no longer: nothing of them is new, even when it is
    /// told again after a restart, to an engine whose clock goes back.
    Forgotten,
}

/// What has come of a record that waits for more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    /// Its parts so far, as one record.
    record: RecordObservation,
    /// Rules on the record as a whole that were told of it.
    told: BTreeSet<i64>,
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

/// The records of one kind that are remembered, by time: a few, new ones at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gatherings {
    by_time: Vec<(Timestamp, Gathering)>,
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
            Came::Open(parts) => parts.record.factor(code).is_some(),
            Came::Judged(known) => known.iter().any(|known| &*known.code == code),
            Came::Forgotten => false,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.came, Came::Open(_))
    }

    /// Whether anything was said of the record as a whole.
    fn was_judged_on(&self) -> bool {
        match &self.came {
            Came::Open(parts) => !parts.told.is_empty(),
            Came::Judged(_) | Came::Forgotten => true,
        }
    }
}

impl Gatherings {
    /// What was remembered.
    pub(crate) fn restore(mut kept: Vec<(Timestamp, Gathering)>) -> Self {
        kept.sort_by_key(|(time, _)| *time);
        Self { by_time: kept }
    }

    /// What is to be remembered.
    pub(crate) fn keep(&self) -> Vec<(Timestamp, Gathering)> {
        self.by_time.clone()
    }

    fn find(&self, time: Timestamp) -> Result<usize, usize> {
        self.by_time.binary_search_by_key(&time, |(own, _)| *own)
    }

    fn get(&self, time: Timestamp) -> Option<&Gathering> {
        let place = self.find(time).ok()?;
        self.by_time.get(place).map(|(_, gathering)| gathering)
    }

    fn get_mut(&mut self, time: Timestamp) -> Option<&mut Gathering> {
        let place = self.find(time).ok()?;
        self.by_time.get_mut(place).map(|(_, gathering)| gathering)
    }

    fn insert(&mut self, time: Timestamp, gathering: Gathering) {
        match self.find(time) {
            Ok(place) => {
                if let Some((_, own)) = self.by_time.get_mut(place) {
                    *own = gathering;
                }
            }
            Err(place) => {
                if self.by_time.len() == self.by_time.capacity() {
                    // mostly there are one or two
                    self.by_time.reserve_exact(1 + self.by_time.len() / 2);
                }
                self.by_time.insert(place, (time, gathering));
            }
        }
    }

    /// The records from a time on.
    fn since(&self, time: Timestamp) -> impl Iterator<Item = &Gathering> {
        let begin = self.by_time.partition_point(|(own, _)| *own < time);
        let rest = self.by_time.get(begin..).unwrap_or_default();
        rest.iter().map(|(_, gathering)| gathering)
    }

    /// A record is taken in its turn, with the parts that have come. Forgotten is what was judged
    /// and ended before `recent`, when nothing that comes now can belong to it in time.
    pub(crate) fn begin(&mut self, record: RecordObservation, until: Timestamp, recent: Recent) {
        let time = record.time;
        let mut forgotten = None;
        self.by_time.retain(|(other, gathering)| {
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
        let came = Came::Open(Box::new(Parts { record, told }));
        self.insert(time, Gathering { until, came });
    }

    /// Remembers of a record only that it and those before it were.
    fn forget(&mut self, time: Timestamp, until: Timestamp) {
        let came = Came::Forgotten;
        self.insert(time, Gathering { until, came });
    }

    /// Whether a record lies before those that are remembered.
    fn is_forgotten(&self, time: Timestamp) -> bool {
        self.since(time)
            .any(|gathering| matches!(gathering.came, Came::Forgotten))
    }

    /// What of a record whose turn is over is new and in time all the same, and the others: its
    /// factors that were not taken of it, nor of a later one. Of a record that is not remembered
    /// nothing is new, unless it would be remembered if anything of it had come.
    pub(crate) fn split(
        &self,
        mut record: RecordObservation,
        recent: Recent,
    ) -> (Option<RecordObservation>, Option<RecordObservation>) {
        let kept = self.get(record.time);
        let is_remembered = kept.is_some_and(|kept| !matches!(kept.came, Came::Forgotten));
        let is_first = !self.is_forgotten(record.time)
            && record.time > recent.since
            && self.by_time.len() < MOST_REMEMBERED;
        if !is_remembered && !is_first {
            return (None, Some(record));
        }
        let is_known = |code: &str| self.since(record.time).any(|gathering| gathering.has(code));
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
        let is_over = self
            .since(part.time.plus_ms(1))
            .any(Gathering::was_judged_on);
        let Some(gathering) = self.get_mut(part.time) else {
            let came = if is_over {
                Came::Judged(list_known(part.factors.clone()))
            } else {
                Came::Open(Box::new(Parts {
                    record: part.clone(),
                    told: BTreeSet::new(),
                }))
            };
            self.insert(part.time, Gathering { until, came });
            return is_over.then(|| part.clone());
        };
        match &mut gathering.came {
            Came::Open(parts) => {
                parts.record.merge(part.clone());
                None
            }
            Came::Judged(known) => {
                let mut all = part.clone();
                all.factors.extend(known.iter().map(Into::into));
                Arc::make_mut(known).extend(part.factors.iter().cloned().map(Into::into));
                Some(all)
            }
            // nothing of it is new: `split` says so
            Came::Forgotten => None,
        }
    }

    /// Takes out the oldest record that is not judged as a whole yet; it comes back with
    /// [`Self::put_back`] or [`Self::put_judged`].
    pub(crate) fn take_oldest(&mut self, point: &PointFacts, now: Timestamp) -> Option<OpenRecord> {
        let is_crowded = self.by_time.len() > MOST_REMEMBERED;
        let mut gatherings = self.by_time.iter_mut().map(|(_, gathering)| gathering);
        let oldest = gatherings.find(|gathering| gathering.is_open())?;
        match core::mem::replace(&mut oldest.came, Came::Judged(Arc::default())) {
            Came::Open(parts) => Some(OpenRecord {
                is_due: is_crowded || oldest.until <= now || is_whole(point, &parts.record),
                record: parts.record,
                told: parts.told,
            }),
            Came::Judged(_) | Came::Forgotten => None,
        }
    }

    /// A record goes on waiting.
    pub(crate) fn put_back(&mut self, open: OpenRecord) {
        if let Some(gathering) = self.get_mut(open.record.time) {
            let OpenRecord { record, told, .. } = open;
            gathering.came = Came::Open(Box::new(Parts { record, told }));
        }
    }

    /// A record was judged as a whole.
    pub(crate) fn put_judged(&mut self, open: OpenRecord) {
        let mut known = list_known(open.record.factors);
        let mut others = self.by_time.iter().map(|(_, gathering)| &gathering.came);
        if let Some(same) = others.find_map(|came| match came {
            Came::Judged(other) if *other == known => Some(Arc::clone(other)),
            _ => None,
        }) {
            known = same;
        }
        if let Some(gathering) = self.get_mut(open.record.time) {
            gathering.came = Came::Judged(known);
        }
        let mut forgotten = None;
        // one place is that of what is forgotten
        while self.by_time.len() + usize::from(forgotten.is_some()) > MOST_REMEMBERED
            && let Some((time, oldest)) = self.by_time.first()
            && !oldest.is_open()
        {
            forgotten = Some((*time, oldest.until));
            self.by_time.remove(0);
        }
        if let Some((time, until)) = forgotten {
            self.forget(time, until);
        }
    }

    /// When the oldest open record has waited long enough: later ones are judged after it.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let mut gatherings = self.by_time.iter().map(|(_, gathering)| gathering);
        gatherings
            .find(|gathering| gathering.is_open())
            .map(|open| open.until)
    }
}

fn list_known(factors: Vec<FactorObservation>) -> Arc<Vec<Known>> {
    Arc::new(factors.into_iter().map(Into::into).collect())
}

/// A shared list as a list.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Known;

    pub(super) fn serialize<S: Serializer>(
        known: &Arc<Vec<Known>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        known.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Vec<Known>>, D::Error> {
        Vec::deserialize(deserializer).map(Arc::new)
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
