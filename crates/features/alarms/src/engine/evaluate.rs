//! Comparing a record with limits and conditions: pure functions without memory.

use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::{Decimal, Rounding};

use super::changes::{Circumstance, Exceedance, ExceedanceKey, LimitSeen, Side};
use super::life::Verdict;
use super::observations::{FactorObservation, RecordObservation};
use super::subjects::{LimitFacts, PointFacts};
use crate::rules::{Expression, LimitCondition};

/// A comparison's outcome.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) verdict: Verdict,
    /// How far beyond the bound, not below zero.
    pub(crate) excess: Decimal,
    pub(crate) bound: Decimal,
    pub(crate) seen: Circumstance,
}

/// 超标倍数: how far a value lies beyond a limit, as a multiple of the limit.
pub(crate) fn compute_multiple(excess: Decimal, bound: Decimal) -> Option<Decimal> {
    excess
        .multiply_then_divide(Decimal::ONE, bound.abs(), Rounding::HalfEven { places: 4 })
        .ok()
}

fn excess_of(value: Decimal, bound: Decimal, side: Side) -> Option<Decimal> {
    match side {
        Side::Upper => value.checked_subtract(bound),
        Side::Lower => bound.checked_subtract(value),
    }
    .ok()
}

/// The limits of a factor in force for a record, with their bound on one side.
pub(crate) fn limits_in_force<'a>(
    point: &'a PointFacts,
    record: &'a RecordObservation,
    factor: &FactorObservation,
    side: Side,
) -> impl Iterator<Item = (&'a Arc<LimitFacts>, Decimal)> + 'a {
    point
        .limits
        .get(&factor.code)
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter(|limit| limit.is_in_force(record.kind, record.time))
        .filter_map(move |limit| {
            let bound = match side {
                Side::Upper => limit.upper,
                Side::Lower => limit.lower,
            };
            bound.map(|bound| (limit, bound))
        })
}

/// Compares a factor with one limit; nothing when there is no value to compare.
pub(crate) fn compare(
    record: &RecordObservation,
    factor: &FactorObservation,
    condition: &LimitCondition,
    limit: &LimitFacts,
    bound: Decimal,
    side: Side,
) -> Option<Compared> {
    if condition.normal_flags_only && !factor.is_normal() {
        return None;
    }
    let value = factor.value(limit.statistic)?;
    let excess = excess_of(value, bound, side)?;
    let is_beyond = !excess.is_negative() && !excess.is_zero();
    let verdict = if is_beyond {
        Verdict::Met
    } else {
        // cleared when at least the hysteresis away from the bound
        let margin = bound.abs().checked_multiply(condition.hysteresis).ok()?;
        if -excess >= margin {
            Verdict::Cleared
        } else {
            Verdict::Between
        }
    };
    let multiple = is_beyond.then(|| compute_multiple(excess, bound)).flatten();
    Some(Compared {
        verdict,
        excess,
        bound,
        seen: Circumstance {
            value: Some(value),
            flag: factor.flag,
            multiple,
            packet_id: record.packet_of(factor),
            limit: Some(LimitSeen {
                id: Some(limit.id),
                bound,
                origin: limit.origin.clone(),
                basis: limit.basis.clone(),
            }),
        },
    })
}

/// Every value of a record beyond a limit in force; only values measured normally count.
pub fn find_exceedances(
    point_id: i64,
    point: &PointFacts,
    record: &RecordObservation,
    is_late: bool,
    is_exempt: &dyn Fn(&str, Timestamp) -> bool,
) -> Vec<Exceedance> {
    let mut found = Vec::new();
    if point.limits.is_empty() {
        return found;
    }
    for factor in &record.factors {
        if !factor.is_normal() {
            continue;
        }
        for side in [Side::Upper, Side::Lower] {
            for (limit, bound) in limits_in_force(point, record, factor, side) {
                let Some(value) = factor.value(limit.statistic) else {
                    continue;
                };
                let Some(excess) = excess_of(value, bound, side) else {
                    continue;
                };
                if excess.is_negative() || excess.is_zero() {
                    continue;
                }
                found.push(Exceedance {
                    point_id,
                    kind: record.kind,
                    time: record.time,
                    key: ExceedanceKey {
                        factor: Arc::clone(&factor.code),
                        statistic: limit.statistic,
                        side,
                        origin: limit.origin.clone(),
                    },
                    value,
                    bound,
                    multiple: compute_multiple(excess, bound),
                    limit_id: limit.id,
                    basis: limit.basis.clone(),
                    packet_id: record.packet_of(factor),
                    is_late,
                    is_exempt: is_exempt(&factor.code, record.time),
                });
            }
        }
    }
    found
}

/// Whether an expression holds; nothing when a value it needs is absent or not measured normally.
/// `any` holds as soon as one part is known to hold, `all` fails as soon as one is known to fail.
pub fn evaluate_expression(expression: &Expression, record: &RecordObservation) -> Option<bool> {
    match expression {
        Expression::All { of } => {
            let mut is_known = true;
            for part in of {
                match evaluate_expression(part, record) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => is_known = false,
                }
            }
            is_known.then_some(true)
        }
        Expression::Any { of } => {
            let mut is_known = true;
            for part in of {
                match evaluate_expression(part, record) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => is_known = false,
                }
            }
            is_known.then_some(false)
        }
        Expression::Above {
            factor,
            statistic,
            than,
        } => normal_value(record, factor, *statistic).map(|value| value > *than),
        Expression::Below {
            factor,
            statistic,
            than,
        } => normal_value(record, factor, *statistic).map(|value| value < *than),
        Expression::Flagged { factor, flags } => {
            record.factor(factor).map(|factor| factor.has_flag(flags))
        }
    }
}

fn normal_value(
    record: &RecordObservation,
    factor: &str,
    statistic: crate::words::Statistic,
) -> Option<Decimal> {
    let factor = record.factor(factor)?;
    if factor.is_normal() {
        factor.value(statistic)
    } else {
        None
    }
}
