//! Tables of measurements, read row by row: CSV in UTF-8 or GB 18030, and XLSX.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use calamine::{DataRef, Reader, Xlsx};
use indicatif::ProgressBar;
use standards::evaluation::Problem;

/// The longest row: more is no table of measurements, or a quotation mark that never closes.
const LONGEST_ROW: usize = 1 << 20;
/// The most columns.
const MOST_COLUMNS: usize = 1_000;
/// Rows of a workbook that are looked at to tell dates from times.
const LOOKED_AT: usize = 200;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its number as a spreadsheet or an editor shows it.
    pub(crate) number: u64,
    /// Its cells.
    pub(crate) cells: Vec<String>,
    /// Why it cannot be a row of the table.
    pub(crate) defect: Option<Problem>,
}

/// An open table behind its heading row.
pub(crate) struct Table<'a> {
    header: Vec<String>,
    rows: Box<dyn FnMut() -> anyhow::Result<Option<Row>> + 'a>,
}

impl Table<'_> {
    /// The headings.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that is not empty.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub(crate) fn next_row(&mut self) -> anyhow::Result<Option<Row>> {
        loop {
            let Some(mut row) = (self.rows)()? else {
                return Ok(None);
            };
            if row.defect.is_none() && row.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let beyond = row.cells.get(self.header.len()..).unwrap_or_default();
            if row.defect.is_none()
                && let Some(cell) = beyond.iter().find(|cell| !cell.trim().is_empty())
            {
                row.defect = Some(problem(
                    cell,
                    "这一行的单元格比标题多",
                    "the row has more cells than there are headings",
                ));
            }
            row.cells.resize(self.header.len(), String::new());
            return Ok(Some(row));
        }
    }
}

fn problem(value: &str, chinese: &str, english: &str) -> Problem {
    Problem {
        column: String::new(),
        value: value.chars().take(40).collect(),
        chinese: chinese.to_owned(),
        english: english.to_owned(),
    }
}

/// Opens a table and reads its headings.
///
/// # Errors
/// When there is no such file, it is no table, or it has no heading row.
pub(crate) fn open<'a>(
    path: &Path,
    sheet: Option<&str>,
    progress: &ProgressBar,
) -> anyhow::Result<Table<'a>> {
    let shown = path.display();
    let bar = progress.clone();
    if path.as_os_str() == "-" {
        return open_csv(std::io::stdin().lock(), bar).context("cannot read standard input");
    }
    let is_workbook = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    let is_compressed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zst"));
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    if is_compressed {
        let decoder = zstd::Decoder::new(file).with_context(|| format!("cannot read {shown}"))?;
        open_csv(BufReader::with_capacity(1 << 18, decoder), bar)
    } else if is_workbook {
        open_workbook(BufReader::new(file), sheet, &bar)
    } else {
        open_csv(BufReader::with_capacity(1 << 18, file), bar)
    }
    .with_context(|| format!("cannot read {shown}"))
}

fn open_csv<'a>(mut input: impl BufRead + 'a, bar: ProgressBar) -> anyhow::Result<Table<'a>> {
    let mut line = 0;
    let mut buffer = Vec::new();
    let Some(first) = read_record(&mut input, &mut buffer, &mut line, &bar)? else {
        bail!("it is empty");
    };
    if first.is_too_long {
        bail!("its first line is longer than {LONGEST_ROW} bytes: no table");
    }
    let delimiter = delimiter(&buffer);
    let encoding = Encoding::of(&buffer);
    let header: Vec<String> = split(&buffer, delimiter, encoding)?
        .into_iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect();
    check_header(&header)?;
    let rows = move || {
        let Some(record) = read_record(&mut input, &mut buffer, &mut line, &bar)? else {
            return Ok(None);
        };
        if record.is_too_long {
            return Ok(Some(Row {
                number: record.line,
                cells: Vec::new(),
                defect: Some(problem(
                    &encoding.text(buffer.get(..80).unwrap_or(&buffer)),
                    "这一行过长，可能有未闭合的引号",
                    "the row is too long: a quotation mark may never close",
                )),
            }));
        }
        Ok(Some(Row {
            number: record.line,
            cells: split(&buffer, delimiter, encoding)?,
            defect: None,
        }))
    };
    Ok(Table {
        header,
        rows: Box::new(rows),
    })
}

struct Record {
    line: u64,
    is_too_long: bool,
}

