//! How long records of each kind are kept. Raw packets are kept for ever; so are marks, reviews and
//! what was derived, such as hours, days and rates.
//!
//! Records are removed in whole spans of blocks, in short transactions. The first of them moves the
//! kind's mark ([`Removals`]): from then on everything before it counts as removed, whether its rows
//! are gone yet or not. So a process that ends in between leaves nothing half known, and the next
//! run goes on where it stopped. Figures that follow from removed records are never computed again
//! from what is left: periods that wait to be derived hold the removal back.

mod removals;
mod use_cases;

use beijing_time::{StatDay, Timestamp};
use database::Database;

pub use removals::Removals;
pub use use_cases::{list_retention, preview_retention, set_retention};

use crate::blocks::Span;
use crate::store::retention as store;
use crate::{MonitoringError, RecordKind};

/// The shortest time that may be set: reports of a month and the recovery of gaps need their data.
pub const LEAST_DAYS: i64 = 62;
/// The longest time that may be set; longer is for ever.
pub const MOST_DAYS: i64 = 36_600;

/// How long records of a kind are kept, and what of them there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The kind.
    pub kind: RecordKind,
    /// Days for which they are kept; for ever when absent.
    pub keep_days: Option<i64>,
    /// Grows with each change of the setting; 0 when it was never set.
    pub revision: i64,
    /// What is kept.
    pub kept: Amount,
    /// The time of the first record that is kept, to the day.
    pub first: Option<Timestamp>,
    /// Records of earlier times were removed.
    pub removed_before: Option<Timestamp>,
    /// How many were removed in all, and how many bytes.
    pub removed: Amount,
    /// Records that came afterwards for the time that is gone; their packets are kept.
    pub late_records: u64,
}

/// How much there is of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Records, each packet's counted.
    pub records: u64,
    /// Blocks in which they are.
    pub blocks: u64,
    /// Bytes of their contents, without what the database adds.
    pub bytes: u64,
}

impl Amount {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.blocks += other.blocks;
        self.bytes += other.bytes;
    }
}

/// What would be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPreview {
    /// Everything before; nothing is removed when absent.
    pub before: Option<Timestamp>,
    /// How much.
    pub amount: Amount,
}

/// What one step removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The kind.
    pub kind: RecordKind,
    /// Everything before.
    pub before: Timestamp,
    /// How much of it in this step.
    pub amount: Amount,
}

/// How much one transaction removes at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepSize {
    /// Rows of newly received records.
    pub rows: i64,
    /// Blocks.
    pub blocks: i64,
}

impl Default for StepSize {
    fn default() -> Self {
        Self {
            rows: 10_000,
            blocks: 256,
        }
    }
}

/// The instant before which records of a kind go, when kept for so many days: blocks go whole.
fn find_boundary(kind: RecordKind, keep_days: i64, now: Timestamp) -> Timestamp {
    let first_kept = StatDay::containing(now).plus(-keep_days).start();
    Span::containing(kind, first_kept).from
}

/// One step: removes some records of one kind whose time is over. `None` when nothing is left to
/// do, or when what is left waits for figures to be derived first.
///
/// # Errors
/// [`MonitoringError::Database`]; the step is undone and may be repeated.
pub async fn remove_next(
    database: &Database,
    now: Timestamp,
    size: StepSize,
) -> Result<Option<Removed>, MonitoringError> {
    let settings = store::list_settings(database).await?;
    let removals = Removals::load(database).await?;
    for kind in RecordKind::ALL.iter().copied() {
        let set = settings.get(&kind).and_then(|setting| setting.keep_days);
        let set = set.map(|keep_days| find_boundary(kind, keep_days, now));
        // a longer time set later brings nothing back; what was begun is brought to its end
        let Some(before) = set.max(removals.before(kind)) else {
            continue;
        };
        let amount = store::remove_step(database, (kind, before), now, size).await?;
        if let Some(amount) = amount {
            return Ok(Some(Removed {
                kind,
                before,
                amount,
            }));
        }
    }
    Ok(None)
}
