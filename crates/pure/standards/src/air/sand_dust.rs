//! Days of sand and dust: the evaluation without them stands beside the original (环办监测〔2016〕120号).

use beijing_time::StatDay;

use super::{AnnualEvaluation, AnnualRules, DailyValue, Pollutant};
use crate::{Confidence, StandardError};

/// A pollutant's year twice: with every valid day, and without the approved days of sand and dust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandDustEvaluation {
    /// With every valid day.
    pub original: AnnualEvaluation,
    /// Without the approved days, on the days that are left.
    pub adjusted: AnnualEvaluation,
    /// The approved days that had a value, in order.
    pub excluded: Vec<StatDay>,
}

impl AnnualRules {
    /// The year with and without the days of sand and dust that were approved for exclusion. Only
    /// PM10 and PM2.5 are touched; the other pollutants are the same twice. The rule is to be
    /// verified: it is from memory, and so is the choice to judge validity on the days left.
    ///
    /// # Errors
    /// As [`AnnualRules::evaluate`].
    pub fn evaluate_without_sand_dust(
        &self,
        pollutant: Pollutant,
        values: &[DailyValue],
        approved: &[StatDay],
    ) -> Result<SandDustEvaluation, StandardError> {
        let original = self.evaluate(pollutant, values)?;
        if !matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25) {
            return Ok(SandDustEvaluation {
                adjusted: original.clone(),
                original,
                excluded: Vec::new(),
            });
        }
        let (excluded, kept): (Vec<_>, Vec<_>) = values
            .iter()
            .copied()
            .partition(|value| approved.contains(&value.day));
        let mut adjusted = self.evaluate(pollutant, &kept)?;
        adjusted.basis.method = "annual evaluation without approved days of sand and dust";
        adjusted.basis.confidence = adjusted.basis.confidence.max(Confidence::MemoryMedium);
        let mut excluded: Vec<_> = excluded.into_iter().map(|value| value.day).collect();
        excluded.sort_unstable();
        Ok(SandDustEvaluation {
            original,
            adjusted,
            excluded,
        })
    }
}
