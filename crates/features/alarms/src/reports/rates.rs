//! The report of operation, networking and transmission-effectiveness rates (运行率、联网率、
//! 传输有效率).

use beijing_time::Timestamp;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::page::{Cell, Page, lay_out, write_rows};
use crate::AlarmError;

/// One line of the report of rates; rates are exact decimal text in percent, or nothing when there
/// was nothing to expect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RateReportRow {
    /// County, enterprise or point.
    pub name_zh: String,
    /// Of how many points.
    pub points: usize,
    /// 运行率
    pub operation: Option<String>,
    /// 联网率
    pub networking: Option<String>,
    /// 传输率
    pub transmission: Option<String>,
    /// 有效率
    pub effective: Option<String>,
    /// 传输有效率
    pub transmission_effectiveness: Option<String>,
    /// 应收小时数据
    pub due_values: i64,
    /// 实收小时数据
    pub received_values: i64,
    /// 有效小时数据
    pub valid_values: i64,
    /// 豁免小时数据
    pub exempt_values: i64,
    /// Simulated.
    pub is_simulated: bool,
}

/// The report of rates of a period.
#[derive(Debug, Clone, Default)]
pub struct RateReport {
    /// A sheet for each way of grouping: its name, which heads its second column, and its lines.
    pub sheets: Vec<(String, Vec<RateReportRow>)>,
    /// How each rate is computed and where that comes from, a line each.
    pub bases: Vec<[String; 3]>,
    /// The period in words.
    pub period: String,
}

/// Writes the report of rates: a sheet for each way of grouping, and one that says how they are
/// computed.
///
/// # Errors
/// [`AlarmError::Workbook`] when it cannot be written.
pub fn write_rate_report(
    report: &RateReport,
    generated_at: Timestamp,
) -> Result<Vec<u8>, AlarmError> {
    let mut workbook = Workbook::new();
    add_sheets(&mut workbook, report, generated_at)?;
    Ok(workbook.save_to_buffer()?)
}

/// Adds the sheets of the report to a workbook.
pub(super) fn add_sheets(
    workbook: &mut Workbook,
    report: &RateReport,
    generated_at: Timestamp,
) -> Result<(), XlsxError> {
    for (name, rows) in &report.sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        write_sheet(sheet, (name, rows), &report.period, generated_at)?;
    }
    if !report.bases.is_empty() {
        let sheet = workbook.add_worksheet();
        sheet.set_name("口径说明")?;
        write_bases(sheet, report, generated_at)?;
    }
    Ok(())
}

fn write_sheet(
    sheet: &mut Worksheet,
    (name, rows): (&str, &[RateReportRow]),
    period: &str,
    generated_at: Timestamp,
) -> Result<(), XlsxError> {
    let page = Page {
        title: "自动监控运行率、联网率与传输有效率报表",
        period: period.to_owned(),
        columns: &[
            ("序号", 6.0),
            (name, 34.0),
            ("监测点数", 9.0),
            ("运行率（%）", 11.0),
            ("联网率（%）", 11.0),
            ("传输率（%）", 11.0),
            ("有效率（%）", 11.0),
            ("传输有效率（%）", 13.0),
            ("应收小时数据", 12.0),
            ("实收", 10.0),
            ("有效", 10.0),
            ("豁免", 10.0),
            ("备注", 12.0),
        ],
        is_simulated: rows.iter().any(|row| row.is_simulated),
        generated_at,
    };
    let first = lay_out(sheet, &page)?;
    let lines = (1..).zip(rows).map(|(number, row)| {
        vec![
            Cell::Count(number),
            row.name_zh.as_str().into(),
            Cell::Count(i64::try_from(row.points).unwrap_or(i64::MAX)),
            Cell::Percent(row.operation.clone()),
            Cell::Percent(row.networking.clone()),
            Cell::Percent(row.transmission.clone()),
            Cell::Percent(row.effective.clone()),
            Cell::Percent(row.transmission_effectiveness.clone()),
            Cell::Count(row.due_values),
            Cell::Count(row.received_values),
            Cell::Count(row.valid_values),
            Cell::Count(row.exempt_values),
            if row.is_simulated { "模拟数据" } else { "" }.into(),
        ]
    });
    write_rows(sheet, first, lines)?;
    Ok(())
}

fn write_bases(
    sheet: &mut Worksheet,
    report: &RateReport,
    generated_at: Timestamp,
) -> Result<(), XlsxError> {
    let page = Page {
        title: "各项比率的计算口径",
        period: report.period.clone(),
        columns: &[("指标", 18.0), ("计算方法", 70.0), ("依据", 60.0)],
        is_simulated: false,
        generated_at,
    };
    let first = lay_out(sheet, &page)?;
    let lines = report
        .bases
        .iter()
        .map(|basis| basis.iter().map(|text| text.as_str().into()).collect());
    let end = write_rows(sheet, first, lines)?;
    sheet.write_with_format(
        end + 1,
        0,
        "多个监测点的比率按分子、分母分别合计后计算，不是各点比率的平均值；保留两位小数，按 GB/T 8170-2008 修约。",
        &Format::new(),
    )?;
    Ok(())
}
