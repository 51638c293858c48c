//! The plan of the running server, read once.

use std::collections::BTreeMap;

use city_plan::{Account, Entry, Finding, Indicator, Link, Measure, Plan, PlanSource};
use formula::Formula;

/// A plan as read, with what is made from it once.
#[derive(Debug, Default)]
pub struct PlanBook {
    plan: Plan,
    findings: Vec<Finding>,
    links: Vec<Link>,
    formulas: BTreeMap<String, Formula>,
}

impl PlanBook {
    /// Reads a plan. What is wrong with it is in [`Self::findings`]; an indicator whose formula
    /// cannot be read has no value.
    pub fn read(sources: &[PlanSource]) -> Self {
        let (plan, findings) = city_plan::check_sources(sources);
        let links = plan.links();
        let formulas = plan
            .indicators
            .iter()
            .filter_map(|indicator| {
                let source = indicator.formula.as_ref()?;
                let formula = Formula::parse(source.get_ref()).ok()?;
                Some((indicator.id.get_ref().clone(), formula))
            })
            .collect();
        Self {
            plan,
            findings,
            links,
            formulas,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the linter found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Which entries cite which passages.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The formula of an indicator, if it has a good one.
    pub fn formula(&self, indicator: &str) -> Option<&Formula> {
        self.formulas.get(indicator)
    }

    /// The regions in which an indicator is judged: the plan's, or each of its own.
    pub fn regions_of<'a>(&'a self, indicator: &'a Indicator) -> Vec<&'a str> {
        if indicator.regions.is_empty() {
            vec![self.region()]
        } else {
            indicator.regions.iter().map(String::as_str).collect()
        }
    }

    /// An indicator.
    pub fn find_indicator(&self, id: &str) -> Option<&Entry<Indicator>> {
        self.plan
            .indicators
            .iter()
            .find(|indicator| indicator.id.get_ref() == id)
    }

    /// A measure.
    pub fn find_measure(&self, id: &str) -> Option<&Entry<Measure>> {
        self.plan
            .measures
            .iter()
            .find(|measure| measure.id.get_ref() == id)
    }

    /// The reduction account that takes a measure in.
    pub fn account_of(&self, measure: &str) -> Option<&Entry<Account>> {
        self.plan.accounts.iter().find(|account| {
            [&account.emission, &account.increment, &account.reduction]
                .iter()
                .any(|one| *one == measure)
        })
    }

    /// Base year, first year and last year; all 0 without a plan.
    pub fn years(&self) -> (i32, i32, i32) {
        self.plan.header.as_ref().map_or((0, 0, 0), |header| {
            (header.base_year, header.first_year, header.last_year)
        })
    }

    /// The code of the region that the plan is for; empty without a plan.
    pub fn region(&self) -> &str {
        self.plan
            .header
            .as_ref()
            .map_or("", |header| header.region.as_str())
    }
}
