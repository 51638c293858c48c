//! What a project manager should look at: nothing is refused for it.

use beijing_time::CivilDate;

use crate::error::Words;
use crate::model::{Dossier, ProjectState as S};

/// What somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// More was paid than has arrived.
    PaidOverArrived,
    /// More has arrived than was planned.
    ArrivedOverPlanned,
    /// Planned funds and planned investment differ after the approval.
    FundsDiffer,
    /// A milestone's day has passed.
    MilestonePassed,
    /// The last planned year is over.
    YearsOver,
    /// Money of a year outside the project's years.
    FundOutsideYears,
    /// The investment is not known.
    InvestmentUnknown,
}

impl FindingKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaidOverArrived => "paid_over_arrived",
            Self::ArrivedOverPlanned => "arrived_over_planned",
            Self::FundsDiffer => "funds_differ",
            Self::MilestonePassed => "milestone_passed",
            Self::YearsOver => "years_over",
            Self::FundOutsideYears => "fund_outside_years",
            Self::InvestmentUnknown => "investment_unknown",
        }
    }
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// In words.
    pub words: Words,
}

/// What somebody should look at on a day. Nothing is refused for it: it is what happens.
pub fn find_findings(dossier: &Dossier, today: CivilDate) -> Vec<Finding> {
    let details = &dossier.project.details;
    let state = dossier.project.state;
    let is_going = matches!(state, S::Approved | S::UnderConstruction);
    let mut findings = Vec::new();
    let mut add = |kind, zh: String, en: String| {
        findings.push(Finding {
            kind,
            words: Words::new(zh, en),
        });
    };
    for fund in &dossier.funds {
        let (source, year) = (fund.source.name_zh(), fund.year);
        let name = fund.source.as_str();
        if fund.paid > fund.arrived {
            let over = fund.paid.minus(fund.arrived);
            add(
                FindingKind::PaidOverArrived,
                format!("{year} 年{source}支出超到位 {over} 万元"),
                format!("{year}, {name}: {over} × 10⁴ yuan more paid than arrived"),
            );
        }
        if fund.arrived > fund.planned {
            let over = fund.arrived.minus(fund.planned);
            add(
                FindingKind::ArrivedOverPlanned,
                format!("{year} 年{source}到位超计划 {over} 万元"),
                format!("{year}, {name}: {over} × 10⁴ yuan more arrived than planned"),
            );
        }
        let is_outside = details.first_year.is_some_and(|first| year < first)
            || details.last_year.is_some_and(|last| year > last);
        if is_outside {
            add(
                FindingKind::FundOutsideYears,
                format!("{year} 年{source}不在项目起止年份内"),
                format!("{year}, {name}: outside the project's years"),
            );
        }
    }
    let (planned, _, _) = dossier.sums();
    if is_going && Some(planned) != details.planned {
        let wanted = details.planned.unwrap_or_default();
        add(
            FindingKind::FundsDiffer,
            format!("资金计划合计 {planned} 万元，与计划投资 {wanted} 万元不符"),
            format!("planned funds {planned}, planned investment {wanted} × 10⁴ yuan"),
        );
    }
    for milestone in &dossier.milestones {
        if is_going && milestone.actual_on.is_none() && milestone.planned_on < today {
            let (name, on) = (&milestone.name, milestone.planned_on);
            add(
                FindingKind::MilestonePassed,
                format!("里程碑“{name}”应于 {on} 完成"),
                format!("milestone “{name}” was due on {on}"),
            );
        }
    }
    if let Some(last) = details.last_year
        && is_going
        && i32::from(today.year()) > last
    {
        add(
            FindingKind::YearsOver,
            format!("计划 {last} 年完成，尚未建成"),
            format!("was to be built by {last}"),
        );
    }
    if details.planned.is_none() && state != S::Removed {
        add(
            FindingKind::InvestmentUnknown,
            "计划投资未填".to_owned(),
            "the planned investment is not entered".to_owned(),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{day, dossier, money};

    #[test]
    fn paid_over_arrived_is_a_finding() {
        let mut dossier = dossier(S::UnderConstruction);
        dossier.funds[0].arrived = money("10");
        dossier.funds[0].paid = money("12.5");
        let found = find_findings(&dossier, day("2016-06-01"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, FindingKind::PaidOverArrived);
        assert_eq!(found[0].words.zh, "2016 年市级资金支出超到位 2.5 万元");
        let late = find_findings(&dossier, day("2019-01-01"));
        assert_eq!(late.last().unwrap().kind, FindingKind::YearsOver);
    }
}
