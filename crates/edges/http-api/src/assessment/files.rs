//! Files of assessments: the report, the workbook, the signed file.

use ::assessment::{FileKind, load_file, load_signed_file};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::extract::Path;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_assessment_file))
        .routes(routes!(load_signed_assessment))
}

fn attachment(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The report as `pdf` or `docx`, or the workbook as `xlsx`. Of a published assessment it is made
/// once and kept; before, it says that it is not published.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/assessments/{id}/files/{kind}",
    tag = "assessment",
    params(
        ("id" = String, Path, description = "The assessment."),
        ("kind" = String, Path, description = "`pdf`, `docx` or `xlsx`."),
    ),
    responses(
        (status = 200, content(
            (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_assessment_file(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path((id, kind)): Path<(Uuid, String)>,
) -> Result<Response, ApiProblem> {
    let kind = FileKind::from_name(&kind)
        .ok_or_else(|| ApiProblem::not_found("There is no such kind of file.".to_owned()))?;
    let (clock, desk) = (state.clock.as_ref(), &state.assessment);
    let file = load_file(&state.database, clock, desk, &actor, (id, kind)).await?;
    Ok(attachment(&file.name, kind.media_type(), file.bytes))
}

/// The signed file of a published assessment: content, digest, signature and public key.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/assessments/{id}/signed",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    responses(
        (status = 200, body = serde_json::Value, content_type = "application/json"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_signed_assessment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiProblem> {
    let file = load_signed_file(&state.database, &actor, id).await?;
    let name = format!("assessment-{id}.signed.json");
    Ok(attachment(
        &name,
        "application/json",
        file.json.into_bytes(),
    ))
}
