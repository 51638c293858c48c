//! What would be: the stored records judged by the rules in force and by others, side by side. Nothing
//! is written, and only the records of a month of a point are in memory.

mod model;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use access::{Actor, Permission};
use beijing_time::{StatDay, Timestamp};
use database::Database;
use monitoring::retention::Removals;
use sites::{DeviceDirectory, DirectoryPoint};
use standards::water::WaterClass;

use crate::follow::{MOST_DAYS, are_inputs_removed, load_hours};
use crate::judge::{Bench, Judged, Judgements, shorter_of};
use crate::minutes::Minutes;
use crate::service::find_point;
use crate::store::settings;
use crate::{PointSetting, Rulebook, Verdict, VerdictKind, VerdictsContext, VerdictsError};

pub use model::{
    Direction, Flip, SimulationRequest, SimulationStep, SimulationTotals, simulated_kinds,
};

/// The longest time that is looked at.
const MOST_PERIOD_DAYS: i64 = 3_660;

/// A simulation that goes on step by step, as far as it is asked to. Dropping it ends it.
#[derive(Debug)]
pub struct Simulation {
    database: Database,
    directory: Arc<DeviceDirectory>,
    rules: [Arc<Rulebook>; 2],
    now: Timestamp,
    kind: VerdictKind,
    target_class: Option<WaterClass>,
    settings: BTreeMap<i64, (PointSetting, i64)>,
    removals: Removals,
    points: Vec<Arc<DirectoryPoint>>,
    /// Spans of every point, and those that are left of the present one.
    spans: Vec<(StatDay, StatDay)>,
    left: VecDeque<(StatDay, StatDay)>,
    place: usize,
    turned: BTreeSet<i64>,
    totals: SimulationTotals,
}

/// Judgements by the rules in force and by the others, and days without records.
#[derive(Default)]
struct Both {
    by: [Judgements; 2],
    removed_days: u64,
}

impl Simulation {
    /// Prepares a simulation over the points of a medium in the actor's region: `present` against
    /// `other`.
    ///
    /// # Errors
    /// [`VerdictsError::Refused`], [`VerdictsError::NotFound`], [`VerdictsError::Invalid`].
    pub async fn prepare(
        (database, directory): (&Database, Arc<DeviceDirectory>),
        actor: &Actor,
        request: &SimulationRequest,
        (present, other): (Arc<Rulebook>, Arc<Rulebook>),
        now: Timestamp,
    ) -> Result<Self, VerdictsError> {
        actor.check(Permission::ReadData)?;
        let invalid = |field, reason: &str| VerdictsError::Invalid {
            field,
            reason: reason.to_owned(),
        };
        let kinds = simulated_kinds(request.medium);
        let kind = match (request.kind, kinds.first()) {
            (_, None) => return Err(invalid("medium", "no standard judges points of it")),
            (None, Some(first)) => *first,
            (Some(kind), _) if kinds.contains(&kind) => kind,
            (Some(_), _) => return Err(invalid("kind", "the medium has no such verdicts")),
        };
        let days = request.to.number() - request.from.number() + 1;
        if days < 1 {
            return Err(invalid("to", "is before the first day"));
        }
        if days > MOST_PERIOD_DAYS {
            return Err(invalid("to", "is more than ten years after the first day"));
        }
        if let Some(point_id) = request.point_id {
            find_point(&directory, actor, Permission::ReadData, point_id)?;
        }
        let mut points: Vec<_> = directory
            .points()
            .filter(|point| {
                point.details.medium == request.medium
                    && point.is_covered_by(&actor.scope)
                    && request.point_id.is_none_or(|wanted| wanted == point.id.0)
                    && (request.region.as_ref())
                        .is_none_or(|region| region.contains(point.region_code()))
            })
            .cloned()
            .collect();
        points.sort_by_key(|point| point.id);
        let spans = spans(kind, request.from, request.to);
        Ok(Self {
            settings: settings::list(database).await?,
            removals: Removals::load(database).await?,
            database: database.clone(),
            directory,
            rules: [present, other],
            now,
            kind,
            target_class: request.target_class,
            left: spans.iter().copied().collect(),
            spans,
            place: 0,
            turned: BTreeSet::new(),
            totals: SimulationTotals {
                points: points.len(),
                ..SimulationTotals::default()
            },
            points,
        })
    }

