//! Up to which time records of each kind are gone.

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use database::{Database, Transaction};

use crate::store::retention as store;
use crate::{MonitoringError, RecordKind};

/// The marks of all kinds: records of earlier times were removed by retention.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removals(BTreeMap<RecordKind, Timestamp>);

impl Removals {
    /// Loads the marks.
    ///
    /// # Errors
    /// [`MonitoringError::Database`].
    pub async fn load(database: &Database) -> Result<Self, MonitoringError> {
        Ok(Self::of(&store::list_removals(database).await?))
    }

    pub(crate) async fn load_in(transaction: &mut Transaction) -> Result<Self, MonitoringError> {
        Ok(Self::of(&store::list_removals_in(transaction).await?))
    }

    fn of(rows: &[store::StoredRemoval]) -> Self {
        Self(rows.iter().map(|row| (row.kind, row.before)).collect())
    }

    /// Records of a kind before this time are gone; none are when absent.
    pub fn before(&self, kind: RecordKind) -> Option<Timestamp> {
        self.0.get(&kind).copied()
    }

    /// Whether the records of a kind and time are gone.
    pub fn has(&self, kind: RecordKind, time: Timestamp) -> bool {
        self.before(kind).is_some_and(|before| time < before)
    }

    /// The beginning of what there may be of `from…`.
    pub(crate) fn start(&self, kind: RecordKind, from: Timestamp) -> Timestamp {
        self.before(kind).map_or(from, |before| before.max(from))
    }

    /// The mark, if it cuts something off `from…`.
    pub(crate) fn cut(&self, kind: RecordKind, from: Timestamp) -> Option<Timestamp> {
        self.before(kind).filter(|before| from < *before)
    }

    /// The marks by kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RecordKind, Timestamp)> {
        self.0.iter().map(|(kind, before)| (*kind, *before))
    }
}
