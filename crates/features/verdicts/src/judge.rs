//! From the records of a point to its verdicts: which standard judges which medium.

mod air;
mod air_day;
mod air_statistics;
mod source;
mod water;

use std::collections::BTreeMap;

use beijing_time::{StatDay, Timestamp};
use monitoring::Record;
use sites::{DirectoryPoint, Medium};
use standards::Explanation;

pub(crate) use air::{code_of, daily_item, outcome as air_outcome};

use crate::inputs::Inputs;
use crate::minutes::Minutes;
use crate::{
    Outcome, PointSetting, Rulebook, Verdict, VerdictBasis, VerdictInput, VerdictKind,
    VerdictsError,
};

/// A judgement before it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    pub(crate) basis: VerdictBasis,
    pub(crate) inputs_digest: i64,
    /// The calculation, when it is told.
    pub(crate) told: Option<Explanation>,
    /// The inputs, when it is told.
    pub(crate) inputs: Vec<VerdictInput>,
}

/// Judgements by period.
pub(crate) type Judgements = BTreeMap<(VerdictKind, Timestamp), Judged>;

impl Judged {
    fn new(outcome: Outcome, basis: VerdictBasis, inputs: Inputs) -> Self {
        let (inputs_digest, inputs) = inputs.finish();
        Self {
            outcome,
            basis,
            inputs_digest,
            told: None,
            inputs,
        }
    }

    fn told(mut self, told: Option<Explanation>) -> Self {
        self.told = told;
        self
    }
}

/// What a point is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) point: &'a DirectoryPoint,
    pub(crate) setting: PointSetting,
    /// The minutes of the hours that are judged.
    pub(crate) minutes: &'a Minutes,
    /// Whether the calculation and the inputs are told.
    pub(crate) is_told: bool,
}

/// Whether points of a medium have verdicts.
pub(crate) const fn is_judged(medium: Medium) -> bool {
    matches!(
        medium,
        Medium::Air | Medium::SurfaceWater | Medium::WasteGas | Medium::WasteWater
    )
}

/// The periods of verdicts that a medium has.
pub(crate) const fn kinds_of(medium: Medium) -> &'static [VerdictKind] {
    match medium {
        Medium::Air => VerdictKind::ALL,
        Medium::SurfaceWater => &[VerdictKind::Day, VerdictKind::Month, VerdictKind::Year],
        Medium::WasteGas => &[VerdictKind::Hour],
        Medium::WasteWater => &[VerdictKind::Day],
        _ => &[],
    }
}

impl Bench<'_> {
    /// The verdicts of a day and its hours, from the day's hour records.
    ///
    /// # Errors
    /// [`VerdictsError::Standard`] when a table is damaged.
    pub(crate) fn judge_day(
        &self,
        day: StatDay,
        records: &[Record],
    ) -> Result<Judgements, VerdictsError> {
        let mut judgements = Judgements::new();
        if records.is_empty() {
            return Ok(judgements);
        }
        match self.point.details.medium {
            Medium::Air => self.judge_air(day, records, &mut judgements)?,
            Medium::SurfaceWater => self.judge_water_day(day, records, &mut judgements)?,
            Medium::WasteGas => self.judge_gas_hours(records, &mut judgements),
            Medium::WasteWater => self.judge_waste_water_day(day, records, &mut judgements)?,
            _ => {}
        }
        Ok(judgements)
    }

    /// The verdict of a day of which there is nothing but a record of daily values.
    ///
    /// # Errors
    /// [`VerdictsError::Standard`] when a table is damaged.
    pub(crate) fn judge_daily_record(
        &self,
        day: StatDay,
        record: &Record,
    ) -> Result<Judgements, VerdictsError> {
        let mut judgements = Judgements::new();
        if self.point.details.medium == Medium::Air {
            self.judge_air_day(day, record, &mut judgements)?;
        }
        Ok(judgements)
    }

    /// The verdict of a month or year from those of its days and months, in the order of time.
    ///
    /// # Errors
    /// [`VerdictsError::Standard`] when a table is damaged.
    pub(crate) fn judge_long(
        &self,
        kind: VerdictKind,
        start: Timestamp,
        shorter: &[Verdict],
    ) -> Result<Option<Judged>, VerdictsError> {
        match self.point.details.medium {
            Medium::Air => self.judge_air_statistics(kind, start, shorter),
            Medium::SurfaceWater => self.judge_water_mean(kind, start, shorter),
            _ => Ok(None),
        }
    }
}

/// The verdicts that a month's or year's is made of.
pub(crate) const fn shorter_of(medium: Medium, kind: VerdictKind) -> Option<VerdictKind> {
    match (medium, kind) {
        (Medium::Air, VerdictKind::Month | VerdictKind::Year)
        | (Medium::SurfaceWater, VerdictKind::Month) => Some(VerdictKind::Day),
        (Medium::SurfaceWater, VerdictKind::Year) => Some(VerdictKind::Month),
        _ => None,
    }
}
