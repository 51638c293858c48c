//! The rule of assessments must be one that can be applied.

use std::collections::BTreeSet;

use exact_decimal::Decimal;

use super::report::{Report, both};
use crate::finding::Rule;
use crate::model::AssessmentRule;
use crate::read::{Entry, Plan};

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let Some(rule) = &plan.assessment else {
        return;
    };
    check_figures(rule, report);
    check_grades(rule, report);
    if let (Some(year), Some(header)) = (rule.mid_term_year, &plan.header)
        && !(header.first_year..header.last_year).contains(&year)
    {
        report.about(
            Rule::OutsidePeriod,
            rule,
            [
                format!("中期评估年份 {year} 不在规划期内"),
                format!("the mid-term year {year} lies outside the period"),
            ],
            both(
                "改为规划期内最后一年之前的年份",
                "name a year of the period before its last",
            ),
        );
    }
    if rule.responsibility.is_empty() {
        return;
    }
    let answered: BTreeSet<&str> = rule
        .responsibility
        .iter()
        .flat_map(|one| one.indicators.iter().map(String::as_str))
        .collect();
    for indicator in &plan.indicators {
        if !answered.contains(indicator.id.get_ref().as_str()) {
            report.about(
                Rule::NobodyAnswers,
                indicator,
                both(
                    "考核办法未指定该指标的责任单位",
                    "the rule of assessments names no unit that answers for the indicator",
                ),
                both(
                    "写入 [[assessment.responsibility]]",
                    "name it in [[assessment.responsibility]]",
                ),
            );
        }
    }
}

fn check_figures(rule: &Entry<AssessmentRule>, report: &mut Report) {
    let hundred = Decimal::from(100);
    let mut wrong = |is_wrong: bool, field: &str, chinese: &str, english: &str| {
        if is_wrong {
            report.about(
                Rule::Assessment,
                rule,
                [format!("{field}：{chinese}"), format!("{field}: {english}")],
                both("改正该数值", "mend the figure"),
            );
        }
    };
    let is_positive = |value: Decimal| value > 0;
    wrong(
        !is_positive(rule.full_score),
        "full_score",
        "须大于0",
        "must be above 0",
    );
    wrong(
        rule.places > 8,
        "places",
        "最多8位小数",
        "at most 8 decimal places",
    );
    wrong(
        !is_positive(rule.binding_weight) || !is_positive(rule.guiding_weight),
        "binding_weight, guiding_weight",
        "须大于0",
        "must be above 0",
    );
    wrong(
        rule.weight.iter().any(|one| !is_positive(one.weight)),
        "weight",
        "须大于0",
        "must be above 0",
    );
    wrong(
        rule.work.as_ref().is_some_and(|work| {
            let others = [work.tasks, work.projects];
            !is_positive(work.indicators)
                || others.iter().any(|one| one.is_negative())
                || others.iter().all(|one| one.is_zero())
        }),
        "work",
        "指标的权重须大于0，任务和项目的权重不得小于0，也不得都为0",
        "indicators must weigh more than 0, tasks and projects not less, nor both of them 0",
    );
    wrong(
        rule.binding_behind_most.is_negative() || rule.binding_behind_most > rule.full_score,
        "binding_behind_most",
        "须在0与满分之间",
        "must lie between 0 and the full score",
    );
    wrong(
        rule.least_coverage.is_negative() || rule.least_coverage > hundred,
        "least_coverage",
        "须在0与100之间",
        "must lie between 0 and 100",
    );
}

fn check_grades(rule: &Entry<AssessmentRule>, report: &mut Report) {
    let mut wrong = |chinese: &str, english: &str, to_do: [String; 2]| {
        report.about(
            Rule::Assessment,
            rule,
            [chinese.to_owned(), english.to_owned()],
            to_do,
        );
    };
    let starts: Vec<Decimal> = rule.grade.iter().map(|grade| grade.from).collect();
    let falls = starts.iter().zip(starts.iter().skip(1)).all(|(a, b)| a > b);
    let ids: BTreeSet<&str> = rule.grade.iter().map(|grade| grade.id.as_str()).collect();
    if !falls || ids.len() != rule.grade.len() {
        wrong(
            "等次须由高到低排列，名称和分数线不得重复",
            "grades must fall from the best, each with a name and a score of its own",
            both("重新排列等次", "put the grades in order"),
        );
    }
    if starts.last().is_none_or(|last| !last.is_zero()) {
        wrong(
            "最低等次的分数线须为0，否则有的得分没有等次",
            "the last grade must begin at 0, or some scores have none",
            both("补上分数线为 \"0\" 的等次", "add a grade from \"0\""),
        );
    }
    if let Some(best) = &rule.best_grade_unless_binding_met
        && !ids.contains(best.as_str())
    {
        wrong(
            "best_grade_unless_binding_met 不是所列等次",
            "best_grade_unless_binding_met is none of the grades",
            both("改为所列等次之一", "name one of the grades"),
        );
    }
}
