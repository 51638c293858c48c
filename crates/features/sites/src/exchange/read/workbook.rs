//! Workbooks (XLSX), cell by cell: a sheet that claims a million columns costs nothing.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};

use super::{Cell, MOST_COLUMNS, MOST_ROWS, NumberedRow, Sheet, SitesFile, check_size, unreadable};
use crate::SitesError;
use crate::error::ProblemKind;

/// The most cells of one sheet.
const MOST_CELLS: u64 = 2_000_000;

pub(super) fn read(bytes: &[u8]) -> Result<SitesFile, SitesError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut file = SitesFile::default();
    for name in workbook.sheet_names() {
        let Some(sheet) = Sheet::find(&name) else {
            file.ignored.push(name.chars().take(100).collect());
            continue;
        };
        let rows = rows_of(&mut workbook, &name)?;
        file.add_sheet(sheet, rows.into_iter())?;
    }
    file.check_not_empty()
}

/// The rows of the first sheet that has any.
pub(super) fn first_rows(bytes: &[u8]) -> Result<Vec<NumberedRow>, SitesError> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    for name in workbook.sheet_names() {
        let rows = rows_of(&mut workbook, &name)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

fn rows_of(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<NumberedRow>, SitesError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, Cell>> = BTreeMap::new();
    let mut count = 0;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let Some(text) = text_of(cell.get_value()) else {
            continue;
        };
        let (row, column) = cell.get_position();
        count += 1;
        check_size("cells on a sheet", count, MOST_CELLS)?;
        check_size("rows on a sheet", u64::from(row), u64::from(MOST_ROWS))?;
        check_size(
            "columns on a sheet",
            u64::from(column),
            u64::from(MOST_COLUMNS),
        )?;
        rows.entry(row).or_default().insert(column, text);
    }
    Ok(rows
        .into_iter()
        .map(|(row, cells)| (row + 1, cells.into_iter().collect()))
        .collect())
}

/// A cell as text; `None` when it is empty.
fn text_of(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::SharedString(text) => some_text(text),
        DataRef::Int(number) => Some(Ok(number.to_string())),
        DataRef::Float(number) => Some(number_text(*number)),
        DataRef::Bool(flag) => Some(Ok(if *flag { "是" } else { "否" }.to_owned())),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            Some(Ok(format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
            )))
        }
        DataRef::DateTime(duration) => Some(number_text(duration.as_f64())),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            some_text(text)
        }
        DataRef::Error(error) => Some(Err(ProblemKind::ErrorCell {
            shown: error.to_string(),
        })),
    }
}

fn some_text(text: &str) -> Option<Cell> {
    (!text.trim().is_empty()).then(|| Ok(text.to_owned()))
}

/// A number as typed: the shortest text that means it. Beyond 15 digits a spreadsheet has already
/// lost some.
fn number_text(number: f64) -> Cell {
    if number.abs() >= 1e15 {
        return Err(ProblemKind::TooManyDigits);
    }
    Ok(number.to_string())
}
