//! The functions of formulas and the environment of CEL in which they stand: nothing of CEL's own
//! library is in it.

use std::sync::Arc;

use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};
use exact_decimal::{DecimalError, Fraction, Rounding};

use crate::exact::{DECIMAL, Exact, exact_of, failed};

/// What a function gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Exactly so many.
    Exactly(usize),
    /// One or more, folded two by two.
    OneOrMore,
}

/// One function that a formula may call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FunctionRule {
    pub(crate) name: &'static str,
    pub(crate) arguments: Arguments,
    pub(crate) gives_truth: bool,
}

const fn rule(name: &'static str, arguments: Arguments, gives_truth: bool) -> FunctionRule {
    FunctionRule {
        name,
        arguments,
        gives_truth,
    }
}

/// Every function that a formula may call, besides `decimal`.
pub(crate) const FUNCTIONS: [FunctionRule; 9] = [
    rule("round", Arguments::Exactly(2), false),
    rule("round_half_up", Arguments::Exactly(2), false),
    rule("abs", Arguments::Exactly(1), false),
    rule("sum", Arguments::OneOrMore, false),
    rule("mean", Arguments::OneOrMore, false),
    rule("least", Arguments::OneOrMore, false),
    rule("greatest", Arguments::OneOrMore, false),
    rule("value_or", Arguments::Exactly(2), false),
    rule("is_missing", Arguments::Exactly(1), true),
];

/// The names under which `==` and `!=` run: CEL's own cannot say "missing".
pub(crate) const EQUAL: &str = "@equal";
/// See [`EQUAL`].
pub(crate) const NOT_EQUAL: &str = "@not_equal";

/// The environment: our type and our functions only.
pub(crate) fn environment() -> Arc<Env> {
    let mut environment = Env::default();
    let one = || vec![DECIMAL.to_owned()];
    let two = || vec![DECIMAL.to_owned(), DECIMAL.to_owned()];
    let declared = [
        environment.add_overload("abs", "abs", one(), abs),
        environment.add_overload("is_missing", "is_missing", one(), is_missing),
        environment.add_overload("round", "round", two(), |arguments| {
            rounded(&arguments, |places| Rounding::HalfEven { places })
        }),
        environment.add_overload("round_half_up", "round_half_up", two(), |arguments| {
            rounded(&arguments, |places| Rounding::HalfUp { places })
        }),
        environment.add_overload("least", "least", two(), |arguments| {
            fold(&arguments, |a, b| Ok(a.min(b)))
        }),
        environment.add_overload("greatest", "greatest", two(), |arguments| {
            fold(&arguments, |a, b| Ok(a.max(b)))
        }),
        environment.add_overload("value_or", "value_or", two(), value_or),
        environment.add_overload(EQUAL, "equal", two(), |arguments| {
            equality(&arguments, true)
        }),
        environment.add_overload(NOT_EQUAL, "not_equal", two(), |arguments| {
            equality(&arguments, false)
        }),
    ];
    debug_assert!(declared.iter().all(Result::is_ok), "{declared:?}");
    Arc::new(environment)
}

fn pair(arguments: &[CowVal<'_, '_>]) -> Result<(Exact, Exact), ExecutionError> {
    match arguments {
        [first, second] => Ok((exact_of(first.as_ref())?, exact_of(second.as_ref())?)),
        _ => Err(ExecutionError::invalid_argument_count(2, arguments.len())),
    }
}

fn single(arguments: &[CowVal<'_, '_>]) -> Result<Exact, ExecutionError> {
    match arguments {
        [only] => exact_of(only.as_ref()),
        _ => Err(ExecutionError::invalid_argument_count(1, arguments.len())),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of an overload"
)]
fn abs<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = single(&arguments)?;
    let zero = Exact(Some(Fraction::ZERO));
    let positive = match value.0 {
        Some(number) if number < Fraction::ZERO => {
            zero.combine(value, Fraction::checked_subtract)?
        }
        _ => value,
    };
    Ok(CowVal::owned(positive))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of an overload"
)]
fn is_missing<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    Ok(CowVal::owned(CelBool::from(
        single(&arguments)?.0.is_none(),
    )))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of an overload"
)]
fn value_or<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (value, fallback) = pair(&arguments)?;
    Ok(CowVal::owned(if value.0.is_some() {
        value
    } else {
        fallback
    }))
}

fn fold<'b, 'v>(
    arguments: &[CowVal<'b, 'v>],
    operation: impl FnOnce(Fraction, Fraction) -> Result<Fraction, DecimalError>,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (first, second) = pair(arguments)?;
    first.combine(second, operation).map(CowVal::owned)
}

fn equality<'b, 'v>(
    arguments: &[CowVal<'b, 'v>],
    wanted: bool,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (first, second) = pair(arguments)?;
    let is_equal = first.order(second)?.is_eq();
    Ok(CowVal::owned(CelBool::from(is_equal == wanted)))
}

fn rounded<'b, 'v>(
    arguments: &[CowVal<'b, 'v>],
    rounding: impl FnOnce(u32) -> Rounding,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (value, places) = pair(arguments)?;
    let (Some(value), Some(places)) = (value.0, places.0) else {
        return Ok(CowVal::owned(Exact(None)));
    };
    let places = u32::try_from(places.numerator())
        .ok()
        .filter(|count| places.denominator() == 1 && *count <= 12)
        .ok_or_else(|| {
            ExecutionError::function_error("round", "the places must be a whole number, 0 to 12")
        })?;
    value
        .rounded(rounding(places))
        .and_then(Fraction::try_from)
        .map(|number| CowVal::owned(Exact(Some(number))))
        .map_err(|error| failed(&error))
}
