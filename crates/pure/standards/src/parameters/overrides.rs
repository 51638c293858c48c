//! A city's own values over the shipped parameters, each with author, date and reason.

use std::collections::BTreeMap;

use beijing_time::CivilDate;

use super::table::{Cell, Row, Table};
use crate::{Confidence, StandardError};

/// One `[[override]]`: a cell of a shipped table, or a date of a version, set by the city.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The table.
    pub table: String,
    /// The edition.
    pub edition: String,
    /// The row; absent to change a date of the version itself.
    pub key: Option<String>,
    /// The column, or `in_force_from` or `in_force_to` of the version.
    pub column: String,
    /// The new value, quoted, or a list of them.
    pub value: Cell,
    /// Whether a row that does not exist is added.
    #[serde(default)]
    pub is_new_row: bool,
    /// Who set it.
    pub author: String,
    /// When, as a date.
    pub date: String,
    /// Why.
    pub reason: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "override")]
    overrides: Vec<Override>,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Override>, StandardError> {
    toml::from_str::<File>(text)
        .map(|parsed| parsed.overrides)
        .map_err(|error| StandardError::BadParameterFile {
            file: file.to_owned(),
            detail: error.to_string(),
        })
}

impl Override {
    pub(super) fn apply(
        &self,
        file: &str,
        tables: &mut BTreeMap<String, Table>,
    ) -> Result<(), StandardError> {
        let bad = |detail: String| StandardError::BadParameterFile {
            file: file.to_owned(),
            detail,
        };
        for (name, text) in [("author", &self.author), ("reason", &self.reason)] {
            if text.trim().is_empty() {
                return Err(bad(format!(
                    "an override of `{}` has no {name}",
                    self.table
                )));
            }
        }
        self.date
            .parse::<CivilDate>()
            .map_err(|error| bad(error.to_string()))?;
        let version = tables
            .get_mut(&self.table)
            .ok_or_else(|| bad(format!("no table `{}`", self.table)))?
            .versions
            .iter_mut()
            .find(|version| version.edition == self.edition)
            .ok_or_else(|| {
                bad(format!(
                    "`{}` has no edition `{}`",
                    self.table, self.edition
                ))
            })?;
        let Some(key) = &self.key else {
            let Cell::Text(text) = &self.value else {
                return Err(bad("a date is one text".to_owned()));
            };
            let day = text
                .parse::<CivilDate>()
                .map_err(|error| bad(error.to_string()))?;
            match self.column.as_str() {
                "in_force_from" => version.in_force_from = day,
                "in_force_to" => version.in_force_to = Some(day),
                other => return Err(bad(format!("a version has no column `{other}`"))),
            }
            return Ok(());
        };
        let row = match version.rows.iter_mut().find(|row| row.key == *key) {
            Some(row) => row,
            None if self.is_new_row => {
                version.rows.push(Row {
                    table: self.table.clone(),
                    key: key.clone(),
                    confidence: Confidence::Local,
                    cells: BTreeMap::new(),
                });
                version
                    .rows
                    .last_mut()
                    .ok_or_else(|| bad(format!("row `{key}` was not added")))?
            }
            None => {
                return Err(bad(format!(
                    "`{}` ({}) has no row `{key}`; say `is_new_row = true` to add one",
                    self.table, self.edition
                )));
            }
        };
        if !self.is_new_row && !row.cells.contains_key(&self.column) {
            return Err(bad(format!("row `{key}` has no column `{}`", self.column)));
        }
        row.cells.insert(self.column.clone(), self.value.clone());
        row.confidence = Confidence::Local;
        Ok(())
    }
}
