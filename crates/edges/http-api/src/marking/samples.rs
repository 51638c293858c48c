//! Manual samples, from the form and from files, and what is owed of them.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use marking::{
    NewSample, Owed, Sample, SampleFilter, SampleImport, check_may_enter, check_samples,
    create_sample, import_samples, list_owed, list_samples, withdraw_sample,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::{MarkedPlaceBody, SaidBody};
use super::read_optional_time;
use crate::actor::CurrentActor;
use crate::data::read_time;
use crate::evaluations::shipped_parameters;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::table_file::read_table_file;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    let most = usize::try_from(sites::MOST_FILE_BYTES).unwrap_or(usize::MAX);
    OpenApiRouter::new()
        .routes(routes!(list_manual_samples, create_manual_sample))
        .routes(routes!(list_owed_samples))
        .routes(routes!(withdraw_manual_sample))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(import_manual_samples))
                .layer(DefaultBodyLimit::max(most)),
        )
}

/// A value of a sample that somebody took.
#[derive(Debug, Serialize, ToSchema)]
struct ManualSampleBody {
    id: String,
    place: MarkedPlaceBody,
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    sampled_at: String,
    /// As it was written.
    #[schema(format = "decimal")]
    value: String,
    unit: String,
    method: String,
    laboratory: String,
    note: String,
    /// `form` or `file`.
    origin: String,
    author: String,
    at: String,
    /// Who took it back, when and why.
    withdrawal: Option<SaidBody>,
}

