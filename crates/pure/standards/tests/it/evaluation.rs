//! Rows of emissions judged through their headings.

use standards::Parameters;
use standards::evaluation::{Evaluator, Medium, Options, find_changes};

const HEADER: [&str; 9] = [
    "日期",
    "执行标准",
    "设施",
    "级别",
    "污染物",
    "浓度",
    "氧含量",
    "折算浓度",
    "许可浓度",
];

fn row<'a>(value: &'a str, oxygen: &'a str, converted: &'a str, permit: &'a str) -> [&'a str; 9] {
    [
        "2026-05-01",
        "GB 13271-2014",
        "coal boiler (<=65 t/h steam)",
        "new",
        "PM",
        value,
        oxygen,
        converted,
        permit,
    ]
}

#[test]
fn an_emission_is_converted_and_held_against_the_stricter_limit() {
    let parameters = Parameters::shipped().unwrap();
    let mut judge =
        Evaluator::new(&parameters, Medium::Emission, &Options::default(), &HEADER).unwrap();
    for (given, expected) in [
        // 40 × 12 ÷ 9 = 53.33…: above 50
        (row("40", "12", "", ""), ["否", "0.07", "53.333333", "50"]),
        (row("40", "9", "", ""), ["是", "", "40", "50"]),
        (row("40", "9", "", "30"), ["否", "0.33", "40", "30"]),
        (row("", "", "50", ""), ["是", "", "50", "50"]),
    ] {
        let found = judge.evaluate(&given).unwrap();
        let shown: Vec<_> = found
            .values
            .iter()
            .take(4)
            .map(|value| value.clone().unwrap_or_default())
            .collect();
        assert_eq!(shown, expected, "{given:?}");
    }
}

#[test]
fn an_emission_without_usable_oxygen_is_refused_by_its_cell() {
    let parameters = Parameters::shipped().unwrap();
    let mut judge =
        Evaluator::new(&parameters, Medium::Emission, &Options::default(), &HEADER).unwrap();
    for oxygen in ["", "20.9", "x", "-1"] {
        let problems = judge.evaluate(&row("40", oxygen, "", "")).unwrap_err();
        assert_eq!(problems[0].column, "氧含量", "{oxygen}");
    }
    let missing = judge.evaluate(&row("", "9", "", "")).unwrap_err();
    assert_eq!(missing[0].column, "浓度");
}

#[test]
fn a_row_that_other_rules_cannot_judge_changes_all_its_verdicts() {
    let parameters = Parameters::shipped().unwrap();
    let mut judge =
        Evaluator::new(&parameters, Medium::Emission, &Options::default(), &HEADER).unwrap();
    let found = judge.evaluate(&row("40", "9", "", "")).unwrap();
    let changes = find_changes(judge.output_columns(), &found, None);
    let columns: Vec<_> = changes.iter().map(|change| change.column).collect();
    assert_eq!(columns, ["attains", "limit"]);
    assert!(find_changes(judge.output_columns(), &found, Some(&found)).is_empty());
}
