//! Frames that are not sound and garbage between frames: counts, samples byte by byte.

use axum::extract::State;
use monitoring::quarantine::{self, DefectSampleFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CountBody, LimitQuery, instant};
use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::paging::{PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_bad_frames))
        .routes(routes!(list_bad_frame_samples))
        .routes(routes!(discard_bad_frames))
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
    /// The same bytes in hexadecimal digits, a password as stars (2a).
    hex: String,
    /// How many bytes are kept.
    size_bytes: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct BadFrameSamplesBody {
    samples: Vec<BadFrameSample>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SamplesQuery {
    /// From this address.
    peer: Option<String>,
    /// With this defect.
    defect: Option<String>,
    /// Rows at the most, 100 unless given.
    limit: Option<PageSize>,
}

/// Which frames are to be forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DiscardBadFramesInput {
    peer: String,
    defect: String,
}

/// Counts frames that are not sound by address and defect, the last seen first.
///
/// *Permissions*: `quarantine.read`, for the whole city.
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
/// *Permissions*: `quarantine.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/bad-frames/samples",
    tag = "quarantine",
    params(SamplesQuery),
    responses(
        (status = 200, body = BadFrameSamplesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_bad_frame_samples(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<SamplesQuery>,
) -> Result<Json<BadFrameSamplesBody>, ApiProblem> {
    let filter = DefectSampleFilter {
        peer: query.peer,
        defect: query.defect,
        limit: page_size(query.limit),
    };
    let samples = quarantine::list_defect_samples(&state.database, &actor, &filter)
        .await?
        .into_iter()
        .map(|sample| BadFrameSample {
            id: sample.id.to_string(),
            peer: sample.peer,
            defect: sample.defect,
            received_at: instant(sample.received_ms),
            size_bytes: sample.sample.len(),
            hex: super::bytes::show_hex(&sample.sample),
            sample: crate::packets::show_text(&sample.sample),
        })
        .collect();
    Ok(Json(BadFrameSamplesBody { samples }))
}

/// Forgets what is counted and kept of one sort of defect from one address.
///
/// *Permissions*: `quarantine.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/bad-frames/discard",
    tag = "quarantine",
    responses(
        (status = 200, body = CountBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn discard_bad_frames(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<DiscardBadFramesInput>,
) -> Result<Json<CountBody>, ApiProblem> {
    let of = (&*input.peer, &*input.defect);
    let packets = quarantine::discard_defects(&state.database, &*state.clock, &actor, of).await?;
    Ok(Json(CountBody { packets }))
}
