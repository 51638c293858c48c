//! The scores of counties, of units and of the whole: means of what they are made of.

use std::collections::BTreeSet;

use exact_decimal::{Decimal, Rounding};

use super::score::{
    EntryInput, EntryScore, GroupScore, Part, ScoreError, Scorer, TotalScore, part_of,
};
use super::work::{PartScore, WorkInput, WorkKind, WorkScore};

/// Tasks and projects as parts of means.
pub(super) fn worked<'a>(
    works: &'a [WorkInput],
    scores: &'a [WorkScore],
) -> Vec<(&'a WorkInput, Part<'a>)> {
    works
        .iter()
        .zip(scores)
        .map(|(input, score)| {
            let part = Part {
                weight: Decimal::ONE,
                score: score.score,
                is_binding_behind: false,
                indicator: "",
            };
            (input, part)
        })
        .collect()
}

impl Scorer<'_> {
    /// The regions below the plan's own, each by what is judged there.
    pub(super) fn counties(
        &self,
        plan_region: &str,
        pairs: &[(&EntryInput<'_>, &EntryScore)],
    ) -> Result<Vec<GroupScore>, ScoreError> {
        let regions: BTreeSet<&str> = pairs
            .iter()
            .map(|(_, score)| score.region.as_str())
            .filter(|region| *region != plan_region)
            .collect();
        regions
            .into_iter()
            .map(|region| {
                let own: Vec<Part<'_>> = pairs
                    .iter()
                    .filter(|(_, score)| score.region == region)
                    .map(part_of)
                    .collect();
                Ok(GroupScore {
                    id: region.to_owned(),
                    total: self.mean(&own, self.rule.least_coverage)?,
                })
            })
            .collect()
    }

    /// Units by the indicators they answer for and the tasks they lead.
    pub(super) fn units(
        &self,
        of_plan: &[Part<'_>],
        worked: &[(&WorkInput, Part<'_>)],
        units: &[&str],
    ) -> Result<Vec<GroupScore>, ScoreError> {
        let answers = |unit: &str, indicator: &str| {
            self.rule
                .responsibility
                .iter()
                .any(|one| one.unit == unit && one.indicators.iter().any(|id| id == indicator))
        };
        units
            .iter()
            .map(|unit| {
                let own = of_plan.iter().filter(|part| answers(unit, part.indicator));
                let led = worked.iter().filter(|(input, _)| {
                    input.kind == WorkKind::Task && input.units.iter().any(|one| one == unit)
                });
                let led = led.map(|(_, part)| part);
                let parts = self.parts([own.collect(), led.collect(), Vec::new()])?;
                Ok(GroupScore {
                    id: (*unit).to_owned(),
                    total: self.whole(&parts)?,
                })
            })
            .collect()
    }

    /// The means of indicators, tasks and projects, each with its weight; without the others where the
    /// rule counts the indicators alone.
    pub(super) fn parts(&self, of: [Vec<&Part<'_>>; 3]) -> Result<Vec<PartScore>, ScoreError> {
        let names = ["indicators", "tasks", "projects"];
        let weights = match &self.rule.work {
            Some(work) => [work.indicators, work.tasks, work.projects],
            None => [Decimal::ONE, Decimal::ZERO, Decimal::ZERO],
        };
        let mut parts = Vec::new();
        for ((part, weight), own) in names.into_iter().zip(weights).zip(of) {
            if own.is_empty() || weight.is_zero() {
                continue;
            }
            let total = self.mean(own, self.rule.least_coverage)?;
            parts.push(PartScore {
                part,
                weight,
                total,
            });
        }
        Ok(parts)
    }

    /// The mean of parts by weight. Its coverage is the mean of theirs, and its grade falls where one of
    /// theirs falls.
    pub(super) fn whole(&self, parts: &[PartScore]) -> Result<TotalScore, ScoreError> {
        if let [only] = parts {
            return Ok(only.total.clone());
        }
        let (mut all, mut covered, mut with_data, mut sum) =
            (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        for part in parts {
            all = all.checked_add(part.weight)?;
            let share = part.total.coverage.checked_multiply(part.weight)?;
            covered = covered.checked_add(share)?;
            if let Some(score) = part.total.score {
                with_data = with_data.checked_add(part.weight)?;
                sum = sum.checked_add(score.checked_multiply(part.weight)?)?;
            }
        }
        let coverage = if all.is_zero() {
            Decimal::ZERO
        } else {
            covered.multiply_then_divide(Decimal::ONE, all, Rounding::HalfEven { places: 1 })?
        };
        let least = self.rule.least_coverage;
        let has_enough = !with_data.is_zero() && covered >= all.checked_multiply(least)?;
        let score = if has_enough {
            Some(sum.multiply_then_divide(Decimal::ONE, with_data, self.rounding)?)
        } else {
            None
        };
        let is_behind = parts.iter().any(|part| part.total.is_binding_behind);
        let own = score.and_then(|score| self.grade(score));
        let lowered = is_behind.then(|| self.lowered(own)).flatten();
        Ok(TotalScore {
            score,
            coverage,
            grade: lowered.or(own).map(|grade| grade.id.clone()),
            is_grade_lowered: lowered.is_some(),
            is_binding_behind: is_behind,
            count: parts.iter().map(|part| part.total.count).sum(),
            scored: parts.iter().map(|part| part.total.scored).sum(),
        })
    }
}
