//! Hours of which records came or were reviewed, for who follows the data: each change is written in
//! the transaction of what made it and taken out in that of what follows from it, so that none is
//! lost or told twice, over restarts too.

use beijing_time::Timestamp;
use database::{Database, Transaction};

use crate::store::changes as store;
use crate::{MonitoringError, PacketId};

/// What changed hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeCause {
    /// A packet brought or corrected values.
    Packet(PacketId),
    /// The bureau reviewed values.
    Review(i64),
}

/// Hours of a point that are not what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourChange {
    /// Its number; later changes of one point have greater ones.
    pub id: i64,
    /// The point.
    pub point_id: i64,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
    /// What changed them.
    pub cause: ChangeCause,
}

/// The changes that wait, the oldest first, at most so many.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn list_hour_changes(
    database: &Database,
    most: u32,
) -> Result<Vec<HourChange>, MonitoringError> {
    store::list(database, most).await
}

/// Takes changes out, in the transaction of what follows from them.
///
/// # Errors
/// [`MonitoringError::Database`].
pub async fn take_hour_changes(
    transaction: &mut Transaction,
    changes: &[HourChange],
) -> Result<(), MonitoringError> {
    store::delete(transaction, changes).await
}
