//! The life cycle as one table, and what a project manager should look at: pure functions.

use beijing_time::CivilDate;

use crate::error::Words;
use crate::model::{Dossier, NewStep, ProjectState};
use crate::{Money, ProjectsError};

use Condition as C;
use ProjectState as S;

/// What must be there before a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The planned investment is known and above zero.
    Investment,
    /// First and last year are known.
    Years,
    /// Planned funds add up to the planned investment.
    FundsPlanned,
    /// At least one milestone is planned.
    Milestone,
    /// Every milestone was reached.
    MilestonesReached,
    /// Some money has arrived.
    MoneyArrived,
    /// The step names its document.
    Document,
    /// The step says why.
    Reason,
    /// The day of the step is neither in the future nor before the step before it.
    Day,
}

impl Condition {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Investment => "investment",
            Self::Years => "years",
            Self::FundsPlanned => "funds_planned",
            Self::Milestone => "milestone",
            Self::MilestonesReached => "milestones_reached",
            Self::MoneyArrived => "money_arrived",
            Self::Document => "document",
            Self::Reason => "reason",
            Self::Day => "day",
        }
    }
}

/// One allowed change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// From this state.
    pub from: ProjectState,
    /// To this one.
    pub to: ProjectState,
    /// Under these conditions.
    pub conditions: &'static [Condition],
}

const fn passage(
    from: ProjectState,
    to: ProjectState,
    conditions: &'static [Condition],
) -> Passage {
    Passage {
        from,
        to,
        conditions,
    }
}

/// The whole life cycle (规划第五章：建立项目动态调整机制，补充符合要求的项目，调出无法实施的项目).
pub const PASSAGES: &[Passage] = &[
    passage(
        S::Reserve,
        S::Approved,
        &[
            C::Investment,
            C::Years,
            C::FundsPlanned,
            C::Document,
            C::Day,
        ],
    ),
    passage(S::Approved, S::UnderConstruction, &[C::Milestone, C::Day]),
    passage(
        S::UnderConstruction,
        S::Built,
        &[C::MilestonesReached, C::MoneyArrived, C::Day],
    ),
    passage(S::Built, S::Accepted, &[C::Document, C::Day]),
    passage(S::Reserve, S::Removed, &[C::Reason, C::Day]),
    passage(S::Approved, S::Removed, &[C::Reason, C::Document, C::Day]),
    passage(
        S::UnderConstruction,
        S::Removed,
        &[C::Reason, C::Document, C::Day],
    ),
    passage(S::Removed, S::Reserve, &[C::Reason, C::Day]),
];

/// The steps that lead on from a state.
pub fn find_passages(from: ProjectState) -> impl Iterator<Item = &'static Passage> {
    PASSAGES.iter().filter(move |passage| passage.from == from)
}

/// How a condition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionState {
    /// It is met.
    Met,
    /// It is told with the step.
    Asked,
    /// It is not met; what is missing.
    Unmet(Words),
}

/// Looks at one condition; without a step, what is told with it is only asked for.
pub fn check_condition(
    condition: Condition,
    dossier: &Dossier,
    step: Option<&NewStep>,
    today: CivilDate,
) -> ConditionState {
    let details = &dossier.project.details;
    let (planned, arrived, _paid) = dossier.sums();
    let open = dossier
        .milestones
        .iter()
        .filter(|milestone| milestone.actual_on.is_none())
        .count();
    let unmet = match condition {
        C::Investment if details.planned.is_none_or(|money| money == Money::ZERO) => {
            Words::new("计划投资未填", "the planned investment is not entered")
        }
        C::Years if details.first_year.is_none() || details.last_year.is_none() => {
            Words::new("起止年份未填", "first and last year are not entered")
        }
        C::FundsPlanned if Some(planned) != details.planned || planned == Money::ZERO => {
            let wanted = details.planned.unwrap_or_default();
            Words::new(
                format!("资金计划合计 {planned} 万元，计划投资 {wanted} 万元，两者须一致"),
                format!(
                    "planned funds are {planned} × 10⁴ yuan, the planned investment {wanted}: they \
                     must be the same"
                ),
            )
        }
        C::Milestone if dossier.milestones.is_empty() => {
            Words::new("尚无里程碑", "there is no milestone yet")
        }
        C::MilestonesReached if open > 0 || dossier.milestones.is_empty() => Words::new(
            format!("还有 {open} 个里程碑未完成"),
            format!("{open} milestone(s) are not reached"),
        ),
        C::MoneyArrived if arrived == Money::ZERO => {
            Words::new("尚无资金到位", "no money has arrived")
        }
        C::Document | C::Reason | C::Day => {
            let Some(step) = step else {
                return ConditionState::Asked;
            };
            return check_told(condition, dossier, step, today);
        }
        _ => return ConditionState::Met,
    };
    ConditionState::Unmet(unmet)
}

/// A condition that is told with the step.
fn check_told(
    condition: Condition,
    dossier: &Dossier,
    step: &NewStep,
    today: CivilDate,
) -> ConditionState {
    let last = dossier.steps.last().map(|last| last.new.on);
    let unmet = match condition {
        C::Document if step.document.is_empty() => {
            Words::new("未填文件名称或文号", "the document is not named")
        }
        C::Reason if step.note.is_empty() => Words::new("未填原因", "the reason is missing"),
        C::Day if step.on > today => Words::new(
            format!("日期 {} 在将来", step.on),
            format!("{} lies in the future", step.on),
        ),
        C::Day if last.is_some_and(|last| step.on < last) => {
            let last = last.map(|last| last.to_string()).unwrap_or_default();
            Words::new(
                format!("日期 {} 早于上一步的 {last}", step.on),
                format!("{} lies before the last step on {last}", step.on),
            )
        }
        _ => return ConditionState::Met,
    };
    ConditionState::Unmet(unmet)
}

