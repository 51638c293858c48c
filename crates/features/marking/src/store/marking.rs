//! Statements of markings.

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use monitoring::RecordKind;
use monitoring::layers::{Decision, Mark, Subject};
use uuid::Uuid;

use super::ScopeFilter;
use crate::MarkingError;
use crate::error::damaged;
use crate::model::{Marking, MarkingFilter, MarkingOrder, MarkingState, Review, Said};

/// `$1` is the region's prefix, `$2` the list of sites.
macro_rules! select {
    () => {
        "SELECT k.id, k.mark_id, m.point_id, m.kind, m.factor_code, m.from_ms, m.to_ms, m.mark, \
         m.reason, m.author, m.at_ms, k.state, k.mark_due_ms, k.review_due_ms, k.is_late, \
         w.author AS withdrawn_by, w.at_ms AS withdrawn_ms, w.reason AS withdrawn_reason, \
         r.decision, r.value, r.author AS reviewed_by, r.at_ms AS reviewed_ms, \
         r.reason AS review_reason, k.calculation_json, \
         (SELECT COUNT(*) FROM marking_file f WHERE f.marking_id = k.id) AS files, k.revision \
         FROM marking k JOIN record_mark m ON m.id = k.mark_id \
         JOIN monitoring_point p ON p.id = m.point_id JOIN site s ON s.id = p.site_id \
         LEFT JOIN record_mark_withdrawal w ON w.mark_id = k.mark_id \
         LEFT JOIN record_review r ON r.id = k.review_id \
         WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%')"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    mark_id: i64,
    point_id: i64,
    kind: i64,
    factor_code: String,
    from_ms: i64,
    to_ms: i64,
    mark: String,
    reason: String,
    author: String,
    at_ms: i64,
    state: String,
    mark_due_ms: Option<i64>,
    review_due_ms: Option<i64>,
    is_late: bool,
    withdrawn_by: Option<String>,
    withdrawn_ms: Option<i64>,
    withdrawn_reason: Option<String>,
    decision: Option<String>,
    value: Option<String>,
    reviewed_by: Option<String>,
    reviewed_ms: Option<i64>,
    review_reason: Option<String>,
    calculation_json: Option<String>,
    files: i64,
    revision: i64,
}

fn said(author: Option<String>, at_ms: Option<i64>, reason: Option<String>) -> Option<Said> {
    Some(Said {
        author: author?,
        at: Timestamp::from_epoch_ms(at_ms?),
        reason: reason?,
    })
}

impl TryFrom<Row> for Marking {
    type Error = MarkingError;

    fn try_from(row: Row) -> Result<Self, MarkingError> {
        let time = Timestamp::from_epoch_ms;
        let decision = row
            .decision
            .map(|word| Decision::from_name(&word).ok_or_else(|| damaged("review", word)))
            .transpose()?;
        let reviewed = said(row.reviewed_by, row.reviewed_ms, row.review_reason);
        Ok(Self {
            id: row.id,
            mark_id: row.mark_id,
            subject: Subject {
                point_id: row.point_id,
                kind: RecordKind::from_code(row.kind),
                factor_code: Some(row.factor_code).filter(|code| !code.is_empty()),
                from: time(row.from_ms),
                to: time(row.to_ms),
            },
            mark: Mark::from_name(&row.mark).ok_or_else(|| damaged("mark", &row.mark))?,
            reason: row.reason,
            author: row.author,
            at: time(row.at_ms),
            state: MarkingState::from_name(&row.state)
                .ok_or_else(|| damaged("marking", &row.state))?,
            mark_due: row.mark_due_ms.map(time),
            review_due: row.review_due_ms.map(time),
            is_late: row.is_late,
            withdrawal: said(row.withdrawn_by, row.withdrawn_ms, row.withdrawn_reason),
            review: decision.zip(reviewed).map(|(decision, said)| Review {
                decision,
                value: row.value,
                said,
            }),
            calculation: row.calculation_json,
            files: row.files,
            revision: row.revision,
        })
    }
}

/// Keeps the course of a new mark; `false` when the id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    marking: &Marking,
) -> Result<bool, MarkingError> {
    const INSERT: &str = "INSERT INTO marking (id, mark_id, state, mark_due_ms, review_due_ms, \
         is_late, revision) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(marking.id)
            .bind(marking.mark_id)
            .bind(marking.state.as_str())
            .bind(marking.mark_due.map(Timestamp::epoch_ms))
            .bind(marking.review_due.map(Timestamp::epoch_ms))
            .bind(marking.is_late)
            .bind(marking.revision)
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// What changes of a marking.
pub(crate) struct Step<'a> {
    pub(crate) id: Uuid,
    pub(crate) revision: i64,
    pub(crate) state: MarkingState,
    pub(crate) review_id: Option<i64>,
    pub(crate) calculation: Option<&'a str>,
}

