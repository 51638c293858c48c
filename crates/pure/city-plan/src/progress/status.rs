//! How an indicator stands.

use exact_decimal::{Decimal, DecimalError, Rounding};

use super::path::ExpectedPath;
use crate::model::Meaning;

/// How an indicator stands in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// No value for the year that could stand for it, or nothing to hold it against.
    NoData,
    /// Below the expected path by more than the margin.
    Behind,
    /// Below the expected path, within the margin.
    AtRisk,
    /// On the expected path or better, and the target is not reached yet.
    OnTrack,
    /// The target is reached.
    Met,
}

impl Status {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Behind => "behind",
            Self::AtRisk => "at_risk",
            Self::OnTrack => "on_track",
            Self::Met => "met",
        }
    }
}

/// How far below the path still counts as at risk, in per cent of the way from base to target;
/// where there is no way (no base, or a level to be kept), in per cent of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin(pub u32);

impl Default for Margin {
    /// Ten per cent.
    fn default() -> Self {
        Self(10)
    }
}

/// How much of its year a value rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum YearShare {
    /// Less than a third of it: a day, a week, a season.
    Scrap,
    /// A third of it or more, and still too little for the figure of a year.
    Part,
    /// Enough for the year by its standard, or told for the year as a whole.
    Whole,
}

impl YearShare {
    /// The share of what was computed from so many of so many days or sections.
    pub fn of(covered: u32, coverable: u32, is_sufficient: bool) -> Self {
        if is_sufficient {
            Self::Whole
        } else if coverable > 0 && covered >= coverable.div_ceil(3) {
            Self::Part
        } else {
            Self::Scrap
        }
    }
}

/// What a status is judged from.
#[derive(Debug, Clone, Copy)]
pub struct StatusInput<'a> {
    /// The path.
    pub path: &'a ExpectedPath,
    /// What the target means.
    pub meaning: Meaning,
    /// The year.
    pub year: i32,
    /// The value of that year.
    pub value: Option<Decimal>,
    /// How much of the year it rests on.
    pub share: YearShare,
    /// The margin.
    pub margin: Margin,
}

/// The rule, in this order:
///
/// 1. no value, a year before the plan begins, or a value that rests on less than a third of its
///    year: **no data** — a day or a week does not tell what a year is;
/// 2. the value meets the target itself and rests on enough of its year: **met** — of the year's
///    value only, so that an indicator that has to stay at its level can lose it again;
/// 3. the value is on the expected path of the year or better, or would meet the target but for too
///    little of its year: **on track**;
/// 4. it is off the path by no more than the margin, and the target's year is still to come:
///    **at risk**;
/// 5. otherwise **behind**. In the target's year what is not met is behind.
///
/// "Better" is higher for a level to reach or keep, lower for a ceiling, a class or a reduction.
/// A value exactly on the line is on the good side of it.
///
/// # Errors
/// [`DecimalError`] outside the exact range.
pub fn judge(input: &StatusInput<'_>) -> Result<Status, DecimalError> {
    let StatusInput {
        path,
        meaning,
        year,
        value,
        share,
        margin,
    } = *input;
    let Some(value) = value.filter(|_| share > YearShare::Scrap) else {
        return Ok(Status::NoData);
    };
    let Some(expected) = path.expected(year)? else {
        return Ok(Status::NoData);
    };
    let is_lower_better = matches!(
        meaning,
        Meaning::AtMost | Meaning::ClassOrBetter | Meaning::ReduceBy
    );
    // how far the value falls short of a level; negative when it is better
    let shortfall = |level: Decimal| {
        if is_lower_better {
            value.checked_subtract(level)
        } else {
            level.checked_subtract(value)
        }
    };
    if shortfall(path.target)? <= 0 {
        return Ok(if share == YearShare::Whole {
            Status::Met
        } else {
            Status::OnTrack
        });
    }
    if year >= path.target_year {
        return Ok(Status::Behind);
    }
    let short = shortfall(expected)?;
    if short <= 0 {
        return Ok(Status::OnTrack);
    }
    let way = match path.base {
        Some(base) => path.target.checked_subtract(base)?.abs(),
        None => Decimal::ZERO,
    };
    let scale = if way.is_zero() {
        path.target.abs()
    } else {
        way
    };
    let allowed = scale.multiply_then_divide(
        Decimal::from(margin.0),
        Decimal::from(100),
        Rounding::HalfEven { places: 6 },
    )?;
    Ok(if short <= allowed {
        Status::AtRisk
    } else {
        Status::Behind
    })
}
