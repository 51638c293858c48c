//! Tasks must be such that somebody can tell whether they are done.

use super::report::{Report, both};
use crate::finding::Rule;
use crate::read::Plan;

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    for task in &plan.tasks {
        if task.measure.is_empty() && task.deliverable.is_none() {
            report.about(
                Rule::CannotBeChecked,
                task,
                both(
                    "该任务既无指标值也无成果，完成与否无从核查",
                    "the task has neither a figure nor a deliverable: nobody can tell whether it is done",
                ),
                both(
                    "在年度方案中定出可核查的数值或成果，写入 measure 或 deliverable",
                    "let the yearly programme set a figure or a deliverable; write it as measure or deliverable",
                ),
            );
        }
        if task.due.is_some() && task.lead.is_empty() {
            report.about(
                Rule::NobodyResponsible,
                task,
                both(
                    "任务有期限而规划未指明牵头单位",
                    "the task has a deadline, but the plan names no responsible unit",
                ),
                both(
                    "在年度方案中指定牵头单位",
                    "let the yearly programme name one",
                ),
            );
        }
    }
}
