//! Commands to devices: ordered, listed, followed, taken back.

mod connections;
mod kinds;
mod presence;

pub(crate) use connections::CounterBody;
pub(crate) use presence::PresenceBody;

use axum::extract::State;
use axum::http::StatusCode;
use commands::{Command, CommandFilter, CommandState, CommandStep, NewCommand, Order, Secret};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_device_commands, create_device_command))
        .routes(routes!(list_commands))
        .routes(routes!(load_command))
        .routes(routes!(cancel_command))
        .merge(kinds::routes())
        .merge(connections::routes())
}

/// A command.
#[derive(Debug, Serialize, ToSchema)]
struct CommandBody {
    id: String,
    device_id: i64,
    /// Name and MN of the device, if it is still registered.
    device_name: Option<String>,
    device_mn: Option<String>,
    /// What, as `/command-kinds` names it.
    command: String,
    /// The command code CN.
    cn: String,
    parameters: serde_json::Value,
    /// `queued`, `sent`, `accepted`, `done`, `failed`, `timed_out`, `expired`, `cancelled`.
    state: String,
    created_by: String,
    created_at: String,
    expires_at: String,
    finished_at: Option<String>,
    /// The request number it was sent under.
    qn: Option<String>,
    /// How often it was sent.
    attempts: u32,
    /// `QnRtn` of 9011.
    request_result: Option<u16>,
    /// `ExeRtn` of 9012.
    execution_result: Option<u16>,
    /// Packets of data that came.
    data_packets: u32,
}

/// Something that happened to a command.
#[derive(Debug, Serialize, ToSchema)]
struct StepBody {
    sequence: i64,
    at: String,
    /// `ordered`, `sent`, `resent`, `request_answer`, `notice_answer`, `data`, `result`,
    /// `timed_out`, `expired`, `cancelled`, `disconnected`, `secret_changed`.
    kind: String,
    /// The packet, with passwords and keys masked.
    packet: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CommandAnswer {
    command: CommandBody,
    /// In order; empty right after ordering.
    steps: Vec<StepBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CommandsBody {
    commands: Vec<CommandBody>,
    meta: Meta,
}

/// A command to order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCommandBody {
    /// UUID v7 made by the caller: sending the same again orders one command. Made here if none.
    #[schema(value_type = Option<String>)]
    id: Option<Uuid>,
    /// What, as `/command-kinds` names it.
    command: String,
    /// As `/command-kinds` names them.
    #[serde(default)]
    parameters: serde_json::Value,
    /// The new password or key, for the commands that take one; never shown again.
    secret: Option<String>,
    /// Given up after so many seconds if it could not be sent.
    expires_after_s: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
    /// In one state.
    state: Option<String>,
    /// Of one kind, as `/command-kinds` names it.
    command: Option<String>,
    /// Of one device; `/commands` only.
    device: Option<i64>,
}

fn command_body(state: &ApiState, command: Command) -> CommandBody {
    let directory = state.directory.current();
    let device = directory.device(sites::DeviceId(command.device_id));
    let (name, parameters) = command.order.to_parts();
    let progress = command.progress;
    CommandBody {
        id: command.id.to_string(),
        device_id: command.device_id,
        device_name: device.map(|device| device.name.clone()),
        device_mn: device.map(|device| device.mn.to_string()),
        command: name,
        cn: command.order.cn().to_owned(),
        parameters: serde_json::from_str(&parameters).unwrap_or_default(),
        state: progress.state.as_str().to_owned(),
        created_by: command.created_by,
        created_at: command.created_at.to_string(),
        expires_at: command.expires_at.to_string(),
        finished_at: progress.finished_at.map(|at| at.to_string()),
        qn: progress.qn,
        attempts: progress.attempts,
        request_result: progress.request_result,
        execution_result: progress.execution_result,
        data_packets: progress.data_packets,
    }
}

fn step_body(step: CommandStep) -> StepBody {
    StepBody {
        sequence: step.sequence,
        at: step.at.to_string(),
        kind: step.kind.as_str().to_owned(),
        packet: step.packet,
        note: step.note,
    }
}

async fn list(
    state: &ApiState,
    actor: &CurrentActor,
    device_id: Option<i64>,
    query: ListQuery,
) -> Result<Json<CommandsBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let wanted = query
        .state
        .map(|name| {
            CommandState::from_name(&name)
                .ok_or_else(|| ApiProblem::invalid("state", "unknown", "There is no such state."))
        })
        .transpose()?;
    let filter = CommandFilter {
        device_id,
        state: wanted,
        kind: query.command,
        created_by: None,
        after: query.after,
        limit,
    };
    let found = commands::list_commands(&state.database, actor, &filter).await?;
    let meta = Meta::after(&found, limit, |command| command.id.to_string());
    let commands = found
        .into_iter()
        .map(|command| command_body(state, command))
        .collect();
    Ok(Json(CommandsBody { commands, meta }))
}

