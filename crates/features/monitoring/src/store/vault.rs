//! Statements of the vault: blocks of packets, windows, heads of the chains.

use database::bulk::{Column, insert_rows};
use database::{Database, Transaction, on_database, on_raw_database, on_transaction, sqlx};

use crate::MonitoringError;
use crate::vault::EncodedBlock;

/// A run of batches that was packed together.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Window {
    pub(crate) id: i64,
    pub(crate) first_batch_id: i64,
    pub(crate) last_batch_id: i64,
    pub(crate) first_received_ms: i64,
    pub(crate) last_received_ms: i64,
    pub(crate) packet_count: i64,
    pub(crate) size_bytes: i64,
    pub(crate) journal_hash: Vec<u8>,
    pub(crate) seal: Vec<u8>,
}

/// A block with its packets.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct StoredBlock {
    pub(crate) mn: String,
    pub(crate) part: i64,
    pub(crate) day: i64,
    pub(crate) device_id: i64,
    pub(crate) packet_count: i64,
    pub(crate) packet_ids: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl StoredBlock {
    /// Its place in the chain of its MN.
    pub(crate) const fn place(&self) -> BlockPlace {
        (self.part, self.day, self.device_id)
    }
}

/// A block without its packets.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct BlockIds {
    pub(crate) mn: String,
    pub(crate) day: i64,
    pub(crate) device_id: i64,
    pub(crate) packet_ids: Vec<u8>,
}

/// A block's place in the chain of its MN: part, day, device.
pub(crate) type BlockPlace = (i64, i64, i64);

/// MN, day, device and hash of a block.
pub(crate) type BlockHash = (String, i64, i64, Vec<u8>);

/// The hashes of the blocks of a part, by MN, day and device.
pub(crate) async fn list_hashes(
    database: &Database,
    part: i64,
) -> Result<Vec<BlockHash>, MonitoringError> {
    const LIST: &str = "SELECT mn, day, device_id, hash FROM raw_block WHERE part = $1";
    let mut hashes: Vec<BlockHash> = on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(part)
        .fetch_all(pool)
        .await?);
    // the databases do not agree on the order of texts
    hashes.sort();
    Ok(hashes)
}

/// The end of an MN's chain.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ChainHead {
    pub(crate) mn: String,
    pub(crate) packet_count: i64,
    pub(crate) hash: Vec<u8>,
}

/// A block to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewBlock {
    pub(crate) mn: String,
    pub(crate) day: i64,
    pub(crate) device_id: i64,
    pub(crate) first_packet_id: i64,
    pub(crate) last_packet_id: i64,
    pub(crate) packet_count: i64,
    pub(crate) block: EncodedBlock,
    pub(crate) hash: Vec<u8>,
}

/// The last window; none before the first.
pub(crate) async fn find_last_window(
    database: &Database,
) -> Result<Option<Window>, MonitoringError> {
    const FIND: &str = "SELECT id, first_batch_id, last_batch_id, first_received_ms, \
         last_received_ms, packet_count, size_bytes, journal_hash, seal FROM raw_window \
         ORDER BY id DESC LIMIT 1";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(FIND)
        .fetch_optional(pool)
        .await?))
}

/// The first window that ends at or behind a batch.
pub(crate) async fn find_window(
    database: &Database,
    batch_id: i64,
) -> Result<Option<Window>, MonitoringError> {
    const FIND: &str = "SELECT id, first_batch_id, last_batch_id, first_received_ms, \
         last_received_ms, packet_count, size_bytes, journal_hash, seal FROM raw_window \
         WHERE last_batch_id >= $1 ORDER BY last_batch_id LIMIT 1";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(FIND)
        .bind(batch_id)
        .fetch_optional(pool)
        .await?))
}

/// The windows behind one, in order.
pub(crate) async fn list_windows(
    database: &Database,
    after: i64,
    limit: i64,
) -> Result<Vec<Window>, MonitoringError> {
    const LIST: &str = "SELECT id, first_batch_id, last_batch_id, first_received_ms, \
         last_received_ms, packet_count, size_bytes, journal_hash, seal FROM raw_window \
         WHERE id > $1 ORDER BY id LIMIT $2";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await?))
}

