//! The audit trail: append-only, each entry chained to the one before by SM3.

use access::AuditEntry;
use beijing_time::Timestamp;
use sm3::{Digest, Sm3};

use crate::{Database, DatabaseError, Transaction, on_database, on_transaction};

/// An entry as kept, with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptEntry {
    /// Place in the chain, from 1.
    pub sequence: i64,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// From where.
    pub address: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// State before, as JSON text.
    pub before_json: Option<String>,
    /// State after, as JSON text.
    pub after_json: Option<String>,
    /// SM3 over the hash before and all fields of this entry.
    pub hash: Vec<u8>,
}

/// A place in the trail: of its last entry, or of the last one that was found whole; and the hash
/// of that entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct TrailPlace {
    sequence: i64,
    hash: Vec<u8>,
}

impl TrailPlace {
    /// The place of the entry; 0 for the beginning, before any.
    pub const fn sequence(&self) -> i64 {
        self.sequence
    }
}

/// Appends an entry in the caller's transaction, so that a change and its trail stand or fall
/// together.
///
/// The first entry of a transaction locks the head of the trail until the caller commits, which
/// orders writers; the head is written once, with the commit, however many entries there are.
///
/// # Errors
/// [`DatabaseError`] when the database refuses; the caller must then give up its change.
pub async fn append(
    transaction: &mut Transaction,
    at: Timestamp,
    entry: AuditEntry,
) -> Result<(), DatabaseError> {
    const TAKE: &str = "UPDATE audit_head SET sequence = sequence WHERE id = 1 \
         RETURNING sequence, hash";
    const INSERT: &str = "INSERT INTO audit_entry (sequence, at_ms, actor, address, action, \
         subject, before_json, after_json, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let head = match transaction.trail.take() {
        Some(head) => head,
        None => on_transaction!(transaction, |connection| {
            sqlx::query_as(TAKE).fetch_one(connection).await?
        }),
    };
    let mut kept = KeptEntry {
        sequence: head.sequence + 1,
        at_ms: at.epoch_ms(),
        actor: entry.actor,
        address: entry.address,
        action: entry.action.to_owned(),
        subject: entry.subject,
        before_json: entry.before,
        after_json: entry.after,
        hash: Vec::new(),
    };
    kept.hash = compute_hash(&head.hash, &kept);
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(kept.sequence)
            .bind(kept.at_ms)
            .bind(&kept.actor)
            .bind(&kept.address)
            .bind(&kept.action)
            .bind(&kept.subject)
            .bind(&kept.before_json)
            .bind(&kept.after_json)
            .bind(&kept.hash)
            .execute(connection)
            .await?;
    });
    transaction.trail = Some(TrailPlace {
        sequence: kept.sequence,
        hash: kept.hash,
    });
    Ok(())
}

/// Writes where the trail stands after a change, if the change has entries.
pub(crate) async fn keep_head(transaction: &mut Transaction) -> Result<(), DatabaseError> {
    const PUT: &str = "UPDATE audit_head SET sequence = $1, hash = $2 WHERE id = 1";
    let Some(head) = transaction.trail.take() else {
        return Ok(());
    };
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(head.sequence)
            .bind(head.hash)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Lists entries after a place in the chain, oldest first, at most `limit` (1000 at the most).
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn list(
    database: &Database,
    after: i64,
    limit: u32,
) -> Result<Vec<KeptEntry>, DatabaseError> {
    const LIST: &str = "SELECT sequence, at_ms, actor, address, action, subject, before_json, \
         after_json, hash FROM audit_entry WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(after)
            .bind(i64::from(limit.min(1000)))
            .fetch_all(pool)
            .await?
    }))
}