impl ManualSampleBody {
    fn of(sample: Sample, directory: &sites::DeviceDirectory) -> Self {
        let new = sample.new;
        let (factor_name_zh, factor_name_en) = factor_names(&new.factor_code);
        Self {
            id: new.id.to_string(),
            place: MarkedPlaceBody::of(new.point_id, directory),
            factor_code: new.factor_code,
            factor_name_zh,
            factor_name_en,
            sampled_at: new.sampled_at.to_string(),
            value: new.value,
            unit: sample.unit,
            method: new.method,
            laboratory: new.laboratory,
            note: new.note,
            origin: sample.origin.as_str().to_owned(),
            author: sample.author,
            at: sample.at.to_string(),
            withdrawal: sample.withdrawal.map(SaidBody::from),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ManualSampleAnswer {
    manual_sample: ManualSampleBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct ManualSamplesBody {
    manual_samples: Vec<ManualSampleBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SamplesQuery {
    /// Of points of this site.
    site_id: Option<i64>,
    /// Of this point.
    point_id: Option<i64>,
    /// Of this factor.
    factor: Option<String>,
    /// Taken from this time on.
    from: Option<String>,
    /// Taken before this time.
    to: Option<String>,
    /// The `meta.next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OwedQuery {
    /// Of points of this site.
    site_id: Option<i64>,
    /// Of this point.
    point_id: Option<i64>,
}

/// A sample to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewManualSample {
    /// UUID v7 made by the caller, so that entering twice makes one.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    point_id: i64,
    factor_code: String,
    /// When it was taken.
    sampled_at: String,
    /// A decimal in quotes, kept as it is written.
    #[schema(format = "decimal")]
    value: String,
    /// Such as `HJ 57-2017`.
    #[serde(default)]
    method: String,
    /// Who measured.
    #[serde(default)]
    laboratory: String,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawSampleBody {
    /// Why it is taken back.
    reason: String,
}

/// One day of what is owed.
#[derive(Debug, Serialize, ToSchema)]
struct OwedDayBody {
    day: String,
    from: String,
    to: String,
    /// How many are owed at least.
    owed: u32,
    /// How many there are.
    taken: u32,
    /// Times of more than six hours without any.
    gaps: Vec<OwedGapBody>,
    is_met: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct OwedGapBody {
    from: String,
    to: String,
}

/// What a marking owes of one factor.
#[derive(Debug, Serialize, ToSchema)]
struct OwedBody {
    marking_id: String,
    place: MarkedPlaceBody,
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    days: Vec<OwedDayBody>,
}

impl OwedBody {
    fn of(owed: Owed, directory: &sites::DeviceDirectory) -> Self {
        let (factor_name_zh, factor_name_en) = factor_names(&owed.factor_code);
        let days = owed.days.iter().map(|day| OwedDayBody {
            day: day.day.date().to_string(),
            from: day.from.to_string(),
            to: day.to.to_string(),
            owed: day.owed,
            taken: day.taken,
            gaps: day
                .gaps
                .iter()
                .map(|(from, to)| OwedGapBody {
                    from: from.to_string(),
                    to: to.to_string(),
                })
                .collect(),
            is_met: day.is_met(),
        });
        Self {
            marking_id: owed.marking_id.to_string(),
            place: MarkedPlaceBody::of(owed.point_id, directory),
            days: days.collect(),
            factor_code: owed.factor_code,
            factor_name_zh,
            factor_name_en,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct OwedAnswer {
    owed: Vec<OwedBody>,
    /// The rule.
    basis: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// A cell or row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct SampleProblemBody {
    /// The row as a spreadsheet counts it.
    row: u32,
    column: String,
    code: String,
    detail_zh: String,
    detail_en: String,
}

/// What an import did or would do.
#[derive(Debug, Serialize, ToSchema)]
struct SampleImportBody {
    is_applied: bool,
    rows: usize,
    created: usize,
    unchanged: usize,
    problems: Vec<SampleProblemBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SampleImportAnswer {
    #[serde(rename = "import")]
    report: SampleImportBody,
}

impl From<SampleImport> for SampleImportBody {
    fn from(report: SampleImport) -> Self {
        let problems = report
            .problems
            .into_iter()
            .map(|problem| SampleProblemBody {
                row: problem.row,
                column: problem.column.to_owned(),
                code: problem.code.to_owned(),
                detail_zh: problem.detail_zh,
                detail_en: problem.detail_en,
            });
        Self {
            is_applied: report.is_applied,
            rows: report.rows,
            created: report.created,
            unchanged: report.unchanged,
            problems: problems.collect(),
        }
    }
}

/// Lists manual samples, the latest first, withdrawn ones too.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/manual-samples",
    tag = "marking",
    params(SamplesQuery),
    responses(
        (status = 200, body = ManualSamplesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_manual_samples(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<SamplesQuery>,
) -> Result<Json<ManualSamplesBody>, ApiProblem> {
    let filter = SampleFilter {
        site_id: query.site_id,
        point_id: query.point_id,
        factor_code: query.factor.filter(|code| !code.is_empty()),
        from: read_optional_time("from", query.from.as_deref())?,
        to: read_optional_time("to", query.to.as_deref())?,
        after: query.after,
        limit: page_size(query.limit),
    };
    let samples = list_samples(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&samples, filter.limit, |sample| sample.new.id.to_string());
    let directory = state.directory.current();
    Ok(Json(ManualSamplesBody {
        manual_samples: samples
            .into_iter()
            .map(|sample| ManualSampleBody::of(sample, &directory))
            .collect(),
        meta,
    }))
}

/// Lists what is owed of manual samples while a monitor is out of order, day by day: at least four a
/// day and no gap above six hours, of the last 31 days.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/manual-samples/owed",
    tag = "marking",
    params(OwedQuery),
    responses(
        (status = 200, body = OwedAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_owed_samples(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<OwedQuery>,
) -> Result<Json<OwedAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let owed = list_owed(
        &state.database,
        &directory,
        &*state.clock,
        shipped_parameters()?,
        &actor,
        (query.site_id, query.point_id),
    )
    .await?;
    Ok(Json(OwedAnswer {
        owed: owed
            .into_iter()
            .map(|owed| OwedBody::of(owed, &directory))
            .collect(),
        basis: "污染源自动监控设施运行管理办法（2008）第十五条".to_owned(),
    }))
}

/// Enters a manual sample. A correction withdraws the old value first.
///
/// *Permissions*: `data.read`, in the region; also `data.mark` or `data.review`.
#[utoipa::path(
    post,
    path = "/manual-samples",
    tag = "marking",
    request_body = NewManualSample,
    responses(
        (status = 201, body = ManualSampleAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_manual_sample(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewManualSample>,
) -> Result<(StatusCode, Json<ManualSampleAnswer>), ApiProblem> {
    let new = NewSample {
        id: body.id,
        point_id: body.point_id,
        factor_code: body.factor_code,
        sampled_at: read_time("/sampled_at", &body.sampled_at)?,
        value: body.value,
        method: body.method,
        laboratory: body.laboratory,
        note: body.note,
    };
    let directory = state.directory.current();
    let sample = create_sample(&state.database, &directory, &*state.clock, &actor, new).await?;
    let manual_sample = ManualSampleBody::of(sample, &directory);
    Ok((
        StatusCode::CREATED,
        Json(ManualSampleAnswer { manual_sample }),
    ))
}

/// Takes a sample back that was entered wrongly; it stays readable with the reason.
///
/// *Permissions*: `data.read`, in the region; also `data.mark` or `data.review`.
#[utoipa::path(
    post,
    path = "/manual-samples/{id}/withdraw",
    tag = "marking",
    params(("id" = String, Path, description = "The sample.")),
    request_body = WithdrawSampleBody,
    responses(
        (status = 200, body = ManualSampleAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn withdraw_manual_sample(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<WithdrawSampleBody>,
) -> Result<Json<ManualSampleAnswer>, ApiProblem> {
    let clock = &*state.clock;
    let sample = withdraw_sample(&state.database, clock, &actor, id, &body.reason).await?;
    let manual_sample = ManualSampleBody::of(sample, &state.directory.current());
    Ok(Json(ManualSampleAnswer { manual_sample }))
}

/// Imports manual samples from a workbook (XLSX) or a CSV file (UTF-8 or GBK) whose first row names
/// the columns 站点编码, 点位编码, 因子编码, 采样时间, 监测值 and, if wanted, 监测方法, 监测单位, 备注: all of
/// it, or nothing when anything is wrong with it. With `dry_run` nothing is changed.
///
/// *Permissions*: `data.read`, in the region; also `data.mark` or `data.review`.
#[utoipa::path(
    post,
    path = "/manual-samples/import",
    tag = "marking",
    params(ImportQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = SampleImportAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn import_manual_samples(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ImportQuery>,
    body: Bytes,
) -> Result<Json<SampleImportAnswer>, ApiProblem> {
    check_may_enter(&actor)?;
    let rows = read_table_file(body).await?;
    let (database, clock) = (&state.database, &*state.clock);
    let directory = state.directory.current();
    let report = if query.dry_run {
        check_samples(database, &directory, clock, &actor, &rows).await?
    } else {
        import_samples(database, &directory, clock, &actor, &rows).await?
    };
    Ok(Json(SampleImportAnswer {
        report: report.into(),
    }))
}