/// The newest window that begins below a batch and has packets received in `from_ms..to_ms`, of one
/// device or of any.
pub(crate) async fn find_window_before(
    database: &Database,
    below_batch: i64,
    (from_ms, to_ms): (i64, i64),
    device_id: Option<i64>,
) -> Result<Option<Window>, MonitoringError> {
    const ANY: &str = "SELECT id, first_batch_id, last_batch_id, first_received_ms, \
         last_received_ms, packet_count, size_bytes, journal_hash, seal FROM raw_window \
         WHERE first_batch_id < $1 AND last_received_ms >= $2 AND first_received_ms < $3 \
         ORDER BY id DESC LIMIT 1";
    const OF_DEVICE: &str = "SELECT id, first_batch_id, last_batch_id, first_received_ms, \
         last_received_ms, packet_count, size_bytes, journal_hash, seal FROM raw_window \
         WHERE first_batch_id < $1 AND last_received_ms >= $2 AND first_received_ms < $3 \
         AND EXISTS (SELECT 1 FROM raw_block WHERE device_id = $4 AND part = raw_window.id) \
         ORDER BY id DESC LIMIT 1";
    Ok(on_raw_database!(database, |pool| match device_id {
        None => {
            sqlx::query_as(ANY)
                .bind(below_batch)
                .bind(from_ms)
                .bind(to_ms)
                .fetch_optional(pool)
                .await?
        }
        Some(device_id) => {
            sqlx::query_as(OF_DEVICE)
                .bind(below_batch)
                .bind(from_ms)
                .bind(to_ms)
                .bind(device_id)
                .fetch_optional(pool)
                .await?
        }
    }))
}

/// The blocks of a part behind an MN, day and device, in that order.
pub(crate) async fn list_blocks(
    database: &Database,
    part: i64,
    (mn, day, device_id): (&str, i64, i64),
    limit: i64,
) -> Result<Vec<StoredBlock>, MonitoringError> {
    const LIST: &str = "SELECT mn, part, day, device_id, packet_count, packet_ids, content, hash \
         FROM raw_block WHERE part = $1 AND (mn, day, device_id) > ($2, $3, $4) \
         ORDER BY mn, day, device_id LIMIT $5";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(part)
        .bind(mn)
        .bind(day)
        .bind(device_id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
}

/// The blocks of an MN behind a place, in the order of its chain.
pub(crate) async fn list_blocks_of_mn(
    database: &Database,
    mn: &str,
    (part, day, device_id): BlockPlace,
    limit: i64,
) -> Result<Vec<StoredBlock>, MonitoringError> {
    const LIST: &str = "SELECT mn, part, day, device_id, packet_count, packet_ids, content, hash \
         FROM raw_block WHERE mn = $1 AND (part, day, device_id) > ($2, $3, $4) \
         ORDER BY part, day, device_id LIMIT $5";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(mn)
        .bind(part)
        .bind(day)
        .bind(device_id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
}

/// The blocks of a device in a part.
pub(crate) async fn list_blocks_of_device(
    database: &Database,
    part: i64,
    device_id: i64,
) -> Result<Vec<StoredBlock>, MonitoringError> {
    const LIST: &str = "SELECT mn, part, day, device_id, packet_count, packet_ids, content, hash \
         FROM raw_block WHERE part = $1 AND device_id = $2";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(part)
        .bind(device_id)
        .fetch_all(pool)
        .await?))
}

/// The ids of the packets of a part.
pub(crate) async fn list_ids(
    database: &Database,
    part: i64,
) -> Result<Vec<BlockIds>, MonitoringError> {
    const LIST: &str = "SELECT mn, day, device_id, packet_ids FROM raw_block WHERE part = $1";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(LIST)
        .bind(part)
        .fetch_all(pool)
        .await?))
}

/// How many packets an MN's chain has before a block, and its hash there.
pub(crate) async fn load_chain_before(
    database: &Database,
    mn: &str,
    (part, day, device_id): BlockPlace,
) -> Result<(i64, Vec<u8>), MonitoringError> {
    const COUNT: &str = "SELECT CAST(COALESCE(SUM(packet_count), 0) AS BIGINT) FROM raw_block \
         WHERE mn = $1 AND (part, day, device_id) < ($2, $3, $4)";
    const HASH: &str = "SELECT hash FROM raw_block WHERE mn = $1 AND (part, day, device_id) < ($2, $3, $4) \
         ORDER BY part DESC, day DESC, device_id DESC LIMIT 1";
    let (count, hash): (i64, Option<Vec<u8>>) = on_raw_database!(database, |pool| {
        let count = sqlx::query_scalar(COUNT)
            .bind(mn)
            .bind(part)
            .bind(day)
            .bind(device_id)
            .fetch_one(pool)
            .await?;
        let hash = sqlx::query_scalar(HASH)
            .bind(mn)
            .bind(part)
            .bind(day)
            .bind(device_id)
            .fetch_optional(pool)
            .await?;
        (count, hash)
    });
    Ok((count, hash.unwrap_or_default()))
}