/// Refuses a step that the life cycle does not know, or whose conditions are not met; all of them
/// are told at once.
///
/// # Errors
/// [`ProjectsError::NoSuchPassage`], [`ProjectsError::ConditionsUnmet`].
pub(crate) fn check_step(
    dossier: &Dossier,
    step: &NewStep,
    today: CivilDate,
) -> Result<(), ProjectsError> {
    let from = dossier.project.state;
    let passage = find_passages(from)
        .find(|passage| passage.to == step.to)
        .ok_or(ProjectsError::NoSuchPassage { from, to: step.to })?;
    let unmet: Vec<(Condition, Words)> = passage
        .conditions
        .iter()
        .filter_map(
            |condition| match check_condition(*condition, dossier, Some(step), today) {
                ConditionState::Unmet(words) => Some((*condition, words)),
                ConditionState::Met | ConditionState::Asked => None,
            },
        )
        .collect();
    if unmet.is_empty() {
        Ok(())
    } else {
        Err(ProjectsError::ConditionsUnmet { unmet })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Fund, FundSource, Milestone, Project, ProjectDetails, Step};
    use beijing_time::Timestamp;
    use uuid::Uuid;

    pub(crate) fn day(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    pub(crate) fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    pub(crate) fn dossier(state: ProjectState) -> Dossier {
        Dossier {
            project: Project {
                id: Uuid::nil(),
                details: ProjectDetails {
                    code: "W-1".to_owned(),
                    name: "模拟管网工程".to_owned(),
                    kind: "water_projects".to_owned(),
                    region: "430421".parse().unwrap(),
                    owner: "模拟单位".to_owned(),
                    planned: Some(money("100")),
                    first_year: Some(2016),
                    last_year: Some(2018),
                    site_id: None,
                    position: None,
                    named: None,
                    task: None,
                    indicator: None,
                    note: String::new(),
                    is_simulated: true,
                },
                state,
                revision: 1,
            },
            milestones: Vec::new(),
            funds: vec![Fund {
                source: FundSource::City,
                year: 2016,
                planned: money("100"),
                arrived: money("0"),
                paid: money("0"),
            }],
            steps: Vec::new(),
        }
    }

    fn step(to: ProjectState) -> NewStep {
        NewStep {
            to,
            on: day("2016-05-01"),
            document: "衡发改〔2016〕1号".to_owned(),
            note: String::new(),
        }
    }

    fn unmet(dossier: &Dossier, step: &NewStep) -> Vec<Condition> {
        match check_step(dossier, step, day("2017-01-01")) {
            Ok(()) => Vec::new(),
            Err(ProjectsError::ConditionsUnmet { unmet }) => {
                unmet.into_iter().map(|(condition, _)| condition).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_condition_of_a_step_can_refuse_it() {
        let good = dossier(S::Reserve);
        let approve = step(S::Approved);
        assert_eq!(unmet(&good, &approve), []);
        let mut bare = good.clone();
        bare.project.details.planned = None;
        bare.project.details.last_year = None;
        bare.funds.clear();
        let empty = NewStep {
            document: String::new(),
            on: day("2017-01-02"),
            ..approve.clone()
        };
        assert_eq!(
            unmet(&bare, &empty),
            [
                C::Investment,
                C::Years,
                C::FundsPlanned,
                C::Document,
                C::Day
            ]
        );
        let start = step(S::UnderConstruction);
        let mut approved = dossier(S::Approved);
        assert_eq!(unmet(&approved, &start), [C::Milestone]);
        approved.steps.push(Step {
            from: S::Reserve,
            new: NewStep {
                on: day("2016-05-02"),
                ..approve.clone()
            },
            author: "user:a".to_owned(),
            at: Timestamp::from_epoch_ms(0),
        });
        assert_eq!(unmet(&approved, &start), [C::Milestone, C::Day]);
        let mut going = dossier(S::UnderConstruction);
        going.milestones.push(Milestone {
            name: "通水".to_owned(),
            planned_on: day("2016-12-31"),
            actual_on: None,
        });
        assert_eq!(
            unmet(&going, &step(S::Built)),
            [C::MilestonesReached, C::MoneyArrived]
        );
        assert_eq!(unmet(&going, &step(S::Removed)), [C::Reason]);
        going.milestones[0].actual_on = Some(day("2016-12-30"));
        going.funds[0].arrived = money("1");
        assert_eq!(unmet(&going, &step(S::Built)), []);
    }

    #[test]
    fn a_step_that_the_life_cycle_does_not_know_is_refused() {
        for (from, to) in [
            (S::Reserve, S::Built),
            (S::Accepted, S::Removed),
            (S::Built, S::UnderConstruction),
            (S::Removed, S::Approved),
        ] {
            let result = check_step(&dossier(from), &step(to), day("2017-01-01"));
            assert!(
                matches!(result, Err(ProjectsError::NoSuchPassage { .. })),
                "{from:?} {to:?}"
            );
        }
    }

    #[test]
    fn what_is_told_with_a_step_is_asked_for_before() {
        let dossier = dossier(S::Reserve);
        let state = |condition| check_condition(condition, &dossier, None, day("2017-01-01"));
        assert_eq!(state(C::Document), ConditionState::Asked);
        assert_eq!(state(C::FundsPlanned), ConditionState::Met);
        assert!(matches!(state(C::Milestone), ConditionState::Unmet(_)));
    }
}
