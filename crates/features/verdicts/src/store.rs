//! Every SQL statement of verdicts.

pub(crate) mod changes;
pub(crate) mod settings;
pub(crate) mod years;

use std::collections::BTreeMap;

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::judge::Judged;
use crate::{
    Outcome, Verdict, VerdictBasis, VerdictItem, VerdictKind, VerdictState, VerdictsError,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT verdict.point_id, verdict.kind, verdict.time_ms, verdict.state, \
             verdict.figure, verdict.grade, verdict.is_attained, verdict.deciding, \
             verdict.items, verdict.inputs_digest, verdict.computed_ms, verdict_basis.content \
             FROM verdict JOIN verdict_basis ON verdict_basis.id = verdict.basis_id ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    point_id: i64,
    kind: i64,
    time_ms: i64,
    state: String,
    figure: Option<i64>,
    grade: Option<i64>,
    is_attained: Option<bool>,
    deciding: String,
    items: String,
    inputs_digest: i64,
    computed_ms: i64,
    content: String,
}

impl Row {
    fn read(self) -> Result<Verdict, VerdictsError> {
        let damaged = |what: &str| VerdictsError::damaged(format!("{what} of {}", self.point_id));
        Ok(Verdict {
            point_id: self.point_id,
            kind: VerdictKind::from_code(self.kind).ok_or_else(|| damaged("kind"))?,
            time: Timestamp::from_epoch_ms(self.time_ms),
            outcome: Outcome {
                state: VerdictState::from_name(&self.state).ok_or_else(|| damaged("state"))?,
                figure: self.figure,
                grade: self.grade,
                is_attained: self.is_attained,
                deciding: read_list(&self.deciding),
                items: read_items(&self.items).ok_or_else(|| damaged("items"))?,
            },
            basis: serde_json::from_str(&self.content).map_err(|_text| damaged("basis"))?,
            inputs_digest: self.inputs_digest,
            computed_at: Timestamp::from_epoch_ms(self.computed_ms),
        })
    }
}

pub(crate) fn read_list(text: &str) -> Vec<String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `key=value/mark` joined by semicolons; none of the parts holds one of these characters.
pub(crate) fn write_items(items: &[VerdictItem]) -> String {
    let texts: Vec<String> = items
        .iter()
        .map(|item| format!("{}={}/{}", item.key, item.value, item.mark))
        .collect();
    texts.join(";")
}

fn read_items(text: &str) -> Option<Vec<VerdictItem>> {
    text.split(';')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, rest) = part.split_once('=')?;
            let (value, mark) = rest.split_once('/')?;
            Some(VerdictItem {
                key: key.to_owned(),
                value: value.to_owned(),
                mark: mark.to_owned(),
            })
        })
        .collect()
}

/// A point, a kind and the starts of the periods `from..to`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) point_id: i64,
    pub(crate) kind: VerdictKind,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

const LIST: &str = select!(
    "WHERE verdict.point_id = $1 AND verdict.kind = $2 AND verdict.time_ms >= $3 \
     AND verdict.time_ms < $4 ORDER BY verdict.time_ms LIMIT $5"
);

