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

/// The values of one row by column.
fn values(medium: Medium, header: &[&str], row: &[&str]) -> Vec<(&'static str, Option<String>)> {
    let parameters = Parameters::shipped().unwrap();
    let mut judge = Evaluator::new(&parameters, medium, &Options::default(), header).unwrap();
    let found = judge.evaluate(row).unwrap();
    assert_eq!(found.values.len(), judge.output_columns().len());
    let columns = judge.output_columns().iter().map(|column| column.key);
    columns.zip(found.values).collect()
}

// 0.2663 × 50.01 + 0.1879 × 45.71 + 0.179 × 57.62 + 0.1834 × (64.63 + 37.98) = 51.04, weights 1
#[test]
fn a_lake_is_told_with_its_trophic_level() {
    let header = [
        "日期",
        "水体",
        "总磷",
        "总氮",
        "高锰酸盐指数",
        "叶绿素a",
        "透明度(m)",
    ];
    let row = ["2026-03-01", "湖泊", "0.05", "1.2", "4", "10", "0.5"];
    let [chinese, english] = told(Medium::Water, &header, &row);
    assert!(
        chinese.iter().any(|line| line
            .ends_with("透明度 0.5 m：10 × (5.118 - 1.94 × ln 0.5) = 64.63，权重 0.1834。")),
        "{chinese:?}"
    );
    assert!(
        chinese
            .last()
            .unwrap()
            .ends_with("50 < 51.0 ≤ 60：轻度富营养。"),
        "{chinese:?}"
    );
    assert!(
        english
            .last()
            .unwrap()
            .ends_with("50 < 51.0 ≤ 60: lightly eutrophic.")
    );
    let values = values(Medium::Water, &header, &row);
    assert!(
        values.contains(&("trophic_index", Some("51.0".to_owned()))),
        "{values:?}"
    );
    assert!(values.contains(&("trophic_level", Some("轻度富营养".to_owned()))));
    assert!(values.contains(&("black_odorous", None)));
}

#[test]
fn a_lake_before_the_index_or_with_a_value_of_zero_keeps_its_class() {
    let header = ["日期", "水体", "总磷", "总氮", "CODMn", "chla", "透明度(m)"];
    for row in [
        ["2009-03-01", "湖泊", "0.05", "1.2", "4", "10", "0.5"],
        ["2026-03-01", "湖泊", "0.05", "1.2", "4", "0", "0.5"],
        ["2026-03-01", "湖泊", "0.05", "1.2", "4", "10", ""],
    ] {
        let found = values(Medium::Water, &header, &row);
        assert_eq!(
            found.first(),
            Some(&("class", Some("Ⅲ".to_owned()))),
            "{row:?}"
        );
        assert!(found.contains(&("trophic_index", None)), "{row:?}");
    }
    let old = ["2014-03-01", "河流", "0.05", "1.2", "4", "", "0.2"];
    let found = values(Medium::Water, &header, &old);
    assert!(found.contains(&("black_odorous", None)), "{found:?}");
}

#[test]
fn a_black_odorous_point_is_told_by_its_worst_indicator() {
    let header = ["日期", "溶解氧", "氨氮", "氧化还原电位(mV)", "透明度（cm）"];
    let row = ["2026-03-01", "1.5", "6.0", "-210", "20"];
    let [chinese, english] = told(Medium::Water, &header, &row);
    assert!(
        chinese
            .iter()
            .any(|line| line.ends_with("氧化还原电位 -210 mV：-210 < -200，重度黑臭。")),
        "{chinese:?}"
    );
    assert!(
        chinese
            .last()
            .unwrap()
            .ends_with("有指标达到重度：该点重度黑臭。")
    );
    assert!(
        english
            .last()
            .unwrap()
            .ends_with("At this point an indicator is heavy: heavily black-odorous.")
    );
    let values = values(Medium::Water, &header, &row);
    assert!(
        values.contains(&("black_odorous", Some("重度黑臭".to_owned()))),
        "{values:?}"
    );
    assert!(values.contains(&("trophic_level", None)));
}

#[test]
fn a_transparency_without_its_unit_is_refused_by_its_cell() {
    let parameters = Parameters::shipped().unwrap();
    let header = ["日期", "溶解氧", "透明度"];
    let mut judge =
        Evaluator::new(&parameters, Medium::Water, &Options::default(), &header).unwrap();
    let problems = judge.evaluate(&["2026-03-01", "5", "20"]).unwrap_err();
    assert_eq!(problems[0].column, "透明度");
    assert!(judge.evaluate(&["2026-03-01", "5", ""]).is_ok());
}

#[test]
fn a_section_is_told_with_its_index_in_the_ranking() {
    let header = ["日期", "pH", "溶解氧", "氨氮", "总氮"];
    let row = ["2026-03-01", "8", "10", "0.5", "3"];
    let [chinese, english] = told(Medium::Water, &header, &row);
    assert!(
        chinese
            .last()
            .unwrap()
            .ends_with("断面水质指数为各项之和：1.5。"),
        "{chinese:?}"
    );
    assert!(
        english
            .last()
            .unwrap()
            .ends_with("The index of the section is their sum: 1.5.")
    );
    let found = values(Medium::Water, &header, &row);
    assert_eq!(
        found.last(),
        Some(&("section_index", Some("1.5000".to_owned())))
    );
    // without oxygen there is nothing to divide by, and the class stands all the same
    let found = values(
        Medium::Water,
        &header,
        &["2026-03-01", "8", "0", "0.5", "3"],
    );
    assert_eq!(found.first(), Some(&("class", Some("劣Ⅴ".to_owned()))));
    assert_eq!(found.last(), Some(&("section_index", None)));
}

#[test]
fn a_point_with_day_and_night_is_told_with_the_level_of_both() {
    let header = ["日期", "类别", "昼间", "夜间"];
    let row = ["2026-03-01", "2", "60", "40"];
    let [chinese, english] = told(Medium::Noise, &header, &row);
    assert!(
        chinese.last().unwrap().contains("= 58.5 dB(A)"),
        "{chinese:?}"
    );
    assert!(
        english
            .last()
            .unwrap()
            .ends_with("= 58.5 dB(A) (one decimal).")
    );
    let found = values(Medium::Noise, &header, &row);
    assert_eq!(
        found.last(),
        Some(&("day_night_level", Some("58.5".to_owned())))
    );
    // a boundary has no level of day and night
    let header = ["日期", "标准", "类别", "昼间", "夜间"];
    let found = values(
        Medium::Noise,
        &header,
        &["2026-03-01", "gb12348", "2", "60", "40"],
    );
    assert_eq!(found.last(), Some(&("day_night_level", None)));
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
