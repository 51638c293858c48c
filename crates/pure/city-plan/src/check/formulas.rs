//! Formulas of indicators and identities, and the measures behind them.

use std::collections::BTreeSet;

use exact_decimal::Decimal;
use formula::{Formula, FormulaError, FormulaKind, MeasureValue, Measures, Outcome};

use super::report::{Both, Report, both};
use crate::finding::Rule;
use crate::model::{Measure, SourceKind, Statistic, StatisticKind};
use crate::read::{Entry, Identified, Plan};

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let mut used = indicators(plan, report);
    for account in &plan.accounts {
        used.extend([account.emission.clone(), account.increment.clone()]);
        used.insert(account.reduction.clone());
    }
    for measure in &plan.measures {
        statistic(measure, report);
        if !used.contains(measure.item.id()) {
            report.about(
                Rule::UnusedMeasure,
                measure,
                both("没有公式用到该量", "no formula uses this measure"),
                both("在公式中使用，或删去", "use it in a formula, or remove it"),
            );
        }
    }
    identities(plan, report);
}

/// A statistic belongs to a measure of monitoring, and an annual mean to a pollutant.
fn statistic(measure: &Entry<Measure>, report: &mut Report) {
    let Some(statistic) = &measure.item.statistic else {
        return;
    };
    if measure.item.source != SourceKind::Monitoring {
        report.about(
            Rule::NoDataSource,
            measure,
            both(
                "该量写了 statistic，来源却不是 monitoring",
                "the measure has a statistic, but its source is not monitoring",
            ),
            both(
                "来源改为 monitoring，或删去 statistic",
                "make the source monitoring, or remove the statistic",
            ),
        );
    }
    let is_mean = statistic.kind == StatisticKind::AirMean;
    let is_named = statistic
        .pollutant
        .as_deref()
        .is_some_and(|name| Statistic::POLLUTANTS.contains(&name));
    if is_mean != is_named || is_mean != statistic.pollutant.is_some() {
        report.about(
            Rule::UnknownReference,
            measure,
            both(
                "年均浓度（air_mean）须写明污染物，其他统计不写",
                "an annual mean (air_mean) names a pollutant, no other statistic does",
            ),
            both(
                "pollutant 为 so2、no2、pm10 或 pm2_5",
                "pollutant is so2, no2, pm10 or pm2_5",
            ),
        );
    }
}

fn indicators(plan: &Plan, report: &mut Report) -> BTreeSet<String> {
    let measures: BTreeSet<&str> = plan.measures.iter().map(|m| m.item.id()).collect();
    let mut used = BTreeSet::new();
    for indicator in &plan.indicators {
        let Some(source) = &indicator.formula else {
            report.about(
                Rule::NoDataSource,
                indicator,
                both(
                    "该指标没有公式，无法由数据计算",
                    "the indicator has no formula, so that no data can give its value",
                ),
                both(
                    "写 formula，并为其中的量定义 [[measure]] 及其来源",
                    "write a formula, and a [[measure]] with its source for each name in it",
                ),
            );
            continue;
        };
        let Some(formula) = read(source.get_ref(), indicator, report) else {
            continue;
        };
        if formula.kind() == FormulaKind::Truth {
            report.about(
                Rule::Formula,
                indicator,
                both(
                    "指标公式应得出数值",
                    "an indicator's formula must give a number",
                ),
                both("写成 a ? 1 : 0 的形式", "write it as a ? 1 : 0"),
            );
        }
        for name in formula.names() {
            used.insert(name.to_owned());
            if !measures.contains(name) {
                report.about(
                    Rule::UnknownReference,
                    indicator,
                    [
                        format!("公式中的量“{name}”没有定义，因此没有数据来源"),
                        format!("measure `{name}` of the formula is nowhere defined, so it has no data source"),
                    ],
                    [
                        format!("补上 [[measure]]，id = \"{name}\""),
                        format!("add a [[measure]] with id = \"{name}\""),
                    ],
                );
            }
        }
    }
    used
}

fn read<T: Identified>(source: &str, entry: &Entry<T>, report: &mut Report) -> Option<Formula> {
    match Formula::parse(source) {
        Ok(formula) => Some(formula),
        Err(error) => {
            let (message, suggestion) = explained(&error);
            report.about(Rule::Formula, entry, message, suggestion);
            None
        }
    }
}

fn explained(error: &FormulaError) -> (Both, Both) {
    (
        [
            format!("公式第 {} 字符处有误：{}", error.column, error.problem),
            format!("formula, character {}: {}", error.column, error.problem),
        ],
        [format!("改法：{}", error.hint), error.hint.clone()],
    )
}

/// Identities run over the facts themselves.
fn identities(plan: &Plan, report: &mut Report) {
    let mut facts = Measures::new();
    for fact in &plan.facts {
        facts.insert(fact.item.id(), MeasureValue::present(fact.value, "plan"));
    }
    for identity in &plan.identities {
        let Some(formula) = read(identity.formula.get_ref(), identity, report) else {
            continue;
        };
        let unknown: Vec<&str> = formula
            .names()
            .filter(|name| facts.find(name).is_none())
            .collect();
        if !unknown.is_empty() {
            let names = unknown.join(", ");
            report.about(
                Rule::UnknownReference,
                identity,
                [
                    format!("没有这样的数据条目：{names}"),
                    format!("there is no fact {names}"),
                ],
                both(
                    "补上 [[fact]]，或改正名称",
                    "add the [[fact]], or mend the name",
                ),
            );
            continue;
        }
        match formula
            .evaluate(&facts)
            .map(|evaluation| evaluation.outcome)
        {
            Ok(Outcome::Truth(true)) => {}
            Ok(Outcome::Truth(false)) => broken(plan, identity, &formula, report),
            Ok(_) => report.about(
                Rule::Formula,
                identity,
                both("恒等式应得出真或假", "an identity must be true or false"),
                both("用 ==、<= 等比较", "compare by ==, <= and the like"),
            ),
            Err(error) => report.about(
                Rule::Formula,
                identity,
                [
                    format!("无法计算：{}", error.problem),
                    format!("cannot be computed: {}", error.problem),
                ],
                both("检查公式与数据", "check the formula and the facts"),
            ),
        }
    }
}

fn broken(
    plan: &Plan,
    identity: &Entry<crate::model::Identity>,
    formula: &Formula,
    report: &mut Report,
) {
    let shown: Vec<String> = formula
        .names()
        .map(|name| {
            let value = plan
                .facts
                .iter()
                .find(|fact| fact.item.id() == name)
                .map_or(Decimal::ZERO, |fact| fact.value);
            format!("{name} = {value}")
        })
        .collect();
    let shown = shown.join(", ");
    report.about(
        Rule::IdentityBroken,
        identity,
        [
            format!("“{}”不成立：{}（{shown}）", identity.name, formula.source()),
            format!("does not hold: {} ({shown})", formula.source()),
        ],
        both(
            "核对原文各处数字，在评估报告中说明采用哪一个",
            "check these figures against each other and say in the assessment which one is used",
        ),
    );
}
