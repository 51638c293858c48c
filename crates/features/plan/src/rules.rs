//! From accepted values and computed measures to the state of indicators: pure functions.

use std::collections::BTreeMap;

use city_plan::progress::{Direction, ExpectedPath, Margin, Status, StatusInput, judge, rank};
use city_plan::{Indicator, Meaning};
use exact_decimal::{Decimal, Rounding};
use formula::{Formula, MeasureValue, Measures, Outcome};

use verdicts::DataOrigin;

use crate::model::{
    AccountedMeasure, ComputedMeasure, IndicatorState, InputSource, InputState, MeasureKey,
    RegionRank, ReportedValue, ValueState,
};
use crate::{PlanBook, accounts};

/// Places of a value whose indicator names none.
const PLACES: u32 = 4;

/// What indicators are computed from: accepted reports and computed measures.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    reports: BTreeMap<MeasureKey, ReportedValue>,
    computed: BTreeMap<MeasureKey, ComputedMeasure>,
    accounted: BTreeMap<MeasureKey, AccountedMeasure>,
}

impl Figures {
    /// Of reports only accepted ones count; those of projects are in the accounts alone.
    pub(crate) fn new(
        book: &PlanBook,
        reports: Vec<ReportedValue>,
        computed: Vec<ComputedMeasure>,
    ) -> Self {
        Self {
            accounted: accounts::list_measures(book, &reports),
            reports: reports
                .into_iter()
                .filter(|one| one.state == ValueState::Accepted && one.new.project_id.is_none())
                .map(|one| {
                    let key = MeasureKey {
                        measure: one.new.measure.clone(),
                        region: one.new.region.as_str().to_owned(),
                        year: one.new.year,
                    };
                    (key, one)
                })
                .collect(),
            computed: computed
                .into_iter()
                .map(|one| (one.key.clone(), one))
                .collect(),
        }
    }

    /// What a measure is worth, by the rule of [`InputSource`].
    fn input(&self, measure: &str, region: &str, year: i32) -> InputState {
        let key = MeasureKey {
            measure: measure.to_owned(),
            region: region.to_owned(),
            year,
        };
        let report = self.reports.get(&key).cloned();
        let computed = self.computed.get(&key).cloned();
        let accounted = self.accounted.get(&key).cloned();
        let (source, value) = choose(report.as_ref(), computed.as_ref(), accounted.as_ref());
        InputState {
            measure: key.measure,
            value,
            source,
            report,
            computed,
            accounted,
            is_left_out: false,
        }
    }
}

fn choose(
    report: Option<&ReportedValue>,
    computed: Option<&ComputedMeasure>,
    accounted: Option<&AccountedMeasure>,
) -> (InputSource, Option<Decimal>) {
    // in their order, each with whether it is simulated
    let candidates = [
        computed
            .filter(|one| one.is_decisive())
            .map(|one| (InputSource::Computed, one.value, false)),
        accounted.map(|one| {
            let value = Some(one.year.closing);
            (InputSource::Accounted, value, one.is_simulated)
        }),
        report.map(|one| {
            let value = Some(one.new.value);
            (InputSource::Reported, value, one.new.is_simulated)
        }),
        computed.filter(|one| one.value.is_some()).map(|one| {
            let is_simulated = one.origin == Some(DataOrigin::Simulated);
            (InputSource::Provisional, one.value, is_simulated)
        }),
    ];
    let known: Vec<_> = candidates.into_iter().flatten().collect();
    known
        .iter()
        .find(|(_, _, is_simulated)| !is_simulated)
        .or(known.first())
        .map_or((InputSource::Missing, None), |(source, value, _)| {
            (*source, *value)
        })
}

/// Real and simulated figures never make one value together: where some are real, those that are
/// simulated are left out.
fn leave_simulated_out(inputs: &mut BTreeMap<String, InputState>) {
    let is_real = |one: &InputState| one.value.is_some() && !one.is_simulated();
    if !inputs.values().any(is_real) {
        return;
    }
    for input in inputs.values_mut() {
        if input.is_simulated() {
            input.value = None;
            input.source = InputSource::Missing;
            input.is_left_out = true;
        }
    }
}

