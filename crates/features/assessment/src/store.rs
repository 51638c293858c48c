//! Every SQL statement of assessments.

use beijing_time::Timestamp;
use city_plan::AssessmentKind;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use crate::AssessmentError;
use crate::content::Content;
use crate::files::ReportFile;
use crate::model::{Assessment, AssessmentState, AssessmentSummary, NewAssessment, Step};
use crate::signature::KeptKey;

macro_rules! summary_columns {
    () => {
        "id, kind, year, state, drafted_by, drafted_at_ms, taken_by, taken_at_ms, reviewed_by, \
         reviewed_at_ms, published_by, published_at_ms, note, digest, score, grade, revision"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    year: i64,
    state: String,
    drafted_by: String,
    drafted_at_ms: i64,
    taken_by: Option<String>,
    taken_at_ms: Option<i64>,
    reviewed_by: Option<String>,
    reviewed_at_ms: Option<i64>,
    published_by: Option<String>,
    published_at_ms: Option<i64>,
    note: Option<String>,
    digest: Option<String>,
    score: Option<String>,
    grade: Option<String>,
    revision: i64,
}

fn damaged(reason: impl core::fmt::Display) -> AssessmentError {
    AssessmentError::Damaged {
        reason: reason.to_string(),
    }
}

impl TryFrom<Row> for AssessmentSummary {
    type Error = AssessmentError;

    fn try_from(row: Row) -> Result<Self, AssessmentError> {
        let step = |by: Option<String>, at: Option<i64>| {
            Some(Step {
                by: by?,
                at: Timestamp::from_epoch_ms(at?),
            })
        };
        Ok(Self {
            new: NewAssessment {
                id: row.id,
                kind: AssessmentKind::from_name(&row.kind)
                    .ok_or_else(|| damaged(format!("kind {}", row.kind)))?,
                year: i32::try_from(row.year).map_err(damaged)?,
            },
            state: AssessmentState::from_name(&row.state)
                .ok_or_else(|| damaged(format!("state {}", row.state)))?,
            drafted: Step {
                by: row.drafted_by,
                at: Timestamp::from_epoch_ms(row.drafted_at_ms),
            },
            taken: step(row.taken_by, row.taken_at_ms),
            reviewed: step(row.reviewed_by, row.reviewed_at_ms),
            published: step(row.published_by, row.published_at_ms),
            note: row.note,
            digest: row.digest,
            score: row.score,
            grade: row.grade,
            revision: row.revision,
        })
    }
}

/// Keeps a new assessment; `false` when its id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    new: &NewAssessment,
    by: &str,
    at: Timestamp,
) -> Result<bool, AssessmentError> {
    const INSERT: &str = "INSERT INTO assessment (id, kind, year, state, drafted_by, \
         drafted_at_ms, revision) VALUES ($1, $2, $3, 'draft', $4, $5, 1) \
         ON CONFLICT (id) DO NOTHING";
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(new.id)
            .bind(new.kind.as_str())
            .bind(i64::from(new.year))
            .bind(by)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added == 1)
}

