//! The linter: every rule over one plan.

mod assessment;
mod coverage;
mod figures;
mod formulas;
mod identifiers;
mod period;
mod references;
mod report;
mod tasks;

use crate::finding::Finding;
use crate::read::{Plan, PlanSource, read_plan};

use report::Report;

/// Checks a plan that was read.
pub fn check_plan(plan: &Plan) -> Vec<Finding> {
    let mut report = Report::default();
    identifiers::check(plan, &mut report);
    references::check(plan, &mut report);
    formulas::check(plan, &mut report);
    figures::check(plan, &mut report);
    period::check(plan, &mut report);
    tasks::check(plan, &mut report);
    assessment::check(plan, &mut report);
    coverage::check(plan, &mut report);
    report.into_findings()
}

/// Reads files and checks the plan in them; findings stand in the order of file and line.
pub fn check_sources(sources: &[PlanSource]) -> (Plan, Vec<Finding>) {
    let (plan, mut findings) = read_plan(sources);
    findings.extend(check_plan(&plan));
    findings.sort_by(|a, b| (&a.place, a.rule, &a.entry).cmp(&(&b.place, b.rule, &b.entry)));
    (plan, findings)
}
