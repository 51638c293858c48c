//! Statements of marks and reviews.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::layers::{Decision, Mark, RecordMark, RecordReview, Subject};
use crate::{MonitoringError, RecordKind};

type StoredSubject = (i64, i64, String, i64, i64);
type MarkRow = (
    i64,
    i64,
    i64,
    String,
    i64,
    i64,
    String,
    String,
    String,
    i64,
    Option<i64>,
);

pub(crate) async fn insert_mark(
    transaction: &mut Transaction,
    mark: &RecordMark,
) -> Result<i64, MonitoringError> {
    const INSERT: &str = "INSERT INTO record_mark (point_id, kind, factor_code, from_ms, to_ms, \
         mark, reason, author, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    let subject = store_subject(&mark.subject);
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(subject.0)
            .bind(subject.1)
            .bind(subject.2)
            .bind(subject.3)
            .bind(subject.4)
            .bind(mark.mark.as_str())
            .bind(&mark.reason)
            .bind(&mark.author)
            .bind(mark.at.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

pub(crate) async fn insert_review(
    transaction: &mut Transaction,
    review: &RecordReview,
) -> Result<i64, MonitoringError> {
    const INSERT: &str = "INSERT INTO record_review (point_id, kind, factor_code, from_ms, \
         to_ms, mark_id, decision, value, reason, author, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    let subject = store_subject(&review.subject);
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(subject.0)
            .bind(subject.1)
            .bind(subject.2)
            .bind(subject.3)
            .bind(subject.4)
            .bind(review.mark_id)
            .bind(review.decision.as_str())
            .bind(review.value.map(|value| value.to_string()))
            .bind(&review.reason)
            .bind(&review.author)
            .bind(review.at.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

/// Keeps that a mark was taken back; `false` when it was already.
pub(crate) async fn insert_withdrawal(
    transaction: &mut Transaction,
    mark_id: i64,
    reason: &str,
    author: &str,
    at: Timestamp,
) -> Result<bool, MonitoringError> {
    const INSERT: &str = "INSERT INTO record_mark_withdrawal (mark_id, reason, author, at_ms) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (mark_id) DO NOTHING";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(mark_id)
            .bind(reason)
            .bind(author)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// The point of a mark.
pub(crate) async fn find_mark_point(
    transaction: &mut Transaction,
    mark_id: i64,
) -> Result<Option<i64>, MonitoringError> {
    const FIND: &str = "SELECT point_id FROM record_mark WHERE id = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(FIND)
            .bind(mark_id)
            .fetch_optional(connection)
            .await?
    }))
}

/// The marks of a point that touch `from..to`, the latest last.
pub(crate) async fn list_marks(
    database: &Database,
    point_id: i64,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RecordMark>, MonitoringError> {
    const LIST: &str = "SELECT m.id, m.point_id, m.kind, m.factor_code, m.from_ms, m.to_ms, \
         m.mark, m.reason, m.author, m.at_ms, w.at_ms FROM record_mark m \
         LEFT JOIN record_mark_withdrawal w ON w.mark_id = m.id \
         WHERE m.point_id = $1 AND m.from_ms < $2 AND m.to_ms > $3 ORDER BY m.id";
    let rows: Vec<MarkRow> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(point_id)
        .bind(to.epoch_ms())
        .bind(from.epoch_ms())
        .fetch_all(pool)
        .await?);
    rows.into_iter()
        .map(|row| {
            Ok(RecordMark {
                id: row.0,
                subject: read_subject((row.1, row.2, row.3, row.4, row.5)),
                mark: Mark::from_name(&row.6)
                    .ok_or_else(|| MonitoringError::damaged("mark", &row.6))?,
                reason: row.7,
                author: row.8,
                at: Timestamp::from_epoch_ms(row.9),
                withdrawn_at: row.10.map(Timestamp::from_epoch_ms),
            })
        })
        .collect()
}

/// The reviews of a point, or of all, that touch `from..to`, the latest last.
pub(crate) async fn list_reviews(
    database: &Database,
    point_id: Option<i64>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RecordReview>, MonitoringError> {
    const ONE: &str = "SELECT id, point_id, kind, factor_code, from_ms, to_ms, mark_id, \
         decision, value, reason, author, at_ms FROM record_review \
         WHERE from_ms < $1 AND to_ms > $2 AND point_id = $3 ORDER BY id";
    const ALL: &str = "SELECT id, point_id, kind, factor_code, from_ms, to_ms, mark_id, \
         decision, value, reason, author, at_ms FROM record_review \
         WHERE from_ms < $1 AND to_ms > $2 ORDER BY id";
    let rows: Vec<ReviewRow> = on_database!(database, |pool| match point_id {
        Some(point_id) => {
            sqlx::query_as(ONE)
                .bind(to.epoch_ms())
                .bind(from.epoch_ms())
                .bind(point_id)
                .fetch_all(pool)
                .await?
        }
        None => {
            sqlx::query_as(ALL)
                .bind(to.epoch_ms())
                .bind(from.epoch_ms())
                .fetch_all(pool)
                .await?
        }
    });
    rows.into_iter().map(ReviewRow::read).collect()
}

#[derive(sqlx::FromRow)]
struct ReviewRow {
    id: i64,
    point_id: i64,
    kind: i64,
    factor_code: String,
    from_ms: i64,
    to_ms: i64,
    mark_id: Option<i64>,
    decision: String,
    value: Option<String>,
    reason: String,
    author: String,
    at_ms: i64,
}

impl ReviewRow {
    fn read(self) -> Result<RecordReview, MonitoringError> {
        let damaged = |text: &str| MonitoringError::damaged("review", text);
        Ok(RecordReview {
            id: self.id,
            subject: read_subject((
                self.point_id,
                self.kind,
                self.factor_code,
                self.from_ms,
                self.to_ms,
            )),
            mark_id: self.mark_id,
            decision: Decision::from_name(&self.decision).ok_or_else(|| damaged(&self.decision))?,
            value: match self.value {
                Some(text) => Some(
                    text.parse()
                        .map_err(|error| MonitoringError::damaged("review", error))?,
                ),
                None => None,
            },
            reason: self.reason,
            author: self.author,
            at: Timestamp::from_epoch_ms(self.at_ms),
        })
    }
}

/// The starts of the derived periods of a point in `from..to`, there already or to be derived.
pub(crate) async fn list_derived_times(
    transaction: &mut Transaction,
    kind: RecordKind,
    point_id: i64,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<i64>, MonitoringError> {
    const LIST: &str = "SELECT time_ms FROM derived_period WHERE point_id = $1 AND kind = $2 \
         AND time_ms >= $3 AND time_ms < $4 \
         UNION SELECT time_ms FROM dirty_period WHERE point_id = $1 AND kind = $2 \
         AND time_ms >= $3 AND time_ms < $4";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(LIST)
            .bind(point_id)
            .bind(kind.code())
            .bind(from.epoch_ms())
            .bind(to.epoch_ms())
            .fetch_all(connection)
            .await?
    }))
}

fn store_subject(subject: &Subject) -> StoredSubject {
    (
        subject.point_id,
        subject.kind.map_or(0, RecordKind::code),
        subject.factor_code.clone().unwrap_or_default(),
        subject.from.epoch_ms(),
        subject.to.epoch_ms(),
    )
}

fn read_subject(stored: StoredSubject) -> Subject {
    Subject {
        point_id: stored.0,
        kind: RecordKind::from_code(stored.1),
        factor_code: Some(stored.2).filter(|code| !code.is_empty()),
        from: Timestamp::from_epoch_ms(stored.3),
        to: Timestamp::from_epoch_ms(stored.4),
    }
}
