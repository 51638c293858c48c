//! Evidence to be carried away (证据包).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use monitoring::evidence::{EvidenceRequest, export_evidence};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{read_kind, read_time};
use crate::actor::CurrentActor;
use crate::extract::{Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceQuery {
    /// `realtime`, `minute`, `hour`, `day`…
    kind: String,
    /// One factor; all when absent.
    factor: Option<String>,
    /// From this time; input without an offset is Beijing time.
    from: String,
    /// Up to, not including, this time; at most 31 days and 5,000 packets.
    to: String,
}

/// The packets behind some records byte for byte, what proves them without this platform, and the
/// records with their marks, reviews and limits, as a ZIP file that `qingshan evidence verify`
/// checks. Who took it along, and its digest, are kept in the audit trail.
///
/// *Permissions*: `evidence.export`, `data.read`, `packets.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/evidence.zip",
    tag = "data",
    params(EvidenceQuery),
    responses(
        (status = 200, description = "A ZIP file; `x-evidence-digest` is the digest of its list.",
            body = Vec<u8>, content_type = "application/zip"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export_point_evidence(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<EvidenceQuery>,
) -> Result<Response, ApiProblem> {
    let request = EvidenceRequest {
        point_id: id,
        kind: read_kind(&query.kind)?,
        factor_code: query.factor,
        from: read_time("from", &query.from)?,
        to: read_time("to", &query.to)?,
    };
    let directory = state.directory.current();
    let clock = &*state.clock;
    let bundle = export_evidence(&state.database, &directory, clock, &actor, &request).await?;
    let name = format!(
        "attachment; filename=\"evidence-{id}-{}-{}.zip\"",
        request.kind.as_str(),
        request.from.stat_day(),
    );
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION.as_str(), name),
        ("x-evidence-digest", bundle.digest),
    ];
    Ok((headers, bundle.content).into_response())
}