    /// The period whose verdicts are compared.
    pub fn kind(&self) -> VerdictKind {
        self.kind
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// How many steps there are in all.
    pub fn steps(&self) -> usize {
        self.points.len() * self.spans.len()
    }

    /// What the steps came to so far.
    pub fn totals(&self) -> SimulationTotals {
        SimulationTotals {
            points_turned: self.turned.len(),
            ..self.totals
        }
    }

    /// Goes one step on; none when all is done.
    ///
    /// # Errors
    /// [`VerdictsError`]; the simulation is then at its end.
    pub async fn next_step(&mut self) -> Result<Option<SimulationStep>, VerdictsError> {
        let span = loop {
            if self.place >= self.points.len() {
                return Ok(None);
            }
            if let Some(span) = self.left.pop_front() {
                break span;
            }
            self.place += 1;
            self.left = self.spans.iter().copied().collect();
        };
        let Some(point) = self.points.get(self.place).cloned() else {
            return Ok(None);
        };
        let both = self.judge_period(&point, span).await?;
        let mut step = SimulationStep {
            point_id: point.id.0,
            place: self.place + 1,
            points: self.points.len(),
            judged: 0,
            shifted: 0,
            removed_days: both.removed_days,
            flips: Vec::new(),
        };
        step.compare(self.kind, both.by);
        self.count(&step);
        Ok(Some(step))
    }

    fn count(&mut self, step: &SimulationStep) {
        let totals = &mut self.totals;
        totals.judged += step.judged;
        totals.shifted += step.shifted;
        totals.removed_days += step.removed_days;
        for flip in &step.flips {
            *match flip.direction {
                Direction::Worse => &mut totals.worse,
                Direction::Better => &mut totals.better,
                Direction::Other => &mut totals.other,
            } += 1;
            self.turned.insert(flip.point_id);
        }
    }

    /// Judges the days of a span both ways and, where asked for, what is made of them.
    async fn judge_period(
        &self,
        point: &DirectoryPoint,
        (first, last): (StatDay, StatDay),
    ) -> Result<Both, VerdictsError> {
        let mut both = Both::default();
        let mut from = first;
        while from <= last {
            let to = from.plus(MOST_DAYS - 1).min(last);
            self.judge_days(point, (from, to), &mut both).await?;
            from = to.plus(1);
        }
        let medium = point.details.medium;
        if let Some(shorter) = shorter_of(medium, self.kind) {
            let none = Minutes::default();
            for (bench, judgements) in self.benches(point, &none).into_iter().zip(&mut both.by) {
                // months first, where a year is made of them
                if shorter_of(medium, shorter).is_some() {
                    self.judge_long(&bench, shorter, judgements)?;
                }
                self.judge_long(&bench, self.kind, judgements)?;
            }
        }
        Ok(both)
    }

    fn setting(&self, point: &DirectoryPoint) -> PointSetting {
        (self.settings.get(&point.id.0)).map_or_else(PointSetting::default, |(of, _)| *of)
    }

    fn benches<'a>(&'a self, point: &'a DirectoryPoint, minutes: &'a Minutes) -> [Bench<'a>; 2] {
        let own = self.setting(point);
        let tried = PointSetting {
            target_class: self.target_class.unwrap_or(own.target_class),
            ..own
        };
        let [present, other] = &self.rules;
        [(present, own), (other, tried)].map(|(rulebook, setting)| Bench {
            rulebook,
            point,
            setting,
            minutes,
            is_told: false,
        })
    }

