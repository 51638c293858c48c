//! Writing rows as a workbook or as CSV files.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Note, Workbook, Worksheet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Column, Sheet, SheetTables, guard};
use crate::SitesError;
use crate::model::{
    LimitOrigin, LimitStatistic, Medium, OrganisationKind, PeriodLabel, RecordKind, SiteKind,
};

/// The last row that choices are offered for in a template.
const CHOICE_ROWS: u32 = 5_000;

pub(super) fn not_written(error: impl core::fmt::Display) -> SitesError {
    SitesError::NotWritten {
        reason: error.to_string(),
    }
}

impl SheetTables {
    /// A workbook (XLSX) with all sheets, also those without rows, and one that explains the
    /// columns. Every cell is text: a spreadsheet then neither rounds an MN nor runs a formula.
    ///
    /// # Errors
    /// [`SitesError::NotWritten`].
    pub fn to_workbook(&self) -> Result<Vec<u8>, SitesError> {
        let mut workbook = Workbook::new();
        for sheet in Sheet::ALL.iter().copied() {
            let page = workbook.add_worksheet();
            self.write_page(page, sheet).map_err(not_written)?;
        }
        write_notes(workbook.add_worksheet()).map_err(not_written)?;
        workbook.save_to_buffer().map_err(not_written)
    }

    fn write_page(
        &self,
        page: &mut Worksheet,
        sheet: Sheet,
    ) -> Result<(), rust_xlsxwriter::XlsxError> {
        let plain = write_headings(page, sheet.name_zh(), sheet.columns())?;
        for (index, column) in (0_u16..).zip(sheet.columns()) {
            let choices = choices(sheet, column);
            // Excel holds the list of choices in 255 characters
            let length: usize = choices
                .iter()
                .map(|choice| choice.chars().count() + 1)
                .sum();
            if !choices.is_empty() && length < 250 {
                let validation = DataValidation::new().allow_list_strings(&choices)?;
                page.add_data_validation(1, index, CHOICE_ROWS, index, &validation)?;
            }
        }
        for (number, row) in (1_u32..).zip(self.rows(sheet)) {
            for (index, cell) in (0_u16..).zip(&row.cells) {
                if let Some(text) = cell.as_deref().filter(|text| !text.is_empty()) {
                    page.write_string_with_format(number, index, text, &plain)?;
                }
            }
        }
        Ok(())
    }

    /// One sheet as a CSV file in UTF-8 with a byte order mark, as spreadsheets want it.
    ///
    /// # Errors
    /// [`SitesError::NotWritten`].
    pub fn to_csv(&self, sheet: Sheet) -> Result<Vec<u8>, SitesError> {
        let headings = sheet.columns().iter().map(|column| column.name_zh);
        let rows = self.rows(sheet).iter().map(|row| {
            let cells = row.cells.iter();
            cells
                .map(|cell| cell.as_deref().unwrap_or_default())
                .collect()
        });
        write_rows(headings, rows)
    }

    /// A ZIP with a CSV file for each sheet.
    ///
    /// # Errors
    /// [`SitesError::NotWritten`].
    pub fn to_csv_zip(&self) -> Result<Vec<u8>, SitesError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for sheet in Sheet::ALL.iter().copied() {
            let name = format!("{}.csv", sheet.name());
            archive
                .start_file(name, SimpleFileOptions::default())
                .map_err(not_written)?;
            archive
                .write_all(&self.to_csv(sheet)?)
                .map_err(not_written)?;
        }
        Ok(archive.finish().map_err(not_written)?.into_inner())
    }
}

/// The page that explains every column.
fn write_notes(page: &mut Worksheet) -> Result<(), rust_xlsxwriter::XlsxError> {
    let bold = Format::new().set_bold();
    page.set_name("填写说明")?;
    for (index, (heading, width)) in (0_u16..).zip([
        ("工作表", 12.0),
        ("列名", 18.0),
        ("英文列名", 22.0),
        ("必填", 8.0),
        ("说明", 80.0),
    ]) {
        page.set_column_width(index, width)?;
        page.write_string_with_format(0, index, heading, &bold)?;
    }
    let columns = Sheet::ALL
        .iter()
        .flat_map(|sheet| sheet.columns().iter().map(move |column| (sheet, column)));
    for (row, (sheet, column)) in (1_u32..).zip(columns) {
        let required = if column.is_required { "是" } else { "否" };
        page.write_string(row, 0, sheet.name_zh())?;
        page.write_string(row, 1, column.name_zh)?;
        page.write_string(row, 2, column.name)?;
        page.write_string(row, 3, required)?;
        page.write_string(row, 4, column.note_zh)?;
    }
    Ok(())
}

/// Names a page and writes its headings with their notes; every cell below is text: a spreadsheet then
/// neither rounds a number nor runs a formula. Returns the form of these cells.
pub(super) fn write_headings(
    page: &mut Worksheet,
    name: &str,
    columns: &[Column],
) -> Result<Format, rust_xlsxwriter::XlsxError> {
    let heading = Format::new()
        .set_bold()
        .set_background_color("DCE6F1")
        .set_align(FormatAlign::Center);
    let plain = Format::new().set_num_format("@");
    page.set_name(name)?;
    page.set_freeze_panes(1, 0)?;
    for (index, column) in (0_u16..).zip(columns) {
        page.set_column_width(index, 18)?;
        page.set_column_format(index, &plain)?;
        let star = if column.is_required { "*" } else { "" };
        let text = format!("{}{star}", column.name_zh);
        page.write_string_with_format(0, index, text, &heading)?;
        if !column.note_zh.is_empty() {
            let note = Note::new(column.note_zh).add_author_prefix(false);
            page.insert_note(0, index, &note)?;
        }
    }
    Ok(plain)
}

/// Rows as a CSV file in UTF-8 with a byte order mark, as spreadsheets want it.
pub(super) fn write_rows<'a>(
    headings: impl Iterator<Item = &'a str>,
    rows: impl Iterator<Item = Vec<&'a str>>,
) -> Result<Vec<u8>, SitesError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(headings).map_err(not_written)?;
    for row in rows {
        let cells = row.into_iter().map(|cell| guard::add(cell).into_owned());
        writer.write_record(cells).map_err(not_written)?;
    }
    writer.into_inner().map_err(not_written)
}

/// The words that a column can hold, for a list to choose from.
fn choices(sheet: Sheet, column: &Column) -> Vec<&'static str> {
    fn names<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().copied().map(name).collect()
    }
    match (sheet, column.name) {
        (_, name) if name.starts_with("is_") => vec!["是", "否"],
        (Sheet::Organisations, "kind") => names(OrganisationKind::ALL, OrganisationKind::name_zh),
        (Sheet::Sites, "kind") => names(SiteKind::ALL, SiteKind::name_zh),
        (_, "medium") => names(Medium::ALL, Medium::name_zh),
        (_, "period_label") => names(PeriodLabel::ALL, PeriodLabel::name_zh),
        (_, "edition") => vec!["2005", "2017", "2025"],
        (Sheet::Limits, "kind") => names(RecordKind::ALL, RecordKind::name_zh),
        (_, "statistic") => names(LimitStatistic::ALL, LimitStatistic::name_zh),
        (_, "origin") => names(LimitOrigin::ALL, LimitOrigin::name_zh),
        _ => Vec::new(),
    }
}
