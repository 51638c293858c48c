//! What an indicator should have reached in each year.

use exact_decimal::{Decimal, DecimalError, Rounding};

use crate::model::{Indicator, Meaning};

/// The expected path of an indicator: from its base to its target, in levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPath {
    /// The base year.
    pub base_year: i32,
    /// The base, if there is one.
    pub base: Option<Decimal>,
    /// The year of the target.
    pub target_year: i32,
    /// The level that meets the target; of a reduction, the base less its share.
    pub target: Decimal,
    /// Levels that the plan gives for single years.
    steps: Vec<(i32, Decimal)>,
}

/// Why a path cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A reduction needs a base.
    #[error("a reduction needs the value of the base year")]
    NoBase,
    /// The years are in the wrong order.
    #[error("the target year must come after the base year")]
    Years,
    /// A figure is outside the exact range.
    #[error(transparent)]
    Number(#[from] DecimalError),
}

/// Decimal places of levels that were computed and not stated.
const PLACES: u32 = 4;

/// `base × (100 − percent) ÷ 100`.
fn reduced(base: Decimal, percent: Decimal) -> Result<Decimal, DecimalError> {
    let hundred = Decimal::from(100);
    base.multiply_then_divide(
        hundred.checked_subtract(percent)?,
        hundred,
        Rounding::HalfEven { places: PLACES },
    )
    .map(Decimal::normalized)
}

impl ExpectedPath {
    /// The path of an indicator over a plan's years.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn of(indicator: &Indicator, base_year: i32, last_year: i32) -> Result<Self, PathError> {
        let target_year = indicator.target_year.unwrap_or(last_year);
        if target_year <= base_year {
            return Err(PathError::Years);
        }
        let is_reduction = indicator.meaning == Meaning::ReduceBy;
        let level = |figure: Decimal| -> Result<Decimal, PathError> {
            if is_reduction {
                let base = indicator.base.ok_or(PathError::NoBase)?;
                Ok(reduced(base, figure)?)
            } else {
                Ok(figure)
            }
        };
        let mut steps = indicator
            .path
            .iter()
            .map(|step| Ok((step.year, level(step.target)?)))
            .collect::<Result<Vec<_>, PathError>>()?;
        steps.sort_by_key(|(year, _)| *year);
        Ok(Self {
            base_year,
            base: indicator.base,
            target_year,
            target: level(indicator.target)?,
            steps,
        })
    }

    /// The expected level of a year: the plan's own figure; else on the straight line between the
    /// figures on both sides (base, yearly targets, target); the target itself when there is no
    /// base to start from. `None` before the base year; the target after its year.
    ///
    /// # Errors
    /// [`DecimalError`] outside the exact range.
    pub fn expected(&self, year: i32) -> Result<Option<Decimal>, DecimalError> {
        if year < self.base_year {
            return Ok(None);
        }
        if year >= self.target_year {
            return Ok(Some(self.target));
        }
        let start = self.base.map(|base| (self.base_year, base));
        let before = self
            .steps
            .iter()
            .copied()
            .rfind(|(step, _)| *step <= year)
            .or(start);
        let after = self
            .steps
            .iter()
            .copied()
            .find(|(step, _)| *step > year)
            .unwrap_or((self.target_year, self.target));
        let Some((from, level)) = before else {
            return Ok(Some(after.1));
        };
        if from == year {
            return Ok(Some(level));
        }
        // level + (next − level) × elapsed ÷ span, rounded once
        let change = after.1.checked_subtract(level)?.multiply_then_divide(
            Decimal::from(year - from),
            Decimal::from(after.0 - from),
            Rounding::HalfEven { places: PLACES },
        )?;
        Ok(Some(level.checked_add(change)?.normalized()))
    }
}
