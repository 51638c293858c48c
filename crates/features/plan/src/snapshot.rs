//! The whole of the plan's figures at one moment, with their lineage, as a value that can be kept:
//! what an assessment freezes.

use beijing_time::Clock;
use database::Database;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};
use verdicts::DataOrigin;

use crate::model::{AccountedMeasure, ComputedMeasure, IndicatorState, InputState, ReportedValue};
use crate::service::load_figures;
use crate::{PlanBook, PlanError, rules};

/// All figures of the plan up to a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFigures {
    /// The plan.
    pub plan: String,
    /// The year they go up to.
    pub year: i32,
    /// When they were taken, RFC 3339.
    pub taken_at: String,
    /// Each indicator in each of its regions and years, in the plan's order.
    pub indicators: Vec<IndicatorFigure>,
}

/// An indicator in one region and year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorFigure {
    /// The indicator.
    pub indicator: String,
    /// The region's code.
    pub region: String,
    /// The year.
    pub year: i32,
    /// Its value as an exact decimal.
    pub value: Option<String>,
    /// What the plan expects of the year.
    pub expected: Option<String>,
    /// `met`, `on_track`, `at_risk`, `behind` or `no_data`.
    pub status: String,
    /// Its formula.
    pub formula: Option<String>,
    /// Why the formula gave no result.
    pub failure: Option<String>,
    /// What it was computed from.
    pub inputs: Vec<InputFigure>,
    /// Whether any input is simulated.
    pub is_simulated: bool,
    /// Whether any input is provisional: too few data, or a third party's.
    pub is_provisional: bool,
}

/// A measure of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFigure {
    /// The measure.
    pub measure: String,
    /// The value that was taken.
    pub value: Option<String>,
    /// Which was taken: `computed`, `accounted`, `reported`, `provisional` or `missing`.
    pub source: String,
    /// The report that was accepted, taken or not.
    pub reported: Option<ReportedFigure>,
    /// What the platform computed, taken or not.
    pub computed: Option<ComputedFigure>,
    /// What its reduction account came to, taken or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounted: Option<AccountedFigure>,
}

/// A year of a reduction account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountedFigure {
    /// The account.
    pub account: String,
    /// The emission of the base year.
    pub base: String,
    /// The emission at the start of the year.
    pub opening: String,
    /// What growth added.
    pub increment: String,
    /// What projects took away, each once.
    pub reduction: String,
    /// The emission at its end: the value.
    pub closing: String,
    /// How many projects took something away.
    pub projects: u32,
    /// Whether it is made of simulated reports.
    pub is_simulated: bool,
}

/// A report that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFigure {
    /// Its id.
    pub id: String,
    /// The value.
    pub value: String,
    /// What it rests on.
    pub evidence: String,
    /// Who reported it, and when.
    pub reported_by: String,
    /// When.
    pub reported_at: String,
    /// Who checked it.
    pub checked_by: Option<String>,
    /// When.
    pub checked_at: Option<String>,
    /// Who accepted it.
    pub accepted_by: Option<String>,
    /// When.
    pub accepted_at: Option<String>,
    /// Whether it is made up for a demonstration.
    pub is_simulated: bool,
}

/// A measure that the platform computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputedFigure {
    /// The value.
    pub value: Option<String>,
    /// `platform`, `official`, `third_party` or `simulated`.
    pub origin: Option<String>,
    /// Days or sections it rests on.
    pub covered: u32,
    /// Days or sections there are.
    pub coverable: u32,
    /// Whether they are enough by the standard.
    pub is_sufficient: bool,
    /// Standards with their editions.
    pub editions: Vec<String>,
    /// The set of parameters that was in use.
    pub parameter_set: String,
    /// The points that took part with their days or months.
    pub points: Vec<(i64, u32)>,
    /// Tells its inputs apart, hexadecimal.
    pub inputs_digest: String,
    /// When it was computed.
    pub computed_at: String,
}

