//! Reported values and the state of indicators.

use access::RegionCode;
use beijing_time::Timestamp;
use city_plan::progress::{Projection, Status};
use exact_decimal::Decimal;
use uuid::Uuid;

/// How far a reported value has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueState {
    /// Reported by a unit.
    Reported,
    /// Checked by a second person.
    Checked,
    /// Accepted: computed with.
    Accepted,
    /// Returned to who reported it.
    Returned,
    /// Accepted once; a correction has taken its place.
    Superseded,
}

impl ValueState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Reported,
        Self::Checked,
        Self::Accepted,
        Self::Returned,
        Self::Superseded,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Checked => "checked",
            Self::Accepted => "accepted",
            Self::Returned => "returned",
            Self::Superseded => "superseded",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A value to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewValue {
    /// Made by the creator, so that reporting twice makes one value.
    pub id: Uuid,
    /// The measure.
    pub measure: String,
    /// The region it is of.
    pub region: RegionCode,
    /// The year it is of.
    pub year: i32,
    /// The value.
    pub value: Decimal,
    /// What it rests on: a document, a ledger, a letter.
    pub evidence: String,
    /// Whether it is made up, for a demonstration.
    pub is_simulated: bool,
}

/// A reported value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedValue {
    /// What was reported.
    pub new: NewValue,
    /// How far it has come.
    pub state: ValueState,
    /// Who reported it.
    pub reported_by: String,
    /// When.
    pub reported_at: Timestamp,
    /// Who checked it.
    pub checked_by: Option<String>,
    /// When.
    pub checked_at: Option<Timestamp>,
    /// Who accepted or returned it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was returned.
    pub note: Option<String>,
    /// Counts changes.
    pub revision: i64,
}

/// Which reported values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFilter {
    /// Of this measure.
    pub measure: Option<String>,
    /// Of this year.
    pub year: Option<i32>,
    /// In this state.
    pub state: Option<ValueState>,
    /// After this one, in the order of the list (newest first).
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// One input of an indicator's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputState {
    /// The measure.
    pub measure: String,
    /// Its value; `None` is missing.
    pub value: Option<Decimal>,
    /// The report that was accepted, if there is one.
    pub report: Option<Uuid>,
}

/// An indicator in one region and year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorState {
    /// The indicator.
    pub indicator: String,
    /// The region.
    pub region: String,
    /// The year.
    pub year: i32,
    /// Its value, rounded once as the plan says.
    pub value: Option<Decimal>,
    /// What the plan expects of the year.
    pub expected: Option<Decimal>,
    /// How it stands.
    pub status: Status,
    /// Why the formula gave no result, if it failed: division by zero, out of range.
    pub failure: Option<String>,
    /// What it was computed from.
    pub inputs: Vec<InputState>,
    /// Whether any input is simulated.
    pub is_simulated: bool,
}

/// An indicator over the years.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorCourse {
    /// Its state in each year of the period.
    pub years: Vec<IndicatorState>,
    /// Where it is heading in the last year, from three values on.
    pub projection: Option<Projection>,
}
