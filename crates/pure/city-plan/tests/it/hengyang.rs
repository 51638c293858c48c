//! The plan of Hengyang, 2016 to 2020: whole, cited, and its contradictions found.

use std::collections::BTreeSet;

use city_plan::{Language, Meaning, Rule, SentenceKind, Tally, check_sources};
use exact_decimal::Decimal;

use crate::support::{shown, sources};

const FOLDER: &str = "cities/hengyang/plan";

#[test]
fn the_findings_of_hengyang_are_these() {
    let (_plan, findings) = check_sources(&sources(FOLDER));
    insta::assert_snapshot!("hengyang_zh", shown(&findings, Language::Chinese));
    insta::assert_snapshot!("hengyang_en", shown(&findings, Language::English));
    assert_eq!(Tally::of(&findings).errors, 0);
}

#[test]
fn every_number_unit_and_project_of_the_text_is_cited_or_listed_with_a_reason() {
    let (_plan, findings) = check_sources(&sources(FOLDER));
    let uncovered: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule == Rule::Uncovered)
        .collect();
    assert!(uncovered.is_empty(), "{uncovered:#?}");
}

#[test]
fn taking_one_entry_away_leaves_its_figures_uncovered() {
    let mut sources = sources(FOLDER);
    let water = sources
        .iter_mut()
        .find(|source| source.name == "4-tasks-water.toml")
        .unwrap();
    water.text = water.text.replace(
        "到2017年底，县级城镇污水处理率达到90%以上，污水再生利用率达到10%以上",
        "县级城镇污水处理率",
    );
    let (_plan, findings) = check_sources(&sources);
    let said: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule == Rule::Uncovered)
        .map(|finding| finding.message(Language::Chinese))
        .collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("2017、90%、10%"), "{said:?}");
}

#[test]
fn the_whole_table_of_indicators_is_there() {
    let (plan, _findings) = check_sources(&sources(FOLDER));
    // 3.2 of the plan: 3 air, 4 water, 2 noise, 2 ecology, 4 reductions, 7 pollution, 7 management
    assert_eq!(plan.indicators.len(), 29);
    assert_eq!(plan.results.len(), 12);
    let rows = plan.text.as_ref().unwrap().sentences();
    let rows = rows
        .iter()
        .filter(|one| one.kind == SentenceKind::Row && one.at == "三（二）")
        .count();
    assert_eq!(rows, 29 + 1, "one row each, and the head of the table");
    let reductions: Vec<_> = plan
        .indicators
        .iter()
        .filter(|one| one.meaning == Meaning::ReduceBy)
        .map(|one| (one.id.get_ref().as_str(), one.target.to_string()))
        .collect();
    let reductions: Vec<_> = reductions.iter().map(|(id, t)| (*id, t.as_str())).collect();
    assert_eq!(
        reductions,
        [
            ("city_pm25", "18"),
            ("cod_reduction", "10.5"),
            ("ammonia_reduction", "10.1"),
            ("so2_reduction", "20"),
            ("nox_reduction", "16"),
        ]
    );
}

#[test]
fn the_rows_of_the_investment_table_add_up_to_its_total_but_for_rounding() {
    let (plan, _findings) = check_sources(&sources(FOLDER));
    let count: u32 = plan.investments.iter().map(|row| row.count).sum();
    let amount = plan
        .investments
        .iter()
        .fold(Decimal::ZERO, |sum, row| sum + row.amount);
    let total = plan.investment_total.as_ref().unwrap();
    assert_eq!((count, total.count), (185, 185));
    assert_eq!(amount.to_string(), "214.09607");
    assert_eq!(total.amount.to_string(), "214.0961");
}

#[test]
fn text_and_entries_link_both_ways() {
    let (plan, _findings) = check_sources(&sources(FOLDER));
    let text = plan.text.as_ref().unwrap();
    let links = plan.links();
    let of_task: Vec<_> = links
        .iter()
        .filter(|link| link.id == "rural_five_rates")
        .collect();
    assert_eq!(of_task.len(), 1);
    assert!(
        text.words(&of_task[0].range)
            .contains("农村饮用水卫生合格率≥95%")
    );
    let sentence = of_task[0].sentences[0];
    assert_eq!(text.sentences()[sentence].line, 389);
    let citing: BTreeSet<_> = links
        .iter()
        .filter(|link| link.sentences.contains(&sentence))
        .map(|link| link.id.as_str())
        .collect();
    assert_eq!(citing, BTreeSet::from(["rural_five_rates"]));
    // every entry that must cite does, and is found
    let linked: BTreeSet<_> = links.iter().map(|link| link.id.as_str()).collect();
    for task in &plan.tasks {
        assert!(
            linked.contains(task.id.get_ref().as_str()),
            "{}",
            task.id.get_ref()
        );
    }
}
