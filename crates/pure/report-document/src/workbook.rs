//! Workbooks: sheets of words and figures.

use exact_decimal::Decimal;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, XlsxError};

use crate::DocumentError;

/// A workbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workbook {
    /// Its sheets.
    pub sheets: Vec<Sheet>,
    /// Its title, in the file's properties.
    pub title: String,
    /// Its day, `2021-03-01`, so that the same figures give the same file.
    pub created: (u16, u8, u8),
}

/// A sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Its name, at most 31 characters.
    pub name: String,
    /// What stands above the table.
    pub notes: Vec<String>,
    /// Its columns.
    pub columns: Vec<SheetColumn>,
    /// Its rows.
    pub rows: Vec<Vec<SheetCell>>,
}

/// A column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetColumn {
    /// Its head.
    pub title: String,
    /// Its width in characters.
    pub width: u16,
}

impl SheetColumn {
    /// A column.
    pub fn new(title: &str, width: u16) -> Self {
        Self {
            title: title.to_owned(),
            width,
        }
    }
}

/// A cell of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A figure, written as a number with the places that it has. A spreadsheet holds numbers in
    /// binary floating point: where the exact figure matters, its text stands in a cell beside.
    Number(Decimal),
}

impl From<&str> for SheetCell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SheetCell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<Decimal>> for SheetCell {
    fn from(value: Option<Decimal>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }
}

/// Formats that are made once.
struct Formats {
    head: Format,
    note: Format,
    text: Format,
}

/// The workbook as XLSX.
///
/// # Errors
/// [`DocumentError::Writing`].
pub fn to_xlsx(workbook: &Workbook) -> Result<Vec<u8>, DocumentError> {
    write(workbook).map_err(|error| DocumentError::Writing {
        kind: "XLSX",
        reason: error.to_string(),
    })
}

fn write(workbook: &Workbook) -> Result<Vec<u8>, XlsxError> {
    let mut file = rust_xlsxwriter::Workbook::new();
    let (year, month, day) = workbook.created;
    let created = rust_xlsxwriter::ExcelDateTime::from_ymd(year, month, day)?;
    file.set_properties(
        &rust_xlsxwriter::DocProperties::new()
            .set_title(&workbook.title)
            .set_creation_datetime(&created),
    );
    let formats = Formats {
        head: Format::new()
            .set_bold()
            .set_border(FormatBorder::Thin)
            .set_background_color("ECEFEC")
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap(),
        note: Format::new().set_font_color("555555"),
        text: Format::new()
            .set_border(FormatBorder::Hair)
            .set_align(FormatAlign::Top)
            .set_text_wrap(),
    };
    for sheet in &workbook.sheets {
        write_sheet(&mut file, sheet, &formats)?;
    }
    file.save_to_buffer()
}

fn write_sheet(
    file: &mut rust_xlsxwriter::Workbook,
    sheet: &Sheet,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let worksheet = file.add_worksheet();
    worksheet.set_name(&sheet.name)?;
    let mut line: u32 = 0;
    for note in &sheet.notes {
        worksheet.write_string_with_format(line, 0, note, &formats.note)?;
        line += 1;
    }
    for (index, column) in (0_u16..).zip(&sheet.columns) {
        worksheet.set_column_width(index, f64::from(column.width))?;
        worksheet.write_string_with_format(line, index, &column.title, &formats.head)?;
    }
    worksheet.set_freeze_panes(line + 1, 0)?;
    let last = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    if rows > 0 {
        worksheet.autofilter(line, 0, line.saturating_add(rows), last)?;
    }
    for row in &sheet.rows {
        line += 1;
        for (index, cell) in (0_u16..).zip(row) {
            match cell {
                SheetCell::Empty => {
                    worksheet.write_blank(line, index, &formats.text)?;
                }
                SheetCell::Text(text) => {
                    worksheet.write_string_with_format(line, index, text, &formats.text)?;
                }
                SheetCell::Number(value) => {
                    let format = formats.text.clone().set_num_format(number_format(*value));
                    let value = value.approximate_to_f64();
                    worksheet.write_number_with_format(line, index, value, &format)?;
                }
            }
        }
    }
    Ok(())
}

/// A format that shows the places that the value has.
fn number_format(value: Decimal) -> String {
    let places = usize::try_from(value.scale()).unwrap_or_default();
    if places == 0 {
        "0".to_owned()
    } else {
        format!("0.{}", "0".repeat(places))
    }
}
