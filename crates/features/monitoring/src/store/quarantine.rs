//! Statements of the quarantine.

use database::{Database, Transaction, on_database, on_raw_database, on_transaction, sqlx};

use crate::MonitoringError;
use crate::quarantine::{
    DefectCount, DefectSample, DefectSampleFilter, IgnoredSender, QuarantineEntry,
    QuarantinedPacket, Seen,
};

type Rows<T> = Result<Vec<T>, MonitoringError>;

pub(crate) async fn insert_packet(
    transaction: &mut Transaction,
    mn: &str,
    peer: &str,
    reason: &str,
    received_ms: i64,
    packet: &[u8],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO quarantined_packet (mn, peer, reason, received_ms, packet) \
         VALUES ($1, $2, $3, $4, $5)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(mn)
            .bind(peer)
            .bind(reason)
            .bind(received_ms)
            .bind(packet)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn delete_oldest_packet(
    transaction: &mut Transaction,
    peer: &str,
) -> Result<(), MonitoringError> {
    const DELETE: &str = "DELETE FROM quarantined_packet WHERE id = \
         (SELECT MIN(id) FROM quarantined_packet WHERE peer = $1)";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE).bind(peer).execute(connection).await?;
    });
    Ok(())
}

pub(crate) async fn insert_sample(
    transaction: &mut Transaction,
    peer: &str,
    defect: &str,
    received_ms: i64,
    sample: &[u8],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO defect_sample (peer, defect, received_ms, sample) \
         VALUES ($1, $2, $3, $4)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(peer)
            .bind(defect)
            .bind(received_ms)
            .bind(sample)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn add_count(
    transaction: &mut Transaction,
    mn: &str,
    peer: &str,
    reason: &str,
    seen: &Seen,
) -> Result<(), MonitoringError> {
    const ADD: &str = "INSERT INTO quarantine_count (mn, peer, reason, first_ms, last_ms, seen) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (mn, peer, reason) DO UPDATE SET \
         last_ms = excluded.last_ms, seen = quarantine_count.seen + excluded.seen";
    on_transaction!(transaction, |connection| {
        sqlx::query(ADD)
            .bind(mn)
            .bind(peer)
            .bind(reason)
            .bind(seen.first_ms)
            .bind(seen.last_ms)
            .bind(seen.times)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn add_defect(
    transaction: &mut Transaction,
    peer: &str,
    defect: &str,
    seen: &Seen,
) -> Result<(), MonitoringError> {
    const ADD: &str = "INSERT INTO defect_count (peer, defect, first_ms, last_ms, seen, \
         seen_bytes) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (peer, defect) DO UPDATE SET \
         last_ms = excluded.last_ms, seen = defect_count.seen + excluded.seen, \
         seen_bytes = defect_count.seen_bytes + excluded.seen_bytes";
    on_transaction!(transaction, |connection| {
        sqlx::query(ADD)
            .bind(peer)
            .bind(defect)
            .bind(seen.first_ms)
            .bind(seen.last_ms)
            .bind(seen.times)
            .bind(seen.bytes)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn count_senders(database: &Database) -> Result<usize, MonitoringError> {
    const COUNT: &str = "SELECT (SELECT COUNT(*) FROM quarantine_count) \
         + (SELECT COUNT(*) FROM defect_count)";
    let count: i64 = on_raw_database!(database, |pool| {
        sqlx::query_scalar(COUNT).fetch_one(pool).await?
    });
    Ok(usize::try_from(count).unwrap_or(0))
}

pub(crate) async fn count_packets(database: &Database) -> Rows<(String, i64)> {
    const COUNT: &str = "SELECT peer, COUNT(*) FROM quarantined_packet GROUP BY peer";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(COUNT).fetch_all(pool).await?
    }))
}

pub(crate) async fn count_samples(database: &Database) -> Rows<(String, String, i64)> {
    const COUNT: &str = "SELECT peer, defect, COUNT(*) FROM defect_sample GROUP BY peer, defect";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(COUNT).fetch_all(pool).await?
    }))
}

pub(crate) async fn list_entries(database: &Database, limit: u32) -> Rows<QuarantineEntry> {
    const LIST: &str = "SELECT c.mn, c.peer, c.reason, c.first_ms, c.last_ms, c.seen, \
         (SELECT COUNT(*) FROM quarantined_packet p WHERE p.mn = c.mn AND p.peer = c.peer \
         AND p.reason = c.reason) AS kept \
         FROM quarantine_count c ORDER BY c.last_ms DESC, c.mn LIMIT $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    }))
}

pub(crate) async fn list_packets(
    database: &Database,
    mn: &str,
    after: i64,
    limit: u32,
) -> Rows<QuarantinedPacket> {
    const LIST: &str = "SELECT id, mn, peer, reason, received_ms, packet FROM quarantined_packet \
         WHERE mn = $1 AND id > $2 ORDER BY id LIMIT $3";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(mn)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    }))
}

pub(crate) async fn find_packet(
    database: &Database,
    id: i64,
) -> Result<Option<QuarantinedPacket>, MonitoringError> {
    const FIND: &str = "SELECT id, mn, peer, reason, received_ms, packet FROM quarantined_packet \
         WHERE id = $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    }))
}

