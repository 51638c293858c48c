//! Walking the chains: what is wrong, and where.

use std::fmt;

use database::Database;

use super::block::{chain, decode_block};
use super::{NOTHING, compute_seal};
use crate::MonitoringError;
use crate::journal::{ChainState, verify_journal_chain};
use crate::store::journal;
use crate::store::vault::{self as store, ChainHead};

/// Rows read with one statement.
const ROWS_OF_PAGE: i64 = 32;
/// Faults that are named.
const MOST_FAULTS: usize = 100;

/// What a walk along both chains found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VaultReport {
    /// MNs with packets in the vault.
    pub mns: u64,
    /// Blocks read.
    pub blocks: u64,
    /// Packets in them.
    pub packets: u64,
    /// Windows of the vault.
    pub windows: u64,
    /// Batches of the journal behind the vault.
    pub batches: u64,
    /// What is wrong, at most 100 of it.
    pub faults: Vec<ChainFault>,
}

/// Something wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// A block cannot be read.
    Unreadable {
        /// The MN.
        mn: String,
        /// The window.
        window: i64,
        /// The Beijing day's number.
        day: i64,
    },
    /// The packets of a block do not lead from the hash before to its own.
    Altered {
        /// The MN.
        mn: String,
        /// The window.
        window: i64,
        /// The Beijing day's number.
        day: i64,
    },
    /// A chain does not end where it should: blocks are missing or too many.
    WrongEnd {
        /// The MN.
        mn: String,
        /// Packets that there should be.
        expected: i64,
        /// Packets that there are.
        found: i64,
    },
    /// Blocks of an MN that has no chain.
    NoChain {
        /// A window with such blocks.
        window: i64,
        /// The MN.
        mn: String,
    },
    /// A window's seal does not follow from the one before and its blocks, or windows are missing.
    Seal {
        /// The window.
        window: i64,
    },
    /// The journal's chain is broken.
    Journal {
        /// The first batch that does not follow.
        batch: i64,
    },
}

impl fmt::Display for ChainFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { mn, window, day } => {
                let day = beijing_time::StatDay::from_number(*day);
                write!(
                    formatter,
                    "MN {mn}: the block of {day} in window {window} cannot be read"
                )
            }
            Self::Altered { mn, window, day } => {
                let day = beijing_time::StatDay::from_number(*day);
                write!(
                    formatter,
                    "MN {mn}: packets of {day} in window {window} are not those that came"
                )
            }
            Self::WrongEnd {
                mn,
                expected,
                found,
            } => write!(
                formatter,
                "MN {mn}: {found} packets instead of {expected}: the chain has another end"
            ),
            Self::NoChain { window, mn } => {
                write!(
                    formatter,
                    "MN {mn}: packets in window {window} belong to no chain"
                )
            }
            Self::Seal { window } => {
                write!(
                    formatter,
                    "window {window} does not follow from the one before and its blocks"
                )
            }
            Self::Journal { batch } => {
                write!(formatter, "the journal's chain breaks at batch {batch}")
            }
        }
    }
}

impl VaultReport {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn put(&mut self, fault: ChainFault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }
}

/// Reads every packet of the vault and follows the chains: of each MN from its first packet, of the
/// windows from the first, and of the journal from where the vault ends.
///
/// # Errors
/// [`MonitoringError::Database`]; what is damaged is in the report.
pub async fn verify_vault(database: &Database) -> Result<VaultReport, MonitoringError> {
    let mut report = VaultReport::default();
    verify_mns(database, &mut report).await?;
    verify_windows(database, &mut report).await?;
    match verify_journal_chain(database).await? {
        ChainState::Whole { links } => report.batches = links,
        ChainState::Broken { at } => report.put(ChainFault::Journal { batch: at }),
    }
    Ok(report)
}

async fn verify_mns(database: &Database, report: &mut VaultReport) -> Result<(), MonitoringError> {
    let last_window = store::find_last_window(database).await?;
    let last_window = last_window.map_or(0, |window| window.id);
    let mut after: Option<String> = None;
    loop {
        let heads = store::list_heads(database, after.as_deref(), ROWS_OF_PAGE).await?;
        let Some(last) = heads.last() else {
            return Ok(());
        };
        after = Some(last.mn.clone());
        for head in &heads {
            verify_chain(database, head, last_window, report).await?;
        }
    }
}

/// Follows one MN's chain from its first packet to its head.
async fn verify_chain(
    database: &Database,
    head: &ChainHead,
    last_window: i64,
    report: &mut VaultReport,
) -> Result<(), MonitoringError> {
    report.mns += 1;
    let mut hash = NOTHING.to_vec();
    let mut found = 0;
    let mut at = (i64::MIN, i64::MIN, i64::MIN);
    loop {
        let page = store::list_blocks_of_mn(database, &head.mn, at, ROWS_OF_PAGE).await?;
        let Some(last) = page.last() else { break };
        at = last.place();
        for block in page.iter().filter(|block| block.part <= last_window) {
            report.blocks += 1;
            let (mn, window, day) = (head.mn.clone(), block.part, block.day);
            match decode_block(&block.packet_ids, &block.content) {
                None => report.put(ChainFault::Unreadable { mn, window, day }),
                Some(packets) => {
                    report.packets += packets.len() as u64;
                    let end = packets
                        .iter()
                        .fold(hash.clone(), |hash, packet| chain(&hash, packet));
                    if end != block.hash {
                        report.put(ChainFault::Altered { mn, window, day });
                    }
                }
            }
            found += block.packet_count;
            // one fault is told once: the next block is judged by what it was chained to
            hash.clone_from(&block.hash);
        }
    }
    if hash != head.hash || found != head.packet_count {
        report.put(ChainFault::WrongEnd {
            mn: head.mn.clone(),
            expected: head.packet_count,
            found,
        });
    }
    Ok(())
}

async fn verify_windows(
    database: &Database,
    report: &mut VaultReport,
) -> Result<(), MonitoringError> {
    let mut seal = NOTHING.to_vec();
    let (mut at, mut last_batch_id, mut journal_hash) = (0, 0, NOTHING.to_vec());
    loop {
        let page = store::list_windows(database, at, ROWS_OF_PAGE).await?;
        if page.is_empty() {
            break;
        }
        for window in page {
            report.windows += 1;
            let hashes = store::list_hashes(database, window.id).await?;
            for (mn, ..) in &hashes {
                if store::find_head(database, mn).await?.is_none() {
                    report.put(ChainFault::NoChain {
                        window: window.id,
                        mn: mn.clone(),
                    });
                }
            }
            let follows = window.id == at + 1
                && window.first_batch_id == last_batch_id + 1
                && compute_seal(&seal, &window, &hashes) == window.seal;
            if !follows {
                report.put(ChainFault::Seal { window: window.id });
            }
            at = window.id;
            last_batch_id = window.last_batch_id;
            (seal, journal_hash) = (window.seal, window.journal_hash);
        }
    }
    let packed = journal::load_packed(database).await?;
    if packed.batch_id != last_batch_id || packed.hash != journal_hash {
        report.put(ChainFault::Seal { window: at + 1 });
    }
    Ok(())
}
