//! Workbooks: the report of exceedances and the report of rates, in Chinese, made to be printed.

use beijing_time::Timestamp;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::AlarmError;
use crate::model::ExceedanceRow;

/// One line of the report of rates; rates are exact decimal text in percent, or nothing when there
/// was nothing to expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateReportRow {
    /// County, enterprise or point.
    pub name_zh: String,
    /// 运行率
    pub operation: Option<String>,
    /// 联网率
    pub networking: Option<String>,
    /// 传输有效率
    pub transmission: Option<String>,
    /// Simulated.
    pub is_simulated: bool,
}

struct Page<'a> {
    title: &'a str,
    period: String,
    columns: &'a [(&'a str, f64)],
    is_simulated: bool,
    generated_at: Timestamp,
}

fn minute(at: Timestamp) -> String {
    at.civil()
        .to_string()
        .replace('T', " ")
        .chars()
        .take(16)
        .collect()
}

/// Lays out a page: title, period, headings; returns the first free row.
fn lay_out(sheet: &mut Worksheet, page: &Page<'_>) -> Result<u32, XlsxError> {
    let title = Format::new()
        .set_bold()
        .set_font_size(16)
        .set_align(FormatAlign::Center);
    let heading = Format::new()
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap()
        .set_border(FormatBorder::Thin);
    let last = u16::try_from(page.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.merge_range(0, 0, 0, last, page.title, &title)?;
    let mark = if page.is_simulated {
        "　【含模拟数据】"
    } else {
        ""
    };
    let line = format!(
        "统计时段：{}　生成时间：{}{mark}",
        page.period,
        minute(page.generated_at)
    );
    sheet.merge_range(1, 0, 1, last, &line, &Format::new())?;
    for (column, (name, width)) in (0_u16..).zip(page.columns) {
        sheet.write_with_format(2, column, *name, &heading)?;
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(2, 2)?;
    sheet.set_freeze_panes(3, 0)?;
    sheet.set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3);
    sheet.set_header(format!("&C{}{mark}", page.title));
    sheet.set_footer(format!(
        "&L生成时间：{}&R第 &P 页 / 共 &N 页",
        minute(page.generated_at)
    ));
    Ok(3)
}

fn write_rows(
    sheet: &mut Worksheet,
    first: u32,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<u32, XlsxError> {
    let cell = Format::new()
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    let mut row = first;
    for texts in rows {
        for (column, text) in (0_u16..).zip(&texts) {
            sheet.write_with_format(row, column, text.as_str(), &cell)?;
        }
        row += 1;
    }
    Ok(row)
}

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
    let page = Page {
        title: "自动监控超标数据报表",
        period: format!("{} 至 {}", minute(from), minute(to)),
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
            (index + 1).to_string(),
            row.site_name_zh.clone(),
            row.point_name_zh.clone(),
            name_of_factor(&row.factor_code).unwrap_or_else(|| row.factor_code.clone()),
            name_of_kind(row.kind).to_owned(),
            minute(row.time),
            row.value.clone(),
            row.limit_value.clone(),
            row.multiple.clone().unwrap_or_default(),
            format!("{origin} {}", row.limit_basis),
            notes.join("；"),
        ]
    });
    let end = write_rows(sheet, first, lines)?;
    sheet.write(end, 0, format!("合计 {} 条", rows.len()))?;
    Ok(workbook.save_to_buffer()?)
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

/// The report of operation, networking and transmission-effectiveness rates (运行率、联网率、
/// 传输有效率). A sheet for each way of grouping.
///
/// # Errors
/// [`AlarmError::Workbook`] when it cannot be written.
pub fn write_rate_report(
    sheets: &[(&str, Vec<RateReportRow>)],
    period: &str,
    generated_at: Timestamp,
) -> Result<Vec<u8>, AlarmError> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name)?;
        let page = Page {
            title: "自动监控运行率、联网率与传输有效率报表",
            period: period.to_owned(),
            columns: &[
                ("序号", 6.0),
                (name, 36.0),
                ("运行率（%）", 16.0),
                ("联网率（%）", 16.0),
                ("传输有效率（%）", 18.0),
                ("备注", 16.0),
            ],
            is_simulated: rows.iter().any(|row| row.is_simulated),
            generated_at,
        };
        let first = lay_out(sheet, &page)?;
        let rate = |rate: &Option<String>| rate.clone().unwrap_or_else(|| "—".to_owned());
        let lines = rows.iter().enumerate().map(|(index, row)| {
            vec![
                (index + 1).to_string(),
                row.name_zh.clone(),
                rate(&row.operation),
                rate(&row.networking),
                rate(&row.transmission),
                if row.is_simulated { "模拟数据" } else { "" }.to_owned(),
            ]
        });
        write_rows(sheet, first, lines)?;
    }
    Ok(workbook.save_to_buffer()?)
}
