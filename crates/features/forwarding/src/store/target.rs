//! Statements of targets.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use monitoring::PacketId;
use sites::Expected;

use crate::ForwardingError;
use crate::model::{Encoding, Target, TargetDetails, TargetId, TargetProgress};

macro_rules! columns {
    () => {
        "id, name, host, port, is_enabled, encoding, waits_for_acknowledgement, \
         acknowledgement_timeout_s, resends, commands_filter, forwards_all_devices, \
         passes_commands_down, allowed_commands, heartbeat_interval_s, done_packet_id, \
         done_received_at_ms, sent, given_up, created_at_ms, revision"
    };
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the table")]
struct Row {
    id: i64,
    name: String,
    host: String,
    port: i64,
    is_enabled: bool,
    encoding: String,
    waits_for_acknowledgement: bool,
    acknowledgement_timeout_s: i64,
    resends: i64,
    commands_filter: String,
    forwards_all_devices: bool,
    passes_commands_down: bool,
    allowed_commands: String,
    heartbeat_interval_s: i64,
    done_packet_id: i64,
    done_received_at_ms: Option<i64>,
    sent: i64,
    given_up: i64,
    created_at_ms: i64,
    revision: i64,
}

fn split(codes: &str) -> Vec<String> {
    codes
        .split(',')
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect()
}

impl TryFrom<Row> for Target {
    type Error = ForwardingError;

    fn try_from(row: Row) -> Result<Self, ForwardingError> {
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self {
            id: TargetId(row.id),
            revision: row.revision,
            details: TargetDetails {
                name: row.name,
                host: row.host,
                port: u16::try_from(row.port)
                    .map_err(|error| ForwardingError::damaged(error.to_string()))?,
                is_enabled: row.is_enabled,
                encoding: Encoding::from_name(&row.encoding).ok_or_else(|| {
                    ForwardingError::damaged(format!("encoding {}", row.encoding))
                })?,
                waits_for_acknowledgement: row.waits_for_acknowledgement,
                acknowledgement_timeout_s: small(row.acknowledgement_timeout_s),
                resends: small(row.resends),
                commands: split(&row.commands_filter),
                forwards_all_devices: row.forwards_all_devices,
                passes_commands_down: row.passes_commands_down,
                allowed_commands: split(&row.allowed_commands),
                heartbeat_interval_s: small(row.heartbeat_interval_s),
            },
            progress: TargetProgress {
                done: PacketId(row.done_packet_id),
                done_received_at: row.done_received_at_ms.map(Timestamp::from_epoch_ms),
                sent: row.sent,
                given_up: row.given_up,
            },
            created_at: Timestamp::from_epoch_ms(row.created_at_ms),
        })
    }
}

/// All targets, by name; a city has a handful.
pub(crate) async fn list(database: &Database) -> Result<Vec<Target>, ForwardingError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM forwarding_target ORDER BY name, id LIMIT 1000"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    });
    rows.into_iter().map(Target::try_from).collect()
}

pub(crate) async fn find(
    database: &Database,
    id: TargetId,
) -> Result<Option<Target>, ForwardingError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM forwarding_target WHERE id = $1"
    );
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(id.0).fetch_optional(pool).await?
    });
    row.map(Target::try_from).transpose()
}

