//! Every SQL statement of commands.

use access::Scope;
use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use uuid::Uuid;

use crate::CommandsError;
use crate::model::{
    Command, CommandFilter, CommandState, CommandStep, NewStep, Progress, StepKind,
};
use crate::order::Order;

macro_rules! columns {
    () => {
        "id, device_id, kind, parameters_json, created_by, created_at_ms, expires_at_ms, state, \
         qn, attempts, due_at_ms, request_result, execution_result, data_packets, \
         finished_at_ms, revision"
    };
}

/// A device serves a site of the scope; `$1` is the region's prefix, `$2` the list of sites.
macro_rules! in_scope {
    () => {
        "(($1 = '' AND $2 = '') OR EXISTS (SELECT 1 FROM device_channel \
         JOIN monitoring_point ON monitoring_point.id = device_channel.point_id \
         JOIN site ON site.id = monitoring_point.site_id \
         WHERE device_channel.device_id = command.device_id AND site.region_code LIKE $1 || '%' \
         AND ($2 = '' OR $2 LIKE '%,' || CAST(site.id AS TEXT) || ',%')))"
    };
}

/// The part of the city a list is held to, as bound to a statement.
pub(crate) struct ScopeFilter {
    prefix: String,
    sites: String,
}

impl ScopeFilter {
    pub(crate) fn of(scope: &Scope) -> Self {
        let sites = scope.site_ids().map_or_else(String::new, |sites| {
            sites
                .iter()
                .fold(",".to_owned(), |list, site| format!("{list}{site},"))
        });
        Self {
            prefix: scope.region_prefix().to_owned(),
            sites,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    device_id: i64,
    kind: String,
    parameters_json: String,
    created_by: String,
    created_at_ms: i64,
    expires_at_ms: i64,
    state: String,
    qn: Option<String>,
    attempts: i64,
    due_at_ms: Option<i64>,
    request_result: Option<i64>,
    execution_result: Option<i64>,
    data_packets: i64,
    finished_at_ms: Option<i64>,
    revision: i64,
}

fn damaged(reason: impl Into<String>) -> CommandsError {
    CommandsError::Damaged {
        reason: reason.into(),
    }
}

impl TryFrom<Row> for Command {
    type Error = CommandsError;

    fn try_from(row: Row) -> Result<Self, CommandsError> {
        let parameters = serde_json::from_str(&row.parameters_json)
            .map_err(|error| damaged(error.to_string()))?;
        let code = |code: Option<i64>| code.and_then(|code| u16::try_from(code).ok());
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Self {
            id: row.id,
            device_id: row.device_id,
            order: Order::parse(&row.kind, parameters)?,
            created_by: row.created_by,
            created_at: Timestamp::from_epoch_ms(row.created_at_ms),
            expires_at: Timestamp::from_epoch_ms(row.expires_at_ms),
            progress: Progress {
                state: CommandState::from_name(&row.state)
                    .ok_or_else(|| damaged(format!("state {}", row.state)))?,
                qn: row.qn,
                attempts: count(row.attempts),
                due_at: row.due_at_ms.map(Timestamp::from_epoch_ms),
                request_result: code(row.request_result),
                execution_result: code(row.execution_result),
                data_packets: count(row.data_packets),
                finished_at: row.finished_at_ms.map(Timestamp::from_epoch_ms),
            },
            revision: row.revision,
        })
    }
}

/// Keeps a new command; `false` when its id is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    command: &Command,
    sealed: Option<&[u8]>,
) -> Result<bool, CommandsError> {
    const INSERT: &str = "INSERT INTO command (id, device_id, kind, parameters_json, \
         secret_sealed, created_by, created_at_ms, expires_at_ms, state, attempts, data_packets, \
         revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 1) \
         ON CONFLICT (id) DO NOTHING";
    let (kind, parameters) = command.order.to_parts();
    let added = on_transaction!(transaction, |connection| {
        sqlx::query(INSERT)
            .bind(command.id)
            .bind(command.device_id)
            .bind(kind)
            .bind(parameters)
            .bind(sealed)
            .bind(&command.created_by)
            .bind(command.created_at.epoch_ms())
            .bind(command.expires_at.epoch_ms())
            .bind(command.progress.state.as_str())
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(added == 1)
}

/// Writes how far a command has come, if nobody else wrote since; a secret goes with its end.
pub(crate) async fn save(
    transaction: &mut Transaction,
    command: &Command,
    progress: &Progress,
) -> Result<bool, CommandsError> {
    const SAVE: &str = "UPDATE command SET state = $3, qn = $4, attempts = $5, due_at_ms = $6, \
         request_result = $7, execution_result = $8, data_packets = $9, finished_at_ms = $10, \
         secret_sealed = CASE WHEN CAST($10 AS BIGINT) IS NULL THEN secret_sealed ELSE NULL END, \
         revision = revision + 1 WHERE id = $1 AND revision = $2";
    let saved = on_transaction!(transaction, |connection| {
        sqlx::query(SAVE)
            .bind(command.id)
            .bind(command.revision)
            .bind(progress.state.as_str())
            .bind(&progress.qn)
            .bind(i64::from(progress.attempts))
            .bind(progress.due_at.map(Timestamp::epoch_ms))
            .bind(progress.request_result.map(i64::from))
            .bind(progress.execution_result.map(i64::from))
            .bind(i64::from(progress.data_packets))
            .bind(progress.finished_at.map(Timestamp::epoch_ms))
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(saved == 1)
}

/// Adds a step to a command.
pub(crate) async fn add_step(
    transaction: &mut Transaction,
    id: Uuid,
    step: &NewStep,
) -> Result<(), CommandsError> {
    const ADD: &str = "INSERT INTO command_step (command_id, sequence, at_ms, kind, packet, note) \
         VALUES ($1, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM command_step \
         WHERE command_id = $1), $2, $3, $4, $5)";
    on_transaction!(transaction, |connection| {
        sqlx::query(ADD)
            .bind(id)
            .bind(step.at.epoch_ms())
            .bind(step.kind.as_str())
            .bind(&step.packet)
            .bind(&step.note)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// A command in a scope.
pub(crate) async fn find(
    database: &Database,
    scope: &ScopeFilter,
    id: Uuid,
) -> Result<Option<Command>, CommandsError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM command WHERE id = $3 AND ",
        in_scope!()
    );
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    row.map(Command::try_from).transpose()
}

/// Commands in a scope, newest first.
pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &CommandFilter,
) -> Result<Vec<Command>, CommandsError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM command WHERE ",
        in_scope!(),
        " AND (CAST($3 AS BIGINT) IS NULL OR device_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR state = $4) \
         AND (CAST($5 AS TEXT) IS NULL OR created_by = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR kind = $6) \
         AND (created_at_ms < $7 OR (created_at_ms = $7 AND id < $8)) \
         ORDER BY created_at_ms DESC, id DESC LIMIT $9"
    );
    const WHEN: &str = "SELECT created_at_ms FROM command WHERE id = $1";
    let mut from = (i64::MAX, Uuid::max());
    if let Some(after) = filter.after {
        let at: Option<i64> = on_database!(database, |pool| {
            sqlx::query_scalar(WHEN)
                .bind(after)
                .fetch_optional(pool)
                .await?
        });
        from = (at.unwrap_or(i64::MIN), after);
    }
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(filter.device_id)
            .bind(filter.state.map(CommandState::as_str))
            .bind(&filter.created_by)
            .bind(&filter.kind)
            .bind(from.0)
            .bind(from.1)
            .bind(i64::from(filter.limit.clamp(1, 1000)))
            .fetch_all(pool)
            .await?
    });
    rows.into_iter().map(Command::try_from).collect()
}

