//! Reading a file of any of the forms into rows of text, within limits.

mod archive;
mod comma_separated;
mod workbook;

use super::problem::Problems;
use super::tables::SheetRow;
use super::{Sheet, SheetTables};
use crate::SitesError;
use crate::error::ProblemKind;

/// The largest file that is read.
pub const MOST_FILE_BYTES: u64 = 20 << 20;
/// The most that a file may hold when unpacked.
const MOST_UNPACKED_BYTES: u64 = 200 << 20;
/// The most files in a ZIP.
const MOST_ENTRIES: usize = 500;
/// The most rows of one sheet.
const MOST_ROWS: u32 = 100_000;
/// The most columns of one sheet.
const MOST_COLUMNS: u32 = 64;
/// The most characters that are kept of one cell; the rules refuse a cell that long anyway.
const MOST_CELL: usize = 4_000;

/// A file that was read: its rows, and what was wrong with its form.
#[derive(Debug, Default)]
pub struct SitesFile {
    pub(crate) tables: SheetTables,
    pub(crate) problems: Problems,
    pub(crate) ignored: Vec<String>,
}

/// One cell as a format gives it.
type Cell = Result<String, ProblemKind>;
/// A row as a spreadsheet counts it, with its cells by column.
type NumberedRow = (u32, Vec<(u32, Cell)>);

/// A row of a table that is no part of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The row as a spreadsheet counts it.
    pub number: u32,
    /// Its cells, without the empty ones at the end; a cell that cannot be read says why.
    pub cells: Vec<Result<String, ProblemKind>>,
}

/// Reads the first sheet of a workbook (XLSX), or a CSV file in UTF-8 or GBK, within the limits of
/// the register's files; rows without any text are left out.
///
/// # Errors
/// [`SitesError::UnreadableFile`] when it is neither, [`SitesError::TooLarge`].
pub fn read_table(bytes: &[u8]) -> Result<Vec<TableRow>, SitesError> {
    check_size("bytes in the file", bytes.len() as u64, MOST_FILE_BYTES)?;
    let rows = if bytes.starts_with(b"PK") {
        archive::check(bytes)?;
        workbook::first_rows(bytes)?
    } else {
        comma_separated::rows_of(bytes)?
    };
    let rows = rows.into_iter().map(|(number, cells)| {
        let mut dense = Vec::new();
        for (column, cell) in cells {
            let place = column as usize;
            if dense.len() <= place {
                dense.resize(place + 1, Ok(String::new()));
            }
            if let Some(slot) = dense.get_mut(place) {
                *slot = cell.map(|text| text.trim().chars().take(MOST_CELL).collect());
            }
        }
        while dense.last().is_some_and(|cell| cell.as_deref() == Ok("")) {
            dense.pop();
        }
        TableRow {
            number,
            cells: dense,
        }
    });
    Ok(rows.filter(|row| !row.cells.is_empty()).collect())
}

impl SitesFile {
    /// Reads a workbook (XLSX), a ZIP of CSV files or one CSV file, told apart by their content;
    /// the name tells which sheet a CSV file is.
    ///
    /// # Errors
    /// [`SitesError::UnreadableFile`] when it is none of them, [`SitesError::TooLarge`].
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, SitesError> {
        check_size("bytes in the file", bytes.len() as u64, MOST_FILE_BYTES)?;
        if !bytes.starts_with(b"PK") {
            return Self::read_csv_files(&[(name.to_owned(), bytes.to_vec())]);
        }
        let entries = archive::check(bytes)?;
        if entries.iter().any(|entry| entry == "xl/workbook.xml") {
            workbook::read(bytes)
        } else {
            Self::read_csv_files(&archive::csv_files(bytes)?)
        }
    }

    /// Reads CSV files, whose names tell which sheets they are.
    ///
    /// # Errors
    /// As [`SitesFile::read`].
    pub fn read_csv_files(files: &[(String, Vec<u8>)]) -> Result<Self, SitesError> {
        let total = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        check_size("bytes in the files", total, MOST_UNPACKED_BYTES)?;
        let mut file = Self::default();
        for (name, bytes) in files {
            comma_separated::read(&mut file, name, bytes)?;
        }
        file.check_not_empty()
    }