/// Which entries of the trail.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only before this place in the chain.
    pub before: Option<i64>,
    /// Only what was done to one thing, such as `site:12`.
    pub subject: Option<String>,
    /// Part of the actor's name.
    pub actor: Option<String>,
    /// How the action begins, such as `accounts.`.
    pub action: Option<String>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// Takes the signs of a `LIKE` pattern for what they are.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// Lists the entries that a filter lets through, newest first, at most `limit` (1000 at the most).
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn search(
    database: &Database,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<KeptEntry>, DatabaseError> {
    // a subject has an index of its own
    const OF_SUBJECT: &str = "SELECT sequence, at_ms, actor, address, action, subject, \
         before_json, after_json, hash FROM audit_entry WHERE subject = $6 AND sequence < $1 \
         AND at_ms >= $2 AND at_ms < $3 AND actor LIKE $4 ESCAPE '\\' \
         AND action LIKE $5 ESCAPE '\\' ORDER BY sequence DESC LIMIT $7";
    const OF_ALL: &str = "SELECT sequence, at_ms, actor, address, action, subject, \
         before_json, after_json, hash FROM audit_entry WHERE sequence < $1 \
         AND at_ms >= $2 AND at_ms < $3 AND actor LIKE $4 ESCAPE '\\' \
         AND action LIKE $5 ESCAPE '\\' AND CAST($6 AS TEXT) IS NULL \
         ORDER BY sequence DESC LIMIT $7";
    let text = |part: &Option<String>| part.as_deref().map(literally).unwrap_or_default();
    let statement = if filter.subject.is_some() {
        OF_SUBJECT
    } else {
        OF_ALL
    };
    Ok(on_database!(database, |pool| {
        sqlx::query_as(statement)
            .bind(filter.before.unwrap_or(i64::MAX))
            .bind(filter.since.map_or(i64::MIN, Timestamp::epoch_ms))
            .bind(filter.until.map_or(i64::MAX, Timestamp::epoch_ms))
            .bind(format!("%{}%", text(&filter.actor)))
            .bind(format!("{}%", text(&filter.action)))
            .bind(&filter.subject)
            .bind(i64::from(limit.min(1000)))
            .fetch_all(pool)
            .await?
    }))
}

/// Lists what was done to one thing, newest first, before a place in the chain (the end if none),
/// at most `limit` (1000 at the most).
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn list_of_subject(
    database: &Database,
    subject: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<KeptEntry>, DatabaseError> {
    let filter = AuditFilter {
        before,
        subject: Some(subject.to_owned()),
        ..AuditFilter::default()
    };
    search(database, &filter, limit).await
}

/// Lists the entries that a filter lets through, oldest first, after one place in the chain and up
/// to another, at most `limit` (1000 at the most): for what is read from one end to the other.
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn list_between(
    database: &Database,
    filter: &AuditFilter,
    (after, until): (i64, i64),
    limit: u32,
) -> Result<Vec<KeptEntry>, DatabaseError> {
    const LIST: &str = "SELECT sequence, at_ms, actor, address, action, subject, before_json, \
         after_json, hash FROM audit_entry WHERE sequence > $1 AND sequence <= $2 \
         AND at_ms >= $3 AND at_ms < $4 AND actor LIKE $5 ESCAPE '\\' \
         AND action LIKE $6 ESCAPE '\\' AND (CAST($7 AS TEXT) IS NULL OR subject = $7) \
         ORDER BY sequence LIMIT $8";
    let text = |part: &Option<String>| part.as_deref().map(literally).unwrap_or_default();
    Ok(on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(after)
            .bind(filter.before.map_or(until, |before| until.min(before - 1)))
            .bind(filter.since.map_or(i64::MIN, Timestamp::epoch_ms))
            .bind(filter.until.map_or(i64::MAX, Timestamp::epoch_ms))
            .bind(format!("%{}%", text(&filter.actor)))
            .bind(format!("{}%", text(&filter.action)))
            .bind(&filter.subject)
            .bind(i64::from(limit.min(1000)))
            .fetch_all(pool)
            .await?
    }))
}

/// The place of the last entry; 0 for a trail without any.
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn find_end(database: &Database) -> Result<i64, DatabaseError> {
    Ok(load_head(database).await?.sequence)
}

async fn load_head(database: &Database) -> Result<TrailPlace, DatabaseError> {
    const HEAD: &str = "SELECT sequence, hash FROM audit_head WHERE id = 1";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(HEAD).fetch_one(pool).await?
    }))
}

/// Walks the chain from where it was found whole, and moves that place on. Returns the place of the
/// first entry that is missing or whose hash does not follow from the one before, or `None` when
/// the chain is whole and ends where the head says.
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read; the walk can go on from where it came to.
pub async fn walk(
    database: &Database,
    whole: &mut TrailPlace,
) -> Result<Option<i64>, DatabaseError> {
    // the head first: what comes while the chain is walked lies behind it
    let head = load_head(database).await?;
    if whole.sequence > head.sequence {
        return Ok(Some(head.sequence + 1));
    }
    let mut is_head_met = whole.sequence == head.sequence;
    if is_head_met && whole.hash != head.hash {
        return Ok(Some(whole.sequence));
    }
    loop {
        let entries = list(database, whole.sequence, 1000).await?;
        if entries.is_empty() {
            // entries cut off at the end leave no gap: only the head tells
            return Ok((!is_head_met).then_some(whole.sequence + 1));
        }
        for entry in entries {
            let is_next = entry.sequence == whole.sequence + 1;
            if !is_next || compute_hash(&whole.hash, &entry) != entry.hash {
                return Ok(Some(whole.sequence + 1));
            }
            if entry.sequence == head.sequence {
                if entry.hash != head.hash {
                    return Ok(Some(entry.sequence));
                }
                is_head_met = true;
            }
            whole.sequence = entry.sequence;
            whole.hash = entry.hash;
        }
    }
}

/// Walks the whole chain from its beginning, as [`walk`] does.
///
/// # Errors
/// [`DatabaseError`] when the database cannot be read.
pub async fn find_break(database: &Database) -> Result<Option<i64>, DatabaseError> {
    walk(database, &mut TrailPlace::default()).await
}

fn compute_hash(previous: &[u8], entry: &KeptEntry) -> Vec<u8> {
    let mut hasher = Sm3::new();
    hasher.update(previous);
    hasher.update(entry.sequence.to_be_bytes());
    hasher.update(entry.at_ms.to_be_bytes());
    let texts = [
        Some(entry.actor.as_str()),
        entry.address.as_deref(),
        Some(entry.action.as_str()),
        Some(entry.subject.as_str()),
        entry.before_json.as_deref(),
        entry.after_json.as_deref(),
    ];
    for text in texts {
        // a length before each text, so that no two entries share their bytes
        match text {
            Some(text) => {
                hasher.update((text.len() as u64).to_be_bytes());
                hasher.update(text.as_bytes());
            }
            None => hasher.update(u64::MAX.to_be_bytes()),
        }
    }
    hasher.finalize().to_vec()
}
