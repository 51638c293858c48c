//! One number for all verdicts that stand.

use std::fmt::Write as _;

use database::Database;
use sm3::{Digest, Sm3};

use crate::{Verdict, VerdictsError, store};

/// Verdicts that are read at once.
const PAGE: u32 = 5_000;

/// The digest of all verdicts: what they say, what they rest on and of which inputs, not when they
/// were computed. The same records give the same digest, in whatever order they came.
///
/// # Errors
/// [`VerdictsError::Database`].
pub async fn compute_digest(database: &Database) -> Result<String, VerdictsError> {
    let mut hasher = Sm3::new();
    let mut after = (i64::MIN, 0, i64::MIN);
    loop {
        let page = store::list_after(database, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.point_id, last.kind.code(), last.time.epoch_ms());
        for verdict in &page {
            hash(&mut hasher, verdict);
        }
    }
    let hash: [u8; 32] = hasher.finalize().into();
    Ok(hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn hash(hasher: &mut Sm3, verdict: &Verdict) {
    let outcome = &verdict.outcome;
    for number in [
        verdict.point_id,
        verdict.kind.code(),
        verdict.time.epoch_ms(),
        verdict.inputs_digest,
        outcome.figure.unwrap_or(-1),
        outcome.grade.unwrap_or(-1),
        outcome.is_attained.map_or(-1, i64::from),
    ] {
        hasher.update(number.to_be_bytes());
    }
    let basis = &verdict.basis;
    for text in [
        outcome.state.as_str(),
        &outcome.deciding.join(","),
        &store::write_items(&outcome.items),
        &basis.edition,
        &basis.clause,
        &basis.method,
        &basis.parameters,
        &basis.set,
    ] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
}
