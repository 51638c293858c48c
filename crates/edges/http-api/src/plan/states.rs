//! JSON bodies of what indicators and measures come to.

use city_plan::progress::Projection;
use plan::{
    AccountedMeasure, ComputedMeasure, IndicatorCourse, IndicatorState, InputState, MeasureKey,
    RegionRank,
};
use serde::Serialize;
use utoipa::ToSchema;
use verdicts::DataOrigin;

use super::values::PlanValueBody;

/// A measure that the platform computed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComputedMeasureBody {
    /// Null while there is nothing to compute it from.
    #[schema(format = "decimal")]
    value: Option<String>,
    /// `platform`: received; `official`: published and imported, wholly or partly; `third_party`: made
    /// and published by somebody else; `simulated`; null without data.
    origin: Option<&'static str>,
    /// Days or sections that it rests on.
    covered: u32,
    /// Days or sections that there are.
    coverable: u32,
    /// Whether they are enough for the year by the standard.
    is_sufficient: bool,
    /// Standards with their editions.
    editions: Vec<String>,
    /// The set of parameters that was in use.
    parameter_set: String,
    computed_at: String,
}

impl From<&ComputedMeasure> for ComputedMeasureBody {
    fn from(computed: &ComputedMeasure) -> Self {
        Self {
            value: computed.value.map(|value| value.to_string()),
            origin: computed.origin.map(DataOrigin::as_str),
            covered: computed.covered,
            coverable: computed.coverable,
            is_sufficient: computed.is_sufficient,
            editions: computed.basis.editions.clone(),
            parameter_set: computed.basis.parameter_set.clone(),
            computed_at: computed.computed_at.to_string(),
        }
    }
}

/// A measure that a reduction account gives, with its year; in the measure's unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountedMeasureBody {
    account: String,
    #[schema(format = "decimal")]
    base: String,
    #[schema(format = "decimal")]
    opening: String,
    #[schema(format = "decimal")]
    increment: String,
    #[schema(format = "decimal")]
    reduction: String,
    /// The value.
    #[schema(format = "decimal")]
    closing: String,
    /// How many projects took something away in the year.
    projects: usize,
    simulated: bool,
}

impl From<&AccountedMeasure> for AccountedMeasureBody {
    fn from(accounted: &AccountedMeasure) -> Self {
        let year = &accounted.year;
        Self {
            account: accounted.account.clone(),
            base: accounted.base.to_string(),
            opening: year.opening.to_string(),
            increment: year.increment.to_string(),
            reduction: year.reduction.to_string(),
            closing: year.closing.to_string(),
            projects: accounted.projects,
            simulated: accounted.is_simulated,
        }
    }
}

/// One input of an indicator's value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndicatorInputBody {
    measure: String,
    /// Null is missing.
    value: Option<String>,
    /// Which was taken, what is real before what is simulated: `computed` (enough data, received or
    /// officially published), `accounted` (the closing of a reduction account), `reported` (accepted),
    /// `provisional` (computed from too few data, a third party's or simulated ones), or `missing`.
    source: &'static str,
    /// Whether it is simulated and left out, since other inputs of the indicator are real.
    left_out: bool,
    /// The report that was accepted, taken or not.
    reported: Option<PlanValueBody>,
    /// What the platform computed, taken or not.
    computed: Option<ComputedMeasureBody>,
    /// What its reduction account comes to, taken or not.
    accounted: Option<AccountedMeasureBody>,
}

impl From<&InputState> for IndicatorInputBody {
    fn from(input: &InputState) -> Self {
        Self {
            measure: input.measure.clone(),
            value: input.value.map(|value| value.to_string()),
            source: input.source.as_str(),
            left_out: input.is_left_out,
            accounted: input.accounted.as_ref().map(AccountedMeasureBody::from),
            reported: input.report.clone().map(PlanValueBody::from),
            computed: input.computed.as_ref().map(ComputedMeasureBody::from),
        }
    }
}

