//! Where imported records come from: the file, who published it, and the row.

use access::Actor;
use beijing_time::Timestamp;
use database::Database;
use sites::DeviceDirectory;

use crate::store::imports as store;
use crate::{MonitoringError, Record, RecordKind, RecordsRequest, load_records};

/// What kind of figures a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ImportOrigin {
    /// What an older system of the bureau had received.
    #[default]
    OlderSystem,
    /// Published by the authority, as far as it was collected: not all of a time.
    Official,
    /// Collected or computed by a third party: not official, and not all of a time.
    ThirdParty,
}

impl ImportOrigin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OlderSystem, Self::Official, Self::ThirdParty];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OlderSystem => "older_system",
            Self::Official => "official",
            Self::ThirdParty => "third_party",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == name)
    }
}

/// An import that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportEntry {
    /// Its number.
    pub id: i64,
    /// The file's name.
    pub file_name: String,
    /// SM3 of its content, hexadecimal.
    pub file_sm3: String,
    /// What kind of figures it holds.
    pub origin: ImportOrigin,
    /// Who published and collected it.
    pub source: String,
    /// Who imported it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Rows of the file.
    pub rows: i64,
    /// Records that were new with it.
    pub records: i64,
}

/// What kind of figures a point has of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointOrigin {
    /// The point.
    pub point_id: i64,
    /// What kind.
    pub origin: ImportOrigin,
    /// The first of its records.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// A record that came with an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// The import.
    pub entry: ImportEntry,
    /// The first of the record's rows in the file; unknown for imports made before rows were kept.
    pub row: Option<i64>,
    /// The record.
    pub record: Record,
}

/// The file that a record came from, and the first of its rows there.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::NoSuchPoint`]; `None` when the import has no such
/// record.
pub async fn find_import_source(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    (import_id, point_id): (i64, i64),
    (kind, time): (RecordKind, Timestamp),
) -> Result<Option<ImportSource>, MonitoringError> {
    let request = RecordsRequest::new(point_id, kind, time, time.plus_ms(1));
    let records = load_records(database, directory, actor, request).await?;
    let is_from_it = |record: &Record| {
        record
            .readings
            .iter()
            .any(|reading| reading.packet_id.import_id() == Some(import_id))
    };
    let Some(record) = records.into_iter().find(is_from_it) else {
        return Ok(None);
    };
    let Some(entry) = store::find_entry(database, import_id).await? else {
        return Ok(None);
    };
    let spans = store::list_spans(database, import_id, point_id).await?;
    let row = spans
        .iter()
        .filter(|span| span.kind == kind)
        .find_map(|span| span.row_of(time));
    Ok(Some(ImportSource { entry, row, record }))
}

/// The kinds of figures that points have by imports.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn list_point_origins(database: &Database) -> Result<Vec<PointOrigin>, MonitoringError> {
    store::list_point_origins(database).await
}
