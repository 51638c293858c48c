//! Writing what differs, and the list of changes of what had been given.

use std::collections::{BTreeMap, BTreeSet};

use beijing_time::{HOUR_MS, StatDay, Timestamp};
use database::Transaction;

use super::{Followed, VerdictNews, Work, find_cause};
use crate::judge::{Bench, Judged, Judgements, kinds_of, shorter_of};
use crate::store::{self, KnownBases, Span, changes};
use crate::{Outcome, Verdict, VerdictChange, VerdictKind, VerdictState, VerdictsError};

/// How long after a period's end its verdict counts as given: HJ 633 lets an hour's report be an hour
/// late.
const SETTLED_MS: i64 = HOUR_MS;
/// News of periods that ended earlier are told only when a given verdict changed.
const NEWS_MS: i64 = 48 * HOUR_MS;

/// Writes what differs.
pub(super) struct Writer<'a> {
    work: &'a Work<'a>,
    known: KnownBases,
    pub(super) followed: Followed,
    /// The starts of days and months that were written.
    touched: BTreeSet<(VerdictKind, Timestamp)>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(work: &'a Work<'a>) -> Self {
        Self {
            work,
            known: KnownBases::new(),
            followed: Followed::default(),
            touched: BTreeSet::new(),
        }
    }

    /// The verdicts of a day, or of its hours.
    pub(super) async fn put_day(
        &mut self,
        transaction: &mut Transaction,
        kind: VerdictKind,
        day: StatDay,
        judgements: &Judgements,
    ) -> Result<(), VerdictsError> {
        let medium = self.work.point.details.medium;
        if !kinds_of(medium).contains(&kind) {
            return Ok(());
        }
        let span = Span {
            point_id: self.work.point.id.0,
            kind,
            from: day.start(),
            to: day.end(),
        };
        let mut stored: BTreeMap<Timestamp, Verdict> = store::list_in(transaction, &span)
            .await?
            .into_iter()
            .map(|verdict| (verdict.time, verdict))
            .collect();
        let of_day = judgements.range((kind, span.from)..(kind, span.to));
        for ((_, time), judged) in of_day {
            let old = stored.remove(time);
            self.put(transaction, (kind, *time), old.as_ref(), Some(judged))
                .await?;
        }
        for (time, old) in stored {
            self.put(transaction, (kind, time), Some(&old), None)
                .await?;
        }
        Ok(())
    }

    /// The months or years that hold the days.
    pub(super) async fn put_long(
        &mut self,
        transaction: &mut Transaction,
        bench: &Bench<'_>,
        kind: VerdictKind,
        days: &[StatDay],
    ) -> Result<(), VerdictsError> {
        let Some(shorter) = shorter_of(bench.point.details.medium, kind) else {
            return Ok(());
        };
        let starts: BTreeSet<Timestamp> = if self.work.is_whole {
            days.iter().map(|day| kind.start(day.start())).collect()
        } else {
            self.touched
                .iter()
                .filter(|(of, _)| *of == shorter)
                .map(|(_, time)| kind.start(*time))
                .collect()
        };
        let point_id = bench.point.id.0;
        for start in starts {
            let end = kind.end(start);
            let made_of = Span {
                point_id,
                kind: shorter,
                from: start,
                to: end,
            };
            let made_of = store::list_in(transaction, &made_of).await?;
            let judged = bench.judge_long(kind, start, &made_of)?;
            let own = Span {
                point_id,
                kind,
                from: start,
                to: end,
            };
            let old = store::list_in(transaction, &own).await?;
            self.put(transaction, (kind, start), old.first(), judged.as_ref())
                .await?;
        }
        Ok(())
    }

    /// The years in which anything was written.
    pub(super) fn years(&self) -> BTreeSet<i64> {
        self.touched
            .iter()
            .map(|(_, time)| i64::from(time.civil().date().year()))
            .collect()
    }

    async fn put(
        &mut self,
        transaction: &mut Transaction,
        (kind, time): (VerdictKind, Timestamp),
        old: Option<&Verdict>,
        judged: Option<&Judged>,
    ) -> Result<(), VerdictsError> {
        let key = (self.work.point.id.0, kind, time);
        let now = self.work.context.now;
        match (old, judged) {
            (None, None) => return Ok(()),
            (Some(old), Some(judged))
                if old.outcome == judged.outcome
                    && old.basis == judged.basis
                    && old.inputs_digest == judged.inputs_digest =>
            {
                return Ok(());
            }
            (_, Some(judged)) => {
                store::put(transaction, &mut self.known, key, judged, now).await?;
            }
            (Some(_), None) => store::delete(transaction, key).await?,
        }
        self.followed.written += 1;
        self.touched.insert((kind, time));
        let new = judged.map_or_else(Outcome::nothing, |judged| judged.outcome.clone());
        let change_id = match old.filter(|old| self.is_given(old, &new)) {
            Some(old) => Some(self.put_change(transaction, old, &new).await?),
            None => None,
        };
        self.followed.changed += usize::from(change_id.is_some());
        let end = kind.end(time);
        let says_another = old.is_none_or(|old| !old.outcome.says_the_same(&new));
        if says_another && (change_id.is_some() || end.plus_ms(NEWS_MS) > now) {
            self.followed.news.push(VerdictNews {
                point_id: key.0,
                kind,
                time,
                outcome: Outcome {
                    items: Vec::new(),
                    ..new
                },
                change_id,
            });
        }
        Ok(())
    }

    /// Whether somebody may have read the old verdict as the one that stands, and the new one says
    /// something else. While a period runs, and while its first data still come in, its verdict
    /// grows and nothing has been given yet.
    fn is_given(&self, old: &Verdict, new: &Outcome) -> bool {
        let now = self.work.context.now;
        let is_over = old.kind.end(old.time).plus_ms(SETTLED_MS) <= now;
        let stood =
            old.outcome.state == VerdictState::Given || old.computed_at.plus_ms(SETTLED_MS) <= now;
        is_over && stood && !old.outcome.says_the_same(new)
    }

    async fn put_change(
        &self,
        transaction: &mut Transaction,
        old: &Verdict,
        new: &Outcome,
    ) -> Result<i64, VerdictsError> {
        let (from, to) = (old.time, old.kind.end(old.time));
        let change = VerdictChange {
            id: 0,
            point_id: old.point_id,
            kind: old.kind,
            time: old.time,
            old: old.outcome.clone(),
            new: new.clone(),
            cause: find_cause(self.work.causes, from, to),
            at: self.work.context.now,
        };
        changes::insert(transaction, &change).await
    }
}
