//! Projects from files and into files.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use projects::{
    FileForm, PoolImport, PoolTables, ProjectFilter, check_pool, export_projects, import_pool,
    project_template,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::Permission;

use super::ProjectsQuery;
use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::problem::ProblemBody;
use crate::table_file::read_table_file;
use crate::{ApiProblem, ApiState};

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    let most = usize::try_from(sites::MOST_FILE_BYTES).unwrap_or(usize::MAX);
    OpenApiRouter::new()
        .routes(routes!(export_project_workbook))
        .routes(routes!(export_project_csv))
        .routes(routes!(load_project_template))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(import_projects))
                .layer(DefaultBodyLimit::max(most)),
        )
}

fn file((kind, name): (&'static str, &'static str), bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}

async fn export(
    state: &ApiState,
    actor: &CurrentActor,
    (filter, form): (ProjectFilter, FileForm),
) -> Result<Vec<u8>, ApiProblem> {
    let (database, clock) = (&state.database, &*state.clock);
    Ok(export_projects(database, clock, actor, &filter, form).await?)
}

/// Downloads the projects of a filter as a workbook that can be imported again.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/project-files/export.xlsx",
    tag = "projects",
    params(ProjectsQuery),
    responses(
        (status = 200, body = Vec<u8>,
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_project_workbook(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ProjectsQuery>,
) -> Result<Response, ApiProblem> {
    let bytes = export(&state, &actor, (query.read()?, FileForm::Workbook)).await?;
    Ok(file((WORKBOOK, "projects.xlsx"), bytes))
}

/// Downloads the projects of a filter as a CSV file that can be imported again.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/project-files/export.csv",
    tag = "projects",
    params(ProjectsQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_project_csv(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ProjectsQuery>,
) -> Result<Response, ApiProblem> {
    let bytes = export(&state, &actor, (query.read()?, FileForm::Csv)).await?;
    Ok(file((CSV, "projects.csv"), bytes))
}

/// Downloads an empty workbook whose headings say what belongs where.
///
/// *Permissions*: `projects.manage`.
#[utoipa::path(
    get,
    path = "/project-files/template.xlsx",
    tag = "projects",
    responses(
        (status = 200, body = Vec<u8>,
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_project_template(actor: CurrentActor) -> Result<Response, ApiProblem> {
    actor.check(Permission::ManageProjects)?;
    Ok(file(
        (WORKBOOK, "project-template.xlsx"),
        project_template()?,
    ))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProjectImportQuery {
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// A cell, heading or row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct RowProblemBody {
    /// The row as a spreadsheet counts it.
    row: u32,
    /// The column's heading; empty when the whole row is meant.
    column: String,
    code: String,
    detail_zh: String,
    detail_en: String,
}

/// What an import did or would do.
#[derive(Debug, Serialize, ToSchema)]
struct PoolImportBody {
    is_applied: bool,
    rows: usize,
    created: usize,
    unchanged: usize,
    problems: Vec<RowProblemBody>,
}

impl From<PoolImport> for PoolImportBody {
    fn from(report: PoolImport) -> Self {
        let problems = report.problems.into_iter();
        Self {
            is_applied: report.is_applied,
            rows: report.rows,
            created: report.created,
            unchanged: report.unchanged,
            problems: problems
                .map(|(_table, problem)| RowProblemBody {
                    row: problem.row,
                    column: if problem.column_zh.is_empty() {
                        problem.column
                    } else {
                        problem.column_zh
                    },
                    code: problem.code,
                    detail_zh: problem.detail_zh,
                    detail_en: problem.detail_en,
                })
                .collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PoolImportAnswer {
    #[serde(rename = "import")]
    report: PoolImportBody,
}

/// Imports projects into the reserve from a workbook (XLSX) or a CSV file: all of it, or nothing when
/// anything is wrong with any row. With `dry_run` nothing is changed.
///
/// *Permissions*: `projects.manage`, in the region; also `sites.read`.
#[utoipa::path(
    post,
    path = "/project-files/import",
    tag = "projects",
    params(ProjectImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = PoolImportAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn import_projects(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ProjectImportQuery>,
    body: Bytes,
) -> Result<Json<PoolImportAnswer>, ApiProblem> {
    actor.check(Permission::ManageProjects)?;
    let rows = read_table_file(body).await?;
    let tables = PoolTables {
        projects: rows,
        ..PoolTables::default()
    };
    let (database, clock, book) = (&state.database, &*state.clock, state.plan.as_ref());
    let report = if query.dry_run {
        check_pool(database, clock, book, &actor, &tables).await?
    } else {
        import_pool(database, clock, book, &actor, &tables).await?
    };
    Ok(Json(PoolImportAnswer {
        report: report.into(),
    }))
}
