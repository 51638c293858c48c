//! The vault: packets of completed days by MN and day, for ever, each MN's chained by SM3 from its
//! first packet.
//!
//! Packing takes a window of the journal, a run of batches of bounded size. Its packets are written
//! as blocks, read back and compared byte for byte; then one short transaction makes the window part
//! of the vault: the window's row, the heads of the chains and the place up to which the journal is
//! packed. Up to that place packets are read from the vault, behind it from the journal, so that each
//! is readable exactly once whatever happens; only then are the batches removed. A window carries a
//! seal over the one before, the journal's chain at its end and the hashes of its blocks: so both
//! chains hold each other.

mod block;
mod pack;
mod read;
mod verify;

use sm3::{Digest, Sm3};

pub(crate) use block::{EncodedBlock, chain, decode_block};
pub use pack::{Packed, VaultSettings, pack_next};
pub(crate) use read::{ProvedBlock, find_block_of};
pub(crate) use read::{find_packet, list_batches, list_before, load_batch, load_next};
pub use verify::{ChainFault, VaultReport, verify_vault};

use crate::store::vault::{BlockHash, Window};

/// The hash of a chain before its first link.
pub(crate) const NOTHING: &[u8] = &[];

/// The seal of a window. `blocks` are the hashes of its blocks with MN, day and device, in that
/// order.
pub(crate) fn compute_seal(before: &[u8], window: &Window, blocks: &[BlockHash]) -> Vec<u8> {
    let mut hasher = Sm3::new();
    hasher.update(before);
    for number in [
        window.id,
        window.first_batch_id,
        window.last_batch_id,
        window.packet_count,
        window.size_bytes,
    ] {
        hasher.update(number.to_be_bytes());
    }
    hasher.update(&window.journal_hash);
    for (mn, day, device_id, hash) in blocks {
        hasher.update((mn.len() as u64).to_be_bytes());
        hasher.update(mn.as_bytes());
        hasher.update(day.to_be_bytes());
        hasher.update(device_id.to_be_bytes());
        hasher.update(hash);
    }
    hasher.finalize().to_vec()
}
