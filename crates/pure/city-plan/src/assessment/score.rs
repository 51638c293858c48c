//! The arithmetic of scores.

use std::collections::{BTreeMap, BTreeSet};

use exact_decimal::{Decimal, DecimalError, Rounding};

use super::groups::worked;
use super::way::Way;
use super::work::{self, PartScore, WorkInput, WorkKind, WorkScore};
use crate::model::{AssessmentRule, Force, Grade, Indicator};
use crate::progress::Status;

/// An indicator in one region, with what its score is made from.
#[derive(Debug, Clone)]
pub struct EntryInput<'a> {
    /// The indicator.
    pub indicator: &'a Indicator,
    /// The region.
    pub region: String,
    /// The base there, if it has one.
    pub base: Option<Decimal>,
    /// The value of the year.
    pub value: Option<Decimal>,
    /// What the plan expects of the year.
    pub expected: Option<Decimal>,
    /// How it stands.
    pub status: Status,
}

/// Why an entry has its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// It stands where it should: the full score.
    Full,
    /// It falls short: the full score times the degree reached.
    Degree,
    /// The same, cut to the most that a binding indicator gets that is behind.
    Cut,
    /// No data: not scored.
    NoData,
}

impl Grounds {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Degree => "degree",
            Self::Cut => "cut",
            Self::NoData => "no_data",
        }
    }
}

/// The score of an indicator in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryScore {
    /// The indicator.
    pub indicator: String,
    /// The region.
    pub region: String,
    /// Its weight.
    pub weight: Decimal,
    /// Its score; none without data.
    pub score: Option<Decimal>,
    /// Why.
    pub grounds: Grounds,
    /// The degree in per cent that the score follows from, where it falls short.
    pub degree_percent: Option<Decimal>,
}

/// The mean of several scores by weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalScore {
    /// The mean over what has data; none when too little has.
    pub score: Option<Decimal>,
    /// Share of the weights that has data, in per cent.
    pub coverage: Decimal,
    /// The grade's identifier, when there is a score.
    pub grade: Option<String>,
    /// Whether the grade was lowered because of a binding indicator.
    pub is_grade_lowered: bool,
    /// Whether any binding indicator in it is behind or has no data.
    pub is_binding_behind: bool,
    /// How many scores it is made of.
    pub count: usize,
    /// How many of them have data.
    pub scored: usize,
}

/// The score of a county, a unit or an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupScore {
    /// Which: a region's code, a unit's or an indicator's identifier.
    pub id: String,
    /// Its score.
    pub total: TotalScore,
}

/// All scores of an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreSheet {
    /// Each indicator in each of its regions, as they were given.
    pub entries: Vec<EntryScore>,
    /// Each indicator: the plain mean of its regions.
    pub indicators: Vec<GroupScore>,
    /// Each region below the plan's own.
    pub counties: Vec<GroupScore>,
    /// Each unit that answers for indicators.
    pub units: Vec<GroupScore>,
    /// Each task and project, as they were given; nothing where the rule counts none.
    pub works: Vec<WorkScore>,
    /// What the whole is made of; nothing where it is made of the indicators alone.
    pub parts: Vec<PartScore>,
    /// The whole plan.
    pub total: TotalScore,
}

/// A score cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A figure is outside the exact range.
    #[error(transparent)]
    Number(#[from] DecimalError),
    /// The rule has more places than can be computed with.
    #[error("a score has at most 8 decimal places")]
    Places,
}

/// What is averaged.
pub(super) struct Part<'a> {
    pub(super) weight: Decimal,
    pub(super) score: Option<Decimal>,
    /// Whether it is binding and does not stand where it should.
    pub(super) is_binding_behind: bool,
    pub(super) indicator: &'a str,
}

