//! From accepted values to the state of indicators: pure functions.

use std::collections::BTreeMap;

use city_plan::Indicator;
use city_plan::progress::{ExpectedPath, Margin, Status, StatusInput, judge};
use exact_decimal::{Decimal, Rounding};
use formula::{MeasureValue, Measures, Outcome};
use uuid::Uuid;

use crate::PlanBook;
use crate::model::{IndicatorState, InputState, ReportedValue, ValueState};

/// Places of a value whose indicator names none.
const PLACES: u32 = 4;

/// The states of all indicators in one year: of each the plan's region, or each of the regions
/// that are judged on their own. Only accepted values count.
pub fn assess(book: &PlanBook, values: &[ReportedValue], year: i32) -> Vec<IndicatorState> {
    let mut states = Vec::new();
    for indicator in &book.plan().indicators {
        if indicator.regions.is_empty() {
            states.push(assess_one(book, indicator, values, book.region(), year));
        }
        for region in &indicator.regions {
            states.push(assess_one(book, indicator, values, region, year));
        }
    }
    states
}

/// The state of one indicator in one region and year.
pub(crate) fn assess_one(
    book: &PlanBook,
    indicator: &Indicator,
    values: &[ReportedValue],
    region: &str,
    year: i32,
) -> IndicatorState {
    let id = indicator.id.get_ref();
    let accepted: BTreeMap<&str, &ReportedValue> = values
        .iter()
        .filter(|one| {
            one.state == ValueState::Accepted
                && one.new.year == year
                && one.new.region.as_str() == region
        })
        .map(|one| (one.new.measure.as_str(), one))
        .collect();
    let mut measures = Measures::new();
    for (measure, report) in &accepted {
        let edition = report.new.id.to_string();
        measures.insert(*measure, MeasureValue::present(report.new.value, edition));
    }
    let mut state = IndicatorState {
        indicator: id.clone(),
        region: region.to_owned(),
        year,
        value: None,
        expected: None,
        status: Status::NoData,
        failure: None,
        inputs: Vec::new(),
        is_simulated: false,
    };
    if let Some(formula) = book.formula(id) {
        let inputs = match formula.evaluate(&measures) {
            Ok(evaluation) => {
                if let Outcome::Number(exact) = evaluation.outcome {
                    let places = indicator.places.unwrap_or(PLACES);
                    match exact.rounded(Rounding::HalfEven { places }) {
                        Ok(value) => state.value = Some(value),
                        Err(error) => state.failure = Some(error.to_string()),
                    }
                }
                evaluation.inputs
            }
            Err(error) => {
                state.failure = Some(error.problem);
                error.inputs
            }
        };
        state.inputs = inputs
            .into_iter()
            .map(|input| InputState {
                report: input
                    .edition
                    .and_then(|edition| edition.parse::<Uuid>().ok()),
                measure: input.name,
                value: input.value,
            })
            .collect();
        state.is_simulated = state.inputs.iter().any(|input| {
            accepted
                .get(input.measure.as_str())
                .is_some_and(|report| report.new.is_simulated)
        });
    }
    if let Err(error) = hold_against_path(book, indicator, &mut state) {
        state.failure.get_or_insert(error);
    }
    state
}

fn hold_against_path(
    book: &PlanBook,
    indicator: &Indicator,
    state: &mut IndicatorState,
) -> Result<(), String> {
    let (base_year, _, last_year) = book.years();
    let own = with_own_target(indicator, &state.region);
    let path = match ExpectedPath::of(&own, base_year, last_year) {
        Ok(path) => path,
        // a reduction without a base has nothing to be held against
        Err(city_plan::progress::PathError::NoBase) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    state.expected = path
        .expected(state.year)
        .map_err(|error| error.to_string())?;
    state.status = judge(&StatusInput {
        path: &path,
        meaning: own.meaning,
        year: state.year,
        value: state.value,
        margin: Margin::default(),
    })
    .map_err(|error| error.to_string())?;
    Ok(())
}

/// The indicator with the base and target that the plan gives this region.
fn with_own_target(indicator: &Indicator, region: &str) -> Indicator {
    let mut own = indicator.clone();
    if let Some(target) = indicator.by_region.iter().find(|one| one.region == region) {
        own.target = target.target;
        own.base = target.base.or(own.base);
        own.path.clear();
    }
    own
}

/// Whether a measure can have that value at all.
pub(crate) fn check_plausible(unit: &str, value: Decimal) -> Result<(), String> {
    if value.is_negative() {
        return Err("a measure is never below zero".to_owned());
    }
    if unit == "类" && !(Decimal::ONE..=Decimal::from(6)).contains(&value) {
        return Err("a class lies between 1 and 6".to_owned());
    }
    Ok(())
}
