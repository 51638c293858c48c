//! Reduction accounts at work: bases, increments and what projects take away, as they were reported
//! and accepted. Each project is counted once.

use std::collections::{BTreeMap, BTreeSet};

use access::{Actor, Permission, RegionCode};
use city_plan::Account;
use city_plan::progress::{
    Credit, Increment, ReductionAccount, ReductionBook, ReductionError, account,
};
use database::Database;

use crate::model::{AccountedMeasure, MeasureKey, NewValue, ReportedValue, ValueState};
use crate::{PlanBook, PlanError, store};

/// Whose bases an account begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountBase {
    /// The plan's own, of the whole region: no county has reported one.
    Plan,
    /// The whole region's, as it was reported: no county has reported one.
    Region,
    /// The counties', each its own.
    Counties,
}

impl AccountBase {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Region => "region",
            Self::Counties => "counties",
        }
    }
}

/// The account of one pollutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollutantAccount {
    /// The account.
    pub id: String,
    /// Each region with a base, and last all of them together; or what is wrong with the reports, in
    /// which case nothing is added up.
    pub result: Result<Vec<ReductionAccount>, ReductionError>,
    /// Whose bases it begins with.
    pub base: AccountBase,
    /// Counties whose base is missing while others have one: the sum is not the whole region's.
    pub without_base: Vec<String>,
    /// Whether it is made of simulated reports.
    pub is_simulated: bool,
    /// Accepted reports that are simulated and left out, since there are real ones.
    pub left_out: usize,
}

impl PollutantAccount {
    /// Whether its sum is the whole region's.
    pub fn is_whole(&self) -> bool {
        self.without_base.is_empty()
    }
}

/// The reduction accounts of the plan, from accepted reports. The plan is public: whoever may read it
/// sees the sums of all regions.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::Database`].
pub async fn list_accounts(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
) -> Result<Vec<PollutantAccount>, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let (base_year, _, last_year) = book.years();
    let values = store::list_accepted(database, base_year, last_year).await?;
    let accounts = book.plan().accounts.iter();
    Ok(accounts
        .map(|one| reckon_accepted(book, one, &values))
        .collect())
}

/// What an account is made of: the accepted reports that count in it, of the actor's part of the city,
/// by year, region and project.
///
/// # Errors
/// [`PlanError::Refused`]; [`PlanError::NotFound`] for an account that the plan does not have.
pub async fn list_account_entries(
    database: &Database,
    actor: &Actor,
    book: &PlanBook,
    id: &str,
) -> Result<Vec<ReportedValue>, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let accounts = &book.plan().accounts;
    let about = accounts.iter().find(|one| one.id.get_ref() == id);
    let about = about.ok_or_else(|| PlanError::NotFound {
        what: "reduction account",
        key: id.chars().take(60).collect(),
    })?;
    if actor.scope.site_ids().is_some() {
        return Ok(Vec::new());
    }
    let (base_year, _, last_year) = book.years();
    let mut values = store::list_accepted(database, base_year, last_year).await?;
    values.retain(|one| is_entry(book, about, &one.new));
    let has_real = values.iter().any(|one| !one.new.is_simulated);
    values.retain(|one| {
        one.new.is_simulated != has_real && actor.scope.covers(&one.new.region, None)
    });
    let code = |one: &ReportedValue| one.project.as_ref().map(|project| project.code.clone());
    values.sort_by_cached_key(|one| (one.new.year, one.new.region.clone(), code(one)));
    Ok(values)
}

/// Whether a value counts in an account.
fn is_entry(book: &PlanBook, about: &Account, new: &NewValue) -> bool {
    let (base_year, _, _) = book.years();
    (new.measure == about.emission && new.year == base_year)
        || new.measure == about.increment
        || new.measure == about.reduction
}

/// The account from accepted reports: of the real ones, or of the simulated ones where there is none.
/// Years are reckoned from the base, so that one real report makes all of it real.
fn reckon_accepted(book: &PlanBook, about: &Account, values: &[ReportedValue]) -> PollutantAccount {
    let entries = values
        .iter()
        .filter(|one| one.state == ValueState::Accepted && is_entry(book, about, &one.new))
        .map(|one| &one.new);
    let (simulated, real): (Vec<&NewValue>, Vec<&NewValue>) =
        entries.partition(|one| one.is_simulated);
    let is_simulated = real.is_empty() && !simulated.is_empty();
    let left_out = if real.is_empty() { 0 } else { simulated.len() };
    PollutantAccount {
        is_simulated,
        left_out,
        ..reckon(
            book,
            about,
            if real.is_empty() { &simulated } else { &real },
        )
    }
}