/// An entry as a part of a mean.
pub(super) fn part_of((input, score): &(&EntryInput<'_>, &EntryScore)) -> Part<'static> {
    Part {
        weight: score.weight,
        score: score.score,
        is_binding_behind: input.indicator.force == Force::Binding
            && matches!(input.status, Status::Behind | Status::NoData),
        indicator: "",
    }
}

pub(super) struct Scorer<'a> {
    pub(super) rule: &'a AssessmentRule,
    pub(super) rounding: Rounding,
    weights: BTreeMap<&'a str, Decimal>,
}

const HUNDRED: u32 = 100;

/// The rule:
///
/// 1. an entry that is *met* or *on track* gets the full score;
/// 2. one that is *at risk* or *behind* gets the full score × degree. With a base that is worse than
///    what is expected, the degree is the part of the way gone, (value − base) ÷ (expected − base);
///    else it is the ratio, value ÷ expected where more is better, expected ÷ value where less is.
///    The degree lies between 0 and 1;
/// 3. a binding entry that is *behind* gets at most the rule's `binding_behind_most`;
/// 4. without data there is no score; its weight counts in no mean and lowers the coverage;
/// 5. an indicator's score is the plain mean over its regions with data; counties, units and the
///    whole are means by weight. Each is made from rounded scores, so that it can be computed again
///    from what is printed, and rounded once;
/// 6. a mean over less than `least_coverage` per cent of the weights is not given;
/// 7. the grade is that of the score, but not better than `best_grade_unless_binding_met` while any
///    binding indicator in it is behind or has no data;
/// 8. where the rule weighs tasks and projects too, each of these gets the full score × done ÷ due:
///    of a task the periods that are due by the end of the year with their per cent, of a project its
///    milestones, all of them once it is built. What nobody has told of has no score. The whole is the
///    mean of the three parts by weight, a unit's that of its indicators and the tasks it leads;
///    coverage is the mean of theirs.
///
/// # Errors
/// [`ScoreError`].
pub fn compute_scores(
    rule: &AssessmentRule,
    plan_region: &str,
    inputs: &[EntryInput<'_>],
    works: &[WorkInput],
) -> Result<ScoreSheet, ScoreError> {
    if rule.places > 8 {
        return Err(ScoreError::Places);
    }
    let scorer = Scorer {
        rule,
        rounding: Rounding::HalfEven {
            places: rule.places,
        },
        weights: rule
            .weight
            .iter()
            .map(|one| (one.indicator.as_str(), one.weight))
            .collect(),
    };
    let entries: Vec<EntryScore> = inputs
        .iter()
        .map(|input| scorer.entry(input))
        .collect::<Result<_, _>>()?;
    let pairs: Vec<(&EntryInput<'_>, &EntryScore)> = inputs.iter().zip(&entries).collect();
    // an indicator: the plain mean of its regions
    let mut indicators = Vec::new();
    let mut of_plan: Vec<Part<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for (input, score) in &pairs {
        let id = score.indicator.as_str();
        if !seen.insert(id) {
            continue;
        }
        let own: Vec<Part<'_>> = pairs
            .iter()
            .filter(|(_, other)| other.indicator == id)
            .map(|pair| Part {
                weight: Decimal::ONE,
                ..part_of(pair)
            })
            .collect();
        let total = scorer.mean(&own, Decimal::ZERO)?;
        of_plan.push(Part {
            weight: scorer.weight(input.indicator),
            score: total.score,
            is_binding_behind: own.iter().any(|one| one.is_binding_behind),
            indicator: id,
        });
        indicators.push(GroupScore {
            id: id.to_owned(),
            total,
        });
    }
    let counties = scorer.counties(plan_region, &pairs)?;
    let counted = if rule.work.is_some() { works } else { &[] };
    let works: Vec<WorkScore> = counted
        .iter()
        .map(|input| work::score(input, rule.full_score, scorer.rounding))
        .collect::<Result<_, _>>()?;
    let worked = worked(counted, &works);
    let units = scorer.units(&of_plan, &worked, &work::units_of(rule, counted))?;
    let of_kind = |kind: WorkKind| {
        let own = worked.iter().filter(move |(input, _)| input.kind == kind);
        own.map(|(_, part)| part).collect::<Vec<_>>()
    };
    let parts = scorer.parts([
        of_plan.iter().collect(),
        of_kind(WorkKind::Task),
        of_kind(WorkKind::Project),
    ])?;
    let total = scorer.whole(&parts)?;
    Ok(ScoreSheet {
        entries,
        indicators,
        counties,
        units,
        works,
        parts: if rule.work.is_some() {
            parts
        } else {
            Vec::new()
        },
        total,
    })
}

impl Scorer<'_> {
    fn weight(&self, indicator: &Indicator) -> Decimal {
        self.weights
            .get(indicator.id.get_ref().as_str())
            .copied()
            .unwrap_or(match indicator.force {
                Force::Binding => self.rule.binding_weight,
                Force::Guiding => self.rule.guiding_weight,
            })
    }

    fn entry(&self, input: &EntryInput<'_>) -> Result<EntryScore, ScoreError> {
        let full = self.rule.full_score;
        let mut entry = EntryScore {
            indicator: input.indicator.id.get_ref().clone(),
            region: input.region.clone(),
            weight: self.weight(input.indicator),
            score: None,
            grounds: Grounds::NoData,
            degree_percent: None,
        };
        match (input.status, input.value, input.expected) {
            (Status::Met | Status::OnTrack, Some(_), _) => {
                entry.score = Some(full);
                entry.grounds = Grounds::Full;
            }
            (Status::AtRisk | Status::Behind, Some(value), Some(expected)) => {
                let way = Way::of(input, value, expected)?;
                let score = way.of_full(full, self.rounding)?;
                entry.degree_percent = Some(way.of_full(Decimal::from(HUNDRED), self.rounding)?);
                let most = self.rule.binding_behind_most;
                let is_cut = input.status == Status::Behind
                    && input.indicator.force == Force::Binding
                    && score > most;
                entry.score = Some(if is_cut { most } else { score });
                entry.grounds = if is_cut {
                    Grounds::Cut
                } else {
                    Grounds::Degree
                };
            }
            _ => {}
        }
        Ok(entry)
    }

    pub(super) fn mean<'p>(
        &self,
        parts: impl IntoIterator<Item = &'p Part<'p>>,
        least_coverage: Decimal,
    ) -> Result<TotalScore, ScoreError> {
        let (mut all, mut with_data, mut sum) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        let (mut count, mut scored, mut is_behind) = (0, 0, false);
        for part in parts {
            count += 1;
            all = all.checked_add(part.weight)?;
            is_behind |= part.is_binding_behind;
            if let Some(score) = part.score {
                scored += 1;
                with_data = with_data.checked_add(part.weight)?;
                sum = sum.checked_add(score.checked_multiply(part.weight)?)?;
            }
        }
        let hundred = Decimal::from(HUNDRED);
        let coverage = if all.is_zero() {
            Decimal::ZERO
        } else {
            with_data.multiply_then_divide(hundred, all, Rounding::HalfEven { places: 1 })?
        };
        // compared exactly, not by what was rounded for reading
        let has_enough = !with_data.is_zero()
            && with_data.checked_multiply(hundred)? >= all.checked_multiply(least_coverage)?;
        let score = if has_enough {
            Some(sum.multiply_then_divide(Decimal::ONE, with_data, self.rounding)?)
        } else {
            None
        };
        let own = score.and_then(|score| self.grade(score));
        let lowered = is_behind.then(|| self.lowered(own)).flatten();
        Ok(TotalScore {
            score,
            coverage,
            grade: lowered.or(own).map(|grade| grade.id.clone()),
            is_grade_lowered: lowered.is_some(),
            is_binding_behind: is_behind,
            count,
            scored,
        })
    }

    pub(super) fn grade(&self, score: Decimal) -> Option<&Grade> {
        self.rule.grade.iter().find(|grade| score >= grade.from)
    }

    /// The best grade that is left, if the own one is better.
    pub(super) fn lowered(&self, own: Option<&Grade>) -> Option<&Grade> {
        let wanted = self.rule.best_grade_unless_binding_met.as_ref()?;
        let place = |id: &str| self.rule.grade.iter().position(|grade| grade.id == id);
        let best = place(wanted)?;
        (place(&own?.id)? < best)
            .then(|| self.rule.grade.get(best))
            .flatten()
    }
}
