//! Statements of gaps.

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction, sqlx};
use uuid::Uuid;

use crate::gaps::{Gap, GapCount, GapFilter, GapReason, GapState};
use crate::{MonitoringError, RecordKind};

macro_rules! columns {
    () => {
        "g.id, g.point_id, g.device_id, g.kind, g.from_ms, g.to_ms, g.periods, g.missing, g.state, \
         g.reason, g.attempts, g.next_ms, g.command_id, g.found_ms, g.changed_ms, g.closed_ms, \
         g.resent_ms, g.revision"
    };
}

/// `$1` is the region's prefix, `$2` the list of sites.
macro_rules! in_scope {
    () => {
        " FROM data_gap g JOIN monitoring_point p ON p.id = g.point_id JOIN site s \
         ON s.id = p.site_id WHERE s.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(s.id AS TEXT) || ',%')"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    point_id: i64,
    device_id: i64,
    kind: i64,
    from_ms: i64,
    to_ms: i64,
    periods: i64,
    missing: i64,
    state: String,
    reason: String,
    attempts: i64,
    next_ms: i64,
    command_id: Option<Uuid>,
    found_ms: i64,
    changed_ms: i64,
    closed_ms: Option<i64>,
    resent_ms: Option<i64>,
    revision: i64,
}

fn damaged(detail: &str) -> MonitoringError {
    MonitoringError::damaged("gap", detail)
}

impl TryFrom<Row> for Gap {
    type Error = MonitoringError;

    fn try_from(row: Row) -> Result<Self, MonitoringError> {
        let time = Timestamp::from_epoch_ms;
        Ok(Self {
            id: row.id,
            point_id: row.point_id,
            device_id: row.device_id,
            kind: RecordKind::from_code(row.kind).ok_or_else(|| damaged("kind"))?,
            from: time(row.from_ms),
            to: time(row.to_ms),
            periods: row.periods,
            missing: row.missing,
            state: GapState::from_name(&row.state).ok_or_else(|| damaged(&row.state))?,
            reason: GapReason::from_name(&row.reason).ok_or_else(|| damaged(&row.reason))?,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            next_at: time(row.next_ms),
            command_id: row.command_id,
            found_at: time(row.found_ms),
            changed_at: time(row.changed_ms),
            closed_at: row.closed_ms.map(time),
            resent_at: row.resent_ms.map(time),
            revision: row.revision,
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Gap>, MonitoringError> {
    rows.into_iter().map(Gap::try_from).collect()
}

fn site_list(scope: &Scope) -> String {
    scope.site_ids().map_or_else(String::new, |sites| {
        sites
            .iter()
            .fold(",".to_owned(), |list, site| format!("{list}{site},"))
    })
}

/// Gaps of a kind that have not ended, and those given up that end after an instant.
pub(crate) async fn list_for_scan(
    database: &Database,
    kind: RecordKind,
    since: Timestamp,
) -> Result<Vec<Gap>, MonitoringError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM data_gap g WHERE g.kind = $1 AND (g.closed_ms IS NULL \
         OR (g.state = 'given_up' AND g.to_ms > $2)) ORDER BY g.from_ms, g.id"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(kind.code())
        .bind(since.epoch_ms())
        .fetch_all(pool)
        .await?);
    read(rows)
}

/// All gaps that have not ended.
pub(crate) async fn list_open(database: &Database) -> Result<Vec<Gap>, MonitoringError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM data_gap g WHERE g.closed_ms IS NULL ORDER BY g.from_ms, g.id"
    );
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .fetch_all(pool)
        .await?);
    read(rows)
}