/// The counties of the plan's region.
fn counties(book: &PlanBook) -> BTreeSet<String> {
    let Ok(whole) = book.region().parse::<RegionCode>() else {
        return BTreeSet::new();
    };
    let regions = book.plan().regions.iter();
    regions
        .filter_map(|region| region.code.get_ref().parse::<RegionCode>().ok())
        .filter(|code| *code != whole && whole.contains(code))
        .filter(|code| code.as_str().len() == whole.as_str().len())
        .map(|code| code.as_str().to_owned())
        .collect()
}

/// The account of values that are all real or all simulated; those of other measures do not matter.
pub(crate) fn reckon(book: &PlanBook, about: &Account, entries: &[&NewValue]) -> PollutantAccount {
    let (_, first_year, last_year) = book.years();
    let mut reductions = ReductionBook::default();
    let mut whole = None;
    for new in entries.iter().filter(|new| is_entry(book, about, new)) {
        let (region, year, tonnes) = (new.region.as_str().to_owned(), new.year, new.value);
        if new.measure == about.emission {
            if region == book.region() {
                whole = Some(tonnes);
            } else {
                reductions.bases.insert(region, tonnes);
            }
        } else if tonnes.is_zero() && new.project_id.is_some() {
            // taken back
        } else if let Some(project) = new.project_id {
            let project = project.to_string();
            reductions.credits.push(Credit {
                project,
                region,
                year,
                tonnes,
            });
        } else {
            reductions.increments.push(Increment {
                region,
                year,
                tonnes,
            });
        }
    }
    let mut without_base = Vec::new();
    let base = if reductions.bases.is_empty() {
        let of_plan = book.find_indicator(&about.indicator);
        let of_plan = of_plan.and_then(|indicator| indicator.base);
        let region = || book.region().to_owned();
        reductions.bases = BTreeMap::from_iter(whole.or(of_plan).map(|base| (region(), base)));
        // each project is somewhere in the region
        for credit in &mut reductions.credits {
            credit.region = region();
        }
        if whole.is_some() {
            AccountBase::Region
        } else {
            AccountBase::Plan
        }
    } else {
        let missing = counties(book).into_iter();
        without_base.extend(missing.filter(|code| !reductions.bases.contains_key(code)));
        AccountBase::Counties
    };
    // what growth added where nobody knows a base is a contradiction, nothing is not
    let ReductionBook {
        bases, increments, ..
    } = &mut reductions;
    increments.retain(|one| !one.tonnes.is_zero() || bases.contains_key(&one.region));
    PollutantAccount {
        id: about.id.get_ref().clone(),
        result: account(&reductions, first_year, last_year),
        base,
        without_base,
        is_simulated: false,
        left_out: 0,
    }
}

/// The measures that the accounts give: of each region and year that is told, and of the plan's region
/// where the sum is the whole.
pub(crate) fn list_measures(
    book: &PlanBook,
    values: &[ReportedValue],
) -> BTreeMap<MeasureKey, AccountedMeasure> {
    let mut measures = BTreeMap::new();
    for about in &book.plan().accounts {
        let reckoned = reckon_accepted(book, about, values);
        let is_whole = reckoned.is_whole();
        for of_region in reckoned.result.iter().flatten() {
            let region = match &of_region.region {
                Some(region) => region.clone(),
                None if is_whole => book.region().to_owned(),
                None => continue,
            };
            for year in of_region.years.iter().filter(|year| year.is_closed) {
                let is_counted = |one: &&ReportedValue| {
                    let new = &one.new;
                    let is_there = of_region.region.is_none()
                        || reckoned.base != AccountBase::Counties
                        || new.region.as_str() == region;
                    (&new.measure, new.year) == (&about.reduction, year.year)
                        && new.is_simulated == reckoned.is_simulated
                        && !new.value.is_zero()
                        && is_there
                };
                let key = MeasureKey {
                    measure: about.emission.clone(),
                    region: region.clone(),
                    year: year.year,
                };
                let measure = AccountedMeasure {
                    account: reckoned.id.clone(),
                    base: of_region.base,
                    year: year.clone(),
                    projects: values.iter().filter(is_counted).count(),
                    is_simulated: reckoned.is_simulated,
                };
                measures.insert(key, measure);
            }
        }
    }
    measures
}
