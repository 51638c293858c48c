//! How far an indicator has come that falls short.

use exact_decimal::{Decimal, DecimalError, Rounding};

use super::score::EntryInput;
use crate::model::Meaning;

/// A degree as a fraction between 0 and 1.
pub(super) struct Way {
    gone: Decimal,
    whole: Decimal,
}

impl Way {
    pub(super) fn of(
        input: &EntryInput<'_>,
        value: Decimal,
        expected: Decimal,
    ) -> Result<Self, DecimalError> {
        let is_lower_better = matches!(
            input.indicator.meaning,
            Meaning::AtMost | Meaning::ClassOrBetter | Meaning::ReduceBy
        );
        let has_way = input.base.is_some_and(|base| {
            if is_lower_better {
                base > expected
            } else {
                base < expected
            }
        });
        let (gone, whole) = match input.base.filter(|_| has_way) {
            Some(base) if is_lower_better => (
                base.checked_subtract(value)?,
                base.checked_subtract(expected)?,
            ),
            Some(base) => (
                value.checked_subtract(base)?,
                expected.checked_subtract(base)?,
            ),
            None if is_lower_better => (expected, value),
            None => (value, expected),
        };
        let gone = if gone.is_negative() || whole <= 0 {
            Decimal::ZERO
        } else {
            gone.min(whole)
        };
        let whole = if whole <= 0 { Decimal::ONE } else { whole };
        Ok(Self { gone, whole })
    }

    pub(super) fn of_full(
        &self,
        full: Decimal,
        rounding: Rounding,
    ) -> Result<Decimal, DecimalError> {
        full.multiply_then_divide(self.gone, self.whole, rounding)
    }
}