    /// Rows that were made by a program.
    pub fn of_tables(tables: SheetTables) -> Self {
        Self {
            tables,
            ..Self::default()
        }
    }

    fn check_not_empty(self) -> Result<Self, SitesError> {
        let has_rows = Sheet::ALL
            .iter()
            .any(|sheet| self.tables.row_count(*sheet) > 0);
        if has_rows || self.problems.count() > 0 {
            return Ok(self);
        }
        let names = Sheet::ALL
            .iter()
            .map(|sheet| sheet.name_zh())
            .collect::<Vec<_>>()
            .join("、");
        Err(SitesError::UnreadableFile {
            reason: format!("it has no rows on a sheet named {names}"),
        })
    }

    /// Takes in one sheet: the first row names the columns; empty rows are passed over.
    fn add_sheet(
        &mut self,
        sheet: Sheet,
        rows: impl Iterator<Item = (u32, Vec<(u32, Cell)>)>,
    ) -> Result<(), SitesError> {
        let mut places: Option<Vec<(u32, usize)>> = None;
        for (number, cells) in rows {
            let is_empty = cells
                .iter()
                .all(|(_, cell)| cell.as_ref().is_ok_and(|text| text.trim().is_empty()));
            if is_empty {
                continue;
            }
            match &places {
                None => places = Some(self.read_headings(sheet, number, cells)),
                Some(places) => {
                    let rows = self.tables.row_count(sheet) as u64;
                    check_size("rows on a sheet", rows + 1, u64::from(MOST_ROWS))?;
                    self.add_row(sheet, number, places, cells);
                }
            }
        }
        Ok(())
    }

    fn read_headings(
        &mut self,
        sheet: Sheet,
        number: u32,
        cells: Vec<(u32, Cell)>,
    ) -> Vec<(u32, usize)> {
        let mut places: Vec<(u32, usize)> = Vec::new();
        for (column, cell) in cells {
            let heading = cell.unwrap_or_default();
            if heading.trim().is_empty() {
                continue;
            }
            match sheet.find_column(&heading) {
                Some(index) if places.iter().all(|(_, other)| *other != index) => {
                    places.push((column, index));
                }
                _ => self
                    .problems
                    .add(sheet, number, heading.trim(), ProblemKind::UnknownColumn),
            }
        }
        for (index, column) in sheet.columns().iter().enumerate() {
            if column.is_required && places.iter().all(|(_, other)| *other != index) {
                self.problems
                    .add(sheet, number, column.name, ProblemKind::MissingColumn);
            }
        }
        places
    }

    fn add_row(
        &mut self,
        sheet: Sheet,
        number: u32,
        places: &[(u32, usize)],
        cells: Vec<(u32, Cell)>,
    ) {
        let mut row = SheetRow {
            number,
            cells: vec![None; sheet.columns().len()],
        };
        for (_, index) in places {
            if let Some(cell) = row.cells.get_mut(*index) {
                *cell = Some(String::new());
            }
        }
        for (column, cell) in cells {
            let Some((_, index)) = places.iter().find(|(place, _)| *place == column) else {
                continue;
            };
            match cell {
                Ok(text) => {
                    if let Some(cell) = row.cells.get_mut(*index) {
                        *cell = Some(text.trim().chars().take(MOST_CELL).collect());
                    }
                }
                Err(kind) => {
                    let name = sheet.columns().get(*index).map_or("", |column| column.name);
                    self.problems.add(sheet, number, name, kind);
                }
            }
        }
        self.tables.rows_mut(sheet).push(row);
    }
}

fn check_size(what: &'static str, size: u64, most: u64) -> Result<(), SitesError> {
    if size <= most {
        Ok(())
    } else {
        Err(SitesError::TooLarge { what, most })
    }
}

fn unreadable(error: impl core::fmt::Display) -> SitesError {
    SitesError::UnreadableFile {
        reason: error.to_string(),
    }
}
