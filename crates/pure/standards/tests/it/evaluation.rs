//! Rows of emissions judged through their headings.

use standards::evaluation::{Evaluator, Medium, Options, find_changes};
use standards::{Language, Parameters};

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

/// The calculation of one row in Chinese and English.
fn told(medium: Medium, header: &[&str], row: &[&str]) -> [Vec<String>; 2] {
    let parameters = Parameters::shipped().unwrap();
    let mut judge = Evaluator::new(&parameters, medium, &Options::default(), header).unwrap();
    let found = judge.evaluate(row).unwrap();
    [Language::Chinese, Language::English].map(|language| found.explanation.lines(language))
}

#[test]
fn noise_is_told_with_the_allowance_of_a_peak() {
    let header = [
        "日期",
        "标准",
        "类别",
        "夜间",
        "夜间最大声级",
        "夜间噪声类型",
    ];
    let row = ["2026-03-01", "gb12348", "2", "48.5", "66", "偶发"];
    let [chinese, english] = told(Medium::Noise, &header, &row);
    assert_eq!(chinese[1], "2. 48.5 ≤ 50，达标。");
    assert_eq!(
        chinese[3],
        "4. 夜间偶发（突发）噪声的最大声级，允许超过夜间限值 15 dB(A)：50 + 15 = 65 dB(A)。"
    );
    assert_eq!(chinese[4], "5. 66 > 65，66 - 65 = 1，超标 1 dB。");
    assert_eq!(english[4], "5. 66 > 65, 66 - 65 = 1: 1 dB over.");
}

#[test]
fn soil_is_told_with_its_column_and_the_worst_item() {
    let header = ["日期", "用地类型", "pH", "镉", "铅"];
    let [chinese, english] = told(
        Medium::Soil,
        &header,
        &["2026-03-01", "水田", "6.2", "0.5", "60"],
    );
    assert_eq!(
        chinese[1..],
        [
            "2. 水田，pH 6.2：取 5.5 < pH ≤ 6.5 一栏的筛选值与管制值。",
            "3. 镉 0.5 mg/kg：筛选值 0.4，管制值 2.0；0.4 < 0.5 ≤ 2.0，高于筛选值。",
            "4. 铅 60 mg/kg：筛选值 100，管制值 500；60 ≤ 100，不高于筛选值。",
            "5. 各项中最差：高于筛选值。",
            "6. 仅按土壤划分，农用地为安全利用类。",
        ]
    );
    assert_eq!(
        english[5],
        "6. By soil alone the farmland is of the class safe use."
    );
}

#[test]
fn water_is_told_with_its_multiple_and_its_target() {
    let header = ["日期", "氨氮", "水质目标"];
    let [chinese, english] = told(Medium::Water, &header, &["2026-03-01", "1.32", "Ⅲ"]);
    assert!(
        chinese
            .contains(&"4. 氨氮超标倍数（对照 Ⅲ 类限值）：(1.32 - 1.0) / 1.0 = 0.32。".to_owned()),
        "{chinese:?}"
    );
    assert_eq!(chinese[4], "5. 目标 Ⅲ 类，实为 Ⅳ 类：未达到目标。");
    assert_eq!(
        english[4],
        "5. The target is class Ⅲ, it is class Ⅳ: not kept."
    );
}

#[test]
fn an_emission_is_told_from_its_limit_to_its_multiple() {
    let [chinese, english] = told(Medium::Emission, &HEADER, &row("40", "12", "", ""));
    assert!(
        chinese[0].contains("限值 50 mg/m3（1h），基准氧含量 9%"),
        "{chinese:?}"
    );
    assert!(
        chinese[1].contains("40 × (21 - 9) / (21 - 12) = 53.3333"),
        "{chinese:?}"
    );
    assert!(
        chinese[2].contains("/ 50 = 0.07，超标 0.07 倍"),
        "{chinese:?}"
    );
    assert!(english[2].contains("0.07 times over"), "{english:?}");
}