/// Lists the commands to a device, newest first.
///
/// *Permissions*: `commands.read`.
#[utoipa::path(
    get,
    path = "/devices/{id}/commands",
    tag = "commands",
    params(ListQuery),
    responses(
        (status = 200, body = CommandsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_device_commands(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<ListQuery>,
) -> Result<Json<CommandsBody>, ApiProblem> {
    list(&state, &actor, Some(id), query).await
}

/// Lists the commands to all devices, newest first.
///
/// *Permissions*: `commands.read`.
#[utoipa::path(
    get,
    path = "/commands",
    tag = "commands",
    params(ListQuery),
    responses(
        (status = 200, body = CommandsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_commands(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ListQuery>,
) -> Result<Json<CommandsBody>, ApiProblem> {
    let device = query.device;
    list(&state, &actor, device, query).await
}

/// Orders a command to a device. It is sent as soon as the device is connected.
///
/// *Permissions*: `commands.send`; for a new password or key also `sites.secrets`.
#[utoipa::path(
    post,
    path = "/devices/{id}/commands",
    tag = "commands",
    request_body = NewCommandBody,
    responses(
        (status = 201, body = CommandAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_device_command(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(body): Json<NewCommandBody>,
) -> Result<(StatusCode, Json<CommandAnswer>), ApiProblem> {
    let new = NewCommand {
        id: body.id.unwrap_or_else(Uuid::now_v7),
        device_id: id,
        order: Order::parse(&body.command, body.parameters)?,
        secret: body.secret.map(Secret::new),
        expires_after_s: body.expires_after_s,
    };
    let command = commands::send_command(
        &state.database,
        &*state.clock,
        state.directory.sealing_key(),
        &state.commands,
        &actor,
        new,
    )
    .await?;
    let answer = CommandAnswer {
        command: command_body(&state, command),
        steps: Vec::new(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Shows a command and everything that happened to it.
///
/// *Permissions*: `commands.read`.
#[utoipa::path(
    get,
    path = "/commands/{id}",
    tag = "commands",
    params(("id" = String, Path, description = "UUID of the command.")),
    responses(
        (status = 200, body = CommandAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_command(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<CommandAnswer>, ApiProblem> {
    let (command, steps) = commands::load_command(&state.database, &actor, id).await?;
    Ok(Json(CommandAnswer {
        command: command_body(&state, command),
        steps: steps.into_iter().map(step_body).collect(),
    }))
}

/// Takes back a command that was not sent yet.
///
/// *Permissions*: `commands.send`.
#[utoipa::path(
    post,
    path = "/commands/{id}/cancel",
    tag = "commands",
    params(("id" = String, Path, description = "UUID of the command.")),
    responses(
        (status = 200, body = CommandAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn cancel_command(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<CommandAnswer>, ApiProblem> {
    commands::cancel_command(&state.database, &*state.clock, &state.commands, &actor, id).await?;
    let (command, steps) = commands::load_command(&state.database, &actor, id).await?;
    Ok(Json(CommandAnswer {
        command: command_body(&state, command),
        steps: steps.into_iter().map(step_body).collect(),
    }))
}
