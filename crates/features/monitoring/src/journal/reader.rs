//! Reading the journal in order.

use beijing_time::Timestamp;
use database::{Database, Transaction};

use super::batch::{compute_batch_hash, decode_batch};
use crate::model::StoredPacket;
use crate::store::journal as store;
use crate::{MonitoringError, PacketId, vault};

/// A batch without its packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSummary {
    /// Its id; ids have no holes.
    pub id: i64,
    /// The first time of receipt in it, epoch milliseconds.
    pub first_received_ms: i64,
    /// The last time of receipt in it, epoch milliseconds.
    pub last_received_ms: i64,
    /// How many packets it has.
    pub packet_count: i64,
    /// Their bytes.
    pub size_bytes: i64,
}

/// What walking a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// Every link follows from the one before.
    Whole {
        /// Links walked.
        links: u64,
    },
    /// A link does not follow from the one before.
    Broken {
        /// The id of the first batch or packet that does not.
        at: i64,
    },
}

/// Lists batches after one, oldest first, those that have gone to the vault first.
pub async fn list_batches(
    database: &Database,
    after: i64,
    limit: u32,
) -> Result<Vec<BatchSummary>, MonitoringError> {
    let packed = store::load_packed(database).await?.batch_id;
    if after < packed {
        let limit = usize::try_from(limit.min(1000)).unwrap_or(1000);
        return vault::list_batches(database, after, limit).await;
    }
    store::list_batches(database, after, limit).await
}

/// Reads the packets of a batch, wherever they are kept; `None` when there is no such batch yet.
pub async fn load_batch(
    database: &Database,
    batch_id: i64,
) -> Result<Option<Vec<StoredPacket>>, MonitoringError> {
    // the journal first: what is packed in between is then found in the vault
    match store::find_content(database, batch_id).await? {
        Some(content) => decode_batch(batch_id, &content).map(Some),
        None => vault::load_batch(database, batch_id).await,
    }
}

/// The last batch that was committed; 0 before the first.
pub async fn find_head(database: &Database) -> Result<i64, MonitoringError> {
    Ok(store::load_head(database).await?.batch_id)
}

/// The last batch that a reader of the journal has taken in; 0 for a new reader.
pub async fn load_checkpoint(database: &Database, reader: &str) -> Result<i64, MonitoringError> {
    store::load_checkpoint(database, reader).await
}

/// Moves a reader's checkpoint in the transaction of what it wrote, and enters a reader that begins
/// at 0. Returns false when the checkpoint is no longer at `from`: somebody else has read on.
pub async fn move_checkpoint(
    transaction: &mut Transaction,
    reader: &str,
    from: i64,
    to: i64,
    at: Timestamp,
) -> Result<bool, MonitoringError> {
    store::move_checkpoint(transaction, reader, from, to, at).await
}

/// Walks the journal's chain from the last batch packed into the vault to its head.
pub async fn verify_journal_chain(database: &Database) -> Result<ChainState, MonitoringError> {
    let start = store::load_packed(database).await?;
    let head = store::load_head(database).await?;
    let (mut at, mut hash) = (start.batch_id, start.hash);
    let mut links = 0;
    while at < head.batch_id {
        let next = at + 1;
        let Some((content, kept)) = store::find_link(database, next).await? else {
            return Ok(ChainState::Broken { at: next });
        };
        let computed = compute_batch_hash(&hash, next, &content);
        if computed != kept {
            return Ok(ChainState::Broken { at: next });
        }
        (at, hash) = (next, computed);
        links += 1;
    }
    if hash != head.hash {
        return Ok(ChainState::Broken { at });
    }
    Ok(ChainState::Whole { links })
}

/// Finds a packet in the journal (not in the vault).
pub(crate) async fn find_in_journal(
    database: &Database,
    id: PacketId,
) -> Result<Option<StoredPacket>, MonitoringError> {
    let Some(content) = store::find_content(database, id.batch_id()).await? else {
        return Ok(None);
    };
    let packets = decode_batch(id.batch_id(), &content)?;
    Ok(packets.into_iter().nth(id.place()))
}