/// Takes packets that were replayed out, and the counts of an MN of which none is left.
pub(crate) async fn delete_replayed(
    database: &Database,
    mn: &str,
    ids: &[i64],
) -> Result<(), MonitoringError> {
    const DELETE: &str = "DELETE FROM quarantined_packet WHERE mn = $1 AND id = $2";
    const FORGET: &str = "DELETE FROM quarantine_count WHERE mn = $1 AND NOT EXISTS \
         (SELECT 1 FROM quarantined_packet p WHERE p.mn = quarantine_count.mn)";
    let mut transaction = database.begin_raw().await?;
    on_transaction!(&mut transaction, |connection| {
        for id in ids {
            sqlx::query(DELETE)
                .bind(mn)
                .bind(id)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query(FORGET).bind(mn).execute(connection).await?;
    });
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn delete_all(database: &Database, mn: &str) -> Result<u64, MonitoringError> {
    const PACKETS: &str = "DELETE FROM quarantined_packet WHERE mn = $1";
    const COUNTS: &str = "DELETE FROM quarantine_count WHERE mn = $1";
    let mut transaction = database.begin_raw().await?;
    let gone = on_transaction!(&mut transaction, |connection| {
        let gone = sqlx::query(PACKETS)
            .bind(mn)
            .execute(&mut *connection)
            .await?
            .rows_affected();
        sqlx::query(COUNTS).bind(mn).execute(connection).await?;
        gone
    });
    transaction.commit().await?;
    Ok(gone)
}

pub(crate) async fn list_defects(database: &Database, limit: u32) -> Rows<DefectCount> {
    const LIST: &str = "SELECT peer, defect, first_ms, last_ms, seen, seen_bytes \
         FROM defect_count ORDER BY last_ms DESC, peer LIMIT $1";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    }))
}

pub(crate) async fn list_samples(
    database: &Database,
    filter: &DefectSampleFilter,
    limit: u32,
) -> Rows<DefectSample> {
    const LIST: &str = "SELECT id, peer, defect, received_ms, sample FROM defect_sample \
         WHERE (CAST($1 AS TEXT) IS NULL OR peer = $1) \
         AND (CAST($2 AS TEXT) IS NULL OR defect = $2) ORDER BY id DESC LIMIT $3";
    Ok(on_raw_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(filter.peer.as_deref())
            .bind(filter.defect.as_deref())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    }))
}

/// Forgets the counts and samples of one sort of defect from one address.
pub(crate) async fn delete_defects(
    database: &Database,
    peer: &str,
    defect: &str,
) -> Result<u64, MonitoringError> {
    const SAMPLES: &str = "DELETE FROM defect_sample WHERE peer = $1 AND defect = $2";
    const COUNTS: &str = "DELETE FROM defect_count WHERE peer = $1 AND defect = $2";
    let mut transaction = database.begin_raw().await?;
    let gone = on_transaction!(&mut transaction, |connection| {
        let gone = sqlx::query(SAMPLES)
            .bind(peer)
            .bind(defect)
            .execute(&mut *connection)
            .await?
            .rows_affected();
        sqlx::query(COUNTS)
            .bind(peer)
            .bind(defect)
            .execute(connection)
            .await?;
        gone
    });
    transaction.commit().await?;
    Ok(gone)
}

/// The MNs that are ignored.
pub(crate) async fn list_ignored_names(database: &Database) -> Rows<String> {
    const LIST: &str = "SELECT mn FROM quarantine_ignored ORDER BY mn LIMIT 10000";
    Ok(on_database!(database, |pool| {
        sqlx::query_scalar(LIST).fetch_all(pool).await?
    }))
}

pub(crate) async fn list_ignored(database: &Database) -> Rows<IgnoredSender> {
    const LIST: &str = "SELECT mn, note, ignored_by, ignored_ms FROM quarantine_ignored \
         ORDER BY ignored_ms DESC, mn LIMIT 10000";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    }))
}

pub(crate) async fn put_ignored(
    transaction: &mut Transaction,
    sender: &IgnoredSender,
) -> Result<(), MonitoringError> {
    const PUT: &str = "INSERT INTO quarantine_ignored (mn, note, ignored_by, ignored_ms) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (mn) DO UPDATE SET note = excluded.note, \
         ignored_by = excluded.ignored_by, ignored_ms = excluded.ignored_ms";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(&sender.mn)
            .bind(&sender.note)
            .bind(&sender.ignored_by)
            .bind(sender.ignored_ms)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Whether it was ignored.
pub(crate) async fn delete_ignored(
    transaction: &mut Transaction,
    mn: &str,
) -> Result<bool, MonitoringError> {
    const DELETE: &str = "DELETE FROM quarantine_ignored WHERE mn = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(mn)
            .execute(connection)
            .await?
            .rows_affected()
            > 0
    }))
}

/// Forgets the kept packets of an MN and leaves its counts.
pub(crate) async fn delete_packets(database: &Database, mn: &str) -> Result<u64, MonitoringError> {
    const DELETE: &str = "DELETE FROM quarantined_packet WHERE mn = $1";
    let mut transaction = database.begin_raw().await?;
    let gone = on_transaction!(&mut transaction, |connection| {
        sqlx::query(DELETE)
            .bind(mn)
            .execute(connection)
            .await?
            .rows_affected()
    });
    transaction.commit().await?;
    Ok(gone)
}
