//! Use cases: report, check, accept or return values; indicators computed from what was accepted.

mod checks;

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use city_plan::progress::{Observation, project};
use database::{Database, audit};
use uuid::Uuid;

use crate::model::{
    IndicatorCourse, IndicatorState, NewValue, ReportedValue, ValueFilter, ValueState,
};
use crate::rules::Figures;
use crate::{PlanBook, PlanError, rules, store};
use checks::checked_text;
pub(crate) use checks::{Checked, check_acceptable, check_new, gives_way, invalid, state_of};

/// Reports a value. Reporting the same again changes nothing; a correction is a new report with
/// an id of its own.
///
/// # Errors
/// [`PlanError::Invalid`], [`PlanError::IdTaken`], [`PlanError::Refused`].
pub async fn report_value(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    mut new: NewValue,
) -> Result<ReportedValue, PlanError> {
    let checked = check_new(database, actor, book, &mut new).await?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let is_new = store::insert(&mut transaction, &new, checked.number, &actor.name, now).await?;
    if !is_new {
        drop(transaction);
        return store::find(database, new.id)
            .await?
            .filter(|kept| kept.new == new)
            .ok_or(PlanError::IdTaken { id: new.id });
    }
    let project = checked.project;
    let after = state_of(&new, project.as_ref(), ValueState::Reported);
    let entry = AuditEntry::new(actor, "plan.report", subject(new.id)).after(after.to_string());
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(ReportedValue {
        new,
        project,
        state: ValueState::Reported,
        reported_by: actor.name.clone(),
        reported_at: now,
        checked_by: None,
        checked_at: None,
        decided_by: None,
        decided_at: None,
        note: None,
        revision: 1,
    })
}

pub(crate) fn subject(id: Uuid) -> String {
    format!("plan_value:{id}")
}

/// A value that the actor may act on by `permission`.
async fn load_for(
    database: &Database,
    actor: &Actor,
    permission: Permission,
    id: Uuid,
) -> Result<ReportedValue, PlanError> {
    actor.check(permission)?;
    let value = store::find(database, id)
        .await?
        .filter(|value| actor.scope.covers(&value.new.region, None));
    value.ok_or_else(|| PlanError::NotFound {
        what: "reported value",
        key: id.to_string(),
    })
}

/// Checks a reported value: a second person has looked at the evidence.
///
/// # Errors
/// [`PlanError::SamePerson`], [`PlanError::WrongState`], [`PlanError::NotFound`],
/// [`PlanError::Stale`], [`PlanError::Refused`].
pub async fn check_value(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
) -> Result<ReportedValue, PlanError> {
    let value = load_for(database, actor, Permission::CheckPlanValues, id).await?;
    demand_second_person(actor, &value)?;
    if value.state != ValueState::Reported {
        return Err(wrong_state(&value, "only a reported value can be checked"));
    }
    let now = clock.now();
    let next = ReportedValue {
        state: ValueState::Checked,
        checked_by: Some(actor.name.clone()),
        checked_at: Some(now),
        ..value.clone()
    };
    change(database, clock, actor, "plan.check", &value, next).await
}

/// Accepts a checked value: indicators are computed with it. The value accepted before for the
/// same measure, region and year is kept as superseded.
///
/// # Errors
/// As [`check_value`]; [`PlanError::Account`] when its reduction account would contradict itself,
/// [`PlanError::NotBuilt`] for a project that is not, [`PlanError::RealStands`].
pub async fn accept_value(
    database: &Database,
    clock: &dyn Clock,
    book: &PlanBook,
    actor: &Actor,
    id: Uuid,
) -> Result<ReportedValue, PlanError> {
    let value = load_for(database, actor, Permission::AcceptPlanValues, id).await?;
    demand_second_person(actor, &value)?;
    if value.state != ValueState::Checked {
        return Err(wrong_state(&value, "only a checked value can be accepted"));
    }
    let (base_year, _, last_year) = book.years();
    let accepted = store::list_accepted(database, base_year, last_year).await?;
    check_acceptable(database, book, &accepted, &value.new).await?;
    let next = ReportedValue {
        state: ValueState::Accepted,
        decided_by: Some(actor.name.clone()),
        decided_at: Some(clock.now()),
        ..value.clone()
    };
    change(database, clock, actor, "plan.accept", &value, next).await
}

/// Returns a value that was not accepted yet to who reported it, with the reason.
///
/// # Errors
/// As [`check_value`], and [`PlanError::Invalid`] without a reason.
pub async fn return_value(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    note: &str,
) -> Result<ReportedValue, PlanError> {
    let value = load_for(database, actor, Permission::CheckPlanValues, id).await?;
    if !matches!(value.state, ValueState::Reported | ValueState::Checked) {
        return Err(wrong_state(
            &value,
            "only what was not accepted yet can be returned",
        ));
    }
    let next = ReportedValue {
        state: ValueState::Returned,
        decided_by: Some(actor.name.clone()),
        decided_at: Some(clock.now()),
        note: Some(checked_text("note", note)?),
        ..value.clone()
    };
    change(database, clock, actor, "plan.return", &value, next).await
}

