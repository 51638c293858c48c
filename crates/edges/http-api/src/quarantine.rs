//! Senders that nobody knows, and frames that are not sound.

mod bad_frames;
mod bytes;
mod registration;

use std::collections::HashMap;

use access::Permission;
use axum::extract::State;
use beijing_time::Timestamp;
use monitoring::quarantine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::packets::ExplainedPacket;
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_quarantine))
        .routes(routes!(list_quarantined_packets))
        .routes(routes!(load_quarantined_packet))
        .routes(routes!(replay_quarantine))
        .routes(routes!(discard_quarantine))
        .routes(routes!(ignore_sender))
        .routes(routes!(heed_sender))
        .merge(registration::routes())
        .merge(bad_frames::routes())
}

/// One unknown sender.
#[derive(Debug, Serialize, ToSchema)]
struct SenderBody {
    /// The MN it names; empty for all senders beyond the bound.
    mn: String,
    /// Its network address.
    peer: String,
    /// `unknown_device`, `wrong_password`, `device_disabled`, `no_device`.
    reason: String,
    first_at: String,
    last_at: String,
    /// Packets seen.
    seen: i64,
    /// Packets kept of this MN.
    kept: i64,
    /// The device that bears this MN now, if it has been registered since.
    device_id: Option<i64>,
    /// Whether its packets are counted and no longer kept.
    is_ignored: bool,
    /// Why.
    ignored_note: Option<String>,
    /// Since when.
    ignored_at: Option<String>,
    /// By whom.
    ignored_by: Option<String>,
}

/// How much the quarantine holds, and its bounds.
#[derive(Debug, Serialize, ToSchema)]
struct QuarantineFiguresBody {
    /// Packets kept.
    packets: i64,
    /// Packets kept at the most.
    most_packets: u64,
    /// Packets of one address kept at the most.
    most_packets_per_address: u64,
    /// Beyond the bound of its address, one packet of so many takes the place of the oldest.
    sample_every: u64,
    /// Samples of bad frames kept.
    samples: i64,
    /// Samples of bad frames kept at the most.
    most_samples: u64,
    /// Packets and frames since the start that came faster than they could be counted by sender.
    uncounted: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct SendersBody {
    senders: Vec<SenderBody>,
    figures: QuarantineFiguresBody,
}

/// Why a sender is ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IgnoreInput {
    #[serde(default)]
    note: String,
}

/// A packet in quarantine.
#[derive(Debug, Serialize, ToSchema)]
struct QuarantinedBody {
    id: String,
    mn: String,
    peer: String,
    reason: String,
    received_at: String,
    /// The frame as text; what is no text is replaced.
    raw: String,
    /// Its bytes in hexadecimal digits, the password as stars (2a).
    hex: String,
    /// Each field with its meaning, and every defect.
    explained: Option<ExplainedPacket>,
}

