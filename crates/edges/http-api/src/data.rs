//! Measured data of a point: series for charts and files, records for tables.

mod bodies;
mod derived;
mod differences;
mod evidence;
mod file;
mod imports;

use access::Permission;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beijing_time::Timestamp;
use monitoring::{
    Layer, RecordKind, RecordsRequest, SeriesRequest, SeriesStatistic, list_records, load_series,
};
use serde::{Deserialize, Serialize};
use sites::PointId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::LimitBody;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};
use bodies::{RecordBody, SeriesBody, record_body, series_body};

pub(crate) use bodies::packet_text;
pub(crate) use file::cell;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_point_series))
        .routes(routes!(export_point_series))
        .routes(routes!(list_point_records))
        .routes(routes!(differences::list_point_differences))
        .routes(routes!(derived::list_point_derived))
        .routes(routes!(evidence::export_point_evidence))
        .routes(routes!(imports::load_import_source))
}

#[derive(Debug, Serialize, ToSchema)]
struct SeriesAnswer {
    series: SeriesBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecordsAnswer {
    records: Vec<RecordBody>,
    /// The instant as known at which they are shown; null for today.
    known_at: Option<String>,
    /// Records of the time asked for were removed by retention up to here; their packets are kept.
    removed_before: Option<String>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SeriesQuery {
    /// `realtime`, `minute`, `hour`, `day`…
    kind: String,
    /// Factor codes, as often as wanted; all when absent.
    #[serde(default)]
    factor: Vec<String>,
    /// From this time; input without an offset is Beijing time.
    from: String,
    /// Up to, not including, this time.
    to: String,
    /// `received` (default), `marked`, `effective`.
    layer: Option<String>,
    /// `measured` (default), `converted`, `amount`.
    statistic: Option<String>,
    /// As known at this time: only what was received, marked and reviewed up to it.
    known_at: Option<String>,
    /// More points than this are reduced to mean, least and greatest value.
    max_points: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RecordsQuery {
    /// `realtime`, `minute`, `hour`, `day`…
    kind: String,
    /// From this time.
    from: String,
    /// Up to, not including, this time.
    to: String,
    /// `received` (default), `marked`, `effective`.
    layer: Option<String>,
    /// As known at this time: only what was received, marked and reviewed up to it.
    known_at: Option<String>,
    /// Records at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

/// Reads a time of a query.
pub(crate) fn read_time(field: &str, text: &str) -> Result<Timestamp, ApiProblem> {
    text.parse().map_err(|error| {
        ApiProblem::invalid(field, "not_a_time", format!("`{text}` is no time: {error}"))
    })
}

fn read_kind(text: &str) -> Result<RecordKind, ApiProblem> {
    RecordKind::from_name(text).ok_or_else(|| {
        let all: Vec<_> = RecordKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let detail = format!("`{text}` is none of: {}", all.join(", "));
        ApiProblem::invalid("kind", "unknown_word", detail)
    })
}

fn read_layer(text: Option<&str>, otherwise: Layer) -> Result<Layer, ApiProblem> {
    let Some(name) = text else {
        return Ok(otherwise);
    };
    Layer::from_name(name).ok_or_else(|| {
        let detail = format!("`{name}` is none of: received, marked, effective");
        ApiProblem::invalid("layer", "unknown_word", detail)
    })
}

fn read_statistic(text: Option<&str>) -> Result<SeriesStatistic, ApiProblem> {
    Ok(match text {
        None | Some("measured") => SeriesStatistic::Measured,
        Some("converted") => SeriesStatistic::Converted,
        Some("amount") => SeriesStatistic::Amount,
        Some(name) => {
            let detail = format!("`{name}` is none of: measured, converted, amount");
            return Err(ApiProblem::invalid("statistic", "unknown_word", detail));
        }
    })
}

/// The instant whose knowledge is asked for: what will be known is not known yet.
fn read_known_at(state: &ApiState, text: &str) -> Result<Timestamp, ApiProblem> {
    let known_at = read_time("known_at", text)?;
    if known_at > state.now() {
        let detail = format!("`{text}` lies in the future");
        return Err(ApiProblem::invalid("known_at", "in_the_future", detail));
    }
    Ok(known_at)
}

impl SeriesQuery {
    fn to_request(&self, state: &ApiState, point_id: i64) -> Result<SeriesRequest, ApiProblem> {
        let known_at = self.known_at.as_deref();
        Ok(SeriesRequest {
            point_id,
            kind: read_kind(&self.kind)?,
            factors: self.factor.clone(),
            from: read_time("from", &self.from)?,
            to: read_time("to", &self.to)?,
            layer: read_layer(self.layer.as_deref(), Layer::Received)?,
            statistic: read_statistic(self.statistic.as_deref())?,
            known_at: known_at
                .map(|text| read_known_at(state, text))
                .transpose()?,
            most_points: self.max_points,
        })
    }
}

/// Shows values of factors over time, with limits and gaps.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/series",
    tag = "data",
    params(SeriesQuery),
    responses(
        (status = 200, body = SeriesAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_point_series(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<SeriesQuery>,
) -> Result<Json<SeriesAnswer>, ApiProblem> {
    let request = query.to_request(&state, id)?;
    let directory = state.directory.current();
    let series = load_series(&state.database, &directory, &*state.clock, &actor, &request).await?;
    let point = directory.point(PointId(id));
    let limits = point.map_or_else(Vec::new, |point| {
        let kind = request.kind.as_str();
        point
            .limits
            .iter()
            .filter(|(_, limit)| {
                limit.kind.as_str() == kind
                    && series
                        .factors
                        .iter()
                        .any(|factor| factor.factor_code == limit.factor_code)
                    && limit.validity.from < request.to
                    && limit.validity.to.is_none_or(|to| request.from < to)
            })
            .map(|(id, limit)| LimitBody::of(*id, limit))
            .collect()
    });
    Ok(Json(SeriesAnswer {
        series: series_body(
            (series, request.known_at),
            point.map(|point| &**point),
            limits,
        ),
    }))
}

/// The same as a CSV file: one row for each time, every value as it was sent.
///
/// *Permissions*: `data.read`, `data.export`.
#[utoipa::path(
    get,
    path = "/points/{id}/series.csv",
    tag = "data",
    params(SeriesQuery),
    responses(
        (status = 200, description = "CSV with a byte order mark, UTF-8.",
            body = String, content_type = "text/csv"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_point_series(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<SeriesQuery>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ExportData)?;
    let mut request = query.to_request(&state, id)?;
    request.most_points = None;
    let directory = state.directory.current();
    let series = load_series(&state.database, &directory, &*state.clock, &actor, &request).await?;
    let point = directory
        .point(PointId(id))
        .ok_or_else(|| ApiProblem::not_found(format!("There is no monitoring point {id}.")))?;
    let text = file::write_csv(&series, point, request.known_at);
    let what = serde_json::json!({
        "kind": request.kind.as_str(),
        "from": request.from.to_string(),
        "to": request.to.to_string(),
    });
    let subject = ("monitoring.export_series", format!("point:{id}"));
    crate::audit::record_file(&state, &actor, subject, &what).await?;
    let name = format!(
        "attachment; filename=\"point-{id}-{}{}.csv\"",
        request.kind.as_str(),
        if request.known_at.is_some() {
            "-as-known"
        } else {
            ""
        },
    );
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response())
}

/// Lists the records of a point, newest first.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/records",
    tag = "data",
    params(RecordsQuery),
    responses(
        (status = 200, body = RecordsAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_point_records(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RecordsQuery>,
) -> Result<Json<RecordsAnswer>, ApiProblem> {
    let known_at = query.known_at.as_deref();
    let request = RecordsRequest {
        point_id: id,
        kind: read_kind(&query.kind)?,
        from: read_time("from", &query.from)?,
        to: read_time("to", &query.to)?,
        layer: read_layer(query.layer.as_deref(), Layer::Received)?,
        known_at: known_at
            .map(|text| read_known_at(&state, text))
            .transpose()?,
    };
    let before = query.after.as_deref();
    let before = before.map(|text| read_time("after", text)).transpose()?;
    let limit = usize::try_from(page_size(query.limit)).unwrap_or(1);
    let directory = state.directory.current();
    let page = list_records(
        &state.database,
        &directory,
        &actor,
        request,
        (before, limit),
    )
    .await?;
    let point = directory.point(PointId(id)).map(|point| &**point);
    Ok(Json(RecordsAnswer {
        records: page
            .records
            .iter()
            .map(|record| record_body(record, point))
            .collect(),
        known_at: request.known_at.map(|known_at| known_at.to_string()),
        removed_before: page.removed_before.map(|before| before.to_string()),
        meta: Meta {
            next: page.next.map(|time| time.to_string()),
        },
    }))
}
