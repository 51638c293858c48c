//! Reports on tasks and their evidence.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tasks::{NewReport, attach_file, check_report, load_file, report_task, return_report};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::{ReportFileBody, TaskReportBody};
use super::read_day;
use crate::actor::CurrentActor;
use crate::evidence_file::{MOST_FILE_BYTES, download};
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(report_plan_task))
        .routes(routes!(check_task_report))
        .routes(routes!(return_task_report))
        .routes(routes!(load_task_report_file))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(attach_task_report_file))
                // one byte more is told as too large by the use case, with its reason
                .layer(DefaultBodyLimit::max(MOST_FILE_BYTES + 1)),
        )
}

/// Progress of a period of a task on a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTaskReport {
    /// UUID v7 made by the caller, so that reporting twice makes one.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    region_code: String,
    /// The deadline that it is about.
    due_on: String,
    /// The day it tells of.
    as_of: String,
    /// Per cent; follows from the figure when one is given.
    percent: Option<u8>,
    /// The place of the task's own measure, counted from 0.
    measure: Option<usize>,
    /// Its figure.
    #[schema(format = "decimal")]
    value: Option<String>,
    text: String,
    /// Whether it is made up, for a demonstration.
    #[serde(default)]
    is_simulated: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnReportBody {
    /// Why.
    note: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AttachQuery {
    /// The file's name.
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct TaskReportAnswer {
    task_report: TaskReportBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReportFileAnswer {
    task_report_file: ReportFileBody,
}

/// Reports on a task.
///
/// *Permissions*: `tasks.report`, in the region; also `sites.read`.
#[utoipa::path(
    post,
    path = "/tasks/{id}/reports",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's identifier in the plan.")),
    request_body = NewTaskReport,
    responses(
        (status = 201, body = TaskReportAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn report_plan_task(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<NewTaskReport>,
) -> Result<(StatusCode, Json<TaskReportAnswer>), ApiProblem> {
    let value = body.value.filter(|text| !text.is_empty());
    let figure = match (body.measure, value) {
        (Some(measure), Some(text)) => Some((
            measure,
            text.parse()
                .map_err(|error| ApiProblem::invalid("/value", "invalid", format!("{error}")))?,
        )),
        (None, None) => None,
        _ => {
            let words = "a figure needs its measure, and a measure its figure";
            return Err(ApiProblem::invalid("/value", "missing", words));
        }
    };
    let new = NewReport {
        id: body.id,
        task: id,
        region: body.region_code.parse().map_err(|_unreadable| {
            ApiProblem::invalid("/region_code", "invalid", "not a region code")
        })?,
        due_on: read_day("/due_on", &body.due_on)?,
        as_of: read_day("/as_of", &body.as_of)?,
        percent: body.percent,
        figure,
        text: body.text,
        is_simulated: body.is_simulated,
    };
    let (database, clock) = (&state.database, &*state.clock);
    let report = report_task(database, clock, &state.plan, &actor, new).await?;
    let task_report = TaskReportBody::new(&report, &[]);
    Ok((StatusCode::CREATED, Json(TaskReportAnswer { task_report })))
}

/// Checks a report; not by who made it. From then on it counts.
///
/// *Permissions*: `tasks.check`, in the region.
#[utoipa::path(
    post,
    path = "/task-reports/{id}/check",
    tag = "tasks",
    params(("id" = String, Path, description = "The report.")),
    responses(
        (status = 200, body = TaskReportAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn check_task_report(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<TaskReportAnswer>, ApiProblem> {
    let report = check_report(&state.database, &*state.clock, &actor, id).await?;
    let task_report = TaskReportBody::new(&report, &[]);
    Ok(Json(TaskReportAnswer { task_report }))
}

/// Returns a report to who made it, with the reason.
///
/// *Permissions*: `tasks.check`, in the region.
#[utoipa::path(
    post,
    path = "/task-reports/{id}/return",
    tag = "tasks",
    params(("id" = String, Path, description = "The report.")),
    request_body = ReturnReportBody,
    responses(
        (status = 200, body = TaskReportAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn return_task_report(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<ReturnReportBody>,
) -> Result<Json<TaskReportAnswer>, ApiProblem> {
    let clock = &*state.clock;
    let report = return_report(&state.database, clock, &actor, id, &body.note).await?;
    let task_report = TaskReportBody::new(&report, &[]);
    Ok(Json(TaskReportAnswer { task_report }))
}

/// Adds a photograph (JPEG, PNG) or a document (PDF) of at most 8 MiB to a report that waits.
///
/// *Permissions*: `tasks.report`, in the region.
#[utoipa::path(
    post,
    path = "/task-reports/{id}/files",
    tag = "tasks",
    params(("id" = String, Path, description = "The report."), AttachQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ReportFileAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn attach_task_report_file(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Query(query): Query<AttachQuery>,
    body: Bytes,
) -> Result<(StatusCode, Json<ReportFileAnswer>), ApiProblem> {
    let of = (query.name.as_str(), body.as_ref());
    let file = attach_file(&state.database, &*state.clock, &actor, id, of).await?;
    let task_report_file = ReportFileBody::from(&file);
    Ok((
        StatusCode::CREATED,
        Json(ReportFileAnswer { task_report_file }),
    ))
}

/// Downloads a file of a report.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/task-report-files/{id}",
    tag = "tasks",
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
async fn load_task_report_file(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiProblem> {
    let (file, content) = load_file(&state.database, &actor, id).await?;
    Ok(download((&file.name, file.media_type), content))
}
