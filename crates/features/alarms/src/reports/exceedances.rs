//! The report of exceedances.

use beijing_time::Timestamp;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::page::{Cell, Page, lay_out, minute, write_rows};
use crate::AlarmError;
use crate::model::ExceedanceRow;

/// The report of exceedances (超标数据报表) of a period. Values stay the text that devices sent.
///
/// # Errors
/// [`AlarmError::Workbook`] when it cannot be written.
pub fn write_exceedance_report(
    rows: &[ExceedanceRow],
    (from, to): (Timestamp, Timestamp),
    generated_at: Timestamp,
    name_of_factor: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, AlarmError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("超标数据")?;
    let period = format!("{} 至 {}", minute(from), minute(to));
    write_exceedances(sheet, rows, (&period, generated_at), name_of_factor)?;
    Ok(workbook.save_to_buffer()?)
}

/// Writes the lines of the report into a sheet.
pub(super) fn write_exceedances(
    sheet: &mut Worksheet,
    rows: &[ExceedanceRow],
    (period, generated_at): (&str, Timestamp),
    name_of_factor: &dyn Fn(&str) -> Option<String>,
) -> Result<(), XlsxError> {
    let page = Page {
        title: "自动监控超标数据报表",
        period: period.to_owned(),
        columns: &[
            ("序号", 6.0),
            ("单位", 26.0),
            ("监测点", 20.0),
            ("因子", 14.0),
            ("数据类型", 9.0),
            ("数据时间", 17.0),
            ("监测值", 12.0),
            ("限值", 10.0),
            ("超标倍数", 10.0),
            ("限值来源", 24.0),
            ("备注", 18.0),
        ],
        is_simulated: rows.iter().any(|row| row.is_simulated),
        generated_at,
    };
    let first = lay_out(sheet, &page)?;
    let lines = rows.iter().enumerate().map(|(index, row)| {
        let origin = match row.limit_origin.as_str() {
            "standard" => "标准",
            "permit" => "排污许可证",
            "manual" => "人工设定",
            other => other,
        };
        let mut notes = Vec::new();
        if row.side == "lower" {
            notes.push("低于下限");
        }
        if row.is_late {
            notes.push("补传数据");
        }
        if row.is_exempt {
            notes.push("计划停运期间");
        }
        if row.is_simulated {
            notes.push("模拟数据");
        }
        vec![
            Cell::Count(i64::try_from(index + 1).unwrap_or(i64::MAX)),
            row.site_name_zh.clone().into(),
            row.point_name_zh.clone().into(),
            name_of_factor(&row.factor_code)
                .unwrap_or_else(|| row.factor_code.clone())
                .into(),
            name_of_kind(row.kind).into(),
            minute(row.time).into(),
            row.value.clone().into(),
            row.limit_value.clone().into(),
            row.multiple.clone().unwrap_or_default().into(),
            format!("{origin} {}", row.limit_basis).into(),
            notes.join("；").into(),
        ]
    });
    let end = write_rows(sheet, first, lines)?;
    sheet.write(end, 0, format!("合计 {} 条", rows.len()))?;
    Ok(())
}

fn name_of_kind(kind: crate::words::RecordKind) -> &'static str {
    use crate::words::RecordKind;
    match kind {
        RecordKind::Realtime => "实时",
        RecordKind::Minute => "分钟",
        RecordKind::Hour => "小时",
        RecordKind::Day => "日",
    }
}