/// The heads of chains behind an MN, by MN.
pub(crate) async fn list_heads(
    database: &Database,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ChainHead>, MonitoringError> {
    const FIRST: &str = "SELECT mn, packet_count, hash FROM raw_chain ORDER BY mn LIMIT $1";
    const NEXT: &str =
        "SELECT mn, packet_count, hash FROM raw_chain WHERE mn > $1 ORDER BY mn LIMIT $2";
    Ok(on_raw_database!(database, |pool| match after {
        None => sqlx::query_as(FIRST).bind(limit).fetch_all(pool).await?,
        Some(after) =>
            sqlx::query_as(NEXT)
                .bind(after)
                .bind(limit)
                .fetch_all(pool)
                .await?,
    }))
}

/// The head of an MN's chain.
pub(crate) async fn find_head(
    database: &Database,
    mn: &str,
) -> Result<Option<ChainHead>, MonitoringError> {
    const FIND: &str = "SELECT mn, packet_count, hash FROM raw_chain WHERE mn = $1";
    Ok(on_raw_database!(database, |pool| sqlx::query_as(FIND)
        .bind(mn)
        .fetch_optional(pool)
        .await?))
}

/// The last batch whose packets were all received before an instant, or that has one behind it.
pub(crate) async fn find_last_received_before(
    database: &Database,
    before_ms: i64,
) -> Result<i64, MonitoringError> {
    const FIND: &str = "SELECT MAX(id) FROM raw_batch WHERE last_received_ms < $1";
    let found: Option<i64> = on_raw_database!(database, |pool| sqlx::query_scalar(FIND)
        .bind(before_ms)
        .fetch_one(pool)
        .await?);
    Ok(found.unwrap_or(0))
}

/// The batch up to which all readers of the journal have come; 0 when there is none yet.
pub(crate) async fn load_least_checkpoint(database: &Database) -> Result<i64, MonitoringError> {
    const LOAD: &str = "SELECT MIN(batch_id) FROM journal_checkpoint";
    let found: Option<i64> = on_database!(database, |pool| sqlx::query_scalar(LOAD)
        .fetch_one(pool)
        .await?);
    Ok(found.unwrap_or(0))
}

/// Writes blocks of a part that is not yet part of the vault.
pub(crate) async fn insert_blocks(
    database: &Database,
    part: i64,
    blocks: &[NewBlock],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO raw_block (mn, day, device_id, part, first_packet_id, last_packet_id, \
         packet_count, size_bytes, packet_ids, content, hash)";
    let integers = |of: fn(&NewBlock) -> i64| blocks.iter().map(of).collect::<Vec<_>>();
    let mns: Vec<&str> = blocks.iter().map(|block| block.mn.as_str()).collect();
    let days = integers(|block| block.day);
    let devices = integers(|block| block.device_id);
    let parts = vec![part; blocks.len()];
    let firsts = integers(|block| block.first_packet_id);
    let lasts = integers(|block| block.last_packet_id);
    let counts = integers(|block| block.packet_count);
    let sizes = integers(|block| block.block.size_bytes);
    let ids: Vec<&[u8]> = blocks.iter().map(|one| &one.block.packet_ids[..]).collect();
    let contents: Vec<&[u8]> = blocks.iter().map(|one| &one.block.content[..]).collect();
    let hashes: Vec<&[u8]> = blocks.iter().map(|block| &block.hash[..]).collect();
    let columns = [
        Column::Texts(&mns),
        Column::Integers(&days),
        Column::Integers(&devices),
        Column::Integers(&parts),
        Column::Integers(&firsts),
        Column::Integers(&lasts),
        Column::Integers(&counts),
        Column::Integers(&sizes),
        Column::Bytes(&ids),
        Column::Bytes(&contents),
        Column::Bytes(&hashes),
    ];
    let mut transaction = database.begin_raw().await?;
    insert_rows(&mut transaction, INSERT, &columns, "").await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a window part of the vault: its row, the heads of the chains, and the place up to which the
/// journal is packed, which must still be at `before`. False, and nothing is changed, when another
/// process has packed on or removed a block (`hashes`: of all of them, by MN, day and device).
pub(crate) async fn finish_window(
    database: &Database,
    before: i64,
    window: &Window,
    heads: &[ChainHead],
    hashes: &[BlockHash],
) -> Result<bool, MonitoringError> {
    const MOVE: &str = "UPDATE raw_journal_head SET packed_batch_id = $1, packed_hash = $2 \
         WHERE id = 1 AND packed_batch_id = $3";
    const LIST: &str = "SELECT mn, day, device_id, hash FROM raw_block WHERE part = $1";
    let mut transaction = database.begin_raw().await?;
    let (moved, mut written): (u64, Vec<BlockHash>) =
        on_transaction!(&mut transaction, |connection| {
            let moved = sqlx::query(MOVE)
                .bind(window.last_batch_id)
                .bind(&window.journal_hash)
                .bind(before)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            let written = sqlx::query_as(LIST).bind(window.id);
            (moved, written.fetch_all(connection).await?)
        });
    written.sort();
    if moved != 1 || written != hashes {
        transaction.rollback().await?;
        return Ok(false);
    }
    insert_window(&mut transaction, window).await?;
    put_heads(&mut transaction, heads).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn insert_window(
    transaction: &mut Transaction,
    window: &Window,
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO raw_window (id, first_batch_id, last_batch_id, \
         first_received_ms, last_received_ms, packet_count, size_bytes, journal_hash, seal) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(window.id)
            .bind(window.first_batch_id)
            .bind(window.last_batch_id)
            .bind(window.first_received_ms)
            .bind(window.last_received_ms)
            .bind(window.packet_count)
            .bind(window.size_bytes)
            .bind(&window.journal_hash)
            .bind(&window.seal)
            .execute(connection)
            .await?;
    });
    Ok(())
}

async fn put_heads(
    transaction: &mut Transaction,
    heads: &[ChainHead],
) -> Result<(), MonitoringError> {
    const PUT: &str = "INSERT INTO raw_chain (mn, packet_count, hash)";
    const AGAIN: &str = "ON CONFLICT (mn) DO UPDATE SET packet_count = excluded.packet_count, \
         hash = excluded.hash";
    let mns: Vec<&str> = heads.iter().map(|head| head.mn.as_str()).collect();
    let counts: Vec<i64> = heads.iter().map(|head| head.packet_count).collect();
    let hashes: Vec<&[u8]> = heads.iter().map(|head| &head.hash[..]).collect();
    let columns = [
        Column::Texts(&mns),
        Column::Integers(&counts),
        Column::Bytes(&hashes),
    ];
    insert_rows(transaction, PUT, &columns, AGAIN).await?;
    Ok(())
}

/// Removes the oldest batches of the journal that are in the vault, at most so many; returns how
/// many.
pub(crate) async fn delete_packed(database: &Database, most: i64) -> Result<u64, MonitoringError> {
    const DELETE: &str = "DELETE FROM raw_batch WHERE id IN (SELECT id FROM raw_batch \
         WHERE id <= (SELECT packed_batch_id FROM raw_journal_head WHERE id = 1) \
         ORDER BY id LIMIT $1)";
    let mut transaction = database.begin_raw().await?;
    let deleted = on_transaction!(&mut transaction, |connection| {
        sqlx::query(DELETE)
            .bind(most)
            .execute(connection)
            .await?
            .rows_affected()
    });
    transaction.commit().await?;
    Ok(deleted)
}

/// Removes what an interrupted packing has written.
pub(crate) async fn delete_unfinished(database: &Database) -> Result<u64, MonitoringError> {
    // whoever finishes a window waits, and then finds its blocks gone
    const LOCK: &str = "UPDATE raw_journal_head SET packed_batch_id = packed_batch_id WHERE id = 1";
    const DELETE: &str = "DELETE FROM raw_block \
         WHERE part > (SELECT COALESCE(MAX(id), 0) FROM raw_window)";
    let mut transaction = database.begin_raw().await?;
    let deleted = on_transaction!(&mut transaction, |connection| {
        sqlx::query(LOCK).execute(&mut *connection).await?;
        sqlx::query(DELETE)
            .execute(connection)
            .await?
            .rows_affected()
    });
    transaction.commit().await?;
    Ok(deleted)
}