#[derive(Debug, Serialize, ToSchema)]
struct QuarantinedPacketsBody {
    packets: Vec<QuarantinedBody>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct QuarantinedPacketBody {
    packet: QuarantinedBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct CountBody {
    /// How many packets it was.
    packets: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct LimitQuery {
    /// Rows at the most, 100 unless given.
    limit: Option<PageSize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

fn instant(ms: i64) -> String {
    Timestamp::from_epoch_ms(ms).to_string()
}

fn packet_body(packet: quarantine::QuarantinedPacket, is_explained: bool) -> QuarantinedBody {
    QuarantinedBody {
        id: packet.id.to_string(),
        mn: packet.mn,
        peer: packet.peer,
        reason: packet.reason,
        received_at: instant(packet.received_ms),
        raw: crate::packets::show_text(&packet.packet),
        hex: bytes::show_hex(&packet.packet),
        explained: is_explained
            .then(|| ExplainedPacket::of(&packet.packet))
            .flatten(),
    }
}

/// Lists senders in quarantine, the last seen first.
///
/// *Permissions*: `quarantine.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/quarantine",
    tag = "quarantine",
    params(LimitQuery),
    responses(
        (status = 200, body = SendersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_quarantine(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<LimitQuery>,
) -> Result<Json<SendersBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let entries = quarantine::list_quarantine(&state.database, &actor, limit).await?;
    let directory = state.directory.current();
    let now = state.now();
    let ignored: HashMap<String, quarantine::IgnoredSender> =
        quarantine::list_ignored_senders(&state.database, &actor)
            .await?
            .into_iter()
            .map(|sender| (sender.mn.clone(), sender))
            .collect();
    let senders = entries
        .into_iter()
        .map(|entry| (ignored.get(&entry.mn).cloned(), entry))
        .map(|(ignored, entry)| SenderBody {
            device_id: directory
                .find_device(&entry.mn, now)
                .map(|device| device.id.0),
            is_ignored: ignored.is_some(),
            ignored_at: ignored.as_ref().map(|sender| instant(sender.ignored_ms)),
            ignored_by: ignored.as_ref().map(|sender| sender.ignored_by.clone()),
            ignored_note: ignored.map(|sender| sender.note),
            mn: entry.mn,
            peer: entry.peer,
            reason: entry.reason,
            first_at: instant(entry.first_ms),
            last_at: instant(entry.last_ms),
            seen: entry.seen,
            kept: entry.kept,
        })
        .collect();
    let figures = quarantine::load_quarantine_figures(&state.database, &actor).await?;
    let bounds = state.quarantine.settings();
    let figures = QuarantineFiguresBody {
        packets: figures.packets,
        most_packets: bounds.packets_in_total,
        most_packets_per_address: bounds.packets_per_address,
        sample_every: bounds.sample_every,
        samples: figures.samples,
        most_samples: bounds.defect_samples_in_total,
        uncounted: state.quarantine.uncounted(),
    };
    Ok(Json(SendersBody { senders, figures }))
}

/// Lists the kept packets of an MN, oldest first.
///
/// *Permissions*: `quarantine.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/quarantine/{mn}/packets",
    tag = "quarantine",
    params(PageQuery),
    responses(
        (status = 200, body = QuarantinedPacketsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_quarantined_packets(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<QuarantinedPacketsBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let after = query.after.unwrap_or(0);
    let packets =
        quarantine::list_quarantined_packets(&state.database, &actor, &mn, after, limit).await?;
    let meta = Meta::after(&packets, limit, |packet| packet.id.to_string());
    let packets = packets
        .into_iter()
        .map(|packet| packet_body(packet, false))
        .collect();
    Ok(Json(QuarantinedPacketsBody { packets, meta }))
}

/// Shows one kept packet, explained field by field.
///
/// *Permissions*: `quarantine.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/quarantine-packets/{id}",
    tag = "quarantine",
    responses(
        (status = 200, body = QuarantinedPacketBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_quarantined_packet(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<QuarantinedPacketBody>, ApiProblem> {
    let packet = quarantine::load_quarantined_packet(&state.database, &actor, id).await?;
    Ok(Json(QuarantinedPacketBody {
        packet: packet_body(packet, true),
    }))
}

/// Replays the kept packets of an MN that carry the password of the device that bears it now. What
/// they say is history and raises no alarm as if it were measured now.
///
/// *Permissions*: `quarantine.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/quarantine/{mn}/replay",
    tag = "quarantine",
    responses(
        (status = 200, body = CountBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn replay_quarantine(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
) -> Result<Json<CountBody>, ApiProblem> {
    // before the register is asked whose the MN is
    actor.check_everywhere(Permission::ManageQuarantine)?;
    // the device may have been registered a moment ago
    state
        .directory
        .reload_if_changed(&state.database)
        .await
        .map_err(|error| ApiProblem::internal(&error))?;
    let directory = state.directory.current();
    let device = directory.find_device(&mn, state.now()).ok_or_else(|| {
        ApiProblem::conflict(format!(
            "No device bears the MN {mn}: register it first, then replay its packets."
        ))
    })?;
    let (database, clock, journal) = (&state.database, &*state.clock, &state.journal);
    let packets = quarantine::replay_quarantine(database, clock, &actor, journal, device).await?;
    Ok(Json(CountBody { packets }))
}

/// Forgets what is kept and counted of an MN.
///
/// *Permissions*: `quarantine.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/quarantine/{mn}/discard",
    tag = "quarantine",
    responses(
        (status = 200, body = CountBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn discard_quarantine(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
) -> Result<Json<CountBody>, ApiProblem> {
    let packets =
        quarantine::discard_quarantine(&state.database, &*state.clock, &actor, &mn).await?;
    Ok(Json(CountBody { packets }))
}

/// Ignores a sender: its packets are counted and no longer kept, those kept are forgotten.
///
/// *Permissions*: `quarantine.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/quarantine/{mn}/ignore",
    tag = "quarantine",
    responses(
        (status = 200, body = CountBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn ignore_sender(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
    Json(input): Json<IgnoreInput>,
) -> Result<Json<CountBody>, ApiProblem> {
    let (database, clock) = (&state.database, &*state.clock);
    let packets = quarantine::ignore_sender(database, clock, &actor, (&mn, &input.note)).await?;
    Ok(Json(CountBody { packets }))
}

/// Keeps the packets of a sender that was ignored again.
///
/// *Permissions*: `quarantine.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/quarantine/{mn}/heed",
    tag = "quarantine",
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn heed_sender(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
) -> Result<(), ApiProblem> {
    if quarantine::heed_sender(&state.database, &*state.clock, &actor, &mn).await? {
        return Ok(());
    }
    Err(ApiProblem::not_found(format!(
        "The sender {mn} is not ignored."
    )))
}
