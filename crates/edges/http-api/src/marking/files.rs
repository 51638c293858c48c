//! Photographs and documents of markings.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use marking::{attach_file, list_files, load_file};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::MarkingFileBody;
use crate::actor::CurrentActor;
use crate::evidence_file::{MOST_FILE_BYTES, download};
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_marking_file))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(list_marking_files, attach_marking_file))
                // one byte more is told as too large by the use case, with its reason
                .layer(DefaultBodyLimit::max(MOST_FILE_BYTES + 1)),
        )
}

#[derive(Debug, Serialize, ToSchema)]
struct MarkingFilesBody {
    marking_files: Vec<MarkingFileBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MarkingFileAnswer {
    marking_file: MarkingFileBody,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AttachQuery {
    /// The file's name.
    name: String,
}

/// Lists the files of a marking.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/markings/{id}/files",
    tag = "marking",
    params(("id" = String, Path, description = "The marking.")),
    responses(
        (status = 200, body = MarkingFilesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_marking_files(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<MarkingFilesBody>, ApiProblem> {
    let files = list_files(&state.database, &actor, id).await?;
    let marking_files = files.into_iter().map(MarkingFileBody::from).collect();
    Ok(Json(MarkingFilesBody { marking_files }))
}

/// Adds a photograph (JPEG, PNG) or a document (PDF) of at most 8 MiB to a marking that waits; what it
/// is follows from its content. A marking has ten files at the most.
///
/// *Permissions*: `data.mark`, of own sites.
#[utoipa::path(
    post,
    path = "/markings/{id}/files",
    tag = "marking",
    params(("id" = String, Path, description = "The marking."), AttachQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = MarkingFileAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn attach_marking_file(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Query(query): Query<AttachQuery>,
    body: Bytes,
) -> Result<(StatusCode, Json<MarkingFileAnswer>), ApiProblem> {
    let of = (query.name.as_str(), body.as_ref());
    let file = attach_file(&state.database, &*state.clock, &actor, id, of).await?;
    let marking_file = file.into();
    Ok((
        StatusCode::CREATED,
        Json(MarkingFileAnswer { marking_file }),
    ))
}

/// Downloads a file of a marking.
///
/// *Permissions*: `data.read`, in the region; also one of `data.mark`, `data.review` or
/// `evidence.export`.
#[utoipa::path(
    get,
    path = "/marking-files/{id}",
    tag = "marking",
    params(("id" = String, Path, description = "The file.")),
    responses(
        (status = 200, content(
            (Vec<u8> = "application/pdf"),
            (Vec<u8> = "image/jpeg"),
            (Vec<u8> = "image/png"),
        )),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_marking_file(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiProblem> {
    let (file, content) = load_file(&state.database, &actor, id).await?;
    Ok(download((&file.name, file.media_type), content))
}