/// An indicator in one region and year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateBody {
    indicator: String,
    region: String,
    year: i32,
    value: Option<String>,
    expected: Option<String>,
    /// `met`, `on_track`, `at_risk`, `behind` or `no_data`.
    status: &'static str,
    /// Why the formula gave no result, if it failed.
    failure: Option<String>,
    inputs: Vec<IndicatorInputBody>,
    simulated: bool,
    /// Whether an input is provisional: from too few data, or a third party's.
    provisional: bool,
}

impl From<&IndicatorState> for StateBody {
    fn from(state: &IndicatorState) -> Self {
        Self {
            indicator: state.indicator.clone(),
            region: state.region.clone(),
            year: state.year,
            value: state.value.map(|value| value.to_string()),
            expected: state.expected.map(|value| value.to_string()),
            status: state.status.as_str(),
            failure: state.failure.clone(),
            inputs: state.inputs.iter().map(IndicatorInputBody::from).collect(),
            simulated: state.is_simulated,
            provisional: state.is_provisional,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatesBody {
    pub(crate) year: i32,
    pub(crate) indicators: Vec<StateBody>,
}

/// An indicator in one region and year without its inputs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MarkBody {
    indicator: String,
    region: String,
    year: i32,
    value: Option<String>,
    /// `met`, `on_track`, `at_risk`, `behind` or `no_data`.
    status: &'static str,
    simulated: bool,
    provisional: bool,
}

impl From<&IndicatorState> for MarkBody {
    fn from(state: &IndicatorState) -> Self {
        Self {
            indicator: state.indicator.clone(),
            region: state.region.clone(),
            year: state.year,
            value: state.value.map(|value| value.to_string()),
            status: state.status.as_str(),
            simulated: state.is_simulated,
            provisional: state.is_provisional,
        }
    }
}

/// An estimate by least squares, with its 80 % prediction interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectionBody {
    year: i32,
    value: f64,
    lower: f64,
    upper: f64,
    observations: usize,
}

impl From<Projection> for ProjectionBody {
    fn from(projection: Projection) -> Self {
        Self {
            year: projection.year,
            value: projection.value,
            lower: projection.lower,
            upper: projection.upper,
            observations: projection.observations,
        }
    }
}

/// What the plan expects of a year.
#[derive(Debug, Serialize, ToSchema)]
struct PathYearBody {
    year: i32,
    #[schema(format = "decimal")]
    expected: String,
}

/// A region among those that are judged by the same target.
#[derive(Debug, Serialize, ToSchema)]
struct RankBody {
    #[serde(flatten)]
    state: MarkBody,
    /// The best first; equal values share one, and without a value there is none.
    rank: Option<u32>,
}

impl From<&RegionRank> for RankBody {
    fn from(ranked: &RegionRank) -> Self {
        Self {
            state: MarkBody::from(&ranked.state),
            rank: ranked.rank,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseBody {
    region: String,
    years: Vec<StateBody>,
    /// The base year and each year of the period; nothing where a reduction has no base.
    path: Vec<PathYearBody>,
    /// Where several regions are judged: each in each year.
    ranking: Vec<RankBody>,
    projection: Option<ProjectionBody>,
}

impl From<IndicatorCourse> for CourseBody {
    fn from(course: IndicatorCourse) -> Self {
        Self {
            region: course.region,
            years: course.years.iter().map(StateBody::from).collect(),
            path: course
                .path
                .iter()
                .map(|(year, expected)| PathYearBody {
                    year: *year,
                    expected: expected.to_string(),
                })
                .collect(),
            ranking: course.ranking.iter().map(RankBody::from).collect(),
            projection: course.projection.map(ProjectionBody::from),
        }
    }
}

/// Which measure, of which region and year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasureKeyBody {
    measure: String,
    region: String,
    year: i32,
}

impl From<&MeasureKey> for MeasureKeyBody {
    fn from(key: &MeasureKey) -> Self {
        Self {
            measure: key.measure.clone(),
            region: key.region.clone(),
            year: key.year,
        }
    }
}
