//! Parameters as dated, cited data: the shipped set and a city's overrides.

mod overrides;
mod shipped;
mod table;

pub use overrides::Override;
pub use table::{Cell, Row, Table, Version};

use std::collections::BTreeMap;
use std::fmt::Write as _;

use beijing_time::CivilDate;
use sm3::{Digest, Sm3};

use crate::StandardError;

/// A whole set of parameters: the shipped tables with a city's overrides over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    tables: BTreeMap<String, Table>,
    overrides: Vec<Override>,
}

impl Parameters {
    /// The tables that Qingshan ships.
    ///
    /// # Errors
    /// [`StandardError::BadParameterFile`]; a test reads every shipped file.
    pub fn shipped() -> Result<Self, StandardError> {
        let mut tables = BTreeMap::new();
        for (file, text) in shipped::FILES {
            let table = Table::parse(file, text)?;
            match tables.entry(table.name.clone()) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(table);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    let present: &mut Table = entry.get_mut();
                    present.versions.extend(table.versions);
                }
            }
        }
        Ok(Self {
            tables,
            overrides: Vec::new(),
        })
    }

    /// The same set with the `[[override]]` entries of a TOML text over it.
    ///
    /// # Errors
    /// [`StandardError::BadParameterFile`] when the text does not parse or names an unknown table,
    /// edition, row or column, or an entry lacks its author, date or reason.
    pub fn with_overrides(&self, file: &str, text: &str) -> Result<Self, StandardError> {
        let mut changed = self.clone();
        for entry in overrides::parse(file, text)? {
            entry.apply(file, &mut changed.tables)?;
            changed.overrides.push(entry);
        }
        Ok(changed)
    }

    /// The overrides in force, in order.
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// The names of all tables.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// A table.
    ///
    /// # Errors
    /// [`StandardError::NoTable`].
    pub fn load_table(&self, table: &str) -> Result<&Table, StandardError> {
        self.tables
            .get(table)
            .ok_or_else(|| StandardError::NoTable {
                table: table.to_owned(),
            })
    }

    /// Tells sets apart: the same for the same tables, whatever else changed in the program.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sm3::new();
        let mut put = |text: &str| {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        };
        for (name, table) in &self.tables {
            put(name);
            for version in &table.versions {
                put(&version.edition);
                put(&version.in_force_from.to_string());
                put(&version
                    .in_force_to
                    .map_or_else(String::new, |day| day.to_string()));
                for row in &version.rows {
                    put(&row.key);
                    put(row.confidence.name());
                    for (column, cell) in &row.cells {
                        put(column);
                        match cell {
                            Cell::Text(text) => put(text),
                            Cell::List(texts) => texts.iter().for_each(|text| put(text)),
                        }
                    }
                }
            }
        }
        let hash: [u8; 32] = hasher.finalize().into();
        hash.iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The version of a table in force on a day.
    ///
    /// # Errors
    /// [`StandardError::NoTable`] or [`StandardError::NotInForce`].
    pub fn load_version(&self, table: &str, date: CivilDate) -> Result<&Version, StandardError> {
        self.load_table(table)?.load_version_on(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_shipped_file_reads() {
        let shipped = Parameters::shipped().unwrap();
        assert!(shipped.table_names().count() >= 20);
        for name in shipped.table_names() {
            let table = shipped.load_table(name).unwrap();
            assert!(!table.versions.is_empty(), "{name}");
            for version in &table.versions {
                assert!(!version.rows.is_empty(), "{name} {}", version.edition);
                assert!(!version.reference.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn the_edition_follows_the_day_of_measurement() {
        let shipped = Parameters::shipped().unwrap();
        let edition = |day| {
            shipped
                .load_version("aqi-breakpoints", date(day))
                .map(|v| v.edition.clone())
        };
        assert_eq!(edition("2026-02-28").unwrap(), "HJ 633-2012");
        assert_eq!(edition("2026-03-01").unwrap(), "HJ 633-2026");
        assert!(matches!(
            edition("2012-12-31"),
            Err(StandardError::NotInForce { .. })
        ));
        let limits = |day| {
            shipped
                .load_version("air-quality-limits", date(day))
                .unwrap()
                .edition
                .clone()
        };
        assert_eq!(limits("2030-12-31"), "GB 3095-2026 (transition)");
        assert_eq!(limits("2031-01-01"), "GB 3095-2026");
    }

    #[test]
    fn a_row_of_low_confidence_is_disabled_until_a_city_enables_it() {
        let shipped = Parameters::shipped().unwrap();
        let version = |p: &Parameters| {
            p.load_version("composite-index", date("2026-05-01"))
                .unwrap()
                .clone()
        };
        assert!(matches!(
            version(&shipped).load_row("pm10"),
            Err(StandardError::Disabled { .. })
        ));
        let own = shipped
            .with_overrides(
                "own.toml",
                r#"
                [[override]]
                table = "composite-index"
                edition = "2026 (transition limits)"
                key = "pm10"
                column = "weight"
                value = "1"
                author = "monitoring section"
                date = "2026-03-05"
                reason = "text of HJ 663-2026 read"
                "#,
            )
            .unwrap();
        assert_eq!(
            version(&own).load_row("pm10").unwrap().confidence,
            crate::Confidence::Local
        );
        assert_eq!(own.overrides().len(), 1);
    }

    #[test]
    fn an_override_without_author_or_of_an_unknown_row_is_refused() {
        let shipped = Parameters::shipped().unwrap();
        for text in [
            "[[override]]\ntable = \"aqi-breakpoints\"\nedition = \"HJ 633-2012\"\nkey = \"so2.24h\"\ncolumn = \"unit\"\nvalue = \"x\"\ndate = \"2020-01-01\"\nreason = \"r\"\n",
            "[[override]]\ntable = \"aqi-breakpoints\"\nedition = \"HJ 633-2012\"\nkey = \"nothing\"\ncolumn = \"unit\"\nvalue = \"x\"\nauthor = \"a\"\ndate = \"2020-01-01\"\nreason = \"r\"\n",
            "[[override]]\ntable = \"nothing\"\nedition = \"HJ 633-2012\"\nkey = \"so2.24h\"\ncolumn = \"unit\"\nvalue = \"x\"\nauthor = \"a\"\ndate = \"2020-01-01\"\nreason = \"r\"\n",
        ] {
            assert!(
                matches!(
                    shipped.with_overrides("own.toml", text),
                    Err(StandardError::BadParameterFile { .. })
                ),
                "{text}"
            );
        }
    }
}
