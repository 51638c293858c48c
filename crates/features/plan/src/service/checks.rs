//! What a value must be before it is kept, and before it counts.

use access::{Actor, Permission, RegionCode};
use database::Database;

use crate::model::{NewValue, ProjectName, ReportedValue, ValueState};
use crate::{PlanBook, PlanError, accounts, rules, store};

/// The longest evidence and the longest note, in characters.
const LONGEST_TEXT: usize = 2000;

pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> PlanError {
    PlanError::Invalid {
        field,
        reason: reason.into(),
    }
}

pub(crate) fn checked_text(field: &'static str, text: &str) -> Result<String, PlanError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(invalid(
            field,
            format!("has more than {LONGEST_TEXT} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// What a checked value is kept with.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The project it is of.
    pub(crate) project: Option<ProjectName>,
    /// Mantissa and scale.
    pub(crate) number: (i64, u32),
}

/// Checks a value that is to be kept, and trims its evidence.
pub(crate) async fn check_new(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
    new: &mut NewValue,
) -> Result<Checked, PlanError> {
    actor.check_at(Permission::ReportPlanValues, &new.region, None)?;
    let measure = book
        .find_measure(&new.measure)
        .ok_or_else(|| invalid("measure", "the plan has no such measure"))?;
    let is_known = book
        .plan()
        .regions
        .iter()
        .any(|region| region.code.get_ref() == new.region.as_str());
    if !is_known {
        return Err(invalid("region", "the plan knows no such region"));
    }
    let (base_year, _, last_year) = book.years();
    if !(base_year..=last_year).contains(&new.year) {
        return Err(invalid(
            "year",
            format!("must lie between {base_year} and {last_year}"),
        ));
    }
    let project = check_account_entry(database, actor, book, new).await?;
    rules::check_plausible(&measure.unit, new.value).map_err(|reason| invalid("value", reason))?;
    let (mantissa, scale) = new.value.mantissa_and_scale();
    let mantissa = i64::try_from(mantissa)
        .map_err(|_large| invalid("value", "has more digits than can be kept (18)"))?;
    new.evidence = checked_text("evidence", &new.evidence)?;
    Ok(Checked {
        project,
        number: (mantissa, scale),
    })
}

/// What the audit trail keeps of a value.
pub(crate) fn state_of(
    new: &NewValue,
    project: Option<&ProjectName>,
    state: ValueState,
) -> serde_json::Value {
    serde_json::json!({
        "measure": new.measure,
        "region": new.region.as_str(),
        "year": new.year,
        "project": project.map(|project| &project.code),
        "value": new.value.to_string(),
        "evidence": new.evidence,
        "simulated": new.is_simulated,
        "state": state.as_str(),
    })
}

/// What a value of a reduction account must be: of a year of the period, and of a project where it is
/// what projects take away. The project, if it is of one.
async fn check_account_entry(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
    new: &NewValue,
) -> Result<Option<ProjectName>, PlanError> {
    let account = book.account_of(&new.measure);
    let (base_year, _, _) = book.years();
    if account.is_some_and(|one| one.emission != new.measure) && new.year == base_year {
        return Err(invalid("year", "an account begins after the base year"));
    }
    let is_of_project = account.is_some_and(|one| one.reduction == new.measure);
    let id = match (is_of_project, new.project_id) {
        (false, None) => return Ok(None),
        (false, Some(_)) => {
            return Err(invalid(
                "project_id",
                "the measure is not of single projects",
            ));
        }
        (true, None) => return Err(invalid("project_id", "name the project that takes it away")),
        (true, Some(id)) => id,
    };
    let project = store::find_project(database, id).await?;
    let project = project
        .filter(|one| {
            let region = one.region_code.parse::<RegionCode>();
            region.is_ok_and(|region| actor.scope.covers(&region, one.site_id))
        })
        .ok_or_else(|| invalid("project_id", "there is no such project"))?;
    let is_there = project
        .region_code
        .parse::<RegionCode>()
        .is_ok_and(|region| region.contains(&new.region));
    if !is_there {
        return Err(invalid("region", "the project is not there"));
    }
    if project.state == "removed" {
        return Err(invalid(
            "project_id",
            "the project was taken out of the pool",
        ));
    }
    if project.is_simulated && !new.is_simulated {
        return Err(invalid("simulated", "the project is simulated"));
    }
    Ok(Some(ProjectName {
        code: project.code,
        name: project.name,
    }))
}

/// Whether an accepted value gives way to a new one: of the same measure, region and year; of a project
/// also what was taken back, and what is simulated to what is real.
pub(crate) fn gives_way(old: &NewValue, new: &NewValue) -> bool {
    let is_same = (&old.measure, old.project_id) == (&new.measure, new.project_id);
    let is_there = (&old.region, old.year) == (&new.region, new.year);
    let is_other_kind = old.is_simulated != new.is_simulated;
    is_same && (is_there || (old.project_id.is_some() && (old.value.is_zero() || is_other_kind)))
}

/// What is accepted leaves what is real in its place and its reduction account without contradiction.
pub(crate) async fn check_acceptable(
    database: &Database,
    book: &PlanBook,
    accepted: &[ReportedValue],
    new: &NewValue,
) -> Result<(), PlanError> {
    let is_real = |one: &ReportedValue| gives_way(&one.new, new) && !one.new.is_simulated;
    if new.is_simulated && accepted.iter().any(is_real) {
        return Err(PlanError::RealStands);
    }
    if let Some(id) = new.project_id {
        let project = store::find_project(database, id).await?;
        let project = project.ok_or_else(|| invalid("project_id", "there is no such project"))?;
        if !["built", "accepted"].contains(&project.state.as_str()) {
            return Err(PlanError::NotBuilt { code: project.code });
        }
    }
    let Some(account) = book.account_of(&new.measure) else {
        return Ok(());
    };
    let kept = accepted.iter().map(|one| &one.new);
    let entries: Vec<&NewValue> = kept
        .filter(|one| !gives_way(one, new) && one.is_simulated == new.is_simulated)
        .chain([new])
        .collect();
    accounts::reckon(book, account, &entries).result?;
    Ok(())
}
