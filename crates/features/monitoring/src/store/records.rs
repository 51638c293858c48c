//! Statements of records, last records and dirty periods.

use std::collections::HashMap;

use beijing_time::Timestamp;
use database::bulk::{Column, insert_rows};
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::{
    FactorReading, InterpretedRecord, LastRecord, MonitoringError, PacketId, Payload, RecordKind,
};

/// Adds records with their versions and digests; those that are there already stay as they are.
pub(crate) async fn insert_records(
    transaction: &mut Transaction,
    rows: &[(&InterpretedRecord, (i64, i64))],
) -> Result<u64, MonitoringError> {
    const INSERT: &str = "INSERT INTO record (kind, time_ms, point_id, version, digest, \
         packet_id, received_ms, payload)";
    let integers =
        |of: fn(&(&InterpretedRecord, (i64, i64))) -> i64| rows.iter().map(of).collect::<Vec<_>>();
    let payloads: Vec<&[u8]> = rows
        .iter()
        .map(|(record, _)| record.payload.as_bytes())
        .collect();
    let columns = [
        integers(|(record, _)| record.kind.code()),
        integers(|(record, _)| record.time.epoch_ms()),
        integers(|(record, _)| record.point_id),
        integers(|(_, (version, _))| *version),
        integers(|(_, (_, digest))| *digest),
        integers(|(record, _)| record.packet_id.0),
        integers(|(record, _)| record.received_at.epoch_ms()),
    ];
    let mut columns: Vec<Column<'_>> = columns
        .iter()
        .map(|values| Column::Integers(values))
        .collect();
    columns.push(Column::Bytes(&payloads));
    Ok(insert_rows(transaction, INSERT, &columns, "ON CONFLICT DO NOTHING").await?)
}

/// Marks periods (kind, start, point), each given once, to be derived again.
pub(crate) async fn put_dirty(
    transaction: &mut Transaction,
    periods: &[(i64, i64, i64)],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO dirty_period (kind, time_ms, point_id, revision)";
    const AGAIN: &str = "ON CONFLICT (kind, time_ms, point_id) \
         DO UPDATE SET revision = dirty_period.revision + 1";
    let kinds: Vec<i64> = periods.iter().map(|period| period.0).collect();
    let times: Vec<i64> = periods.iter().map(|period| period.1).collect();
    let points: Vec<i64> = periods.iter().map(|period| period.2).collect();
    let revisions = vec![1; periods.len()];
    let columns = [
        Column::Integers(&kinds),
        Column::Integers(&times),
        Column::Integers(&points),
        Column::Integers(&revisions),
    ];
    insert_rows(transaction, INSERT, &columns, AGAIN).await?;
    Ok(())
}

/// Keeps the last records.
pub(crate) async fn put_last(
    transaction: &mut Transaction,
    last: &HashMap<(i64, RecordKind), LastRecord>,
) -> Result<(), MonitoringError> {
    const INSERT: &str =
        "INSERT INTO last_record (point_id, kind, time_ms, packet_id, received_ms, payload)";
    const AGAIN: &str = "ON CONFLICT (point_id, kind) DO UPDATE SET time_ms = excluded.time_ms, \
         packet_id = excluded.packet_id, received_ms = excluded.received_ms, \
         payload = excluded.payload";
    let mut rows: Vec<_> = last.iter().collect();
    rows.sort_by_key(|(key, _)| **key);
    let integers =
        |of: fn(&(&(i64, RecordKind), &LastRecord)) -> i64| rows.iter().map(of).collect::<Vec<_>>();
    let points = integers(|(key, _)| key.0);
    let kinds = integers(|(key, _)| key.1.code());
    let times = integers(|(_, record)| record.time.epoch_ms());
    let packets = integers(|(_, record)| record.packet_id.0);
    let received = integers(|(_, record)| record.received_at.epoch_ms());
    let payloads: Vec<&[u8]> = rows
        .iter()
        .map(|(_, record)| record.payload.as_bytes())
        .collect();
    let columns = [
        Column::Integers(&points),
        Column::Integers(&kinds),
        Column::Integers(&times),
        Column::Integers(&packets),
        Column::Integers(&received),
        Column::Bytes(&payloads),
    ];
    insert_rows(transaction, INSERT, &columns, AGAIN).await?;
    Ok(())
}

/// The last record of every point and kind.
pub(crate) async fn list_last(
    database: &Database,
) -> Result<Vec<((i64, RecordKind), LastRecord)>, MonitoringError> {
    const LIST: &str =
        "SELECT point_id, kind, time_ms, packet_id, received_ms, payload FROM last_record";
    let rows: Vec<(i64, i64, i64, i64, i64, Vec<u8>)> =
        on_database!(database, |pool| sqlx::query_as(LIST)
            .fetch_all(pool)
            .await?);
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let record = LastRecord {
                time: Timestamp::from_epoch_ms(row.2),
                received_at: Timestamp::from_epoch_ms(row.4),
                packet_id: PacketId(row.3),
                payload: Payload::from_stored(row.5),
            };
            Some(((row.0, RecordKind::from_code(row.1)?), record))
        })
        .collect())
}