/// The figures of the plan up to a year as they stand now, each with its lineage. For other parts of
/// the platform: who may see them is the caller's to check.
///
/// # Errors
/// [`PlanError::Invalid`] for a year outside the plan, [`PlanError::Database`].
pub async fn state_of_plan(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    year: i32,
) -> Result<PlanFigures, PlanError> {
    let (_, first_year, last_year) = book.years();
    if !(first_year..=last_year).contains(&year) {
        return Err(PlanError::Invalid {
            field: "year",
            reason: format!("must lie between {first_year} and {last_year}"),
        });
    }
    let figures = load_figures(database, book, first_year, year).await?;
    let mut indicators = Vec::new();
    for indicator in &book.plan().indicators {
        let formula = indicator.formula.as_ref().map(|one| one.get_ref().clone());
        for region in book.regions_of(indicator) {
            for year in first_year..=year {
                let state = rules::assess_one(book, indicator, &figures, region, year);
                indicators.push(IndicatorFigure::new(state, formula.clone()));
            }
        }
    }
    let header = book.plan().header.as_ref();
    Ok(PlanFigures {
        plan: header.map_or_else(String::new, |header| header.id.get_ref().clone()),
        year,
        taken_at: clock.now().to_string(),
        indicators,
    })
}

fn text(value: Option<Decimal>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl IndicatorFigure {
    fn new(state: IndicatorState, formula: Option<String>) -> Self {
        Self {
            indicator: state.indicator,
            region: state.region,
            year: state.year,
            value: text(state.value),
            expected: text(state.expected),
            status: state.status.as_str().to_owned(),
            formula,
            failure: state.failure,
            inputs: state.inputs.into_iter().map(InputFigure::from).collect(),
            is_simulated: state.is_simulated,
            is_provisional: state.is_provisional,
        }
    }
}

impl From<InputState> for InputFigure {
    fn from(input: InputState) -> Self {
        Self {
            measure: input.measure,
            value: text(input.value),
            source: input.source.as_str().to_owned(),
            reported: input.report.map(ReportedFigure::from),
            computed: input.computed.map(ComputedFigure::from),
            accounted: input.accounted.map(AccountedFigure::from),
        }
    }
}

impl From<ReportedValue> for ReportedFigure {
    fn from(report: ReportedValue) -> Self {
        Self {
            id: report.new.id.to_string(),
            value: report.new.value.to_string(),
            evidence: report.new.evidence,
            reported_by: report.reported_by,
            reported_at: report.reported_at.to_string(),
            checked_by: report.checked_by,
            checked_at: report.checked_at.map(|at| at.to_string()),
            accepted_by: report.decided_by,
            accepted_at: report.decided_at.map(|at| at.to_string()),
            is_simulated: report.new.is_simulated,
        }
    }
}

impl From<AccountedMeasure> for AccountedFigure {
    fn from(accounted: AccountedMeasure) -> Self {
        let year = accounted.year;
        Self {
            account: accounted.account,
            base: accounted.base.to_string(),
            opening: year.opening.to_string(),
            increment: year.increment.to_string(),
            reduction: year.reduction.to_string(),
            closing: year.closing.to_string(),
            projects: u32::try_from(accounted.projects).unwrap_or(u32::MAX),
            is_simulated: accounted.is_simulated,
        }
    }
}

impl From<ComputedMeasure> for ComputedFigure {
    fn from(computed: ComputedMeasure) -> Self {
        Self {
            value: text(computed.value),
            origin: computed
                .origin
                .map(|origin| DataOrigin::as_str(origin).to_owned()),
            covered: computed.covered,
            coverable: computed.coverable,
            is_sufficient: computed.is_sufficient,
            editions: computed.basis.editions,
            parameter_set: computed.basis.parameter_set,
            points: computed
                .points
                .iter()
                .map(|part| (part.point_id, part.periods))
                .collect(),
            inputs_digest: format!("{:016x}", computed.inputs_digest),
            computed_at: computed.computed_at.to_string(),
        }
    }
}
