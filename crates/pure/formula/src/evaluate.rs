//! Evaluation of a formula over named measures, with lineage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, Value};
use exact_decimal::{Decimal, Fraction};

use crate::exact::{Exact, MISSING};
use crate::{EvaluationError, Formula};

/// One measure's value with the edition it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureValue {
    /// The value; `None` is missing.
    pub value: Option<Decimal>,
    /// Which edition of the source: a date, a revision, a hash.
    pub edition: String,
}

impl MeasureValue {
    /// A value that is there.
    pub fn present(value: Decimal, edition: impl Into<String>) -> Self {
        Self {
            value: Some(value),
            edition: edition.into(),
        }
    }

    /// A value that is known to be missing.
    pub fn missing(edition: impl Into<String>) -> Self {
        Self {
            value: None,
            edition: edition.into(),
        }
    }
}

/// The measures of one place and period, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures(BTreeMap<String, MeasureValue>);

impl Measures {
    /// No measures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a measure, instead of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, value: MeasureValue) {
        self.0.insert(name.into(), value);
    }

    /// The measure of that name.
    pub fn find(&self, name: &str) -> Option<&MeasureValue> {
        self.0.get(name)
    }
}

/// What a formula comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An exact number, not rounded yet.
    Number(Fraction),
    /// True or false.
    Truth(bool),
    /// An input that decides is missing.
    Missing,
}

/// A measure that an evaluation read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputUsed {
    /// The measure's name.
    pub name: String,
    /// Its value; `None` is missing, unreported or unknown.
    pub value: Option<Decimal>,
    /// Its edition; `None` when nobody has the measure.
    pub edition: Option<String>,
}

/// The result of one evaluation and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The result.
    pub outcome: Outcome,
    /// The measures that were read, by name.
    pub inputs: Vec<InputUsed>,
}

/// Hands measures to CEL and writes down which were read.
struct Recorder<'a> {
    formula: &'a Formula,
    measures: &'a Measures,
    read: Mutex<BTreeSet<String>>,
}

impl VariableResolver for Recorder<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if let Some(constant) = self.formula.constant(variable) {
            return Some(CowVal::owned(Exact(Some(constant))));
        }
        if let Ok(mut read) = self.read.lock() {
            read.insert(variable.to_owned());
        }
        let value = self
            .measures
            .find(variable)
            .and_then(|measure| measure.value)
            // 28 digits always fit 128 bits
            .and_then(|value| Fraction::try_from(value).ok());
        Some(CowVal::owned(Exact(value)))
    }
}

impl Formula {
    /// Evaluates over `measures`. A measure that is not among them is missing.
    ///
    /// # Errors
    /// [`EvaluationError`] for a division by zero or a number outside the exact range.
    pub fn evaluate(&self, measures: &Measures) -> Result<Evaluation, EvaluationError> {
        let recorder = Recorder {
            formula: self,
            measures,
            read: Mutex::default(),
        };
        let result = {
            let mut context = Context::with_env(self.environment());
            context.set_variable_resolver(&recorder);
            match Value::resolve_val(self.expression(), &context) {
                Ok(value) => {
                    if let Some(exact) = value.downcast_ref::<Exact>() {
                        Ok(exact.0.map_or(Outcome::Missing, Outcome::Number))
                    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
                        Ok(Outcome::Truth(*truth.inner()))
                    } else {
                        Err("the result is neither a number nor true or false".to_owned())
                    }
                }
                Err(ExecutionError::FunctionError { function, .. }) if function == MISSING => {
                    Ok(Outcome::Missing)
                }
                Err(ExecutionError::FunctionError { message, .. }) => Err(message),
                Err(other) => Err(other.to_string()),
            }
        };
        let read = recorder.read.into_inner().unwrap_or_default();
        let inputs = read
            .into_iter()
            .map(|name| {
                let measure = measures.find(&name);
                InputUsed {
                    value: measure.and_then(|measure| measure.value),
                    edition: measure.map(|measure| measure.edition.clone()),
                    name,
                }
            })
            .collect();
        match result {
            Ok(outcome) => Ok(Evaluation { outcome, inputs }),
            Err(problem) => Err(EvaluationError { problem, inputs }),
        }
    }
}