/// Writes new gaps (of revision 0) and changed ones, unless somebody else wrote them since.
pub(crate) async fn save(database: &Database, gaps: &[Gap]) -> Result<(), MonitoringError> {
    if gaps.is_empty() {
        return Ok(());
    }
    let mut transaction = database.begin().await?;
    for gap in gaps {
        if gap.revision == 0 {
            insert(&mut transaction, gap).await?;
        } else {
            update(&mut transaction, gap).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

async fn insert(transaction: &mut Transaction, gap: &Gap) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO data_gap (id, point_id, device_id, kind, from_ms, to_ms, \
         periods, missing, state, reason, attempts, next_ms, command_id, found_ms, changed_ms, \
         closed_ms, resent_ms, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14, $15, $16, $17, 1)";
    on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(gap.id)
            .bind(gap.point_id)
            .bind(gap.device_id)
            .bind(gap.kind.code())
            .bind(gap.from.epoch_ms())
            .bind(gap.to.epoch_ms())
            .bind(gap.periods)
            .bind(gap.missing)
            .bind(gap.state.as_str())
            .bind(gap.reason.as_str())
            .bind(i64::from(gap.attempts))
            .bind(gap.next_at.epoch_ms())
            .bind(gap.command_id)
            .bind(gap.found_at.epoch_ms())
            .bind(gap.changed_at.epoch_ms())
            .bind(gap.closed_at.map(Timestamp::epoch_ms))
            .bind(gap.resent_at.map(Timestamp::epoch_ms))
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Writes a gap unless somebody else wrote it since; `false` then.
pub(crate) async fn update(
    transaction: &mut Transaction,
    gap: &Gap,
) -> Result<bool, MonitoringError> {
    const UPDATE: &str = "UPDATE data_gap SET to_ms = $3, periods = $4, missing = $5, state = $6, \
         reason = $7, attempts = $8, next_ms = $9, command_id = $10, changed_ms = $11, \
         closed_ms = $12, resent_ms = $13, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let updated = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(gap.id)
            .bind(gap.revision)
            .bind(gap.to.epoch_ms())
            .bind(gap.periods)
            .bind(gap.missing)
            .bind(gap.state.as_str())
            .bind(gap.reason.as_str())
            .bind(i64::from(gap.attempts))
            .bind(gap.next_at.epoch_ms())
            .bind(gap.command_id)
            .bind(gap.changed_at.epoch_ms())
            .bind(gap.closed_at.map(Timestamp::epoch_ms))
            .bind(gap.resent_at.map(Timestamp::epoch_ms))
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(updated == 1)
}

/// A gap in a scope.
pub(crate) async fn find(
    database: &Database,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Gap>, MonitoringError> {
    const FIND: &str = concat!("SELECT ", columns!(), in_scope!(), " AND g.id = $3");
    let row: Option<Row> = on_database!(database, |pool| sqlx::query_as(FIND)
        .bind(scope.region_prefix())
        .bind(site_list(scope))
        .bind(id)
        .fetch_optional(pool)
        .await?);
    row.map(Gap::try_from).transpose()
}

/// Gaps in a scope, the latest first.
pub(crate) async fn list(
    database: &Database,
    scope: &Scope,
    filter: &GapFilter,
) -> Result<Vec<Gap>, MonitoringError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        in_scope!(),
        " AND ($3 = '' OR $3 LIKE '%,' || g.state || ',%') \
         AND (CAST($4 AS BIGINT) IS NULL OR g.kind = $4) \
         AND (CAST($5 AS BIGINT) IS NULL OR g.point_id = $5) \
         AND (CAST($6 AS BIGINT) IS NULL OR g.device_id = $6) \
         AND s.region_code LIKE $7 || '%' AND g.to_ms > $8 AND g.from_ms < $9 \
         AND (g.from_ms < $10 OR (g.from_ms = $10 AND g.id < $11)) \
         ORDER BY g.from_ms DESC, g.id DESC LIMIT $12"
    );
    let states = filter.states.iter().fold(String::new(), |list, state| {
        let start = if list.is_empty() { "," } else { "" };
        format!("{list}{start}{},", state.as_str())
    });
    let region = filter.region.as_ref();
    let (after_ms, after_id) = filter
        .after
        .map_or((i64::MAX, Uuid::max()), |(from, id)| (from.epoch_ms(), id));
    let rows: Vec<Row> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(scope.region_prefix())
        .bind(site_list(scope))
        .bind(states)
        .bind(filter.kind.map(RecordKind::code))
        .bind(filter.point_id)
        .bind(filter.device_id)
        .bind(region.map_or("", |region| region.prefix()))
        .bind(filter.from.map_or(i64::MIN, Timestamp::epoch_ms))
        .bind(filter.to.map_or(i64::MAX, Timestamp::epoch_ms))
        .bind(after_ms)
        .bind(after_id)
        .bind(i64::from(filter.limit.clamp(1, 1000)))
        .fetch_all(pool)
        .await?);
    read(rows)
}

/// Gaps in a scope that end after an instant, counted by kind and state.
pub(crate) async fn count(
    database: &Database,
    scope: &Scope,
    since: Timestamp,
) -> Result<Vec<GapCount>, MonitoringError> {
    const COUNT: &str = concat!(
        "SELECT g.kind, g.state, COUNT(*), CAST(SUM(g.missing) AS BIGINT)",
        in_scope!(),
        " AND g.to_ms > $3 GROUP BY g.kind, g.state ORDER BY g.kind, g.state"
    );
    let rows: Vec<(i64, String, i64, i64)> = on_database!(database, |pool| sqlx::query_as(COUNT)
        .bind(scope.region_prefix())
        .bind(site_list(scope))
        .bind(since.epoch_ms())
        .fetch_all(pool)
        .await?);
    rows.into_iter()
        .map(|(kind, state, gaps, missing)| {
            Ok(GapCount {
                kind: RecordKind::from_code(kind).ok_or_else(|| damaged("kind"))?,
                state: GapState::from_name(&state).ok_or_else(|| damaged(&state))?,
                gaps,
                missing,
            })
        })
        .collect()
}
