//! Whether the store holds what was acknowledged.

use std::path::Path;

use anyhow::Context;
use database::{Database, DatabaseSettings};
use monitoring::journal::{ChainState, list_batches, load_batch, verify_journal_chain};
use serde::Serialize;

use crate::acknowledged::read_acknowledged;
use crate::packets::{find_number, find_request_and_mn, mn_of};
use crate::store;

/// How many missing packets are named.
const MOST_NAMED: usize = 20;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyReport {
    /// Packets with an acknowledgement, each once.
    acknowledged: usize,
    /// Packets in the journal.
    stored: u64,
    /// Batches of the journal.
    batches: u64,
    /// Acknowledged packets that are not in the journal.
    missing: usize,
    /// Some of them: QN and MN.
    examples: Vec<String>,
    /// Whether each batch of the journal follows from the one before.
    is_chain_whole: bool,
}

impl VerifyReport {
    pub(crate) const fn is_whole(&self) -> bool {
        self.missing == 0 && self.is_chain_whole && self.acknowledged > 0
    }
}

/// Looks every acknowledged packet up in the journal.
pub(crate) async fn verify(url: &str, log: &Path) -> anyhow::Result<VerifyReport> {
    let mut waiting = read_acknowledged(log)?;
    let acknowledged = waiting.len();
    let database = open(url).await?;
    let (mut stored, mut batches, mut after) = (0, 0, 0);
    loop {
        let page = list_batches(&database, after, 1000).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for batch in &page {
            let packets = load_batch(&database, batch.id)
                .await?
                .with_context(|| format!("batch {} has gone", batch.id))?;
            batches += 1;
            for packet in packets {
                stored += 1;
                if let Some((request, mn)) = find_request_and_mn(&packet.bytes)
                    && let Some(number) = find_number(mn)
                {
                    waiting.remove(&(request, number));
                }
            }
        }
    }
    let chain = verify_journal_chain(&database).await?;
    database.close().await;
    let examples = waiting
        .iter()
        .take(MOST_NAMED)
        .map(|(request, number)| format!("{request} {}", mn_of(*number)))
        .collect();
    Ok(VerifyReport {
        acknowledged,
        stored,
        batches,
        missing: waiting.len(),
        examples,
        is_chain_whole: matches!(chain, ChainState::Whole { .. }),
    })
}

/// What was made of the packets.
#[derive(Debug, Serialize)]
pub(crate) struct DigestReport {
    /// The digest of effective and derived values.
    digest: String,
    /// Rows of records.
    records: i64,
    /// Periods whose derived figures are still to be computed.
    dirty_periods: i64,
}

/// What is still to be derived.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingReport {
    /// Periods whose derived figures are still to be computed.
    dirty_periods: i64,
}

/// Counts the periods that are still to be derived.
pub(crate) async fn count_waiting(url: &str) -> anyhow::Result<WaitingReport> {
    let database = open(url).await?;
    let dirty_periods = store::count_dirty_periods(&database).await?;
    database.close().await;
    Ok(WaitingReport { dirty_periods })
}

/// Takes the digest of effective and derived values.
pub(crate) async fn compute_digest(url: &str) -> anyhow::Result<DigestReport> {
    let database = open(url).await?;
    let counts = store::count_records(&database).await?;
    let report = DigestReport {
        // first, for the digest counts only when none was left before it was taken
        dirty_periods: store::count_dirty_periods(&database).await?,
        records: counts.rows + counts.compacted,
        digest: monitoring::compute_state_digest(&database).await?,
    };
    database.close().await;
    Ok(report)
}

/// Throws away all that a stopped server made of its packets, so that it makes it anew.
pub(crate) async fn forget(url: &str) -> anyhow::Result<()> {
    let database = open(url).await?;
    store::delete_derived(&database).await?;
    database.close().await;
    Ok(())
}

pub(crate) async fn open(url: &str) -> anyhow::Result<Database> {
    let settings = DatabaseSettings {
        url: url.to_owned(),
        connections: 2,
    };
    Database::open(&settings)
        .await
        .with_context(|| format!("cannot open {url}"))
}
