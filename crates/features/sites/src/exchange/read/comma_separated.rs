//! CSV files in UTF-8 or, as Chinese spreadsheets save them, GBK.

use std::borrow::Cow;

use super::{MOST_COLUMNS, MOST_ROWS, NumberedRow, Sheet, SitesFile, check_size, unreadable};
use crate::SitesError;
use crate::exchange::guard;

pub(super) fn read(file: &mut SitesFile, name: &str, bytes: &[u8]) -> Result<(), SitesError> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base
        .rsplit_once('.')
        .map_or(base, |(stem, _extension)| stem);
    let Some(sheet) = Sheet::find(stem) else {
        file.ignored.push(name.chars().take(100).collect());
        return Ok(());
    };
    let rows = rows_of(bytes)?;
    file.add_sheet(sheet, rows.into_iter())
}

/// The rows of a file, numbered from 1, with their cells by column.
pub(super) fn rows_of(bytes: &[u8]) -> Result<Vec<NumberedRow>, SitesError> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut rows: Vec<NumberedRow> = Vec::new();
    for (number, record) in (1_u32..).zip(reader.records()) {
        let record = record.map_err(unreadable)?;
        check_size(
            "columns on a sheet",
            record.len() as u64,
            u64::from(MOST_COLUMNS),
        )?;
        // a spreadsheet counts a line break within quotes as part of the row, as we do
        let cells = (0_u32..)
            .zip(record.iter())
            .map(|(column, text)| (column, Ok(guard::remove(text).to_owned())))
            .collect();
        check_size("rows", u64::from(number), u64::from(MOST_ROWS) + 1)?;
        rows.push((number, cells));
    }
    Ok(rows)
}

/// What separates the headings: the most frequent of comma, tabulator (cells copied from a
/// spreadsheet) and semicolon in the first line that has any.
fn delimiter(text: &str) -> u8 {
    let heading = (text.lines().find(|line| !line.trim().is_empty())).unwrap_or_default();
    let count = |candidate: u8| heading.matches(char::from(candidate)).count();
    // on a tie the comma
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|candidate| count(*candidate))
        .unwrap_or(b',')
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SitesError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| unreadable("it is neither UTF-8 nor GBK text"))
}
