//! Figures against each other: bases, targets, results, facts and totals.

use std::collections::{BTreeMap, BTreeSet};

use exact_decimal::{Decimal, Rounding};

use super::report::{Report, both};
use crate::finding::Rule;
use crate::model::{Indicator, Meaning, PastResult};
use crate::read::{Entry, Place, Plan};

/// One statement about a quantity, wherever it stands.
#[derive(Debug, Clone)]
struct Statement {
    value: Decimal,
    unit: String,
    place: Place,
    at: String,
}

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let base_year = plan.header.as_ref().map_or(0, |header| header.base_year);
    let statements = statements(plan, base_year);
    contradictions(&statements, report);
    for indicator in &plan.indicators {
        base(indicator, base_year, &statements, report);
    }
    for result in &plan.results {
        missed(result, report);
    }
    tasks_against_indicators(plan, report);
    mixed_meanings(plan, report);
    totals(plan, report);
}

type Statements = BTreeMap<(String, i32), Vec<Statement>>;

fn statements(plan: &Plan, base_year: i32) -> Statements {
    let mut all = Statements::new();
    let mut put = |subject: &Option<String>, year: i32, statement: Statement| {
        if let Some(subject) = subject {
            all.entry((subject.clone(), year))
                .or_default()
                .push(statement);
        }
    };
    for fact in &plan.facts {
        put(
            &fact.subject,
            fact.year,
            Statement {
                value: fact.value,
                unit: fact.unit.clone(),
                place: fact.place.clone(),
                at: at(&fact.cite),
            },
        );
    }
    for result in &plan.results {
        put(
            &result.subject,
            base_year,
            Statement {
                value: result.achieved,
                unit: result.unit.clone(),
                place: result.place.clone(),
                at: at(&result.cite),
            },
        );
    }
    for indicator in &plan.indicators {
        if let Some(base) = indicator.base {
            put(
                &indicator.subject,
                base_year,
                Statement {
                    value: base,
                    unit: indicator.unit.clone(),
                    place: indicator.place.clone(),
                    at: at(&indicator.cite),
                },
            );
        }
    }
    all
}

fn at(cites: &[crate::model::Cite]) -> String {
    cites
        .first()
        .map(|cite| cite.at.clone())
        .unwrap_or_default()
}

fn contradictions(statements: &Statements, report: &mut Report) {
    for ((subject, year), said) in statements {
        let mut units: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
        for statement in said {
            units.entry(&statement.unit).or_default().push(statement);
        }
        for (unit, said) in units {
            let values: BTreeSet<Decimal> = said.iter().map(|statement| statement.value).collect();
            if values.len() < 2 {
                continue;
            }
            let shown: Vec<String> = said
                .iter()
                .map(|s| {
                    format!(
                        "{} {unit} [{} {}:{}]",
                        s.value, s.at, s.place.file, s.place.line
                    )
                })
                .collect();
            let shown = shown.join(" ≠ ");
            let place = said.last().map(|s| s.place.clone()).unwrap_or_default();
            report.at(
                Rule::Contradiction,
                place,
                [
                    format!("{year} 年“{subject}”前后不一：{shown}"),
                    format!("{subject} of {year} is given differently: {shown}"),
                ],
                both(
                    "确认哪一个为准（以减排核算文件为据），评估时注明",
                    "settle which one holds, by the document behind it, and say so in the assessment",
                ),
            );
        }
    }
}

fn base(
    indicator: &Entry<Indicator>,
    base_year: i32,
    statements: &Statements,
    report: &mut Report,
) {
    let elsewhere = indicator
        .subject
        .as_ref()
        .and_then(|subject| statements.get(&(subject.clone(), base_year)))
        .and_then(|said| said.iter().find(|s| s.unit == indicator.unit));
    let base = match (indicator.base, elsewhere) {
        (Some(base), _) => base,
        (None, Some(said)) => {
            report.about(
                Rule::BaseElsewhere,
                indicator,
                [
                    format!(
                        "指标表未列基准值，{} 给出 {} {}",
                        said.at, said.value, said.unit
                    ),
                    format!(
                        "the table gives no base; {} states {} {}",
                        said.at, said.value, said.unit
                    ),
                ],
                both(
                    "评估时以该值为基准，并注明出处",
                    "take that figure as the base and say where it comes from",
                ),
            );
            said.value
        }
        (None, None) => {
            report.about(
                Rule::MissingBase,
                indicator,
                [
                    format!("没有 {base_year} 年基准值，无法给出期望路径和改善幅度"),
                    format!("there is no base of {base_year}: neither an expected path nor an improvement can be computed"),
                ],
                both(
                    "由监测或统计数据补出基准值并注明来源，或只按目标值判定",
                    "establish the base from data and say whence, or judge by the level alone",
                ),
            );
            return;
        }
    };
    let is_looser = match indicator.meaning {
        Meaning::AtLeast | Meaning::Keep => indicator.target < base,
        Meaning::AtMost | Meaning::ClassOrBetter => indicator.target > base,
        Meaning::ReduceBy => indicator.target.is_negative(),
    };
    if is_looser {
        let (target, unit) = (indicator.target, &indicator.unit);
        report.about(
            Rule::LooserThanBase,
            indicator,
            [
                format!("目标 {target} {unit} 比 {base_year} 年的 {base} {unit} 更宽松：不做任何事也能完成"),
                format!("the target {target} {unit} asks for less than the {base} {unit} of {base_year}: doing nothing meets it"),
            ],
            both(
                "评估时同时报告与基准年的差值，防止以“完成”掩盖恶化",
                "report the change against the base as well, so that \"met\" cannot hide a decline",
            ),
        );
    }
}