/// One version of a record, wherever it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordRow {
    pub(crate) point_id: i64,
    pub(crate) time_ms: i64,
    pub(crate) version: i64,
    pub(crate) packet_id: i64,
    pub(crate) received_ms: i64,
    pub(crate) content: RowContent,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowContent {
    /// As stored.
    Stored(Payload),
    /// As read from a block.
    Read(Vec<FactorReading>),
}

impl RecordRow {
    /// What it is about and which version of it, but for the digest.
    pub(crate) const fn key(&self) -> (i64, i64, i64) {
        (self.time_ms, self.point_id, self.version)
    }

    /// The payload in its stored form.
    pub(crate) fn payload(&self) -> Payload {
        match &self.content {
            RowContent::Stored(payload) => payload.clone(),
            RowContent::Read(readings) => Payload::encode(readings.clone()),
        }
    }

    /// The readings, which leave the row.
    pub(crate) fn take_readings(&mut self) -> Vec<FactorReading> {
        match &mut self.content {
            RowContent::Stored(payload) => payload.readings(),
            RowContent::Read(readings) => std::mem::take(readings),
        }
    }
}

type StoredRow = (i64, i64, i64, i64, i64, Vec<u8>);

fn read_row(row: StoredRow) -> RecordRow {
    RecordRow {
        point_id: row.0,
        time_ms: row.1,
        version: row.2,
        packet_id: row.3,
        received_ms: row.4,
        content: RowContent::Stored(Payload::from_stored(row.5)),
    }
}

/// Which newly received records to read: of a kind, of points `first..=last`, of times `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowRange {
    pub(crate) kind: RecordKind,
    pub(crate) points: (i64, i64),
    pub(crate) times_ms: (i64, i64),
}

/// Newly received records by time and point, the winning version last.
pub(crate) async fn list_rows(
    database: &Database,
    range: &RowRange,
) -> Result<Vec<RecordRow>, MonitoringError> {
    const ALL: &str = "SELECT point_id, time_ms, version, packet_id, received_ms, payload \
         FROM record WHERE kind = $1 AND time_ms >= $2 AND time_ms < $3 \
         AND point_id >= $4 AND point_id <= $5 \
         ORDER BY time_ms, point_id, version, digest";
    let rows: Vec<StoredRow> = on_database!(database, |pool| sqlx::query_as(ALL)
        .bind(range.kind.code())
        .bind(range.times_ms.0)
        .bind(range.times_ms.1)
        .bind(range.points.0)
        .bind(range.points.1)
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(read_row).collect())
}

/// How many newly received records of a kind each point has in `from..to`.
pub(crate) async fn count_rows(
    database: &Database,
    kind: RecordKind,
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<(i64, i64)>, MonitoringError> {
    const COUNT: &str = "SELECT point_id, COUNT(*) FROM record \
         WHERE kind = $1 AND time_ms >= $2 AND time_ms < $3 GROUP BY point_id ORDER BY point_id";
    Ok(on_database!(database, |pool| sqlx::query_as(COUNT)
        .bind(kind.code())
        .bind(from_ms)
        .bind(to_ms)
        .fetch_all(pool)
        .await?))
}

/// The time of the first newly received record of a kind at or after a time.
pub(crate) async fn find_first_time(
    database: &Database,
    kind: RecordKind,
    from_ms: i64,
) -> Result<Option<i64>, MonitoringError> {
    const FIND: &str = "SELECT MIN(time_ms) FROM record WHERE kind = $1 AND time_ms >= $2";
    Ok(on_database!(database, |pool| sqlx::query_scalar(FIND)
        .bind(kind.code())
        .bind(from_ms)
        .fetch_one(pool)
        .await?))
}

/// Removes newly received records if there are exactly so many of them, for then they are those
/// that were read: nothing but what is kept elsewhere may be removed. Says whether it did.
pub(crate) async fn delete_rows(
    database: &Database,
    range: &RowRange,
    expected: u64,
) -> Result<bool, MonitoringError> {
    const DELETE: &str = "DELETE FROM record WHERE kind = $1 AND time_ms >= $2 AND time_ms < $3 \
         AND point_id >= $4 AND point_id <= $5";
    let mut transaction = database.begin().await?;
    let deleted = on_transaction!(&mut transaction, |connection| {
        sqlx::query(DELETE)
            .bind(range.kind.code())
            .bind(range.times_ms.0)
            .bind(range.times_ms.1)
            .bind(range.points.0)
            .bind(range.points.1)
            .execute(connection)
            .await?
            .rows_affected()
    });
    if deleted != expected {
        transaction.rollback().await?;
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}