    async fn judge_days(
        &self,
        point: &DirectoryPoint,
        (first, last): (StatDay, StatDay),
        both: &mut Both,
    ) -> Result<(), VerdictsError> {
        let context = VerdictsContext {
            database: &self.database,
            directory: &self.directory,
            rulebook: &self.rules[0],
            now: self.now,
        };
        let span = (first.start(), last.end());
        let records = load_hours(&context, point.id.0, span).await?;
        let setting = self.setting(point);
        let minutes = Minutes::load(&context, point, setting, span).await?;
        let benches = self.benches(point, &minutes);
        for number in first.number()..=last.number() {
            let day = StatDay::from_number(number);
            if are_inputs_removed(&self.removals, point, setting, day) {
                both.removed_days += 1;
                continue;
            }
            let from = records.partition_point(|record| record.time < day.start());
            let to = records.partition_point(|record| record.time < day.end());
            let of_day = records.get(from..to).unwrap_or_default();
            for (bench, judgements) in benches.iter().zip(&mut both.by) {
                judgements.extend(bench.judge_day(day, of_day)?);
            }
        }
        Ok(())
    }

    /// Adds the verdicts of a longer period, made of the shorter ones that are there.
    fn judge_long(
        &self,
        bench: &Bench<'_>,
        kind: VerdictKind,
        judgements: &mut Judgements,
    ) -> Result<(), VerdictsError> {
        let Some(shorter) = shorter_of(bench.point.details.medium, kind) else {
            return Ok(());
        };
        let mut made_of: BTreeMap<Timestamp, Vec<Verdict>> = BTreeMap::new();
        for ((of, time), judged) in judgements.iter() {
            if *of == shorter {
                let verdict = self.verdict(bench.point.id.0, (*of, *time), judged);
                made_of.entry(kind.start(*time)).or_default().push(verdict);
            }
        }
        for (start, shorter) in made_of {
            if let Some(judged) = bench.judge_long(kind, start, &shorter)? {
                judgements.insert((kind, start), judged);
            }
        }
        Ok(())
    }

    fn verdict(
        &self,
        point_id: i64,
        (kind, time): (VerdictKind, Timestamp),
        judged: &Judged,
    ) -> Verdict {
        Verdict {
            point_id,
            kind,
            time,
            outcome: judged.outcome.clone(),
            basis: judged.basis.clone(),
            inputs_digest: judged.inputs_digest,
            computed_at: self.now,
        }
    }
}

/// The days of a time in parts that are judged at once: whole months or years where those are asked
/// for.
fn spans(kind: VerdictKind, from: StatDay, to: StatDay) -> Vec<(StatDay, StatDay)> {
    let unit = if kind == VerdictKind::Year {
        VerdictKind::Year
    } else {
        VerdictKind::Month
    };
    let is_whole = matches!(kind, VerdictKind::Month | VerdictKind::Year);
    let mut spans = Vec::new();
    let mut at = from;
    while at <= to {
        let first = unit.start(at.start()).stat_day();
        let last = unit.end(at.start()).stat_day().plus(-1);
        spans.push(if is_whole {
            (first, last)
        } else {
            (first.max(from), last.min(to))
        });
        at = last.plus(1);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> StatDay {
        text.parse::<Timestamp>().unwrap().stat_day()
    }

    #[test]
    fn days_are_cut_by_month_and_long_periods_are_whole() {
        let (from, to) = (day("2018-01-20"), day("2018-02-03"));
        assert_eq!(
            spans(VerdictKind::Day, from, to),
            [
                (day("2018-01-20"), day("2018-01-31")),
                (day("2018-02-01"), day("2018-02-03"))
            ]
        );
        assert_eq!(
            spans(VerdictKind::Month, from, to),
            [
                (day("2018-01-01"), day("2018-01-31")),
                (day("2018-02-01"), day("2018-02-28"))
            ]
        );
        assert_eq!(
            spans(VerdictKind::Year, from, to),
            [(day("2018-01-01"), day("2018-12-31"))]
        );
    }
}
