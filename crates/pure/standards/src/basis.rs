//! What a result rests on, and the calculation told step by step.

use core::fmt;

/// How sure we are of a number in a parameter file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Read in the text of the standard itself.
    ConfirmedPrimary,
    /// A third party agrees; the standard's own text was not seen.
    ConfirmedSecondary,
    /// Set by the city, with author, date and reason.
    Local,
    /// From memory, high: to be verified.
    MemoryHigh,
    /// From memory, medium: to be verified.
    MemoryMedium,
    /// One doubtful source: ships disabled.
    Low,
}

impl Confidence {
    /// Whether results must show "to be verified" (待核实).
    pub fn is_to_be_verified(self) -> bool {
        matches!(self, Self::MemoryHigh | Self::MemoryMedium | Self::Low)
    }

    /// The word used in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfirmedPrimary => "confirmed-primary",
            Self::ConfirmedSecondary => "confirmed-secondary",
            Self::Local => "local",
            Self::MemoryHigh => "memory-high",
            Self::MemoryMedium => "memory-medium",
            Self::Low => "low",
        }
    }
}

/// One input of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Name, as the standard's table calls it.
    pub name: String,
    /// Value as given, with its scale and unit.
    pub value: String,
}

/// What a result rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Edition of the standard, for example `HJ 633-2012`.
    pub edition: String,
    /// Clause.
    pub clause: &'static str,
    /// Named method, where text and practice differ.
    pub method: &'static str,
    /// Source of the parameters and when that version came into force.
    pub parameters: String,
    /// How sure the parameters are.
    pub confidence: Confidence,
    /// The rounding rule by name.
    pub rounding: &'static str,
    /// The inputs.
    pub inputs: Vec<Input>,
}

impl fmt::Display for Basis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}; method {}; parameters {}; rounding {}",
            self.edition, self.clause, self.method, self.parameters, self.rounding
        )?;
        if self.confidence.is_to_be_verified() {
            write!(formatter, "; to be verified (待核实)")?;
        }
        Ok(())
    }
}

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

/// One step of a calculation in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In Chinese.
    pub chinese: String,
    /// In English.
    pub english: String,
}

/// A calculation told step by step, like a worked example.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Explanation {
    /// Adds a step.
    pub fn push(&mut self, chinese: String, english: String) {
        self.steps.push(Step { chinese, english });
    }

    /// The steps as numbered lines in one language.
    pub fn lines(&self, language: Language) -> Vec<String> {
        self.steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let text = match language {
                    Language::Chinese => &step.chinese,
                    Language::English => &step.english,
                };
                format!("{}. {text}", index + 1)
            })
            .collect()
    }
}
