//! What many rows come to together, as a table or as JSON.

use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};
use standards::evaluation::Summary;

use super::write::sink;
use super::{EvaluateOptions, basis, language_of};
use crate::hj212_command::LanguageOption;

/// Columns before the values: key, Chinese heading.
const HEAD: [(&str, &str); 5] = [
    ("kind", "汇总"),
    ("name", "名称"),
    ("period", "时段"),
    ("rows", "依据行数"),
    ("left_out", "未参与行数"),
];

/// The summary as rows of texts, the heading first; rows that were left out stand at the end.
pub(super) fn table(
    summary: &Summary,
    options: &EvaluateOptions,
    is_book: bool,
) -> Vec<Vec<String>> {
    let is_chinese = options.language == LanguageOption::Zh;
    let language = language_of(options.language);
    let pick =
        |key: &str, chinese: &str| if is_book && is_chinese { chinese } else { key }.to_owned();
    let mut heading: Vec<String> = HEAD.iter().map(|(key, zh)| pick(key, zh)).collect();
    heading.extend(
        summary
            .columns
            .iter()
            .map(|column| pick(column.key, column.chinese)),
    );
    heading.extend(basis::COLUMNS.iter().map(|(key, zh)| pick(key, zh)));
    if options.explain {
        heading.push(pick("explanation", "计算过程"));
    }
    heading.push(pick("note", "说明"));
    let width = heading.len();
    let mut rows = vec![heading];
    for group in &summary.groups {
        let kind = match (is_book, options.language) {
            (false, _) => group.kind.key(),
            (true, LanguageOption::Zh) => group.kind.chinese_name(),
            (true, LanguageOption::En) => group.kind.english_name(),
        };
        let mut row = vec![
            kind.to_owned(),
            group.name.clone(),
            group.period.clone(),
            group.rows.to_string(),
            group.left_out.to_string(),
        ];
        row.extend(group.values.iter().cloned().map(Option::unwrap_or_default));
        row.extend(basis::texts(&group.basis));
        if options.explain {
            row.push(group.explanation.lines(language).join("\n"));
        }
        row.push(String::new());
        rows.push(row);
    }
    for left in &summary.left_out {
        let mut row = vec![String::new(); width];
        let told = match (left.row, options.language) {
            (0, _) => left.reason(language).to_owned(),
            (number, LanguageOption::Zh) => format!("第 {number} 行：{}", left.reason(language)),
            (number, LanguageOption::En) => format!("row {number}: {}", left.reason(language)),
        };
        for (place, text) in [(0, pick("left_out", "未参与汇总")), (1, left.group.clone())] {
            if let Some(cell) = row.get_mut(place) {
                *cell = text;
            }
        }
        if let Some(cell) = row.last_mut() {
            *cell = told;
        }
        rows.push(row);
    }
    rows
}

/// Writes the summary as CSV; a table without groups leaves the heading's fixed columns only.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_file(
    path: &Path,
    summary: Option<&Summary>,
    options: &EvaluateOptions,
) -> anyhow::Result<()> {
    let mut out = sink(Some(path))?;
    // spreadsheets read UTF-8 by this mark
    out.write_all("\u{feff}".as_bytes())?;
    let mut out = csv::Writer::from_writer(out);
    match summary {
        Some(summary) => {
            for row in table(summary, options, false) {
                out.write_record(&row)?;
            }
        }
        None => out.write_record(HEAD.map(|(key, _)| key))?,
    }
    out.flush()?;
    Ok(())
}

/// The summary as fields of a JSON object.
pub(super) fn object(summary: &Summary, options: &EvaluateOptions) -> Map<String, Value> {
    let language = language_of(options.language);
    let groups: Vec<Value> = summary
        .groups
        .iter()
        .map(|group| {
            let values: Map<String, Value> = summary
                .columns
                .iter()
                .zip(&group.values)
                .filter(|(_, value)| value.is_some())
                .map(|(column, value)| (column.key.to_owned(), json!(value)))
                .collect();
            let mut object = json!({
                "kind": group.kind.key(),
                "name": group.name,
                "period": group.period,
                "rows": group.rows,
                "left_out": group.left_out,
                "result": values,
                "basis": basis::object(&group.basis),
            });
            if let (true, Some(fields)) = (options.explain, object.as_object_mut()) {
                let lines = group.explanation.lines(language);
                fields.insert("explanation".to_owned(), json!(lines));
            }
            object
        })
        .collect();
    let left_out: Vec<Value> = summary
        .left_out
        .iter()
        .map(|left| json!({"row": left.row, "group": left.group, "reason": left.reason(language)}))
        .collect();
    [
        ("groups", json!(groups)),
        ("left_out_rows", json!(summary.left_out_count)),
        ("left_out", json!(left_out)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}
