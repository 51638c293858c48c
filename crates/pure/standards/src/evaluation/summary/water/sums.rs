//! The samples of a section in a period, summed.

use std::collections::BTreeMap;

use exact_decimal::{Decimal, Fraction, Rounding};

use super::super::super::further_water::Further;
use crate::StandardError;
use crate::water::{Samples, WaterItem, compute_mean_ph};

/// The samples of a section in a period, summed.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) rows: u64,
    items: BTreeMap<WaterItem, (Decimal, u32)>,
    /// Values of pH with how often each came: their mean is no arithmetic one.
    acidity: BTreeMap<Decimal, u32>,
    pub(super) saturation: (Decimal, u32),
    pub(super) chlorophyll: (Decimal, u32),
    pub(super) transparency_cm: (Decimal, u32),
}

/// Adds a value that may be missing.
pub(super) fn add(sum: &mut (Decimal, u32), value: Option<Decimal>) -> Result<(), StandardError> {
    if let Some(value) = value {
        *sum = (sum.0.checked_add(value)?, sum.1 + 1);
    }
    Ok(())
}

/// The mean of a sum and its number; none without any.
pub(super) fn mean((sum, count): (Decimal, u32)) -> Result<Option<Decimal>, StandardError> {
    if count == 0 {
        return Ok(None);
    }
    let mean = Fraction::try_from(sum)?
        .checked_divide(Fraction::from(i64::from(count)))?
        .rounded(Rounding::HalfEven { places: 12 })?;
    Ok(Some(mean.normalized()))
}

impl Sums {
    /// Adds a row.
    pub(super) fn take(
        &mut self,
        samples: &Samples,
        further: &Further,
    ) -> Result<(), StandardError> {
        for (item, value) in samples.iter() {
            if item == WaterItem::Ph {
                *self.acidity.entry(value).or_default() += 1;
            } else {
                add(self.items.entry(item).or_default(), Some(value))?;
            }
        }
        add(&mut self.saturation, samples.oxygen_saturation)?;
        add(&mut self.chlorophyll, further.chlorophyll())?;
        add(&mut self.transparency_cm, further.transparency_cm())?;
        self.rows += 1;
        Ok(())
    }

    /// The means of the period.
    pub(super) fn samples(&self) -> Result<Samples, StandardError> {
        let mut samples = Samples::default();
        for (item, sum) in &self.items {
            if let Some(mean) = mean(*sum)? {
                samples.set(*item, mean);
            }
        }
        let acidity: Vec<Decimal> = self
            .acidity
            .iter()
            .flat_map(|(value, count)| {
                std::iter::repeat_n(*value, usize::try_from(*count).unwrap_or(0))
            })
            .collect();
        if let [only] = acidity.as_slice() {
            samples.set(WaterItem::Ph, *only);
        } else if !acidity.is_empty() {
            samples.set(WaterItem::Ph, compute_mean_ph(&acidity, 6)?.normalized());
        }
        samples.oxygen_saturation = mean(self.saturation)?;
        Ok(samples)
    }
}
