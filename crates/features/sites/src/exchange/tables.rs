//! The contents of a file of sites: rows of text by sheet, before or after any format.

use std::collections::BTreeMap;

use super::Sheet;

/// The rows of all sheets, as text. What an export is written from, and what the simulated city
/// makes its own file from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetTables(BTreeMap<Sheet, Vec<SheetRow>>);

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetRow {
    /// Its number in the file as a person counts: the heading is row 1.
    pub(crate) number: u32,
    /// The text of each of the sheet's columns; `None` where the file has no such column.
    pub(crate) cells: Vec<Option<String>>,
}

impl SheetTables {
    /// No rows at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row; columns that are not given are empty, unknown ones are left out.
    pub fn push(&mut self, sheet: Sheet, values: &[(&str, &str)]) {
        let mut cells: Vec<Option<String>> = vec![Some(String::new()); sheet.columns().len()];
        for (name, value) in values {
            if let Some(cell) = sheet.index_of(name).and_then(|index| cells.get_mut(index)) {
                *cell = Some((*value).to_owned());
            }
        }
        let rows = self.rows_mut(sheet);
        let number = u32::try_from(rows.len())
            .unwrap_or(u32::MAX)
            .saturating_add(2);
        rows.push(SheetRow { number, cells });
    }

    /// How many rows a sheet has.
    pub fn row_count(&self, sheet: Sheet) -> usize {
        self.rows(sheet).len()
    }

    /// The rows of a sheet; none when the file has no such sheet.
    pub(crate) fn rows(&self, sheet: Sheet) -> &[SheetRow] {
        self.0.get(&sheet).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn rows_mut(&mut self, sheet: Sheet) -> &mut Vec<SheetRow> {
        self.0.entry(sheet).or_default()
    }
}
