//! Forwarding to superior platforms: targets with how they do, device maps, and what could not be
//! delivered.

mod devices;
mod failures;

use axum::extract::State;
use beijing_time::Timestamp;
use forwarding::{
    Encoding, ForwardingError, NewTarget, StartAt, Target, TargetDetails, TargetId, TargetReport,
};
use serde::{Deserialize, Serialize};
use sites::Expected;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path};
use crate::problem::{FieldProblem, ProblemBody};
use crate::problem_codes::ProblemCode;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_forwarding_targets, create_forwarding_target))
        .routes(routes!(load_forwarding_target, update_forwarding_target))
        .merge(devices::routes())
        .merge(failures::routes())
}

impl From<ForwardingError> for ApiProblem {
    fn from(error: ForwardingError) -> Self {
        match error {
            ForwardingError::Refused(refusal) => refusal.into(),
            ForwardingError::Database(error) => error.into(),
            ForwardingError::Sites(error) => error.into(),
            ForwardingError::Monitoring(error) => error.into(),
            ForwardingError::Commands(error) => error.into(),
            ForwardingError::NoTarget { .. } | ForwardingError::NoDevice { .. } => {
                Self::not_found(format!("{error}."))
            }
            ForwardingError::Stale { .. } => Self::new(ProblemCode::Stale, format!("{error}.")),
            ForwardingError::NameTaken { .. } => taken("name", &error),
            ForwardingError::IdentifierTaken { .. } => taken("superior_mn", &error),
            ForwardingError::Invalid {
                field,
                reason,
                reason_zh,
            } => Self::invalid_fields(
                "Some fields are wrong.",
                vec![FieldProblem {
                    pointer: format!("/{field}"),
                    code: "invalid".to_owned(),
                    detail: reason,
                    detail_zh: Some(reason_zh),
                }],
            ),
            other => Self::internal(&other),
        }
    }
}

fn taken(field: &str, error: &ForwardingError) -> ApiProblem {
    let problem = FieldProblem {
        pointer: format!("/{field}"),
        code: "taken".to_owned(),
        detail: "is taken already".to_owned(),
        detail_zh: Some("已被使用".to_owned()),
    };
    ApiProblem::new(ProblemCode::Duplicate, error.to_string()).with_field(problem)
}

/// What went wrong last with a superior.
#[derive(Debug, Serialize, ToSchema)]
struct ForwardingTrouble {
    at: String,
    /// `cannot_connect`, `closed_by_superior`, `broken`, `not_acknowledging`, `not_speaking`,
    /// `no_heartbeat`, `not_reading`, `storage`.
    code: String,
    /// What the system said.
    detail: String,
}