fn demand_second_person(actor: &Actor, value: &ReportedValue) -> Result<(), PlanError> {
    if actor.name == value.reported_by {
        return Err(PlanError::SamePerson);
    }
    Ok(())
}

fn wrong_state(value: &ReportedValue, wanted: &'static str) -> PlanError {
    PlanError::WrongState {
        state: value.state.as_str(),
        wanted,
    }
}

async fn change(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    action: &'static str,
    before: &ReportedValue,
    after: ReportedValue,
) -> Result<ReportedValue, PlanError> {
    let mut transaction = database.begin().await?;
    let replaced = if after.state == ValueState::Accepted {
        store::supersede(&mut transaction, &after.new).await?
    } else {
        None
    };
    match store::save(&mut transaction, &after).await {
        Ok(true) => {}
        Ok(false) => return Err(PlanError::Stale),
        // two were accepted at once
        Err(PlanError::Database(error)) if error.is_unique_violation() => {
            return Err(PlanError::Stale);
        }
        Err(error) => return Err(error),
    }
    let state_after = serde_json::json!({
        "state": after.state.as_str(),
        "note": after.note,
        "supersedes": replaced.map(|id| id.to_string()),
    });
    let entry = AuditEntry::new(actor, action, subject(after.new.id))
        .before(serde_json::json!({ "state": before.state.as_str() }).to_string())
        .after(state_after.to_string());
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(ReportedValue {
        revision: after.revision + 1,
        ..after
    })
}

/// Lists reported values in the actor's part of the city, newest first.
///
/// # Errors
/// [`PlanError::Refused`].
pub async fn list_values(
    database: &Database,
    actor: &Actor,
    filter: &ValueFilter,
) -> Result<Vec<ReportedValue>, PlanError> {
    actor.check(Permission::ReadPlan)?;
    if actor.scope.site_ids().is_some() {
        return Ok(Vec::new());
    }
    store::list(database, &actor.scope, filter).await
}

/// What indicators of some years are computed from. Reduction accounts begin with the base year.
pub(crate) async fn load_figures(
    database: &Database,
    book: &PlanBook,
    first_year: i32,
    last_year: i32,
) -> Result<Figures, PlanError> {
    let (base_year, _, _) = book.years();
    let reports = store::list_accepted(database, base_year.min(first_year), last_year).await?;
    let computed = store::measures::list(database, first_year, last_year).await?;
    Ok(Figures::new(book, reports, computed))
}

/// The state of every indicator in a year. The plan is public: whoever may read it sees all
/// regions.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::Invalid`] for a year outside the plan.
pub async fn list_indicator_states(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
    year: i32,
) -> Result<Vec<IndicatorState>, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let (base_year, _, last_year) = book.years();
    if !(base_year..=last_year).contains(&year) {
        return Err(invalid(
            "year",
            format!("must lie between {base_year} and {last_year}"),
        ));
    }
    let figures = load_figures(database, book, year, year).await?;
    Ok(rules::assess(book, &figures, year))
}

/// One indicator over all years of the plan, with its projection to the last; in the first of its
/// regions when none is named.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::NotFound`], [`PlanError::Invalid`] for a region in which the
/// indicator is not judged.
pub async fn load_indicator_course(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
    id: &str,
    region: Option<&str>,
) -> Result<IndicatorCourse, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let indicator = book.find_indicator(id).ok_or_else(|| PlanError::NotFound {
        what: "indicator",
        key: id.chars().take(60).collect(),
    })?;
    let (base_year, first_year, last_year) = book.years();
    let regions = book.regions_of(indicator);
    let region = match region {
        None => regions.first().copied().unwrap_or_default(),
        Some(region) if regions.contains(&region) => region,
        Some(_) => return Err(invalid("region", "the indicator is not judged there")),
    };
    let figures = load_figures(database, book, base_year, last_year).await?;
    let years: Vec<IndicatorState> = (first_year..=last_year)
        .map(|year| rules::assess_one(book, indicator, &figures, region, year))
        .collect();
    let base = indicator.base.map(|value| Observation {
        year: base_year,
        value,
    });
    let observations: Vec<Observation> = base
        .into_iter()
        .chain(
            years
                .iter()
                .filter(|state| !state.is_partial())
                .filter_map(|state| {
                    state.value.map(|value| Observation {
                        year: state.year,
                        value,
                    })
                }),
        )
        .collect();
    let projection = project(&observations, last_year);
    let mut ranking = Vec::new();
    for year in first_year..=last_year {
        ranking.extend(rules::rank_regions(book, indicator, &figures, year));
    }
    Ok(IndicatorCourse {
        region: region.to_owned(),
        path: rules::expected_path(book, indicator, region),
        years,
        ranking,
        projection,
    })
}