/// The states of all indicators in one year: of each the plan's region, or each of the regions
/// that are judged on their own.
pub(crate) fn assess(book: &PlanBook, figures: &Figures, year: i32) -> Vec<IndicatorState> {
    let mut states = Vec::new();
    for indicator in &book.plan().indicators {
        for region in book.regions_of(indicator) {
            states.push(assess_one(book, indicator, figures, region, year));
        }
    }
    states
}

/// The state of one indicator in one region and year.
pub(crate) fn assess_one(
    book: &PlanBook,
    indicator: &Indicator,
    figures: &Figures,
    region: &str,
    year: i32,
) -> IndicatorState {
    let id = indicator.id.get_ref();
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
        is_provisional: false,
    };
    if let Some(formula) = book.formula(id) {
        compute_value(formula, indicator, figures, &mut state);
    }
    if let Err(error) = hold_against_path(book, indicator, &mut state) {
        state.failure.get_or_insert(error);
    }
    state
}

fn compute_value(
    formula: &Formula,
    indicator: &Indicator,
    figures: &Figures,
    state: &mut IndicatorState,
) {
    let mut known: BTreeMap<String, InputState> = BTreeMap::new();
    for name in formula.names() {
        let input = figures.input(name, &state.region, state.year);
        known.insert(name.to_owned(), input);
    }
    leave_simulated_out(&mut known);
    let mut measures = Measures::new();
    for (name, input) in &known {
        if let Some(value) = input.value {
            measures.insert(name, MeasureValue::present(value, input.source.as_str()));
        }
    }
    let used = match formula.evaluate(&measures) {
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
    state.inputs = used
        .into_iter()
        .filter_map(|input| known.remove(&input.name))
        .collect();
    state.is_simulated = state.inputs.iter().any(InputState::is_simulated);
    state.is_provisional = state
        .inputs
        .iter()
        .any(|input| input.source == InputSource::Provisional);
}

/// The regions of an indicator in a year, the best first; nothing where only one is judged.
pub(crate) fn rank_regions(
    book: &PlanBook,
    indicator: &Indicator,
    figures: &Figures,
    year: i32,
) -> Vec<RegionRank> {
    let regions = book.regions_of(indicator);
    if regions.len() < 2 {
        return Vec::new();
    }
    let mut states: BTreeMap<String, IndicatorState> = regions
        .into_iter()
        .map(|region| {
            let state = assess_one(book, indicator, figures, region, year);
            (region.to_owned(), state)
        })
        .collect();
    let values = states
        .iter()
        .map(|(region, state)| (region.clone(), state.value))
        .collect();
    let direction = match indicator.meaning {
        Meaning::AtLeast | Meaning::Keep => Direction::HigherIsBetter,
        Meaning::AtMost | Meaning::ReduceBy | Meaning::ClassOrBetter => Direction::LowerIsBetter,
    };
    rank(values, direction)
        .into_iter()
        .filter_map(|ranked| {
            let state = states.remove(&ranked.region)?;
            let rank = ranked.rank;
            Some(RegionRank { state, rank })
        })
        .collect()
}

/// What the plan expects of the base year and of each year of the period; nothing where a reduction
/// has no base.
pub(crate) fn expected_path(
    book: &PlanBook,
    indicator: &Indicator,
    region: &str,
) -> Vec<(i32, Decimal)> {
    let (base_year, _, last_year) = book.years();
    let own = with_own_target(indicator, region);
    let Ok(path) = ExpectedPath::of(&own, base_year, last_year) else {
        return Vec::new();
    };
    (base_year..=last_year)
        .filter_map(|year| Some((year, path.expected(year).ok()??)))
        .collect()
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
        share: state.share(),
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
