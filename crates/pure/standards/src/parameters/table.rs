//! One parameter table: versions by date, rows by key, cells as quoted text.

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use crate::{Confidence, StandardError};

/// A parameter table with all its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name, for example `aqi-breakpoints`.
    pub name: String,
    /// The versions, in the order of the files.
    pub versions: Vec<Version>,
}

/// One dated version of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The table it belongs to.
    pub table: String,
    /// Edition, for example `HJ 633-2012`.
    pub edition: String,
    /// First day in force.
    pub in_force_from: CivilDate,
    /// Last day in force; none while it is in force.
    pub in_force_to: Option<CivilDate>,
    /// Where the numbers stand in the standard.
    pub reference: String,
    /// Confidence of rows that do not say their own.
    pub confidence: Confidence,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The table it belongs to.
    pub table: String,
    /// Key, unique in its version.
    pub key: String,
    /// How sure the numbers are.
    pub confidence: Confidence,
    /// The other columns.
    pub cells: BTreeMap<String, Cell>,
}

/// A cell: text or a list of texts. Numbers are quoted, so that none passes through a float.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// One text.
    Text(String),
    /// A list.
    List(Vec<String>),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    table: String,
    version: Vec<FileVersion>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVersion {
    edition: String,
    in_force_from: String,
    in_force_to: Option<String>,
    reference: String,
    confidence: Confidence,
    row: Vec<FileRow>,
}

#[derive(serde::Deserialize)]
struct FileRow {
    key: String,
    confidence: Option<Confidence>,
    #[serde(flatten)]
    cells: BTreeMap<String, Cell>,
}

impl Table {
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, StandardError> {
        let bad = |detail: String| StandardError::BadParameterFile {
            file: file.to_owned(),
            detail,
        };
        let parsed: FileTable = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        let name = parsed.table;
        let mut versions = Vec::with_capacity(parsed.version.len());
        for version in parsed.version {
            let day = |text: &str| {
                text.parse::<CivilDate>()
                    .map_err(|error| bad(error.to_string()))
            };
            let mut rows: Vec<Row> = Vec::with_capacity(version.row.len());
            for row in version.row {
                if rows.iter().any(|present| present.key == row.key) {
                    return Err(bad(format!("row `{}` stands twice", row.key)));
                }
                rows.push(Row {
                    table: name.clone(),
                    key: row.key,
                    confidence: row.confidence.unwrap_or(version.confidence),
                    cells: row.cells,
                });
            }
            versions.push(Version {
                table: name.clone(),
                edition: version.edition,
                in_force_from: day(&version.in_force_from)?,
                in_force_to: version.in_force_to.as_deref().map(day).transpose()?,
                reference: version.reference,
                confidence: version.confidence,
                rows,
            });
        }
        Ok(Self { name, versions })
    }

    /// The version in force on a day.
    ///
    /// # Errors
    /// [`StandardError::NotInForce`].
    pub fn load_version_on(&self, date: CivilDate) -> Result<&Version, StandardError> {
        self.versions
            .iter()
            .find(|version| version.is_in_force(date))
            .ok_or_else(|| StandardError::NotInForce {
                table: self.name.clone(),
                date: date.to_string(),
            })
    }

    /// The version of an edition, whatever the day.
    ///
    /// # Errors
    /// [`StandardError::NoEdition`].
    pub fn load_edition(&self, edition: &str) -> Result<&Version, StandardError> {
        self.versions
            .iter()
            .find(|version| version.edition == edition)
            .ok_or_else(|| StandardError::NoEdition {
                table: self.name.clone(),
                edition: edition.to_owned(),
            })
    }
}

impl Version {
    /// Whether the version is in force on a day.
    pub fn is_in_force(&self, date: CivilDate) -> bool {
        self.in_force_from <= date && self.in_force_to.is_none_or(|last| date <= last)
    }

    /// A row that may be absent; a disabled row counts as absent.
    pub fn find_row(&self, key: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.key == key && row.confidence != Confidence::Low)
    }

    /// A row.
    ///
    /// # Errors
    /// [`StandardError::NoRow`], or [`StandardError::Disabled`] for a row of low confidence.
    pub fn load_row(&self, key: &str) -> Result<&Row, StandardError> {
        match self.rows.iter().find(|row| row.key == key) {
            Some(row) if row.confidence == Confidence::Low => Err(StandardError::Disabled {
                table: self.table.clone(),
                key: key.to_owned(),
            }),
            Some(row) => Ok(row),
            None => Err(StandardError::NoRow {
                table: self.table.clone(),
                edition: self.edition.clone(),
                key: key.to_owned(),
            }),
        }
    }

    /// `HJ 633-2012, table 1 (in force from 2013-01-01)`, as a basis prints it.
    pub fn citation(&self) -> String {
        format!("{} (in force from {})", self.reference, self.in_force_from)
    }
}

impl Row {
    fn bad(&self, column: &str, detail: &str) -> StandardError {
        StandardError::BadCell {
            table: self.table.clone(),
            key: self.key.clone(),
            column: column.to_owned(),
            detail: detail.to_owned(),
        }
    }

    /// A column's text, when there is one.
    pub fn find_text(&self, column: &str) -> Option<&str> {
        match self.cells.get(column)? {
            Cell::Text(text) => Some(text),
            Cell::List(_) => None,
        }
    }

    /// A column's text.
    ///
    /// # Errors
    /// [`StandardError::BadCell`] when absent or a list.
    pub fn load_text(&self, column: &str) -> Result<&str, StandardError> {
        self.find_text(column)
            .ok_or_else(|| self.bad(column, "is absent"))
    }

    /// A column as an exact decimal.
    ///
    /// # Errors
    /// [`StandardError::BadCell`] when absent or not a number.
    pub fn load_decimal(&self, column: &str) -> Result<Decimal, StandardError> {
        self.load_text(column)?
            .parse()
            .map_err(|_error| self.bad(column, "is not a decimal number"))
    }

    /// A column as a list of exact decimals.
    ///
    /// # Errors
    /// [`StandardError::BadCell`] when absent, not a list or not numbers.
    pub fn load_decimals(&self, column: &str) -> Result<Vec<Decimal>, StandardError> {
        self.load_texts(column)?
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()
            .map_err(|_error| self.bad(column, "is not a list of decimal numbers"))
    }

    /// A column as a list of texts.
    ///
    /// # Errors
    /// [`StandardError::BadCell`] when absent or not a list.
    pub fn load_texts(&self, column: &str) -> Result<&[String], StandardError> {
        match self.cells.get(column) {
            Some(Cell::List(list)) => Ok(list),
            _ => Err(self.bad(column, "is not a list")),
        }
    }
}