/// One record into `buffer`: a line, or several while a quotation mark is open. Of a record that
/// is too long only the beginning is kept; it ends at the next line.
fn read_record(
    input: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    line: &mut u64,
    bar: &ProgressBar,
) -> std::io::Result<Option<Record>> {
    buffer.clear();
    let first = *line + 1;
    let mut is_too_long = false;
    let mut quotes = 0_usize;
    loop {
        let before = buffer.len();
        let mut is_end = false;
        loop {
            let chunk = input.fill_buf()?;
            if chunk.is_empty() {
                is_end = true;
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            let count = end.map_or(chunk.len(), |end| end + 1);
            if buffer.len() + count <= LONGEST_ROW {
                buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            } else {
                is_too_long = true;
            }
            input.consume(count);
            bar.inc(count as u64);
            if end.is_some() {
                break;
            }
        }
        if is_end && buffer.len() == before && !is_too_long {
            // the end of the file: what was read so far is the last record
            return Ok((!buffer.is_empty()).then_some(Record {
                line: first,
                is_too_long,
            }));
        }
        *line += 1;
        let added = buffer.get(before..).unwrap_or_default();
        quotes += memchr::memchr_iter(b'"', added).count();
        if is_end || is_too_long || quotes.is_multiple_of(2) {
            return Ok(Some(Record {
                line: first,
                is_too_long,
            }));
        }
    }
}

/// What separates the headings: the most frequent of comma, semicolon and tabulator.
fn delimiter(header: &[u8]) -> u8 {
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|candidate| {
            let count = memchr::memchr_iter(*candidate, header).count();
            // on a tie the comma
            (count, *candidate == b',')
        })
        .unwrap_or(b',')
}

fn split(record: &[u8], delimiter: u8, encoding: Encoding) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(record.len().max(16))
        .from_reader(record);
    let mut fields = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut fields)? {
        return Ok(Vec::new());
    }
    Ok(fields.iter().map(|field| encoding.text(field)).collect())
}

/// How a CSV file is written. The headings tell, and never a single cell: some Chinese words of two
/// characters in GB 18030, such as 小时, are UTF-8 of other letters, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// The headings are plain ASCII.
    Unknown,
    Utf8,
    /// As Chinese spreadsheets save CSV.
    Gb18030,
}

impl Encoding {
    fn of(headings: &[u8]) -> Self {
        if headings.is_ascii() {
            Self::Unknown
        } else if std::str::from_utf8(headings).is_ok() {
            Self::Utf8
        } else {
            Self::Gb18030
        }
    }

    fn text(self, bytes: &[u8]) -> String {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Unknown | Self::Utf8, Ok(text)) => text.to_owned(),
            (Self::Gb18030, Ok(text)) if text.is_ascii() => text.to_owned(),
            // a damaged letter of UTF-8 must not turn a whole cell into other words
            (Self::Utf8, Err(_)) => String::from_utf8_lossy(bytes).into_owned(),
            (Self::Unknown | Self::Gb18030, _) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
        }
    }
}

fn check_header(header: &[String]) -> anyhow::Result<()> {
    if header.iter().all(|name| name.trim().is_empty()) {
        bail!("it has no heading row");
    }
    if header.len() > MOST_COLUMNS {
        bail!(
            "it has {} columns; at most {MOST_COLUMNS} are read",
            header.len()
        );
    }
    Ok(())
}

/// A cell of a workbook, its text and whether it is a date without a time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(String),
    Time { day: String, time: String },
    Error(String),
}

fn open_workbook<'a>(
    file: BufReader<File>,
    sheet: Option<&str>,
    bar: &ProgressBar,
) -> anyhow::Result<Table<'a>> {
    let mut workbook: Xlsx<_> = Xlsx::new(file)?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(wanted) => names
            .iter()
            .find(|name| *name == wanted)
            .with_context(|| format!("no sheet `{wanted}`; there are {}", names.join(", ")))?,
        None => names.first().context("it has no sheet")?,
    }
    .clone();
    // the sheet is read as it stands in the file, cell by cell, and kept row by row
    let mut cells = workbook.worksheet_cells_reader(&name)?;
    let mut rows: VecDeque<(u64, Vec<Cell>)> = VecDeque::new();
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        let Some(value) = cell_of(cell.get_value()) else {
            continue;
        };
        let number = u64::from(row) + 1;
        let column = column as usize;
        if column >= MOST_COLUMNS {
            bail!("it has more than {MOST_COLUMNS} columns");
        }
        if rows.back().is_none_or(|(last, _)| *last != number) {
            bar.set_message(number.to_string());
            rows.push_back((number, Vec::new()));
        }
        if let Some((_, present)) = rows.back_mut() {
            present.resize(column.max(present.len()), Cell::Text(String::new()));
            present.push(value);
        }
    }
    let (_, first) = rows.pop_front().context("the sheet is empty")?;
    let header: Vec<String> = first.into_iter().map(|cell| plain(cell, true)).collect();
    check_header(&header)?;
    let days_only = find_days_only(&rows, header.len());
    let rows = move || {
        Ok(rows.pop_front().map(|(number, cells)| {
            let defect = cells.iter().find_map(|cell| match cell {
                Cell::Error(shown) => Some(problem(
                    shown,
                    "单元格是公式错误",
                    "the cell is an error of a formula",
                )),
                _ => None,
            });
            let cells = cells
                .into_iter()
                .enumerate()
                .map(|(column, cell)| plain(cell, days_only.contains(&column)))
                .collect();
            Row {
                number,
                cells,
                defect,
            }
        }))
    };
    Ok(Table {
        header,
        rows: Box::new(rows),
    })
}

