//! A result together with what it rests on, for results that are one value.

use core::fmt;
use core::ops::Deref;

use crate::parameters::Version;
use crate::{Basis, Confidence, Input};

/// A value with what it rests on. Results of several values have a field `basis` of their own.
/// It can be used like the value that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Based<T> {
    /// The value.
    pub value: T,
    /// What it rests on.
    pub basis: Basis,
}

impl<T> Based<T> {
    /// The same basis with the value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Based<U> {
        Based {
            value: change(self.value),
            basis: self.basis,
        }
    }
}

impl<T> Deref for Based<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Based<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

/// Inputs by name.
pub(crate) type Inputs<'a> = &'a [(&'a str, &'a dyn fmt::Display)];

fn list_inputs(inputs: Inputs<'_>) -> Vec<Input> {
    inputs
        .iter()
        .map(|(name, value)| Input {
            name: (*name).to_owned(),
            value: value.to_string(),
        })
        .collect()
}

/// A rule whose numbers stand in its own text and in its formula, not in a table of parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// Edition of the standard or the number of the rule.
    pub(crate) edition: &'static str,
    /// Clause.
    pub(crate) clause: &'static str,
    /// The method by name.
    pub(crate) method: &'static str,
    /// Where its numbers stand.
    pub(crate) parameters: &'static str,
    /// How sure they are.
    pub(crate) confidence: Confidence,
    /// The rounding rule by name.
    pub(crate) rounding: &'static str,
}

impl Rule {
    /// What a result by this rule rests on.
    pub(crate) fn basis(&self, inputs: Inputs<'_>) -> Basis {
        Basis {
            edition: self.edition.to_owned(),
            clause: self.clause,
            method: self.method,
            parameters: self.parameters.to_owned(),
            confidence: self.confidence,
            rounding: self.rounding,
            inputs: list_inputs(inputs),
        }
    }

    /// A result by this rule.
    pub(crate) fn based<T>(&self, value: T, inputs: Inputs<'_>) -> Based<T> {
        Based {
            value,
            basis: self.basis(inputs),
        }
    }
}

/// Clause, method and rounding of a result whose numbers stand in a table of parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRule {
    /// Clause.
    pub(crate) clause: &'static str,
    /// The method by name.
    pub(crate) method: &'static str,
    /// The rounding rule by name.
    pub(crate) rounding: &'static str,
}

impl TableRule {
    /// What a result by a version of a table rests on.
    pub(crate) fn basis(
        &self,
        version: &Version,
        confidence: Confidence,
        inputs: Inputs<'_>,
    ) -> Basis {
        Basis {
            edition: version.edition.clone(),
            clause: self.clause,
            method: self.method,
            parameters: version.citation(),
            confidence,
            rounding: self.rounding,
            inputs: list_inputs(inputs),
        }
    }

    /// A result by a version of a table.
    pub(crate) fn based<T>(
        &self,
        value: T,
        version: &Version,
        confidence: Confidence,
        inputs: Inputs<'_>,
    ) -> Based<T> {
        Based {
            value,
            basis: self.basis(version, confidence, inputs),
        }
    }
}

/// Results that are not rounded.
pub(crate) const EXACT: &str = "none: exact";
/// Results that are no number.
pub(crate) const NO_NUMBER: &str = "none";
/// Results of one decimal, half to even.
pub(crate) const ONE_DECIMAL: &str = "half to even to one decimal, once (GB/T 8170)";
/// Results of two decimals, half to even.
pub(crate) const TWO_DECIMALS: &str = "half to even to two decimals, once (GB/T 8170)";

/// Texts as one input: `a, b, c`.
pub(crate) fn listed<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    texts.join(", ")
}