/// An assessment with its content.
pub(crate) async fn find(
    database: &Database,
    id: Uuid,
) -> Result<Option<Assessment>, AssessmentError> {
    const FIND: &str = concat!(
        "SELECT ",
        summary_columns!(),
        " FROM assessment WHERE id = $1"
    );
    const CONTENT: &str = "SELECT content_json FROM assessment WHERE id = $1";
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id).fetch_optional(pool).await?
    });
    let Some(row) = row else {
        return Ok(None);
    };
    let content: Option<(Option<String>,)> = on_database!(database, |pool| {
        sqlx::query_as(CONTENT)
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    let content = content
        .and_then(|(json,)| json)
        .map(|json| serde_json::from_str::<Content>(&json).map_err(damaged))
        .transpose()?;
    Ok(Some(Assessment {
        summary: row.try_into()?,
        content,
    }))
}

/// Writes where an assessment stands, if nobody else wrote since.
pub(crate) async fn save(
    transaction: &mut Transaction,
    summary: &AssessmentSummary,
    content_json: Option<&str>,
) -> Result<bool, AssessmentError> {
    const SAVE: &str = "UPDATE assessment SET state = $3, taken_by = $4, taken_at_ms = $5, \
         reviewed_by = $6, reviewed_at_ms = $7, published_by = $8, published_at_ms = $9, \
         note = $10, content_json = $11, digest = $12, score = $13, grade = $14, \
         revision = revision + 1 WHERE id = $1 AND revision = $2 AND state <> 'published'";
    let by = |step: &Option<Step>| step.as_ref().map(|step| step.by.clone());
    let at = |step: &Option<Step>| step.as_ref().map(|step| step.at.epoch_ms());
    let saved = on_transaction!(transaction, |connection| {
        sqlx::query(SAVE)
            .bind(summary.new.id)
            .bind(summary.revision)
            .bind(summary.state.as_str())
            .bind(by(&summary.taken))
            .bind(at(&summary.taken))
            .bind(by(&summary.reviewed))
            .bind(at(&summary.reviewed))
            .bind(by(&summary.published))
            .bind(at(&summary.published))
            .bind(&summary.note)
            .bind(content_json)
            .bind(&summary.digest)
            .bind(&summary.score)
            .bind(&summary.grade)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(saved == 1)
}

/// Sets the signature of an assessment that is published in this transaction.
pub(crate) async fn sign(
    transaction: &mut Transaction,
    id: Uuid,
    public_key: &str,
    signature: &str,
) -> Result<(), AssessmentError> {
    const SIGN: &str = "UPDATE assessment SET public_key = $2, signature = $3 \
         WHERE id = $1 AND signature IS NULL";
    on_transaction!(transaction, |connection| {
        sqlx::query(SIGN)
            .bind(id)
            .bind(public_key)
            .bind(signature)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(())
}

/// Public key and signature of an assessment.
pub(crate) async fn find_signature(
    database: &Database,
    id: Uuid,
) -> Result<Option<(String, String)>, AssessmentError> {
    const SIGNATURE: &str = "SELECT public_key, signature FROM assessment \
         WHERE id = $1 AND public_key IS NOT NULL AND signature IS NOT NULL";
    Ok(on_database!(database, |pool| {
        sqlx::query_as(SIGNATURE)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// Assessments, newest first; all, or those in one state.
pub(crate) async fn list(
    database: &Database,
    state: Option<AssessmentState>,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<AssessmentSummary>, AssessmentError> {
    const LIST: &str = concat!(
        "SELECT ",
        summary_columns!(),
        " FROM assessment WHERE ($1 = '' OR state = $1) \
         AND (CAST($2 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM assessment last WHERE last.id = $3 \
         AND (assessment.drafted_at_ms < last.drafted_at_ms \
         OR (assessment.drafted_at_ms = last.drafted_at_ms AND assessment.id < last.id)))) \
         ORDER BY drafted_at_ms DESC, id DESC LIMIT $4"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(state.map_or("", AssessmentState::as_str))
            .bind(i64::from(after.is_some()))
            .bind(after.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The newest key.
pub(crate) async fn find_key(database: &Database) -> Result<Option<KeptKey>, AssessmentError> {
    const KEY: &str = "SELECT public_key, sealed_key FROM assessment_key \
         ORDER BY made_at_ms DESC, public_key LIMIT 1";
    let row: Option<(String, Vec<u8>)> = on_database!(database, |pool| {
        sqlx::query_as(KEY).fetch_optional(pool).await?
    });
    Ok(row.map(|(public, sealed)| KeptKey { public, sealed }))
}

/// Keeps a key.
pub(crate) async fn insert_key(
    transaction: &mut Transaction,
    key: &KeptKey,
    at: Timestamp,
) -> Result<(), AssessmentError> {
    const INSERT: &str = "INSERT INTO assessment_key (public_key, sealed_key, made_at_ms) \
         VALUES ($1, $2, $3)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(&key.public)
            .bind(&key.sealed)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(())
}

/// A file that was kept.
pub(crate) async fn find_file(
    database: &Database,
    id: Uuid,
    kind: &str,
) -> Result<Option<Vec<u8>>, AssessmentError> {
    const FILE: &str = "SELECT content FROM assessment_file WHERE assessment_id = $1 AND kind = $2";
    let row: Option<(Vec<u8>,)> = on_database!(database, |pool| {
        sqlx::query_as(FILE)
            .bind(id)
            .bind(kind)
            .fetch_optional(pool)
            .await?
    });
    Ok(row.map(|(bytes,)| bytes))
}

/// Keeps a file; `false` when one is kept already.
pub(crate) async fn keep_file(
    transaction: &mut Transaction,
    id: Uuid,
    kind: &str,
    file: &ReportFile,
    at: Timestamp,
) -> Result<bool, AssessmentError> {
    const KEEP: &str = "INSERT INTO assessment_file (assessment_id, kind, content, digest, \
         made_at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (assessment_id, kind) DO NOTHING";
    let kept = on_transaction!(transaction, |connection| {
        sqlx::query(KEEP)
            .bind(id)
            .bind(kind)
            .bind(&file.bytes)
            .bind(&file.digest)
            .bind(at.epoch_ms())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(kept == 1)
}
