//! Packets that a superior did not take, and sending them again.

use axum::extract::State;
use forwarding::{FailureFilter, TargetId};
use monitoring::PacketId;
use serde::{Deserialize, Serialize};
use sites::DeviceId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Packets named in one request at the most.
const MOST_NAMED: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_forwarding_failures))
        .routes(routes!(resend_forwarding_failures))
}

/// A packet that was passed over.
#[derive(Debug, Serialize, ToSchema)]
struct ForwardingFailureBody {
    packet_id: String,
    device_id: i64,
    /// The device's MN and name, if it is still registered.
    mn: Option<String>,
    device_name: Option<String>,
    is_simulated: bool,
    at: String,
    /// `not_acknowledged`, `refused`, `not_encodable`, `device_unanswered`, `gone`.
    reason: String,
    /// More, such as the superior's `QnRtn`.
    detail: String,
    /// How often it was given up.
    attempts: i64,
    /// `failed`, or `queued` to be sent again.
    state: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ForwardingFailuresBody {
    failures: Vec<ForwardingFailureBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ForwardingFailuresQuery {
    /// Of one device.
    device: Option<i64>,
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

/// Which packets to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForwardingResendInput {
    /// Their identifiers; null for all that were passed over.
    packets: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ForwardingResendBody {
    /// How many will be sent again.
    packets: u64,
}

/// Lists packets that a superior did not take, newest first.
///
/// *Permissions*: `forwarding.read`.
#[utoipa::path(
    get,
    path = "/forwarding-targets/{id}/failures",
    tag = "forwarding",
    params(ForwardingFailuresQuery),
    responses(
        (status = 200, body = ForwardingFailuresBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_forwarding_failures(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<ForwardingFailuresQuery>,
) -> Result<Json<ForwardingFailuresBody>, ApiProblem> {
    let filter = FailureFilter {
        device_id: query.device,
        after: query.after.map(PacketId),
        limit: page_size(query.limit),
    };
    let listed = forwarding::list_failures(&state.database, &actor, TargetId(id), &filter).await?;
    let meta = Meta::after(&listed, filter.limit, |it| it.packet_id.to_string());
    let directory = state.directory.current();
    let failures = listed
        .into_iter()
        .map(|failure| {
            let device = directory.device(DeviceId(failure.device_id));
            ForwardingFailureBody {
                packet_id: failure.packet_id.to_string(),
                device_id: failure.device_id,
                mn: device.map(|device| device.mn.to_string()),
                device_name: device.map(|device| device.name.clone()),
                is_simulated: device.is_some_and(|device| device.is_simulated),
                at: failure.at.to_string(),
                reason: failure.reason.as_str().to_owned(),
                detail: failure.detail,
                attempts: failure.attempts,
                state: failure.state.as_str().to_owned(),
            }
        })
        .collect();
    Ok(Json(ForwardingFailuresBody { failures, meta }))
}

/// Asks for packets that were passed over to be sent again.
///
/// *Permissions*: `forwarding.manage`.
#[utoipa::path(
    post,
    path = "/forwarding-targets/{id}/failures/resend",
    tag = "forwarding",
    responses(
        (status = 200, body = ForwardingResendBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn resend_forwarding_failures(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<ForwardingResendInput>,
) -> Result<Json<ForwardingResendBody>, ApiProblem> {
    let packets = input.packets.map(read_ids).transpose()?;
    let packets = forwarding::resend_failures(
        &state.database,
        &*state.clock,
        &actor,
        TargetId(id),
        packets.as_deref(),
    )
    .await?;
    Ok(Json(ForwardingResendBody { packets }))
}

fn read_ids(texts: Vec<String>) -> Result<Vec<PacketId>, ApiProblem> {
    if texts.len() > MOST_NAMED {
        return Err(ApiProblem::invalid(
            "/packets",
            "too_many",
            "1000 packets at a time; leave `packets` out for all",
        ));
    }
    texts
        .into_iter()
        .enumerate()
        .map(|(place, text)| {
            text.parse().map(PacketId).map_err(|_not_a_number| {
                let pointer = format!("/packets/{place}");
                ApiProblem::invalid(pointer, "invalid", "not a packet's identifier")
            })
        })
        .collect()
}