/// A superior platform: its settings, how far it is, how it does.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flat body with independent facts"
)]
struct ForwardingTargetBody {
    id: i64,
    name: String,
    host: String,
    port: u16,
    is_enabled: bool,
    /// `original` or `re_encoded`.
    encoding: String,
    waits_for_acknowledgement: bool,
    acknowledgement_timeout_s: u32,
    resends: u32,
    /// Which CN go out; empty for all uploads of data.
    commands: Vec<String>,
    forwards_all_devices: bool,
    passes_commands_down: bool,
    /// Which CN the superior may send; empty for all that can be passed.
    allowed_commands: Vec<String>,
    /// 0 for none.
    heartbeat_interval_s: u32,
    created_at: String,
    revision: i64,
    /// `off`, `connecting`, `connected`, `waiting`.
    state: String,
    connected_since: Option<String>,
    /// The superior's address as it was resolved.
    peer: Option<String>,
    /// When the next attempt to connect is made.
    retry_at: Option<String>,
    last_error: Option<ForwardingTrouble>,
    /// Packets behind; null while the target is off.
    packets_behind: Option<u64>,
    /// How many seconds ago the oldest packet that is not delivered was received; null while off.
    lag_s: Option<i64>,
    /// Packets that wait for their acknowledgement.
    in_flight: u64,
    last_delivered_at: Option<String>,
    /// Packets delivered.
    sent: i64,
    /// Packets passed over and not delivered since.
    given_up: i64,
    /// The journal is done up to this packet.
    done_packet_id: String,
    /// When that part of the journal was received.
    done_received_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ForwardingTargetsBody {
    targets: Vec<ForwardingTargetBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneForwardingTarget {
    target: ForwardingTargetBody,
}

/// What a superior platform is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flat body with independent settings"
)]
struct ForwardingTargetInput {
    name: String,
    host: String,
    port: u16,
    is_enabled: bool,
    /// `original` or `re_encoded`.
    encoding: String,
    waits_for_acknowledgement: bool,
    acknowledgement_timeout_s: u32,
    resends: u32,
    #[serde(default)]
    commands: Vec<String>,
    forwards_all_devices: bool,
    passes_commands_down: bool,
    #[serde(default)]
    allowed_commands: Vec<String>,
    #[serde(default)]
    heartbeat_interval_s: u32,
    /// Where a new target begins: `now` (unless given) or `beginning`. Not for changes.
    start_at: Option<String>,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

impl ForwardingTargetInput {
    fn read(self) -> Result<TargetDetails, ApiProblem> {
        let encoding = Encoding::from_name(&self.encoding).ok_or_else(|| {
            ApiProblem::invalid("/encoding", "unknown_word", "original or re_encoded")
        })?;
        Ok(TargetDetails {
            name: self.name,
            host: self.host,
            port: self.port,
            is_enabled: self.is_enabled,
            encoding,
            waits_for_acknowledgement: self.waits_for_acknowledgement,
            acknowledgement_timeout_s: self.acknowledgement_timeout_s,
            resends: self.resends,
            commands: self.commands,
            forwards_all_devices: self.forwards_all_devices,
            passes_commands_down: self.passes_commands_down,
            allowed_commands: self.allowed_commands,
            heartbeat_interval_s: self.heartbeat_interval_s,
        })
    }
}

impl ForwardingTargetBody {
    fn of(state: &ApiState, target: Target) -> Self {
        let now = state.now();
        let details = target.details;
        let report = details
            .is_enabled
            .then(|| state.forwarding.find(target.id))
            .flatten();
        let show = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let of_report =
            |read: fn(&TargetReport) -> Option<Timestamp>| show(report.as_ref().and_then(read));
        let link = match (&report, details.is_enabled) {
            (Some(report), _) => report.state.as_str(),
            (None, true) => "connecting",
            (None, false) => "off",
        };
        Self {
            id: target.id.0,
            name: details.name,
            host: details.host,
            port: details.port,
            is_enabled: details.is_enabled,
            encoding: details.encoding.as_str().to_owned(),
            waits_for_acknowledgement: details.waits_for_acknowledgement,
            acknowledgement_timeout_s: details.acknowledgement_timeout_s,
            resends: details.resends,
            commands: details.commands,
            forwards_all_devices: details.forwards_all_devices,
            passes_commands_down: details.passes_commands_down,
            allowed_commands: details.allowed_commands,
            heartbeat_interval_s: details.heartbeat_interval_s,
            created_at: target.created_at.to_string(),
            revision: target.revision,
            state: link.to_owned(),
            connected_since: of_report(|report| report.connected_since),
            peer: report.as_ref().and_then(|report| report.peer.clone()),
            retry_at: of_report(|report| report.retry_at),
            last_error: report.as_ref().and_then(|report| {
                report.last_error.as_ref().map(|error| ForwardingTrouble {
                    at: error.at.to_string(),
                    code: error.trouble.as_str().to_owned(),
                    detail: error.detail.clone(),
                })
            }),
            packets_behind: report.as_ref().map(TargetReport::packets_behind),
            lag_s: report.as_ref().map(|report| report.lag_ms(now) / 1000),
            in_flight: report.as_ref().map_or(0, |report| report.in_flight),
            last_delivered_at: of_report(|report| report.last_delivered_at),
            sent: target.progress.sent,
            given_up: target.progress.given_up,
            done_packet_id: target.progress.done.to_string(),
            done_received_at: show(target.progress.done_received_at),
        }
    }
}

/// Lists superior platforms by name, each with how it does.
///
/// *Permissions*: `forwarding.read`.
#[utoipa::path(
    get,
    path = "/forwarding-targets",
    tag = "forwarding",
    responses(
        (status = 200, body = ForwardingTargetsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_forwarding_targets(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<ForwardingTargetsBody>, ApiProblem> {
    let listed = forwarding::list_targets(&state.database, &actor).await?;
    let targets = listed
        .into_iter()
        .map(|target| ForwardingTargetBody::of(&state, target))
        .collect();
    Ok(Json(ForwardingTargetsBody { targets }))
}

/// Makes a superior platform. Packets go there at once if it is switched on.
///
/// *Permissions*: `forwarding.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/forwarding-targets",
    tag = "forwarding",
    responses(
        (status = 200, body = OneForwardingTarget),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_forwarding_target(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<ForwardingTargetInput>,
) -> Result<Json<OneForwardingTarget>, ApiProblem> {
    let start_at = match input.start_at.as_deref() {
        None | Some("now") => StartAt::Now,
        Some("beginning") => StartAt::Beginning,
        Some(_) => {
            return Err(ApiProblem::invalid(
                "/start_at",
                "unknown_word",
                "now or beginning",
            ));
        }
    };
    let details = input.read()?;
    let new = NewTarget { details, start_at };
    let made = forwarding::create_target(&state.database, &*state.clock, &actor, new).await?;
    state.forwarding.wake();
    let target = ForwardingTargetBody::of(&state, made);
    Ok(Json(OneForwardingTarget { target }))
}

/// Shows a superior platform.
///
/// *Permissions*: `forwarding.read`.
#[utoipa::path(
    get,
    path = "/forwarding-targets/{id}",
    tag = "forwarding",
    responses(
        (status = 200, body = OneForwardingTarget),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_forwarding_target(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<OneForwardingTarget>, ApiProblem> {
    let found = forwarding::load_target(&state.database, &actor, TargetId(id)).await?;
    let target = ForwardingTargetBody::of(&state, found);
    Ok(Json(OneForwardingTarget { target }))
}

/// Changes a superior platform, or switches it on or off. What is still to be sent stays.
///
/// *Permissions*: `forwarding.manage`, for the whole city.
#[utoipa::path(
    put,
    path = "/forwarding-targets/{id}",
    tag = "forwarding",
    responses(
        (status = 200, body = OneForwardingTarget),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_forwarding_target(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<ForwardingTargetInput>,
) -> Result<Json<OneForwardingTarget>, ApiProblem> {
    let expected = Expected::new(TargetId(id), input.revision.unwrap_or_default());
    let details = input.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let changed = forwarding::update_target(database, clock, &actor, expected, details).await?;
    state.forwarding.wake();
    let target = ForwardingTargetBody::of(&state, changed);
    Ok(Json(OneForwardingTarget { target }))
}
