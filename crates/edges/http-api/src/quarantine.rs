//! Senders that nobody knows, and frames that are not sound.

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
use crate::paging::{Meta, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_quarantine))
        .routes(routes!(list_quarantined_packets))
        .routes(routes!(load_quarantined_packet))
        .routes(routes!(replay_quarantine))
        .routes(routes!(discard_quarantine))
        .routes(routes!(list_bad_frames))
        .routes(routes!(list_bad_frame_samples))
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
}

#[derive(Debug, Serialize, ToSchema)]
struct SendersBody {
    senders: Vec<SenderBody>,
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

/// Frames of one sort of defect from one address.
#[derive(Debug, Serialize, ToSchema)]
struct BadFramesRow {
    peer: String,
    /// The defect's code.
    defect: String,
    first_at: String,
    last_at: String,
    seen: i64,
    seen_bytes: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct BadFramesBody {
    bad_frames: Vec<BadFramesRow>,
}

/// A kept sample of a frame that is not sound.
#[derive(Debug, Serialize, ToSchema)]
struct BadFrameSample {
    id: String,
    peer: String,
    defect: String,
    received_at: String,
    /// The first bytes as text; what is no text is replaced.
    sample: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct BadFrameSamplesBody {
    samples: Vec<BadFrameSample>,
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
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<u32>,
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
        explained: is_explained
            .then(|| ExplainedPacket::of(&packet.packet))
            .flatten(),
    }
}

/// Lists senders in quarantine, the last seen first.
///
/// *Permissions*: `quarantine.read`.
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
    let senders = entries
        .into_iter()
        .map(|entry| SenderBody {
            device_id: directory
                .find_device(&entry.mn, now)
                .map(|device| device.id.0),
            mn: entry.mn,
            peer: entry.peer,
            reason: entry.reason,
            first_at: instant(entry.first_ms),
            last_at: instant(entry.last_ms),
            seen: entry.seen,
            kept: entry.kept,
        })
        .collect();
    Ok(Json(SendersBody { senders }))
}

/// Lists the kept packets of an MN, oldest first.
///
/// *Permissions*: `quarantine.read`.
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
/// *Permissions*: `quarantine.read`.
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

/// Replays the kept packets of an MN for the device that bears it now. What they say is history
/// and raises no alarm as if it were measured now.
///
/// *Permissions*: `quarantine.manage`.
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
    let packets = quarantine::replay_quarantine(
        &state.database,
        &*state.clock,
        &actor,
        &state.journal,
        &mn,
        device.id.0,
    )
    .await?;
    Ok(Json(CountBody { packets }))
}

/// Forgets what is kept and counted of an MN.
///
/// *Permissions*: `quarantine.manage`.
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

/// Counts frames that are not sound by address and defect, the last seen first.
///
/// *Permissions*: `quarantine.read`.
#[utoipa::path(
    get,
    path = "/bad-frames",
    tag = "quarantine",
    params(LimitQuery),
    responses(
        (status = 200, body = BadFramesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_bad_frames(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<LimitQuery>,
) -> Result<Json<BadFramesBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let bad_frames = quarantine::list_defects(&state.database, &actor, limit)
        .await?
        .into_iter()
        .map(|row| BadFramesRow {
            peer: row.peer,
            defect: row.defect,
            first_at: instant(row.first_ms),
            last_at: instant(row.last_ms),
            seen: row.seen,
            seen_bytes: row.seen_bytes,
        })
        .collect();
    Ok(Json(BadFramesBody { bad_frames }))
}

/// Lists kept samples of frames that are not sound, the latest first.
///
/// *Permissions*: `quarantine.read`.
#[utoipa::path(
    get,
    path = "/bad-frames/samples",
    tag = "quarantine",
    params(LimitQuery),
    responses(
        (status = 200, body = BadFrameSamplesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_bad_frame_samples(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<LimitQuery>,
) -> Result<Json<BadFrameSamplesBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let samples = quarantine::list_defect_samples(&state.database, &actor, limit)
        .await?
        .into_iter()
        .map(|sample| BadFrameSample {
            id: sample.id.to_string(),
            peer: sample.peer,
            defect: sample.defect,
            received_at: instant(sample.received_ms),
            sample: crate::packets::show_text(&sample.sample),
        })
        .collect();
    Ok(Json(BadFrameSamplesBody { samples }))
}
