//! The plan at a glance: every indicator over all years, and which of its figures need attention now.

use access::{Actor, Permission};
use beijing_time::Clock;
use city_plan::progress::Status;
use database::Database;

use crate::model::IndicatorState;
use crate::service::load_figures;
use crate::{PlanBook, PlanError, rules, store};

/// The plan at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cockpit {
    /// The year it is looked at in: the present one, or the plan's last when that is over.
    pub year: i32,
    /// Whether the plan's period is over.
    pub is_over: bool,
    /// Every indicator in each of its regions and years, in the plan's order.
    pub states: Vec<IndicatorState>,
    /// Reported values that wait for a second person, in the actor's part of the city.
    pub waiting_to_check: i64,
    /// Checked values that wait to be accepted.
    pub waiting_to_accept: i64,
}

impl Cockpit {
    /// The states of the year that is looked at.
    pub fn present(&self) -> impl Iterator<Item = &IndicatorState> {
        self.states.iter().filter(|state| state.year == self.year)
    }

    /// Those of them that fall short, the worst first.
    pub fn falling_short(&self) -> Vec<&IndicatorState> {
        let mut short: Vec<&IndicatorState> = self
            .present()
            .filter(|state| matches!(state.status, Status::Behind | Status::AtRisk))
            .collect();
        short.sort_by_key(|state| state.status);
        short
    }
}

/// Loads the plan at a glance.
///
/// # Errors
/// [`PlanError::Refused`], [`PlanError::Database`].
pub async fn load_cockpit(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    book: &PlanBook,
) -> Result<Cockpit, PlanError> {
    actor.check(Permission::ReadPlan)?;
    let (_, first_year, last_year) = book.years();
    let this_year = i32::from(clock.now().civil().date().year());
    let year = this_year.clamp(first_year, last_year);
    let figures = load_figures(database, book, first_year, last_year).await?;
    let mut states = Vec::new();
    for indicator in &book.plan().indicators {
        for region in book.regions_of(indicator) {
            for year in first_year..=last_year {
                states.push(rules::assess_one(book, indicator, &figures, region, year));
            }
        }
    }
    let (waiting_to_check, waiting_to_accept) = if actor.scope.site_ids().is_some() {
        (0, 0)
    } else {
        store::count_waiting(database, &actor.scope).await?
    };
    Ok(Cockpit {
        year,
        is_over: this_year > last_year,
        states,
        waiting_to_check,
        waiting_to_accept,
    })
}
