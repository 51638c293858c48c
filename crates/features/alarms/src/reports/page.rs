//! How a sheet of a report looks: title, period, headings, lines, page set-up.

use beijing_time::Timestamp;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) period: String,
    pub(super) columns: &'a [(&'a str, f64)],
    pub(super) is_simulated: bool,
    pub(super) generated_at: Timestamp,
}

pub(super) fn minute(at: Timestamp) -> String {
    at.civil()
        .to_string()
        .replace('T', " ")
        .chars()
        .take(16)
        .collect()
}

/// Lays out a page: title, period, headings; returns the first free row.
pub(super) fn lay_out(sheet: &mut Worksheet, page: &Page<'_>) -> Result<u32, XlsxError> {
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

/// One cell of a line.
pub(super) enum Cell {
    Text(String),
    /// A whole number.
    Count(i64),
    /// Exact decimal text in percent, shown with two places; nothing where there was nothing to
    /// expect.
    Percent(Option<String>),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

pub(super) fn write_rows(
    sheet: &mut Worksheet,
    first: u32,
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<u32, XlsxError> {
    let plain = Format::new()
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    let count = plain.clone().set_num_format("#,##0");
    let percent = plain.clone().set_num_format("0.00");
    let nothing = plain.clone().set_align(FormatAlign::Right);
    let mut row = first;
    for cells in rows {
        for (column, cell) in (0_u16..).zip(&cells) {
            match cell {
                Cell::Text(text) => sheet.write_with_format(row, column, text.as_str(), &plain)?,
                Cell::Count(number) => sheet.write_with_format(row, column, *number, &count)?,
                // a workbook's numbers are floating point: two places of a percentage are exact in
                // what it shows
                Cell::Percent(text) => {
                    match text.as_ref().and_then(|text| text.parse::<f64>().ok()) {
                        Some(number) => sheet.write_with_format(row, column, number, &percent)?,
                        None => sheet.write_with_format(row, column, "—", &nothing)?,
                    }
                }
            };
        }
        row += 1;
    }
    Ok(row)
}
