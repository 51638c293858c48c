//! The number of formulas as a type of CEL: an exact fraction, or missing.

use core::any::Any;
use core::cmp::Ordering;

use cel::ExecutionError;
use cel::common::traits::{Adder, Comparer, Divider, Multiplier, Negator, Subtractor};
use cel::common::types::Type;
use cel::common::value::{CowVal, StaticVal, Val};
use exact_decimal::{DecimalError, Fraction};

/// The type's name in CEL.
pub(crate) static DECIMAL: Type = Type::new_unspecified_type("decimal");

/// The name that marks an execution error as "an input is missing".
pub(crate) const MISSING: &str = "missing";

/// An exact number, or missing (`None`), which every operation passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact(pub(crate) Option<Fraction>);

/// The error that means "missing"; it becomes a missing outcome, not a failure.
pub(crate) fn missing() -> ExecutionError {
    ExecutionError::function_error(MISSING, "an input is missing")
}

/// What an error of exact arithmetic is called in a formula.
pub(crate) fn failed(error: &DecimalError) -> ExecutionError {
    ExecutionError::function_error("arithmetic", error)
}

/// The number behind a value of CEL.
pub(crate) fn exact_of(value: &dyn Val) -> Result<Exact, ExecutionError> {
    value
        .downcast_ref::<Exact>()
        .copied()
        .ok_or_else(|| ExecutionError::function_error("type", "a number was expected"))
}

impl Exact {
    /// Both numbers combined; missing when either is.
    pub(crate) fn combine(
        self,
        other: Self,
        operation: impl FnOnce(Fraction, Fraction) -> Result<Fraction, DecimalError>,
    ) -> Result<Self, ExecutionError> {
        match (self.0, other.0) {
            (Some(left), Some(right)) => operation(left, right)
                .map(|result| Self(Some(result)))
                .map_err(|error| failed(&error)),
            _ => Ok(Self(None)),
        }
    }

    /// The order of both numbers.
    pub(crate) fn order(self, other: Self) -> Result<Ordering, ExecutionError> {
        match (self.0, other.0) {
            (Some(left), Some(right)) => Ok(left.cmp(&right)),
            _ => Err(missing()),
        }
    }
}

impl Val for Exact {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &DECIMAL
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_multiplier<'b, 'v>(&'b self) -> Option<&'b (dyn Multiplier + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_divider<'b, 'v>(&'b self) -> Option<&'b (dyn Divider + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_negator<'b, 'v>(&'b self) -> Option<&'b (dyn Negator + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>() == Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Exact {}

impl Adder for Exact {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = downcast(other)?;
        self.combine(other, Fraction::checked_add)
            .map(CowVal::owned)
    }
}

impl Subtractor for Exact {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = downcast(other)?;
        self.combine(other, Fraction::checked_subtract)
            .map(CowVal::owned)
    }
}

impl Multiplier for Exact {
    fn mul<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = downcast(other)?;
        self.combine(other, Fraction::checked_multiply)
            .map(CowVal::owned)
    }
}

impl Divider for Exact {
    fn div<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = downcast(other)?;
        self.combine(other, Fraction::checked_divide)
            .map(CowVal::owned)
    }
}

impl Negator for Exact {
    fn negate<'v>(&self) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Self(Some(Fraction::ZERO))
            .combine(*self, Fraction::checked_subtract)
            .map(|value| Box::new(value) as Box<dyn Val + 'v>)
    }
}

impl Comparer for Exact {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        self.order(exact_of(other)?)
    }
}

fn downcast(value: &(dyn Val + '_)) -> Result<Exact, ExecutionError> {
    value
        .downcast_ref::<Exact>()
        .copied()
        .ok_or_else(|| ExecutionError::function_error("type", "a number was expected"))
}
