//! Reading the files: CSV, compressed with Zstandard or not, by the names of their columns.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use beijing_time::{CivilTime, HOUR_MS, Timestamp};
use exact_decimal::Decimal;

/// The folder of the data sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Where it lies.
    pub(crate) folder: &'a Path,
}

/// One row of a file.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The text of a column; empty when there is none.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(|position| self.record.get(*position))
            .unwrap_or_default()
            .trim()
    }

    /// The number of a column; none for an empty text and for the marks of "no value".
    pub(crate) fn number(&self, column: &str) -> Result<Option<Decimal>> {
        match self.text(column) {
            "" | "*" | "-" | "--" | "NA" => Ok(None),
            text => parse_number(text)
                .map(Some)
                .with_context(|| format!("column {column}: `{text}` is no number")),
        }
    }

    /// The number of a column at a fixed scale, as its mantissa.
    pub(crate) fn mantissa(&self, column: &str, scale: u32) -> Result<Option<i32>> {
        let Some(number) = self.number(column)? else {
            return Ok(None);
        };
        let (mantissa, own) = number.normalized().mantissa_and_scale();
        let power = 10_i128.pow(
            scale
                .checked_sub(own)
                .with_context(|| format!("column {column}: {number} is finer than expected"))?,
        );
        Ok(Some(i32::try_from(mantissa * power)?))
    }
}

impl Source<'_> {
    /// Whether a file is there.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.folder.join(file).is_file()
    }

    /// Calls `body` with each row of a file.
    pub(crate) fn each_row(
        &self,
        file: &str,
        mut body: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let path = self.folder.join(file);
        let open = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let reader: Box<dyn Read> = if path.extension().is_some_and(|ending| ending == "zst") {
            Box::new(zstd::Decoder::new(open)?)
        } else {
            Box::new(open)
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
        let columns: HashMap<String, usize> = reader
            .headers()?
            .iter()
            .enumerate()
            .map(|(position, name)| {
                (
                    name.trim().trim_start_matches('\u{feff}').to_owned(),
                    position,
                )
            })
            .collect();
        let mut record = csv::StringRecord::new();
        let mut line = 1_u64;
        while reader.read_record(&mut record)? {
            line += 1;
            body(&Row {
                columns: &columns,
                record: &record,
            })
            .with_context(|| format!("{file}, row {line}"))?;
        }
        Ok(())
    }
}

/// A decimal, also as spreadsheets write small ones: `2E-05`.
pub(crate) fn parse_number(text: &str) -> Result<Decimal> {
    let Some((number, exponent)) = text.split_once(['e', 'E']) else {
        return Ok(text.parse()?);
    };
    let number: Decimal = number.parse()?;
    let exponent: i32 = exponent.parse()?;
    let power = Decimal::from(10_i64.pow(exponent.unsigned_abs().min(18)));
    if exponent >= 0 {
        return Ok(number.checked_multiply(power)?);
    }
    let (mantissa, scale) = number.mantissa_and_scale();
    Ok(Decimal::from_wide_mantissa_and_scale(
        mantissa,
        scale + exponent.unsigned_abs(),
    )?)
}

/// The instant of `2019-01-01T05:00` or `2019-01-01 05:00:00`, Beijing time.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp> {
    let part = |range: core::ops::Range<usize>| -> Result<i16> {
        text.get(range)
            .and_then(|digits| digits.parse().ok())
            .with_context(|| format!("`{text}` is no time"))
    };
    let small = |range| -> Result<i8> { Ok(i8::try_from(part(range)?)?) };
    Ok(CivilTime::new(
        (part(0..4)?, small(5..7)?, small(8..10)?),
        (small(11..13)?, small(14..16)?, 0),
        0,
    )?
    .to_timestamp()?)
}

/// The number of the hour whose end is the label: whole hours of Beijing time since 1970.
pub(crate) fn hour_of_label(label: Timestamp) -> i64 {
    (label.epoch_ms() + beijing_time::BEIJING_OFFSET_MS).div_euclid(HOUR_MS) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_have_an_exponent() {
        for (text, expected) in [("2E-05", "0.00002"), ("1.5e2", "150"), ("0.30", "0.3")] {
            let expected: Decimal = expected.parse().unwrap();
            assert_eq!(parse_number(text).unwrap(), expected, "{text}");
        }
        assert!(parse_number("2E").is_err());
    }

    #[test]
    fn midnight_is_the_last_hour_of_the_day_before() {
        let label = parse_time("1970-01-02T00:00").unwrap();
        assert_eq!(hour_of_label(label), 23);
        assert_eq!(
            hour_of_label(parse_time("1970-01-02 01:00:00").unwrap()),
            24
        );
    }
}
