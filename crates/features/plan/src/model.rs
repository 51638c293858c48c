//! Reported values, computed measures and the state of indicators.

use access::RegionCode;
use beijing_time::Timestamp;
use city_plan::progress::{Projection, ReductionYear, Status, YearShare};
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use verdicts::DataOrigin;

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
    /// The project of the pool whose reduction it is; none of any other value.
    pub project_id: Option<Uuid>,
    /// The value.
    pub value: Decimal,
    /// What it rests on: a document, a ledger, a letter.
    pub evidence: String,
    /// Whether it is made up, for a demonstration.
    pub is_simulated: bool,
}

/// A project as a value names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName {
    /// Its number.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A reported value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedValue {
    /// What was reported.
    pub new: NewValue,
    /// The project it is of.
    pub project: Option<ProjectName>,
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
    /// Of this region alone, without those below.
    pub region: Option<RegionCode>,
    /// In this state.
    pub state: Option<ValueState>,
    /// After this one, in the order of the list (newest first).
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// A measure in one region and year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureKey {
    /// The measure.
    pub measure: String,
    /// The region's code.
    pub region: String,
    /// The year.
    pub year: i32,
}

/// What a computed measure rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureBasis {
    /// Standards with their editions.
    pub editions: Vec<String>,
    /// The set of parameters that was in use.
    pub parameter_set: String,
}

/// A point's part in a computed measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointPart {
    /// The point.
    pub point_id: i64,
    /// Days or months of which it has a verdict.
    pub periods: u32,
}

/// A measure that the platform computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedMeasure {
    /// Of what.
    pub key: MeasureKey,
    /// Its value; none while there is nothing to compute it from.
    pub value: Option<Decimal>,
    /// Days or sections that it rests on.
    pub covered: u32,
    /// Days or sections that there are.
    pub coverable: u32,
    /// Whether they are enough for the year by the standard.
    pub is_sufficient: bool,
    /// What the figures are; none without any.
    pub origin: Option<DataOrigin>,
    /// What it rests on.
    pub basis: MeasureBasis,
    /// The points that took part.
    pub points: Vec<PointPart>,
    /// Tells its inputs apart.
    pub inputs_digest: i64,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl ComputedMeasure {
    /// Whether it stands for the year: enough data, received or published officially.
    pub fn is_decisive(&self) -> bool {
        let is_official = matches!(
            self.origin,
            Some(DataOrigin::Platform | DataOrigin::Official)
        );
        self.value.is_some() && self.is_sufficient && is_official
    }
}

/// A measure that a reduction account gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountedMeasure {
    /// The account.
    pub account: String,
    /// The emission of the base year.
    pub base: Decimal,
    /// Its year: opening, increment, reduction and closing, which is the value.
    pub year: ReductionYear,
    /// How many projects took something away in the year.
    pub projects: usize,
    /// Whether it is made of simulated reports.
    pub is_simulated: bool,
}

/// Where an input's value comes from. What is real comes before what is simulated; of the same kind,
/// computed before accounted before reported before provisional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSource {
    /// Nobody has it.
    Missing,
    /// Computed from monitoring: enough data for the year, received or published officially. It comes
    /// before a report.
    Computed,
    /// The closing balance of a reduction account whose years are told.
    Accounted,
    /// Reported, checked and accepted. It comes before what is provisional.
    Reported,
    /// Computed from too few data, from a third party's or from simulated ones, where nobody has
    /// reported.
    Provisional,
}

impl InputSource {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Computed => "computed",
            Self::Accounted => "accounted",
            Self::Reported => "reported",
            Self::Provisional => "provisional",
        }
    }
}

/// One input of an indicator's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputState {
    /// The measure.
    pub measure: String,
    /// Its value; `None` is missing.
    pub value: Option<Decimal>,
    /// Which of the two below it is.
    pub source: InputSource,
    /// The report that was accepted, if there is one.
    pub report: Option<ReportedValue>,
    /// What the platform computed, if it can.
    pub computed: Option<ComputedMeasure>,
    /// What its reduction account comes to, if it has one and the year is told.
    pub accounted: Option<AccountedMeasure>,
    /// Whether it is simulated and left out, since others of the same indicator are real.
    pub is_left_out: bool,
}

impl InputState {
    /// Whether its value is simulated.
    pub fn is_simulated(&self) -> bool {
        match self.source {
            InputSource::Missing => false,
            InputSource::Accounted => self.accounted.as_ref().is_some_and(|one| one.is_simulated),
            InputSource::Reported => self
                .report
                .as_ref()
                .is_some_and(|report| report.new.is_simulated),
            InputSource::Computed | InputSource::Provisional => self
                .computed
                .as_ref()
                .is_some_and(|computed| computed.origin == Some(DataOrigin::Simulated)),
        }
    }
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
    /// Whether any input is provisional.
    pub is_provisional: bool,
}

impl IndicatorState {
    /// How much of its year its value rests on: as the input that rests on least.
    pub fn share(&self) -> YearShare {
        let shares = self.inputs.iter().filter_map(|input| {
            let computed = input.computed.as_ref()?;
            (input.source == InputSource::Provisional).then(|| {
                YearShare::of(computed.covered, computed.coverable, computed.is_sufficient)
            })
        });
        shares.min().unwrap_or(YearShare::Whole)
    }

    /// Whether its value rests on too few data of the year: a trend is not drawn through it.
    pub fn is_partial(&self) -> bool {
        self.share() < YearShare::Whole
    }
}

/// A region's place among those that are judged by the same target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionRank {
    /// The region's state.
    pub state: IndicatorState,
    /// Its rank, the best first; equal values share one, and without a value there is none.
    pub rank: Option<u32>,
}

/// An indicator over the years.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorCourse {
    /// The region.
    pub region: String,
    /// Its state in each year of the period.
    pub years: Vec<IndicatorState>,
    /// What the plan expects of the base year and of each year of the period.
    pub path: Vec<(i32, Decimal)>,
    /// Where several regions are judged: each of them in each year, the best of a year first.
    pub ranking: Vec<RegionRank>,
    /// Where it is heading in the last year, from three values on.
    pub projection: Option<Projection>,
}
