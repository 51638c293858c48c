//! Figures, states and dates in the words of a report.

use exact_decimal::Decimal;
use report_document::{Cell, Tone};

use crate::content::{Content, FigurePart, TotalPart};

/// What stands where there is no figure.
pub(crate) const NONE: &str = "—";

/// A status in words.
pub(crate) fn status_word(status: &str) -> &'static str {
    match status {
        "met" => "达到目标",
        "on_track" => "进展正常",
        "at_risk" => "存在风险",
        "behind" => "滞后",
        _ => "无数据",
    }
}

pub(crate) fn status_tone(status: &str) -> Tone {
    match status {
        "met" => Tone::Good,
        "on_track" => Tone::Fair,
        "at_risk" => Tone::Warn,
        "behind" => Tone::Bad,
        _ => Tone::None,
    }
}

pub(crate) fn status_cell(status: &str) -> Cell {
    Cell {
        text: status_word(status).to_owned(),
        tone: Some(status_tone(status)),
    }
}

/// States in the order of a report.
pub(crate) const STATES: [&str; 5] = ["met", "on_track", "at_risk", "behind", "no_data"];

/// A figure; a class of water as it is written.
pub(crate) fn figure(value: Option<Decimal>, unit: &str) -> String {
    let Some(value) = value else {
        return NONE.to_owned();
    };
    if unit == "类" {
        for (number, word) in (1..).zip(["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"]) {
            if value == number {
                return word.to_owned();
            }
        }
    }
    value.to_string()
}

/// A figure with its unit, as in a sentence.
pub(crate) fn figure_in_words(value: Option<Decimal>, unit: &str) -> String {
    let text = figure(value, unit);
    match unit {
        // the table of the plan has `平均值` in the place of the unit of noise
        "平均值" => format!("{text}分贝"),
        "μg/m3" => format!("{text}微克/立方米"),
        "t" => format!("{text}吨"),
        _ => format!("{text}{unit}"),
    }
}

/// A unit as a table shows it.
pub(crate) fn unit_word(unit: &str) -> &str {
    match unit {
        "平均值" => "dB(A)",
        "μg/m3" => "μg/m³",
        other => other,
    }
}

/// A score, or that there is none.
pub(crate) fn score(value: Option<Decimal>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// `2021-03-01T…` as 2021年3月1日.
pub(crate) fn chinese_date(text: &str) -> String {
    let mut parts = text.get(..10).unwrap_or(text).split('-');
    let mut number = || parts.next().map(|part| part.trim_start_matches('0'));
    match (number(), number(), number()) {
        (Some(year), Some(month), Some(day)) => format!("{year}年{month}月{day}日"),
        _ => text.to_owned(),
    }
}

/// The colour of a grade: by its place among the grades.
pub(crate) fn grade_tone(content: &Content, total: &TotalPart) -> Tone {
    let grades = &content.rule.grades;
    let place = total
        .grade
        .as_ref()
        .and_then(|id| grades.iter().position(|grade| &grade.id == id));
    match place {
        None => Tone::None,
        Some(place) if place + 1 == grades.len() => Tone::Bad,
        Some(0) => Tone::Good,
        Some(1) => Tone::Fair,
        Some(_) => Tone::Warn,
    }
}

/// The name of a grade.
pub(crate) fn grade_word(content: &Content, total: &TotalPart) -> String {
    content
        .grade(total.grade.as_deref())
        .map_or_else(|| "不评定".to_owned(), |grade| grade.name.clone())
}

pub(crate) fn grade_cell(content: &Content, total: &TotalPart) -> Cell {
    Cell {
        text: grade_word(content, total),
        tone: Some(grade_tone(content, total)),
    }
}

/// Names joined as a sentence has them.
pub(crate) fn listed(names: &[String]) -> String {
    names.join("、")
}

/// What a figure is called where its region must be said.
pub(crate) fn full_name(content: &Content, one: &FigurePart) -> String {
    if one.region == content.plan.region {
        one.name.clone()
    } else {
        format!("{}（{}）", one.name, one.region_name)
    }
}

/// What was expected, by the kind of assessment.
pub(crate) fn expected_word(content: &Content) -> &'static str {
    if content.year >= content.plan.last_year {
        "规划目标"
    } else {
        "当年预期"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_classes_are_written_as_a_bureau_writes_them() {
        assert_eq!(chinese_date("2021-03-01T08:00:00+08:00"), "2021年3月1日");
        assert_eq!(figure(Some(Decimal::from(3)), "类"), "Ⅲ");
        assert_eq!(figure(Some("3.8".parse().unwrap()), "类"), "3.8");
        assert_eq!(figure_in_words(Some(Decimal::from(4)), "类"), "Ⅳ类");
        assert_eq!(
            figure_in_words(Some("45.1".parse().unwrap()), "μg/m3"),
            "45.1微克/立方米"
        );
        assert_eq!(figure(None, "%"), "—");
    }
}
