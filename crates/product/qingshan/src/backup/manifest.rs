//! The list of a backup: what is in it, from when, and what it must come out as.

use std::collections::BTreeMap;

use database::snapshot::{ChainHeads, MigrationVersions};
use serde::{Deserialize, Serialize};

/// What the list of a backup says of itself.
pub(crate) const FORM: &str = "qingshan-backup/1";

/// The list of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Kind and version of the form.
    pub(crate) form: String,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When, RFC 3339.
    pub(crate) made_at: String,
    /// Which database it is of.
    pub(crate) database: DatabaseName,
    /// Versions of the migrations of both stores.
    pub(crate) migrations: Migrations,
    /// The parts in the order in which they are in the file.
    pub(crate) parts: Vec<Part>,
    /// Rows of each table.
    pub(crate) tables: BTreeMap<String, i64>,
    /// Where the chains stand.
    pub(crate) heads: Heads,
    /// Whether the key of device passwords is inside.
    pub(crate) has_sealing_key: bool,
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DatabaseName {
    Sqlite,
    Postgres,
}

impl std::fmt::Display for DatabaseName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Migrations {
    pub(crate) main: Vec<i64>,
    pub(crate) raw: Vec<i64>,
}

/// One compressed part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Its name in the file.
    pub(crate) name: String,
    /// Its bytes when unpacked.
    pub(crate) size_bytes: u64,
    /// SM3 of it when unpacked.
    pub(crate) sm3: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heads {
    pub(crate) journal_batch: i64,
    pub(crate) journal_hash: String,
    pub(crate) vault_window: i64,
    pub(crate) vault_seal: String,
    pub(crate) audit_sequence: i64,
    pub(crate) audit_hash: String,
}

impl From<ChainHeads> for Heads {
    fn from(heads: ChainHeads) -> Self {
        Self {
            journal_batch: heads.journal_batch,
            journal_hash: to_hex(&heads.journal_hash),
            vault_window: heads.vault_window,
            vault_seal: to_hex(&heads.vault_seal),
            audit_sequence: heads.audit_sequence,
            audit_hash: to_hex(&heads.audit_hash),
        }
    }
}

impl From<MigrationVersions> for Migrations {
    fn from(versions: MigrationVersions) -> Self {
        Self {
            main: versions.main,
            raw: versions.raw,
        }
    }
}

impl Manifest {
    /// Bytes of all parts when unpacked.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.size_bytes))
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