fn missed(result: &Entry<PastResult>, report: &mut Report) {
    let is_met = match result.meaning {
        Meaning::AtMost | Meaning::ClassOrBetter => result.achieved <= result.planned,
        Meaning::AtLeast | Meaning::Keep | Meaning::ReduceBy => result.achieved >= result.planned,
    };
    if !is_met {
        report.about(
            Rule::MissedBefore,
            result,
            [
                format!(
                    "上一规划期未完成：计划 {}，实现 {} {}",
                    result.planned, result.achieved, result.unit
                ),
                format!(
                    "missed in the period before: {} planned, {} {} achieved",
                    result.planned, result.achieved, result.unit
                ),
            ],
            both(
                "核对本期目标是否因此放宽",
                "see whether the new target was loosened because of it",
            ),
        );
    }
}

/// A task that measures an indicator in its target's year must ask for the same.
fn tasks_against_indicators(plan: &Plan, report: &mut Report) {
    let last_year = plan.header.as_ref().map_or(0, |header| header.last_year);
    for task in &plan.tasks {
        for measure in &task.measure {
            let wanted = measure.indicator.as_deref();
            let Some(indicator) = plan
                .indicators
                .iter()
                .find(|one| Some(one.id.get_ref().as_str()) == wanted)
            else {
                continue;
            };
            let year = measure.due.or(task.due).map_or(last_year, |due| due.year);
            let is_same_year = year == indicator.target_year.unwrap_or(last_year);
            // a reduction is a share of its base, whatever the indicator's own unit
            let unit = match indicator.meaning {
                Meaning::ReduceBy => "%",
                _ => indicator.unit.as_str(),
            };
            if is_same_year && measure.unit == unit && measure.target != indicator.target {
                let (stated, target) = (measure.target, indicator.target);
                report.about(
                    Rule::Contradiction,
                    task,
                    [
                        format!(
                            "任务要求 {stated} {}，指标“{}”的目标是 {target} {}",
                            measure.unit, indicator.name, unit
                        ),
                        format!(
                            "the task asks for {stated} {}, indicator {} for {target} {}",
                            measure.unit,
                            indicator.id.get_ref(),
                            unit
                        ),
                    ],
                    both("确认以哪一个为准", "settle which one holds"),
                );
            }
        }
    }
}

fn mixed_meanings(plan: &Plan, report: &mut Report) {
    let mut groups: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for indicator in &plan.indicators {
        let group = groups.entry(&indicator.category).or_default();
        if indicator.meaning == Meaning::ReduceBy {
            group.0 = true;
        } else {
            group.1 = true;
        }
    }
    for indicator in &plan.indicators {
        if indicator.meaning == Meaning::ReduceBy
            && groups.get(indicator.category.as_str()) == Some(&(true, true))
        {
            report.about(
                Rule::MixedMeanings,
                indicator,
                [
                    format!(
                        "“{}”类指标中，本项为削减比例，其余为应达到的水平",
                        indicator.category
                    ),
                    format!(
                        "in the group {} this target is a reduction, the others are levels",
                        indicator.category
                    ),
                ],
                both(
                    "列表时分别注明含义，勿同列比较",
                    "say so in tables; do not compare them in one column",
                ),
            );
        }
    }
}

/// The exact sum.
fn sum(values: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    for value in values {
        total = total.checked_add(value).ok()?;
    }
    Some(total)
}

fn totals(plan: &Plan, report: &mut Report) {
    let Some(total) = &plan.investment_total else {
        return;
    };
    let count: u64 = plan
        .investments
        .iter()
        .map(|row| u64::from(row.count))
        .sum();
    if count != u64::from(total.count) {
        report.about(
            Rule::TotalDiffers,
            total,
            [
                format!("各类项目合计 {count} 个，总计写 {} 个", total.count),
                format!(
                    "the rows come to {count} projects, the total says {}",
                    total.count
                ),
            ],
            both("核对各行个数", "check the counts of the rows"),
        );
    }
    let Some(amount) = sum(plan.investments.iter().map(|row| row.amount)) else {
        report.about(
            Rule::TotalDiffers,
            total,
            both(
                "投资额过大，无法求和",
                "the amounts are too large to be added",
            ),
            both("核对投资额与单位", "check the amounts and their unit"),
        );
        return;
    };
    if amount == total.amount {
        return;
    }
    let places = total.amount.scale();
    let is_rounding = amount.rounded(Rounding::HalfUp { places }) == total.amount;
    let (rule, chinese, english) = if is_rounding {
        (Rule::TotalRounded, "只是四舍五入", "by rounding only")
    } else {
        (Rule::TotalDiffers, "超出四舍五入", "by more than rounding")
    };
    report.about(
        rule,
        total,
        [
            format!("各行合计 {amount}，总计 {}：{chinese}", total.amount),
            format!(
                "the rows come to {amount}, the total says {}: {english}",
                total.amount
            ),
        ],
        both(
            "核算时以各行为准，并说明差额",
            "reckon with the rows and explain the difference",
        ),
    );
}