/// Columns whose first times are all midnight: they hold days, not times.
fn find_days_only(rows: &VecDeque<(u64, Vec<Cell>)>, columns: usize) -> Vec<usize> {
    (0..columns)
        .filter(|column| {
            let mut times = rows
                .iter()
                .take(LOOKED_AT)
                .filter_map(|(_, cells)| match cells.get(*column) {
                    Some(Cell::Time { time, .. }) => Some(time.as_str()),
                    _ => None,
                })
                .peekable();
            times.peek().is_some() && times.all(|time| time == "00:00:00")
        })
        .collect()
}

fn plain(cell: Cell, is_day_only: bool) -> String {
    match cell {
        Cell::Text(text) | Cell::Error(text) => text,
        Cell::Time { day, .. } if is_day_only => day,
        Cell::Time { day, time } => format!("{day} {time}"),
    }
}

fn cell_of(value: &DataRef<'_>) -> Option<Cell> {
    let text = match value {
        DataRef::Empty => return None,
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::Int(number) => number.to_string(),
        // the shortest text that means the number: what was typed, up to 15 digits
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            return Some(Cell::Time {
                day: format!("{year:04}-{month:02}-{day:02}"),
                time: format!("{hour:02}:{minute:02}:{second:02}"),
            });
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Error(error) => return Some(Cell::Error(error.to_string())),
    };
    (!text.trim().is_empty()).then_some(Cell::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> (Vec<String>, Vec<Row>) {
        let mut table = open_csv(bytes, ProgressBar::hidden()).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            rows.push(row);
        }
        (table.header, rows)
    }

    #[test]
    fn reads_utf8_with_a_byte_order_mark_and_gb18030_alike() {
        let text = "时间,PM2.5\n2026-03-01,35\n";
        let expected = rows(text.as_bytes());
        assert_eq!(expected.0, ["时间", "PM2.5"]);
        assert_eq!(rows(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(rows(&encoding_rs::GB18030.encode(text).0), expected);
    }

    #[test]
    fn the_headings_and_not_a_cell_tell_the_encoding() {
        // two characters whose bytes are UTF-8 of other letters, too
        let text = "类型,PM2.5\n小时,35\n";
        let expected = rows(text.as_bytes());
        assert_eq!(expected.1[0].cells, ["小时", "35"]);
        assert_eq!(rows(&encoding_rs::GB18030.encode(text).0), expected);
    }

    #[test]
    fn counts_lines_as_an_editor_does() {
        let (_, found) = rows(b"a;b\r\n1;2\r\n\r\n\"x\ny\";3\r\n4;5");
        let numbers: Vec<_> = found.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 4, 6]);
        assert_eq!(found[1].cells, ["x\ny", "3"]);
        assert_eq!(found[2].cells, ["4", "5"]);
    }

    #[test]
    fn a_row_with_more_cells_than_headings_has_a_defect() {
        let (_, found) = rows(b"a,b\n1,2,3\n1,2,\n1\n");
        assert!(found[0].defect.is_some());
        assert!(found[1].defect.is_none());
        assert_eq!(found[2].cells, ["1", ""]);
    }

    #[test]
    fn a_quotation_mark_that_never_closes_does_not_fill_the_memory() {
        let mut bytes = b"a,b\n\"1,2\n".to_vec();
        for _ in 0..270_000 {
            bytes.extend_from_slice(b"1,2\n");
        }
        let (_, found) = rows(&bytes);
        assert!(found[0].defect.is_some());
        assert_eq!(found[0].number, 2);
        assert!(found.len() > 1, "the rows behind it are read again");
    }
}
