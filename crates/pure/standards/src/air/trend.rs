//! Spearman's rank correlation over years (HJ 663, 秩相关系数法).

use exact_decimal::{Decimal, Fraction};

use crate::based::{EXACT, TableRule, listed};
use crate::{Basis, Parameters, StandardError};

/// 秩相关系数法: what a trend rests on.
const SPEARMAN: TableRule = TableRule {
    clause: "秩相关系数法",
    method: "rank correlation against the one-sided critical value of 0.05",
    rounding: EXACT,
};

/// The trend of a series of years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// `r_s` above the critical value.
    Rising,
    /// `r_s` below minus the critical value.
    Falling,
    /// Neither.
    NotSignificant,
}

/// A trend with the numbers it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpearmanTrend {
    /// The trend.
    pub trend: Trend,
    /// `r_s`, exact.
    pub coefficient: Fraction,
    /// The critical value.
    pub critical: Decimal,
    /// What it rests on.
    pub basis: Basis,
}

/// `r_s` = 1 − 6 Σd² ÷ (N³ − N), d = rank in time − rank by rising concentration; equal
/// concentrations share the mean of their ranks. The critical value is the one-sided 0.05.
///
/// # Errors
/// [`StandardError::NoRow`] for a number of years the table does not have (it starts at 5).
pub fn compute_spearman_trend(
    parameters: &Parameters,
    values: &[Decimal],
) -> Result<SpearmanTrend, StandardError> {
    let version = parameters
        .load_table("spearman-critical")?
        .load_edition("HJ 663-2013")?;
    let row = version.load_row(&values.len().to_string())?;
    let critical = row.load_decimal("one_tail_005")?;
    // doubled ranks, so that shared ranks stay whole
    let mut squares = 0_i128;
    for (time, value) in (1_i128..).zip(values) {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        let doubled = i128::try_from(2 * below + equal + 1).unwrap_or(i128::MAX);
        squares += (2 * time - doubled).pow(2);
    }
    let n = i128::try_from(values.len()).unwrap_or(0);
    // Σd² is a quarter of the doubled squares
    let r = Fraction::ONE.checked_subtract(Fraction::new(6 * squares, 4 * (n.pow(3) - n))?)?;
    let bound = Fraction::try_from(critical)?;
    let trend = if r > bound {
        Trend::Rising
    } else if Fraction::ZERO.checked_subtract(r)? > bound {
        Trend::Falling
    } else {
        Trend::NotSignificant
    };
    Ok(SpearmanTrend {
        trend,
        coefficient: r,
        critical,
        basis: SPEARMAN.basis(version, row.confidence, &[("values", &listed(values))]),
    })
}