/// The verdicts of a span, oldest first, at most so many.
pub(crate) async fn list(
    database: &Database,
    span: &Span,
    most: u32,
) -> Result<Vec<Verdict>, VerdictsError> {
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(span.point_id)
        .bind(span.kind.code())
        .bind(span.from.epoch_ms())
        .bind(span.to.epoch_ms())
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// The same within a transaction.
pub(crate) async fn list_in(
    transaction: &mut Transaction,
    span: &Span,
) -> Result<Vec<Verdict>, VerdictsError> {
    let rows: Vec<Row> = on_transaction!(transaction, |connection| sqlx::query_as(LIST)
        .bind(span.point_id)
        .bind(span.kind.code())
        .bind(span.from.epoch_ms())
        .bind(span.to.epoch_ms())
        .bind(100_000_i64)
        .fetch_all(connection)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// The last verdict of a kind of a point that begins by an instant: a logger whose clock is ahead
/// must not hide what there is.
pub(crate) async fn find_last(
    database: &Database,
    point_id: i64,
    kind: VerdictKind,
    by: Timestamp,
) -> Result<Option<Verdict>, VerdictsError> {
    const LAST: &str = select!(
        "WHERE verdict.point_id = $1 AND verdict.kind = $2 AND verdict.time_ms <= $3 \
         ORDER BY verdict.time_ms DESC LIMIT 1"
    );
    let row: Option<Row> = on_database!(database, |pool| sqlx::query_as(LAST)
        .bind(point_id)
        .bind(kind.code())
        .bind(by.epoch_ms())
        .fetch_optional(pool)
        .await?);
    row.map(Row::read).transpose()
}

/// Verdicts of all points behind a point, kind and start, in that order.
pub(crate) async fn list_after(
    database: &Database,
    (point_id, kind, time_ms): (i64, i64, i64),
    most: u32,
) -> Result<Vec<Verdict>, VerdictsError> {
    const AFTER: &str = select!(
        "WHERE (verdict.point_id, verdict.kind, verdict.time_ms) > ($1, $2, $3) \
         ORDER BY verdict.point_id, verdict.kind, verdict.time_ms LIMIT $4"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(AFTER)
        .bind(point_id)
        .bind(kind)
        .bind(time_ms)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// The number of each basis that was kept, so that each is looked up once.
pub(crate) type KnownBases = BTreeMap<VerdictBasis, i64>;

async fn keep_basis(
    transaction: &mut Transaction,
    known: &mut KnownBases,
    basis: &VerdictBasis,
) -> Result<i64, VerdictsError> {
    const INSERT: &str =
        "INSERT INTO verdict_basis (content) VALUES ($1) ON CONFLICT (content) DO NOTHING";
    const FIND: &str = "SELECT id FROM verdict_basis WHERE content = $1";
    if let Some(id) = known.get(basis) {
        return Ok(*id);
    }
    let content =
        serde_json::to_string(basis).map_err(|error| VerdictsError::damaged(error.to_string()))?;
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(&content)
            .execute(&mut *connection)
            .await?;
        sqlx::query_scalar(FIND)
            .bind(&content)
            .fetch_one(connection)
            .await?
    });
    known.insert(basis.clone(), id);
    Ok(id)
}

/// Writes a verdict over what stands there.
pub(crate) async fn put(
    transaction: &mut Transaction,
    known: &mut KnownBases,
    (point_id, kind, time): (i64, VerdictKind, Timestamp),
    judged: &Judged,
    now: Timestamp,
) -> Result<(), VerdictsError> {
    const PUT: &str = "INSERT INTO verdict (point_id, kind, time_ms, state, figure, grade, \
         is_attained, deciding, items, basis_id, inputs_digest, computed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (point_id, kind, time_ms) DO UPDATE SET state = excluded.state, \
         figure = excluded.figure, grade = excluded.grade, is_attained = excluded.is_attained, \
         deciding = excluded.deciding, items = excluded.items, basis_id = excluded.basis_id, \
         inputs_digest = excluded.inputs_digest, computed_ms = excluded.computed_ms";
    let basis_id = keep_basis(transaction, known, &judged.basis).await?;
    let outcome = &judged.outcome;
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(point_id)
            .bind(kind.code())
            .bind(time.epoch_ms())
            .bind(outcome.state.as_str())
            .bind(outcome.figure)
            .bind(outcome.grade)
            .bind(outcome.is_attained)
            .bind(outcome.deciding.join(","))
            .bind(write_items(&outcome.items))
            .bind(basis_id)
            .bind(judged.inputs_digest)
            .bind(now.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Removes a verdict for which nothing stands any more.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    (point_id, kind, time): (i64, VerdictKind, Timestamp),
) -> Result<(), VerdictsError> {
    const DELETE: &str = "DELETE FROM verdict WHERE point_id = $1 AND kind = $2 AND time_ms = $3";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(point_id)
            .bind(kind.code())
            .bind(time.epoch_ms())
            .execute(connection)
            .await?;
    });
    Ok(())
}
