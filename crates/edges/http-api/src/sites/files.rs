//! The files in which the register comes and goes.

use std::collections::BTreeSet;

use access::Actor;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sites::{ExportChoice, ImportReport, SheetTables, SiteId, SitesFile};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::places::{SitesQuery, find_sites};
use super::publish;
use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ARCHIVE: &str = "application/zip";
/// Sites that are looked through at once.
const PAGE: u32 = 1000;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    let most = usize::try_from(sites::MOST_FILE_BYTES).unwrap_or(usize::MAX);
    OpenApiRouter::new()
        .routes(routes!(export_sites))
        .routes(routes!(load_sites_template))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(import_sites))
                .layer(DefaultBodyLimit::max(most)),
        )
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FileFormat {
    /// A workbook.
    #[default]
    Xlsx,
    /// A ZIP of CSV files.
    Csv,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FormatQuery {
    /// `xlsx` unless given.
    #[serde(default)]
    #[param(inline)]
    format: FileFormat,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// `xlsx` unless given.
    #[serde(default)]
    #[param(inline)]
    format: FileFormat,
    /// Only sites of a region and all below it.
    region: Option<String>,
    /// Only sites of one kind.
    kind: Option<String>,
    /// Only sites with a point of this medium.
    medium: Option<String>,
    /// Only sites in this state.
    state: Option<String>,
    /// Only sites of this organisation.
    organisation: Option<i64>,
    /// Only sites with this in their name or code.
    q: Option<String>,
}

impl ExportQuery {
    /// What is asked for: everything unless something narrows it.
    async fn choose(self, state: &ApiState, actor: &Actor) -> Result<ExportChoice, ApiProblem> {
        let words = [&self.region, &self.kind, &self.medium, &self.state, &self.q];
        if self.organisation.is_none() && words.iter().all(|word| word.is_none()) {
            return Ok(ExportChoice::Everything);
        }
        let mut query = SitesQuery {
            region: self.region,
            kind: self.kind,
            medium: self.medium,
            state: self.state,
            organisation: self.organisation,
            q: self.q,
            ..SitesQuery::default()
        };
        let mut chosen = BTreeSet::new();
        loop {
            let page = find_sites(state, actor, &query, PAGE).await?;
            query.after = page.last().map(|one| one.site.id);
            chosen.extend(page.iter().map(|one| SiteId(one.site.id)));
            if page.len() < PAGE as usize {
                return Ok(ExportChoice::Sites(chosen));
            }
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// The file's name; of a single CSV file it tells the sheet.
    name: String,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What happens to one sheet.
#[derive(Debug, Serialize, ToSchema)]
struct SheetCountsBody {
    sheet: String,
    name_zh: String,
    rows: u32,
    created: u32,
    updated: u32,
    unchanged: u32,
}

/// One cell, heading or row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ImportProblemBody {
    sheet: String,
    sheet_zh: String,
    /// The row as a spreadsheet counts it.
    row: u32,
    column: String,
    column_zh: String,
    code: String,
    /// What is wrong.
    detail_zh: String,
    detail_en: String,
    /// What to do.
    advice_zh: String,
    advice_en: String,
}

/// What an import did or would do.
#[derive(Debug, Serialize, ToSchema)]
struct ImportBody {
    is_applied: bool,
    sheets: Vec<SheetCountsBody>,
    /// The first thousand problems, by sheet and row.
    problems: Vec<ImportProblemBody>,
    problem_count: usize,
    /// Sheets and files that were left out.
    ignored: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneImport {
    #[serde(rename = "import")]
    report: ImportBody,
}

impl From<ImportReport> for ImportBody {
    fn from(report: ImportReport) -> Self {
        Self {
            is_applied: report.is_applied,
            sheets: report
                .sheets
                .iter()
                .map(|counts| SheetCountsBody {
                    sheet: counts.sheet.name().to_owned(),
                    name_zh: counts.sheet.name_zh().to_owned(),
                    rows: counts.rows,
                    created: counts.created,
                    updated: counts.updated,
                    unchanged: counts.unchanged,
                })
                .collect(),
            problems: report
                .problems
                .iter()
                .map(|problem| ImportProblemBody {
                    sheet: problem.sheet.name().to_owned(),
                    sheet_zh: problem.sheet.name_zh().to_owned(),
                    row: problem.row,
                    column: problem.column.clone(),
                    column_zh: problem.column_zh().to_owned(),
                    code: problem.kind.code().to_owned(),
                    detail_zh: problem.kind.chinese(),
                    detail_en: problem.kind.english(),
                    advice_zh: problem.kind.advice_chinese().to_owned(),
                    advice_en: problem.kind.advice_english().to_owned(),
                })
                .collect(),
            problem_count: report.problem_count,
            ignored: report.ignored,
        }
    }
}

/// Imports a workbook (XLSX), a ZIP of CSV files or one CSV file: all of it, or nothing when
/// anything is wrong with it. With `dry_run` nothing is changed. The problems of rows are in the
/// answer; a file that cannot be read at all is a problem of the request.
///
/// *Permissions*: `sites.manage`; `sites.secrets` too for files with passwords or keys.
#[utoipa::path(
    post,
    path = "/site-files/import",
    tag = "sites",
    params(ImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = OneImport),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn import_sites(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ImportQuery>,
    body: Bytes,
) -> Result<Json<OneImport>, ApiProblem> {
    actor.check(access::Permission::ManageSites)?;
    // unpacking a large file takes a while: other requests must not wait for it
    let file = tokio::task::spawn_blocking(move || SitesFile::read(&query.name, &body))
        .await
        .map_err(|error| ApiProblem::internal(&error))??;
    let (database, key) = (&state.database, state.directory.sealing_key());
    let report = if query.dry_run {
        sites::check_import(database, key, &actor, &file).await?
    } else {
        sites::import_sites(database, &*state.clock, key, &actor, &file).await?
    };
    publish(&state).await?;
    Ok(Json(OneImport {
        report: report.into(),
    }))
}

/// Downloads everything within the caller's region as a file that can be imported again, without
/// passwords and keys; or some sites, with what belongs to them.
///
/// *Permissions*: `sites.read`; to choose sites also `alarms.read`.
#[utoipa::path(
    get,
    path = "/site-files/export",
    tag = "sites",
    params(ExportQuery),
    responses(
        (status = 200, content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Vec<u8> = "application/zip"),
        )),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_sites(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiProblem> {
    let format = query.format;
    let choice = query.choose(&state, &actor).await?;
    let tables = sites::export_sites(&state.database, &*state.clock, &actor, &choice).await?;
    let day = state.now().civil().date();
    download(tables, format, &format!("qingshan-sites-{day}")).await
}

/// Downloads an empty file with every column explained.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/site-files/template",
    tag = "sites",
    params(FormatQuery),
    responses(
        (status = 200, content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Vec<u8> = "application/zip"),
        )),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_sites_template(Query(query): Query<FormatQuery>) -> Result<Response, ApiProblem> {
    download(SheetTables::new(), query.format, "qingshan-sites-template").await
}

async fn download(
    tables: SheetTables,
    format: FileFormat,
    name: &str,
) -> Result<Response, ApiProblem> {
    let bytes = tokio::task::spawn_blocking(move || match format {
        FileFormat::Xlsx => tables.to_workbook(),
        FileFormat::Csv => tables.to_csv_zip(),
    })
    .await
    .map_err(|error| ApiProblem::internal(&error))??;
    let (media, extension) = match format {
        FileFormat::Xlsx => (WORKBOOK, "xlsx"),
        FileFormat::Csv => (ARCHIVE, "zip"),
    };
    let disposition = format!("attachment; filename=\"{name}.{extension}\"");
    Ok((
        [
            (header::CONTENT_TYPE, media.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response())
}
