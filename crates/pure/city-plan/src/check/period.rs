//! Years and deadlines must lie inside the period.

use super::report::{Report, both};
use crate::due::Due;
use crate::finding::Rule;
use crate::read::{Entry, Identified, Plan};

struct Period {
    first: i32,
    last: i32,
}

impl Period {
    fn year<T: Identified>(&self, entry: &Entry<T>, year: i32, report: &mut Report) {
        if (self.first..=self.last).contains(&year) {
            return;
        }
        let (first, last) = (self.first, self.last);
        report.about(
            Rule::OutsidePeriod,
            entry,
            [
                format!("{year} 年不在规划期 {first}—{last} 年内"),
                format!("{year} lies outside the period {first} to {last}"),
            ],
            both(
                "改正年份；若原文如此，在评估时单独说明",
                "mend the year; if the plan does say so, the assessment must treat it by itself",
            ),
        );
    }

    fn due<T: Identified>(&self, entry: &Entry<T>, due: Option<Due>, report: &mut Report) {
        if let Some(due) = due {
            self.year(entry, due.year, report);
        }
    }
}

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let Some(header) = &plan.header else {
        return;
    };
    let period = Period {
        first: header.first_year,
        last: header.last_year,
    };
    for indicator in &plan.indicators {
        let last = indicator.target_year.unwrap_or(period.last);
        period.year(indicator, last, report);
        for step in &indicator.path {
            period.year(indicator, step.year, report);
        }
        let years: Vec<i32> = indicator.path.iter().map(|step| step.year).collect();
        if !years.is_sorted_by(|a, b| a < b) {
            report.about(
                Rule::OutsidePeriod,
                indicator,
                both(
                    "年度目标未按年份递增排列",
                    "the yearly targets are not in the order of years",
                ),
                both(
                    "按年份排列，每年一个",
                    "put them in order, one for each year",
                ),
            );
        }
        if let Some(end) = indicator.path.iter().find(|step| step.year == last)
            && end.target != indicator.target
            && indicator.meaning != crate::Meaning::ReduceBy
        {
            report.about(
                Rule::OutsidePeriod,
                indicator,
                [
                    format!(
                        "{last} 年的年度目标 {} 与总目标 {} 不同",
                        end.target, indicator.target
                    ),
                    format!(
                        "the path ends at {} in {last}, the target is {}",
                        end.target, indicator.target
                    ),
                ],
                both(
                    "使年度目标的终点与总目标一致",
                    "let the path end at the target",
                ),
            );
        }
    }
    for task in &plan.tasks {
        period.due(task, task.due, report);
        for measure in &task.measure {
            period.due(task, measure.due, report);
        }
    }
    for safeguard in &plan.safeguards {
        period.due(safeguard, safeguard.due, report);
    }
}