/// Writes the next step unless somebody else wrote since; `false` then.
pub(crate) async fn save(
    transaction: &mut Transaction,
    step: &Step<'_>,
) -> Result<bool, MarkingError> {
    const SAVE: &str = "UPDATE marking SET state = $3, review_id = $4, calculation_json = $5, \
         revision = revision + 1 WHERE id = $1 AND revision = $2";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(SAVE)
            .bind(step.id)
            .bind(step.revision)
            .bind(step.state.as_str())
            .bind(step.review_id)
            .bind(step.calculation)
            .execute(connection)
            .await?
            .rows_affected()
    }) == 1)
}

/// A marking in a part of the city.
pub(crate) async fn find(
    database: &Database,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Marking>, MarkingError> {
    const FIND: &str = concat!(select!(), " AND k.id = $3");
    let scope = ScopeFilter::of(scope);
    let row: Option<Row> = on_database!(database, |pool| sqlx::query_as(FIND)
        .bind(scope.prefix)
        .bind(scope.sites)
        .bind(id)
        .fetch_optional(pool)
        .await?);
    row.map(Marking::try_from).transpose()
}

macro_rules! filtered {
    () => {
        concat!(
            select!(),
            " AND ($3 = '' OR $3 LIKE '%,' || k.state || ',%') AND ($4 = '' OR m.mark = $4) \
             AND s.region_code LIKE $5 || '%' AND (CAST($6 AS BIGINT) = 0 OR s.id = $6) \
             AND (CAST($7 AS BIGINT) = 0 OR m.point_id = $7) AND m.to_ms > $8 AND m.from_ms < $9"
        )
    };
}

/// Markings in a part of the city.
pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    filter: &MarkingFilter,
) -> Result<Vec<Marking>, MarkingError> {
    const DUE: &str = concat!(
        filtered!(),
        " AND (CAST($10 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM marking l WHERE l.id = $11 \
         AND (COALESCE(k.review_due_ms, 9000000000000000) > COALESCE(l.review_due_ms, \
         9000000000000000) OR (COALESCE(k.review_due_ms, 9000000000000000) \
         = COALESCE(l.review_due_ms, 9000000000000000) AND k.mark_id > l.mark_id)))) \
         ORDER BY COALESCE(k.review_due_ms, 9000000000000000), k.mark_id LIMIT $12"
    );
    const NEWEST: &str = concat!(
        filtered!(),
        " AND (CAST($10 AS BIGINT) = 0 OR k.mark_id < \
         (SELECT l.mark_id FROM marking l WHERE l.id = $11)) ORDER BY k.mark_id DESC LIMIT $12"
    );
    let scope = ScopeFilter::of(scope);
    let states = filter.states.iter().fold(String::new(), |list, state| {
        format!("{list},{}", state.as_str())
    });
    let states = if states.is_empty() {
        states
    } else {
        format!("{states},")
    };
    let statement = match filter.order {
        MarkingOrder::Due => DUE,
        MarkingOrder::Newest => NEWEST,
    };
    let region = filter.region.as_ref().map_or("", |region| region.prefix());
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(statement)
        .bind(scope.prefix)
        .bind(scope.sites)
        .bind(states)
        .bind(filter.mark.map_or("", Mark::as_str))
        .bind(region)
        .bind(filter.site_id.unwrap_or(0))
        .bind(filter.point_id.unwrap_or(0))
        .bind(filter.from.map_or(i64::MIN, Timestamp::epoch_ms))
        .bind(filter.to.map_or(i64::MAX, Timestamp::epoch_ms))
        .bind(i64::from(filter.after.is_some()))
        .bind(filter.after.unwrap_or_default())
        .bind(i64::from(filter.limit))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Marking::try_from).collect()
}
