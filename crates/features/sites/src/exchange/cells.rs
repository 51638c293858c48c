//! Reading the cells of one row as what they mean.
//!
//! A column that the file lacks keeps what is there already; an empty cell means the default.

use core::str::FromStr;

use access::RegionCode;
use beijing_time::Timestamp;
use exact_decimal::Decimal;

use super::Sheet;
use super::problem::Problems;
use super::tables::SheetRow;
use crate::error::ProblemKind;
use crate::model::{Position, UnknownWord, Validity};

pub(crate) struct RowReader<'a> {
    pub(crate) sheet: Sheet,
    pub(crate) row: &'a SheetRow,
    pub(crate) problems: &'a mut Problems,
}

impl<'a> RowReader<'a> {
    /// The text of a cell; `None` when the file has no such column.
    pub(crate) fn cell(&self, name: &str) -> Option<&'a str> {
        let index = self.sheet.index_of(name)?;
        self.row.cells.get(index)?.as_deref()
    }

    pub(crate) fn wrong(&mut self, name: &str, kind: ProblemKind) {
        self.problems.add(self.sheet, self.row.number, name, kind);
    }

    /// A text that may be empty.
    pub(crate) fn text(&self, name: &str, old: Option<&str>) -> String {
        self.cell(name)
            .unwrap_or_else(|| old.unwrap_or_default())
            .to_owned()
    }

    /// A text that must be there. A column that is missing was reported with the headings.
    pub(crate) fn required(&mut self, name: &str) -> Option<String> {
        let text = self.cell(name)?;
        if text.is_empty() {
            self.wrong(name, ProblemKind::Missing);
            return None;
        }
        Some(text.to_owned())
    }

    /// A cell by a reading of its text: absent, empty, wrong or read.
    fn read<T>(
        &mut self,
        name: &str,
        old: Option<T>,
        default: Option<T>,
        parse: impl FnOnce(&str) -> Result<T, ProblemKind>,
    ) -> Option<T> {
        match self.cell(name) {
            None => old.or(default),
            Some("") => default,
            Some(text) => match parse(text) {
                Ok(value) => Some(value),
                Err(kind) => {
                    self.wrong(name, kind);
                    default
                }
            },
        }
    }

    pub(crate) fn yes_no(&mut self, name: &str, old: Option<bool>, default: bool) -> bool {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "是" | "yes" | "y" | "true" | "1" => Ok(true),
            "否" | "no" | "n" | "false" | "0" => Ok(false),
            _ => Err(ProblemKind::NotAYesOrNo),
        };
        self.read(name, old, Some(default), parse)
            .unwrap_or(default)
    }

    /// A word of a closed list.
    pub(crate) fn word<T>(&mut self, name: &str, old: Option<T>, default: T) -> T
    where
        T: FromStr<Err = UnknownWord> + Copy,
    {
        let parse = |text: &str| {
            text.parse()
                .map_err(|error: UnknownWord| ProblemKind::UnknownWord {
                    allowed: error.allowed,
                })
        };
        self.read(name, old, Some(default), parse)
            .unwrap_or(default)
    }

    /// A whole number within the range of its type.
    pub(crate) fn number<T: FromStr>(
        &mut self,
        name: &str,
        old: Option<T>,
        default: Option<T>,
    ) -> Option<T> {
        let parse = |text: &str| text.parse().map_err(|_error| ProblemKind::NotANumber);
        self.read(name, old, default, parse)
    }

    pub(crate) fn decimal(&mut self, name: &str, old: Option<Decimal>) -> Option<Decimal> {
        let parse = |text: &str| text.parse().map_err(|_error| ProblemKind::NotADecimal);
        self.read(name, old, None, parse)
    }

    pub(crate) fn region(&mut self, name: &str) -> Option<RegionCode> {
        let parse = |text: &str| text.parse().map_err(|_error| ProblemKind::NotARegionCode);
        self.read(name, None, None, parse)
    }

    fn time(&mut self, name: &str, old: Option<Timestamp>) -> Option<Timestamp> {
        let parse = |text: &str| {
            // a person writes 2026/1/31 as well
            let text = text.replace('/', "-");
            text.parse()
                .or_else(|error| padded_date(&text).ok_or(error)?.parse())
                .map_err(|_error| ProblemKind::NotATime)
        };
        self.read(name, old, None, parse)
    }

    /// The first instant at which something holds; the beginning of time when empty.
    pub(crate) fn valid_from(&mut self, name: &str, old: Option<Timestamp>) -> Timestamp {
        self.time(name, old).unwrap_or(Validity::ALWAYS.from)
    }

    pub(crate) fn validity(&mut self, old: Option<Validity>) -> Validity {
        Validity {
            from: self.valid_from("valid_from", old.map(|old| old.from)),
            to: self.time("valid_to", old.and_then(|old| old.to)),
        }
    }

    pub(crate) fn position(&mut self, old: Option<Position>) -> Option<Position> {
        let longitude = self.number("longitude", old.map(|old| old.longitude), None);
        let latitude = self.number("latitude", old.map(|old| old.latitude), None);
        match (longitude, latitude) {
            (Some(longitude), Some(latitude)) => Some(Position {
                longitude,
                latitude,
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.wrong("latitude", ProblemKind::HalfAPosition);
                None
            }
            (None, Some(_)) => {
                self.wrong("longitude", ProblemKind::HalfAPosition);
                None
            }
        }
    }
}

/// `2026-1-5 8:00` as `2026-01-05T08:00`.
fn padded_date(text: &str) -> Option<String> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    let Some((hour, rest)) = time.split_once(':') else {
        return Some(date);
    };
    Some(format!("{date}T{hour:0>2}:{rest}"))
}
