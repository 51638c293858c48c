//! Series as a CSV file.

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use monitoring::{Series, SeriesPoint};
use sites::DirectoryPoint;

use crate::points::factor_names;

/// One row for each time; for each factor its value, least, greatest value and flag, as sent.
/// Begins with a byte order mark, so that spreadsheets read it as UTF-8.
/// A file of what was known at an instant says so in its first cell.
pub(super) fn write_csv(
    series: &Series,
    point: &DirectoryPoint,
    known_at: Option<Timestamp>,
) -> String {
    let mut head = vec![known_at.map_or_else(
        || "时间 time".to_owned(),
        |known_at| cell(&format!("时间 time（按 {known_at} 所知 as known then）")),
    )];
    let mut rows: BTreeMap<Timestamp, Vec<Option<&SeriesPoint>>> = BTreeMap::new();
    for (place, factor) in series.factors.iter().enumerate() {
        let code = &factor.factor_code;
        let unit = point.factor(code).map_or("", |known| known.unit.as_str());
        let name = factor_names(code).0;
        for what in ["", " 最小 min", " 最大 max", " 标记 flag"] {
            head.push(cell(&format!("{name} {code}{what} [{unit}]")));
        }
        for one in &factor.points {
            let row = rows
                .entry(one.time)
                .or_insert_with(|| vec![None; series.factors.len()]);
            if let Some(slot) = row.get_mut(place) {
                *slot = Some(one);
            }
        }
    }
    let mut out = String::from('\u{feff}');
    out.push_str(&head.join(","));
    out.push_str("\r\n");
    for (time, row) in rows {
        out.push_str(&time.to_string());
        for one in row {
            let values = match one {
                None => [String::new(), String::new(), String::new(), String::new()],
                Some(one) => [one.value.as_ref(), one.min.as_ref(), one.max.as_ref()]
                    .map(|value| value.map_or_else(String::new, |value| cell(&value.text())))
                    .into_iter()
                    .chain([cell(one.flag.as_deref().unwrap_or_default())])
                    .collect::<Vec<_>>()
                    .try_into()
                    .unwrap_or_default(),
            };
            for value in values {
                out.push(',');
                out.push_str(&value);
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// A cell: quoted where needed, and never a formula when a device sent one as a value.
pub(crate) fn cell(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    let guarded = if !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_numbers_stay_numbers() {
        assert_eq!(cell("-0.10"), "-0.10");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a,b\"c"), "\"a,b\"\"c\"");
        assert_eq!(cell("@x"), "'@x");
    }
}
