//! The content of an assessment, taken from the plan as it stands now.

use access::Actor;
use beijing_time::Timestamp;
use city_plan::assessment::{
    EntryInput, GroupScore, ScoreSheet, TotalScore, WorkInput, compute_scores,
};
use city_plan::progress::{ExpectedPath, PathError};
use city_plan::{AssessmentKind, AssessmentRule, Force, Indicator, Meaning};
use database::Database;
use exact_decimal::Decimal;
use plan::{
    AccountedFigure, ComputedFigure, IndicatorState, InputState, PlanBook, list_indicator_states,
};

use crate::AssessmentError;
use crate::content::{
    ClausePart, Content, FORMAT, FigurePart, GradePart, GroupPart, InputPart, PlanPart, ReportPart,
    RulePart, TotalPart, WeighedPart, WorkPart, YearPart,
};
use crate::model::NewAssessment;
use crate::works::list_works;

/// The rule of the plan, if the kind may be made of the year.
pub(crate) fn rule_for<'a>(
    book: &'a PlanBook,
    new: &NewAssessment,
) -> Result<&'a AssessmentRule, AssessmentError> {
    let rule = book.plan().assessment.as_ref();
    let rule = &rule.ok_or(AssessmentError::NoRule)?.item;
    let (_, first_year, last_year) = book.years();
    let invalid = |reason: String| AssessmentError::Invalid {
        field: "year",
        reason,
    };
    if !(first_year..=last_year).contains(&new.year) {
        return Err(invalid(format!(
            "must lie between {first_year} and {last_year}"
        )));
    }
    let only = match new.kind {
        AssessmentKind::Yearly => return Ok(rule),
        AssessmentKind::Final => Some(last_year),
        AssessmentKind::MidTerm => rule.mid_term_year,
    };
    match only {
        Some(year) if year == new.year => Ok(rule),
        Some(year) => Err(invalid(format!(
            "an assessment of this kind is of the year {year}"
        ))),
        None => Err(invalid("the rule has no mid-term year".to_owned())),
    }
}

/// Takes the content: states, lineage, scores.
///
/// # Errors
/// [`AssessmentError`].
pub async fn take_content(
    database: &Database,
    book: &PlanBook,
    actor: &Actor,
    new: &NewAssessment,
    now: Timestamp,
) -> Result<Content, AssessmentError> {
    let rule = rule_for(book, new)?;
    let (_, first_year, _) = book.years();
    let mut years = Vec::new();
    for year in first_year..=new.year {
        years.push(list_indicator_states(database, actor, book, year).await?);
    }
    let states = years.pop().unwrap_or_default();
    let inputs = states
        .iter()
        .filter_map(|state| Some((state, book.find_indicator(&state.indicator)?)))
        .map(|(state, indicator)| EntryInput {
            indicator: &indicator.item,
            region: state.region.clone(),
            base: base_of(indicator, &state.region),
            value: state.value,
            expected: state.expected,
            status: state.status,
        })
        .collect::<Vec<_>>();
    let works = list_works(database, book, rule, new.year).await?;
    let (counted, mut works): (Vec<WorkInput>, Vec<WorkPart>) = works.into_iter().unzip();
    let sheet = compute_scores(rule, book.region(), &inputs, &counted)?;
    for (work, scored) in works.iter_mut().zip(&sheet.works) {
        work.score = scored.score;
    }
    let mut figures = Vec::new();
    let scored = states.iter().zip(&inputs).zip(&sheet.entries);
    for ((state, input), entry) in scored {
        figures.push(FigurePart {
            weight: entry.weight,
            score: entry.score,
            grounds: entry.grounds.as_str().to_owned(),
            degree_percent: entry.degree_percent,
            inputs: (state.inputs.iter())
                .map(|input| input_part(book, input))
                .collect(),
            years: (years.iter().flatten().chain([state]))
                .filter(|one| one.indicator == state.indicator && one.region == state.region)
                .map(|one| YearPart {
                    year: one.year,
                    value: one.value,
                    expected: one.expected,
                })
                .collect(),
            ..figure_part(book, input.indicator, state)?
        });
    }
    let group = |score: &GroupScore, (name, name_en): (String, Option<String>)| GroupPart {
        id: score.id.clone(),
        name,
        name_en,
        total: total_part(&score.total),
    };
    let indicator_name = |id: &str| {
        book.find_indicator(id).map_or_else(
            || (id.to_owned(), None),
            |one| (one.name.clone(), one.name_en.clone()),
        )
    };
    Ok(Content {
        format: FORMAT.to_owned(),
        id: new.id.to_string(),
        kind: new.kind.as_str().to_owned(),
        year: new.year,
        plan: plan_part(book),
        rule: rule_part(rule),
        taken_at: now.to_string(),
        taken_by: actor.name.clone(),
        figures,
        indicators: (sheet.indicators.iter())
            .map(|one| group(one, indicator_name(&one.id)))
            .collect(),
        counties: (sheet.counties.iter())
            .map(|one| group(one, region_names(book, &one.id)))
            .collect(),
        units: (sheet.units.iter())
            .map(|one| group(one, unit_names(book, &one.id)))
            .collect(),
        parts: weighed_parts(&sheet),
        works,
        total: total_part(&sheet.total),
    })
}

fn weighed_parts(sheet: &ScoreSheet) -> Vec<WeighedPart> {
    (sheet.parts.iter())
        .map(|one| WeighedPart {
            part: one.part.to_owned(),
            weight: one.weight,
            total: total_part(&one.total),
        })
        .collect()
}

