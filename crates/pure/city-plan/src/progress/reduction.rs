//! Reduction accounting of one pollutant: base, new increment, project reductions, net.
//!
//! Form of the national total-emission accounting: emission of a year = emission of the year
//! before + new increment − reductions of the year's projects. Each project is credited once over
//! the whole period; a second claim is refused by name and not counted. A year whose increment nobody
//! has told is open, and so are those after it.

use std::collections::BTreeMap;

use exact_decimal::{Decimal, DecimalError, Rounding};

/// What economic growth adds in a year, in tonnes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increment {
    /// The region.
    pub region: String,
    /// The year.
    pub year: i32,
    /// Tonnes added.
    pub tonnes: Decimal,
}

/// What a project takes away, in tonnes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The project.
    pub project: String,
    /// The region.
    pub region: String,
    /// The year in which it is credited.
    pub year: i32,
    /// Tonnes taken away.
    pub tonnes: Decimal,
}

/// Everything about one pollutant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReductionBook {
    /// Emission of the base year by region, in tonnes.
    pub bases: BTreeMap<String, Decimal>,
    /// Increments.
    pub increments: Vec<Increment>,
    /// Credits.
    pub credits: Vec<Credit>,
}

/// One year of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReductionYear {
    /// The year.
    pub year: i32,
    /// Emission at its start.
    pub opening: Decimal,
    /// New increment.
    pub increment: Decimal,
    /// Project reductions.
    pub reduction: Decimal,
    /// Emission at its end: opening + increment − reduction.
    pub closing: Decimal,
    /// Net reduction against the base, in per cent to two decimals; negative when it grew.
    pub net_percent: Option<Decimal>,
    /// Whether the increment is known of this year and of all before it, of all regions that are
    /// summed: an increment that nobody has told is not zero.
    pub is_closed: bool,
}

/// The account of one region, or of all together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReductionAccount {
    /// The region; `None` is the sum of all.
    pub region: Option<String>,
    /// Emission of the base year.
    pub base: Decimal,
    /// The years in order.
    pub years: Vec<ReductionYear>,
}

/// What is wrong with a book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReductionError {
    /// A project is credited more than once.
    #[error("project {project} is credited in {first} and again in {second}: each counts once")]
    CreditedTwice {
        /// The project.
        project: String,
        /// Year of the first credit.
        first: i32,
        /// Year of the second.
        second: i32,
    },
    /// A credit or increment of a region without a base.
    #[error("{region} has no base emission")]
    NoBase {
        /// The region.
        region: String,
    },
    /// A year outside the period.
    #[error("{year} lies outside {first} to {last}")]
    OutsidePeriod {
        /// The year.
        year: i32,
        /// First year of the period.
        first: i32,
        /// Last year of the period.
        last: i32,
    },
    /// More is taken away than was there.
    #[error("{region} would fall below zero in {year}")]
    BelowZero {
        /// The region.
        region: String,
        /// The year.
        year: i32,
    },
    /// A negative figure.
    #[error("{what} is negative")]
    Negative {
        /// Which figure.
        what: String,
    },
    /// A figure is outside the exact range.
    #[error(transparent)]
    Number(#[from] DecimalError),
}

/// The accounts of every region and, last, of all together, for the years `first` to `last`.
///
/// # Errors
/// [`ReductionError`]: a wrong book gives no account.
pub fn account(
    book: &ReductionBook,
    first: i32,
    last: i32,
) -> Result<Vec<ReductionAccount>, ReductionError> {
    check(book, first, last)?;
    let mut accounts = Vec::new();
    let mut sums: BTreeMap<i32, (Decimal, Decimal, bool)> = BTreeMap::new();
    let mut total_base = Decimal::ZERO;
    for (region, base) in &book.bases {
        let mut years = Vec::new();
        let mut opening = *base;
        let mut is_closed = true;
        for year in first..=last {
            let increments: Vec<Decimal> = book
                .increments
                .iter()
                .filter(|one| one.region == *region && one.year == year)
                .map(|one| one.tonnes)
                .collect();
            is_closed &= !increments.is_empty();
            let increment = sum(increments.into_iter())?;
            let reduction = sum(book
                .credits
                .iter()
                .filter(|one| one.region == *region && one.year == year)
                .map(|one| one.tonnes))?;
            let step = ReductionYear {
                is_closed,
                ..step(*base, year, opening, increment, reduction)?
            };
            if step.closing.is_negative() {
                return Err(ReductionError::BelowZero {
                    region: region.clone(),
                    year,
                });
            }
            opening = step.closing;
            years.push(step);
            let all = sums
                .entry(year)
                .or_insert((Decimal::ZERO, Decimal::ZERO, true));
            all.0 = all.0.checked_add(increment)?;
            all.1 = all.1.checked_add(reduction)?;
            all.2 &= is_closed;
        }
        total_base = total_base.checked_add(*base)?;
        accounts.push(ReductionAccount {
            region: Some(region.clone()),
            base: *base,
            years,
        });
    }
    let mut opening = total_base;
    let mut years = Vec::new();
    for (year, (increment, reduction, is_closed)) in sums {
        let step = ReductionYear {
            is_closed,
            ..step(total_base, year, opening, increment, reduction)?
        };
        opening = step.closing;
        years.push(step);
    }
    accounts.push(ReductionAccount {
        region: None,
        base: total_base,
        years,
    });
    Ok(accounts)
}

fn sum(values: impl Iterator<Item = Decimal>) -> Result<Decimal, DecimalError> {
    let mut total = Decimal::ZERO;
    for value in values {
        total = total.checked_add(value)?;
    }
    Ok(total)
}

fn step(
    base: Decimal,
    year: i32,
    opening: Decimal,
    increment: Decimal,
    reduction: Decimal,
) -> Result<ReductionYear, ReductionError> {
    let closing = opening
        .checked_add(increment)?
        .checked_subtract(reduction)?;
    let net_percent = if base.is_zero() {
        None
    } else {
        Some(base.checked_subtract(closing)?.multiply_then_divide(
            Decimal::from(100),
            base,
            Rounding::HalfEven { places: 2 },
        )?)
    };
    Ok(ReductionYear {
        year,
        opening,
        increment,
        reduction,
        closing,
        net_percent,
        is_closed: false,
    })
}

fn check(book: &ReductionBook, first: i32, last: i32) -> Result<(), ReductionError> {
    let mut credited: BTreeMap<&str, i32> = BTreeMap::new();
    let dated = book
        .credits
        .iter()
        .map(|one| {
            (
                &one.region,
                one.year,
                one.tonnes,
                format!("the credit of {}", one.project),
            )
        })
        .chain(book.increments.iter().map(|one| {
            let what = format!("the increment of {} in {}", one.region, one.year);
            (&one.region, one.year, one.tonnes, what)
        }));
    for (region, year, tonnes, what) in dated {
        if !book.bases.contains_key(region) {
            return Err(ReductionError::NoBase {
                region: region.clone(),
            });
        }
        if !(first..=last).contains(&year) {
            return Err(ReductionError::OutsidePeriod { year, first, last });
        }
        if tonnes.is_negative() {
            return Err(ReductionError::Negative { what });
        }
    }
    for (region, base) in &book.bases {
        if base.is_negative() {
            return Err(ReductionError::Negative {
                what: format!("the base of {region}"),
            });
        }
    }
    for credit in &book.credits {
        if let Some(earlier) = credited.insert(&credit.project, credit.year) {
            return Err(ReductionError::CreditedTwice {
                project: credit.project.clone(),
                first: earlier,
                second: credit.year,
            });
        }
    }
    Ok(())
}