fn name_taken(error: database::sqlx::Error, name: &str) -> ForwardingError {
    let is_taken = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if is_taken {
        ForwardingError::NameTaken {
            name: name.to_owned(),
        }
    } else {
        error.into()
    }
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    details: &TargetDetails,
    done: PacketId,
    now: Timestamp,
) -> Result<TargetId, ForwardingError> {
    const INSERT: &str = "INSERT INTO forwarding_target (name, host, port, is_enabled, encoding, \
         waits_for_acknowledgement, acknowledgement_timeout_s, resends, commands_filter, \
         forwards_all_devices, passes_commands_down, allowed_commands, heartbeat_interval_s, \
         done_packet_id, sent, given_up, created_at_ms, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, $15, 1) \
         RETURNING id";
    let inserted: Result<i64, sqlx::Error> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&details.name)
            .bind(&details.host)
            .bind(i64::from(details.port))
            .bind(details.is_enabled)
            .bind(details.encoding.as_str())
            .bind(details.waits_for_acknowledgement)
            .bind(i64::from(details.acknowledgement_timeout_s))
            .bind(i64::from(details.resends))
            .bind(details.commands.join(","))
            .bind(details.forwards_all_devices)
            .bind(details.passes_commands_down)
            .bind(details.allowed_commands.join(","))
            .bind(i64::from(details.heartbeat_interval_s))
            .bind(done.0)
            .bind(now.epoch_ms())
            .fetch_one(connection)
            .await
    });
    inserted
        .map(TargetId)
        .map_err(|error| name_taken(error, &details.name))
}

/// Changes a target at a revision; `false` when it has another one.
pub(crate) async fn update(
    transaction: &mut Transaction,
    expected: Expected<TargetId>,
    details: &TargetDetails,
) -> Result<bool, ForwardingError> {
    const UPDATE: &str = "UPDATE forwarding_target SET name = $3, host = $4, port = $5, \
         is_enabled = $6, encoding = $7, waits_for_acknowledgement = $8, \
         acknowledgement_timeout_s = $9, resends = $10, commands_filter = $11, \
         forwards_all_devices = $12, passes_commands_down = $13, allowed_commands = $14, \
         heartbeat_interval_s = $15, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let updated: Result<u64, sqlx::Error> = on_transaction!(transaction, |connection| {
        sqlx::query(UPDATE)
            .bind(expected.id.0)
            .bind(expected.revision)
            .bind(&details.name)
            .bind(&details.host)
            .bind(i64::from(details.port))
            .bind(details.is_enabled)
            .bind(details.encoding.as_str())
            .bind(details.waits_for_acknowledgement)
            .bind(i64::from(details.acknowledgement_timeout_s))
            .bind(i64::from(details.resends))
            .bind(details.commands.join(","))
            .bind(details.forwards_all_devices)
            .bind(details.passes_commands_down)
            .bind(details.allowed_commands.join(","))
            .bind(i64::from(details.heartbeat_interval_s))
            .execute(connection)
            .await
            .map(|done| done.rows_affected())
    });
    updated
        .map(|rows| rows == 1)
        .map_err(|error| name_taken(error, &details.name))
}

/// Counts a change of the device map; `false` when the target has another revision.
pub(crate) async fn bump(
    transaction: &mut Transaction,
    expected: Expected<TargetId>,
) -> Result<bool, ForwardingError> {
    const BUMP: &str = "UPDATE forwarding_target SET revision = revision + 1 \
         WHERE id = $1 AND revision = $2";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(BUMP)
            .bind(expected.id.0)
            .bind(expected.revision)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// How far a target comes with one transaction.
pub(crate) struct ProgressStep {
    pub(crate) from: PacketId,
    pub(crate) to: PacketId,
    pub(crate) to_received_at: Option<Timestamp>,
    pub(crate) sent: i64,
    pub(crate) given_up: i64,
}

/// Moves a target's checkpoint; `false` when it is no longer where the sender thought.
pub(crate) async fn move_progress(
    transaction: &mut Transaction,
    id: TargetId,
    step: &ProgressStep,
) -> Result<bool, ForwardingError> {
    const MOVE: &str = "UPDATE forwarding_target SET done_packet_id = $3, \
         done_received_at_ms = $4, sent = sent + $5, given_up = given_up + $6 \
         WHERE id = $1 AND done_packet_id = $2";
    let rows = on_transaction!(transaction, |connection| {
        sqlx::query(MOVE)
            .bind(id.0)
            .bind(step.from.0)
            .bind(step.to.0)
            .bind(step.to_received_at.map(Timestamp::epoch_ms))
            .bind(step.sent)
            .bind(step.given_up)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}