/// Commands that have not ended, oldest first.
pub(crate) async fn list_open(database: &Database) -> Result<Vec<Command>, CommandsError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM command WHERE finished_at_ms IS NULL ORDER BY created_at_ms, id LIMIT 20000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    });
    rows.into_iter().map(Command::try_from).collect()
}

/// The sealed secret of a command.
pub(crate) async fn find_secret(
    database: &Database,
    id: Uuid,
) -> Result<Option<Vec<u8>>, CommandsError> {
    const FIND: &str = "SELECT secret_sealed FROM command WHERE id = $1";
    let found: Option<Option<Vec<u8>>> = on_database!(database, |pool| {
        sqlx::query_scalar(FIND)
            .bind(id)
            .fetch_optional(pool)
            .await?
    });
    Ok(found.flatten())
}

#[derive(sqlx::FromRow)]
struct StepRow {
    sequence: i64,
    at_ms: i64,
    kind: String,
    packet: Option<String>,
    note: Option<String>,
}

/// What happened to a command, in order; the first thousand steps.
pub(crate) async fn list_steps(
    database: &Database,
    id: Uuid,
) -> Result<Vec<CommandStep>, CommandsError> {
    const LIST: &str = "SELECT sequence, at_ms, kind, packet, note FROM command_step \
         WHERE command_id = $1 ORDER BY sequence LIMIT 1000";
    let rows: Vec<StepRow> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(id).fetch_all(pool).await?
    });
    rows.into_iter()
        .map(|row| {
            Ok(CommandStep {
                sequence: row.sequence,
                at: Timestamp::from_epoch_ms(row.at_ms),
                kind: StepKind::from_name(&row.kind)
                    .ok_or_else(|| damaged(format!("step {}", row.kind)))?,
                packet: row.packet,
                note: row.note,
            })
        })
        .collect()
}