/// The names of a unit; one that the plan does not know is named by the bureau and says its own.
pub(crate) fn unit_names(book: &PlanBook, id: &str) -> (String, Option<String>) {
    let units = &book.plan().units;
    let unit = units.iter().find(|unit| unit.id.get_ref() == id);
    unit.map_or_else(
        || (id.to_owned(), None),
        |unit| (unit.name.clone(), unit.name_en.clone()),
    )
}

/// The base of an indicator in a region.
fn base_of(indicator: &Indicator, region: &str) -> Option<Decimal> {
    let own = indicator.by_region.iter().find(|one| one.region == region);
    own.and_then(|one| one.base).or(indicator.base)
}

/// The level that meets the target in a region.
fn target_level(
    book: &PlanBook,
    indicator: &Indicator,
    region: &str,
) -> Result<Option<Decimal>, AssessmentError> {
    let mut own = indicator.clone();
    own.base = base_of(indicator, region);
    if let Some(target) = indicator.by_region.iter().find(|one| one.region == region) {
        own.target = target.target;
        own.path.clear();
    }
    let (base_year, _, last_year) = book.years();
    match ExpectedPath::of(&own, base_year, last_year) {
        Ok(path) => Ok(Some(path.target)),
        Err(PathError::NoBase) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn region_names(book: &PlanBook, code: &str) -> (String, Option<String>) {
    let regions = &book.plan().regions;
    regions
        .iter()
        .find(|region| region.code.get_ref() == code)
        .map_or_else(
            || (code.to_owned(), None),
            |region| (region.name_zh.clone(), Some(region.name_en.clone())),
        )
}

fn plan_part(book: &PlanBook) -> PlanPart {
    let (base_year, first_year, last_year) = book.years();
    let header = book.plan().header.as_ref();
    PlanPart {
        id: header.map_or_else(String::new, |header| header.id.get_ref().clone()),
        title: header.map_or_else(String::new, |header| header.title.clone()),
        title_en: header.and_then(|header| header.title_en.clone()),
        region: book.region().to_owned(),
        region_name: region_names(book, book.region()).0,
        base_year,
        first_year,
        last_year,
    }
}

/// The rule as a content has it.
pub fn rule_part(rule: &AssessmentRule) -> RulePart {
    RulePart {
        id: rule.id.get_ref().clone(),
        title: rule.title.clone(),
        issued_by: rule.issued_by.clone(),
        clauses: rule
            .clauses()
            .into_iter()
            .map(|clause| ClausePart {
                zh: clause.zh,
                en: clause.en,
            })
            .collect(),
        full_score: rule.full_score,
        places: rule.places,
        grades: rule
            .grade
            .iter()
            .map(|grade| GradePart {
                id: grade.id.clone(),
                name: grade.name.clone(),
                name_en: grade.name_en.clone(),
                from: grade.from,
            })
            .collect(),
    }
}

fn figure_part(
    book: &PlanBook,
    indicator: &Indicator,
    state: &IndicatorState,
) -> Result<FigurePart, AssessmentError> {
    let meaning = match indicator.meaning {
        Meaning::AtLeast => "at_least",
        Meaning::AtMost => "at_most",
        Meaning::ReduceBy => "reduce_by",
        Meaning::Keep => "keep",
        Meaning::ClassOrBetter => "class_or_better",
    };
    let force = match indicator.force {
        Force::Binding => "binding",
        Force::Guiding => "guiding",
    };
    Ok(FigurePart {
        indicator: indicator.id.get_ref().clone(),
        name: indicator.name.clone(),
        name_en: indicator.name_en.clone(),
        category: indicator.category.clone(),
        force: force.to_owned(),
        unit: indicator.unit.clone(),
        meaning: meaning.to_owned(),
        written: indicator.written.clone(),
        region: state.region.clone(),
        region_name: region_names(book, &state.region).0,
        base: base_of(indicator, &state.region),
        target: target_level(book, indicator, &state.region)?,
        expected: state.expected,
        value: state.value,
        status: state.status.as_str().to_owned(),
        failure: state.failure.clone(),
        formula: indicator.formula.as_ref().map(|one| one.get_ref().clone()),
        simulated: state.is_simulated,
        weight: Decimal::ZERO,
        score: None,
        grounds: String::new(),
        degree_percent: None,
        inputs: Vec::new(),
        years: Vec::new(),
    })
}

fn input_part(book: &PlanBook, input: &InputState) -> InputPart {
    let measure = book.find_measure(&input.measure);
    InputPart {
        measure: input.measure.clone(),
        name: measure.map_or_else(|| input.measure.clone(), |one| one.name.clone()),
        unit: measure.map_or_else(String::new, |one| one.unit.clone()),
        from: measure.map_or_else(String::new, |one| one.from.clone()),
        value: input.value,
        source: input.source.as_str().to_owned(),
        computed: input.computed.clone().map(ComputedFigure::from),
        accounted: input.accounted.clone().map(AccountedFigure::from),
        report: input.report.as_ref().map(|value| ReportPart {
            id: value.new.id.to_string(),
            evidence: value.new.evidence.clone(),
            simulated: value.new.is_simulated,
            reported_by: value.reported_by.clone(),
            reported_at: value.reported_at.to_string(),
            checked_by: value.checked_by.clone(),
            accepted_by: value.decided_by.clone(),
            accepted_at: value.decided_at.map(|at| at.to_string()),
        }),
    }
}

fn total_part(total: &TotalScore) -> TotalPart {
    TotalPart {
        score: total.score,
        coverage: total.coverage,
        grade: total.grade.clone(),
        lowered: total.is_grade_lowered,
        count: u32::try_from(total.count).unwrap_or(u32::MAX),
        scored: u32::try_from(total.scored).unwrap_or(u32::MAX),
    }
}
