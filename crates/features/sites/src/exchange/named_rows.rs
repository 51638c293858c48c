//! A table by itself, such as a list of projects: its first row names the columns, in any order and
//! either language; every cell is text.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Column;
use super::read::TableRow;
use super::write::{not_written, write_headings, write_rows};
use crate::SitesError;
use crate::error::ProblemKind;

/// One cell, heading or row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableProblem {
    /// The row as a spreadsheet counts it.
    pub row: u32,
    /// The column's English name; empty when the whole row is meant.
    pub column: String,
    /// The column's Chinese name.
    pub column_zh: String,
    /// Stable code.
    pub code: String,
    /// What is wrong, in Chinese.
    pub detail_zh: String,
    /// What is wrong, in English.
    pub detail_en: String,
}

/// One row with its cells by the English names of their columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedRow {
    /// The row as a spreadsheet counts it.
    pub number: u32,
    cells: BTreeMap<&'static str, String>,
}

/// The rows of a table and what is wrong with its form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedRows {
    /// The rows whose cells can be read and that lack nothing they must have.
    pub rows: Vec<NamedRow>,
    /// What is wrong, row by row.
    pub problems: Vec<TableProblem>,
    /// How many rows there are below the headings.
    pub count: usize,
}

impl NamedRow {
    /// The text of a cell; empty when there is none.
    pub fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// What is wrong with a cell of this row; an empty name means the row.
    pub fn problem(
        &self,
        columns: &[Column],
        column: &str,
        code: &str,
        (zh, en): (impl Into<String>, impl Into<String>),
    ) -> Box<TableProblem> {
        let known = columns.iter().find(|one| one.name == column);
        Box::new(TableProblem {
            row: self.number,
            column: column.to_owned(),
            column_zh: known.map_or("", |one| one.name_zh).to_owned(),
            code: code.to_owned(),
            detail_zh: zh.into(),
            detail_en: en.into(),
        })
    }
}

fn told(row: u32, column: &Column, kind: &ProblemKind) -> TableProblem {
    TableProblem {
        row,
        column: column.name.to_owned(),
        column_zh: column.name_zh.to_owned(),
        code: kind.code().to_owned(),
        detail_zh: kind.chinese(),
        detail_en: kind.english(),
    }
}

fn told_of_heading(row: u32, heading: &str) -> TableProblem {
    let kind = ProblemKind::UnknownColumn;
    let heading: String = heading.chars().take(60).collect();
    TableProblem {
        row,
        column: heading.clone(),
        column_zh: heading,
        code: kind.code().to_owned(),
        detail_zh: kind.chinese(),
        detail_en: kind.english(),
    }
}

/// Reads a table by its headings. A heading that nobody knows, a column that is missing and a cell
/// that must not be empty are problems; the row is left out then.
pub fn read_named_rows(columns: &'static [Column], rows: &[TableRow]) -> NamedRows {
    let mut read = NamedRows::default();
    let Some((heading, rows)) = rows.split_first() else {
        return read;
    };
    read.count = rows.len();
    let mut places: Vec<Option<&'static Column>> = Vec::new();
    for cell in &heading.cells {
        let text = cell.as_deref().unwrap_or_default();
        let known = columns.iter().find(|column| column.is_named(text));
        let is_second = places.iter().flatten().any(|other| Some(*other) == known);
        if !text.is_empty() && (known.is_none() || is_second) {
            read.problems.push(told_of_heading(heading.number, text));
        }
        places.push(known.filter(|_| !is_second));
    }
    for column in columns.iter().filter(|column| column.is_required) {
        if !places.contains(&Some(column)) {
            let problem = told(heading.number, column, &ProblemKind::MissingColumn);
            read.problems.push(problem);
        }
    }
    for row in rows {
        let mut named = NamedRow {
            number: row.number,
            cells: BTreeMap::new(),
        };
        let before = read.problems.len();
        for (column, cell) in places.iter().zip(&row.cells) {
            let Some(column) = column else { continue };
            match cell {
                Ok(text) => drop(named.cells.insert(column.name, text.clone())),
                Err(kind) => read.problems.push(told(row.number, column, kind)),
            }
        }
        for column in places.iter().flatten().filter(|column| column.is_required) {
            if named.text(column.name).is_empty() && read.problems.len() == before {
                let problem = told(row.number, column, &ProblemKind::Missing);
                read.problems.push(problem);
            }
        }
        if read.problems.len() == before {
            read.rows.push(named);
        }
    }
    read
}

/// A table as a workbook (XLSX) of one sheet.
///
/// # Errors
/// [`SitesError::NotWritten`].
pub fn write_named_workbook(
    name: &str,
    columns: &[Column],
    rows: &[Vec<String>],
) -> Result<Vec<u8>, SitesError> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    let mut write = || -> Result<(), XlsxError> {
        let plain = write_headings(page, name, columns)?;
        for (number, row) in (1_u32..).zip(rows) {
            for (index, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                page.write_string_with_format(number, index, cell, &plain)?;
            }
        }
        Ok(())
    };
    write().map_err(not_written)?;
    workbook.save_to_buffer().map_err(not_written)
}

/// A table as a CSV file in UTF-8 with a byte order mark.
///
/// # Errors
/// [`SitesError::NotWritten`].
pub fn write_named_csv(columns: &[Column], rows: &[Vec<String>]) -> Result<Vec<u8>, SitesError> {
    let headings = columns.iter().map(|column| column.name_zh);
    let rows = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect());
    write_rows(headings, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::read::read_table;

    const COLUMNS: &[Column] = &[
        Column::required("code", "项目编号", "不重复"),
        Column::required("name", "项目名称", ""),
        Column::optional("note", "备注", ""),
    ];

    fn codes(read: &NamedRows) -> Vec<(u32, &str, &str)> {
        let problems = read.problems.iter();
        problems
            .map(|one| (one.row, one.column.as_str(), one.code.as_str()))
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back_in_both_forms() {
        let rows = vec![
            vec!["W-1".to_owned(), "=管网".to_owned(), String::new()],
            vec!["W-2".to_owned(), "泵站".to_owned(), "二期".to_owned()],
        ];
        for bytes in [
            write_named_workbook("项目", COLUMNS, &rows).unwrap(),
            write_named_csv(COLUMNS, &rows).unwrap(),
        ] {
            let read = read_named_rows(COLUMNS, &read_table(&bytes).unwrap());
            assert_eq!(codes(&read), []);
            assert_eq!(read.rows[0].text("name"), "=管网");
            assert_eq!(read.rows[1].text("note"), "二期");
            assert_eq!(read.rows[1].number, 3);
        }
    }

    #[test]
    fn headings_and_cells_that_are_wrong_are_told_by_row() {
        let text = "name,code,colour\n管网,W-1,红\n,W-2,\n";
        let read = read_named_rows(COLUMNS, &read_table(text.as_bytes()).unwrap());
        assert_eq!(
            codes(&read),
            [(1, "colour", "unknown_column"), (3, "name", "missing")]
        );
        assert_eq!(read.rows.len(), 1);
        assert_eq!(read.count, 2);
        let read = read_named_rows(COLUMNS, &read_table("备注\n甲\n".as_bytes()).unwrap());
        assert_eq!(
            codes(&read),
            [(1, "code", "missing_column"), (1, "name", "missing_column")]
        );
    }
}
