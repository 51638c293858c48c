//! The columns of a file of records.

use crate::{Field, MonitoringError};

/// A column: its name in English and Chinese, and what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportColumn {
    /// The name in English.
    pub name: &'static str,
    /// The name in Chinese.
    pub name_zh: &'static str,
    /// Whether a file must have it.
    pub is_required: bool,
    /// The value that stands in it, if it is one.
    pub field: Option<&'static str>,
}

const fn column(name: &'static str, name_zh: &'static str) -> ImportColumn {
    ImportColumn {
        name,
        name_zh,
        is_required: true,
        field: None,
    }
}

const fn value(name: &'static str, name_zh: &'static str, field: &'static str) -> ImportColumn {
    ImportColumn {
        name,
        name_zh,
        is_required: false,
        field: Some(field),
    }
}

/// All columns; the values have the names of HJ 212-2017, table C.
pub const IMPORT_COLUMNS: [ImportColumn; 15] = [
    column("site", "站点编码"),
    column("point", "点位编码"),
    column("kind", "数据类型"),
    column("time", "时间"),
    column("factor", "因子编码"),
    ImportColumn {
        is_required: false,
        ..column("flag", "数据标记")
    },
    value("rtd", "实时值", "Rtd"),
    value("avg", "平均值", "Avg"),
    value("min", "最小值", "Min"),
    value("max", "最大值", "Max"),
    value("cou", "累计值", "Cou"),
    value("zs_rtd", "折算实时值", "ZsRtd"),
    value("zs_avg", "折算平均值", "ZsAvg"),
    value("zs_min", "折算最小值", "ZsMin"),
    value("zs_max", "折算最大值", "ZsMax"),
];

/// Where each column stands in a file.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) site: usize,
    pub(super) point: usize,
    pub(super) kind: usize,
    pub(super) time: usize,
    pub(super) factor: usize,
    pub(super) flag: Option<usize>,
    pub(super) values: Vec<(usize, &'static str, Field)>,
}

impl Places {
    /// Reads a heading; names may be English or Chinese, in any order.
    pub(super) fn read(heading: &[String]) -> Result<Self, MonitoringError> {
        let invalid = |detail: String| MonitoringError::Invalid {
            field: "heading",
            detail,
        };
        let mut found: Vec<(usize, &ImportColumn)> = Vec::new();
        for (at, name) in heading.iter().enumerate() {
            let name = name.trim().trim_start_matches('\u{feff}');
            if name.is_empty() {
                continue;
            }
            let known = IMPORT_COLUMNS
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name) || column.name_zh == name);
            let Some(known) = known else {
                return Err(invalid(format!("there is no column `{name}`")));
            };
            if found.iter().any(|(_, column)| column.name == known.name) {
                return Err(invalid(format!("the column `{name}` is there twice")));
            }
            found.push((at, known));
        }
        let place = |name: &str| {
            found
                .iter()
                .find(|(_, column)| column.name == name)
                .map(|(at, _)| *at)
        };
        let required = |name: &str| {
            place(name).ok_or_else(|| invalid(format!("the column `{name}` is missing")))
        };
        let values: Vec<_> = found
            .iter()
            .filter_map(|(at, column)| Some((*at, column.name, Field::from_name(column.field?))))
            .collect();
        if values.is_empty() {
            return Err(invalid("there is no column with values".to_owned()));
        }
        Ok(Self {
            site: required("site")?,
            point: required("point")?,
            kind: required("kind")?,
            time: required("time")?,
            factor: required("factor")?,
            flag: place("flag"),
            values,
        })
    }
}
