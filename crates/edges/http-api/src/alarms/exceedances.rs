//! Exceedances: the list and the report to be printed.

use access::Permission;
use alarms::{ExceedanceFilter, ExceedancePlace, ExceedanceRow, RecordKind};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, PointId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{names_of_factor, parse_region, parse_time, unit_of};
use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Lines of a report at the most.
const MOST_LINES: u32 = 50_000;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_exceedances))
        .routes(routes!(export_exceedances))
}

/// A value beyond a limit in force.
#[derive(Debug, Serialize, ToSchema)]
struct ExceedanceBody {
    site_name_zh: String,
    site_name_en: String,
    region_code: String,
    point_id: i64,
    point_name_zh: String,
    point_name_en: String,
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    unit: String,
    /// `realtime`, `minute`, `hour`, `day`.
    kind: &'static str,
    /// `avg`, `zs_avg`, `max`…
    statistic: String,
    /// `upper` or `lower`.
    side: String,
    /// The start of the period.
    time: String,
    value: String,
    limit_value: String,
    limit_origin: String,
    limit_basis: String,
    /// By how much, as a multiple of the limit.
    multiple: Option<String>,
    packet_id: Option<String>,
    /// Found in late data.
    is_late: bool,
    /// During a planned stop.
    is_exempt: bool,
    is_simulated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ExceedancesBody {
    exceedances: Vec<ExceedanceBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ExceedancesQuery {
    /// At or after; the last 24 hours unless given.
    from: Option<String>,
    /// Before; now unless given.
    to: Option<String>,
    /// `realtime`, `minute`, `hour`, `day`.
    kind: Option<String>,
    /// A region and all below it.
    region: Option<String>,
    /// One point.
    point: Option<i64>,
    /// Lines at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

impl ExceedanceBody {
    fn of(directory: &DeviceDirectory, row: ExceedanceRow) -> Self {
        let point = directory.point(PointId(row.point_id));
        let (site_name_en, point_name_en) = point.map_or_else(Default::default, |point| {
            (point.site.name_en.clone(), point.details.name_en.clone())
        });
        let (factor_name_zh, factor_name_en) = names_of_factor(&row.factor_code);
        Self {
            site_name_zh: row.site_name_zh,
            site_name_en,
            region_code: row.region_code,
            point_id: row.point_id,
            point_name_zh: row.point_name_zh,
            point_name_en,
            unit: unit_of(directory, Some(row.point_id), &row.factor_code),
            factor_code: row.factor_code,
            factor_name_zh,
            factor_name_en,
            kind: row.kind.as_str(),
            statistic: row.statistic,
            side: row.side,
            time: row.time.to_string(),
            value: row.value,
            limit_value: row.limit_value,
            limit_origin: row.limit_origin,
            limit_basis: row.limit_basis,
            multiple: row.multiple,
            packet_id: row.packet_id.map(|id| id.to_string()),
            is_late: row.is_late,
            is_exempt: row.is_exempt,
            is_simulated: row.is_simulated,
        }
    }
}

impl ExceedancesQuery {
    fn filter(&self, now: Timestamp, limit: u32) -> Result<ExceedanceFilter, ApiProblem> {
        let to = parse_time("to", self.to.as_deref())?.unwrap_or(now);
        let from = parse_time("from", self.from.as_deref())?;
        let kind = self.kind.as_deref().filter(|kind| !kind.is_empty());
        Ok(ExceedanceFilter {
            from: from.unwrap_or_else(|| to.plus_ms(-beijing_time::DAY_MS)),
            to,
            kind: kind
                .map(|kind| {
                    let detail = format!("`{kind}` is not known");
                    RecordKind::parse(kind)
                        .ok_or_else(|| ApiProblem::invalid("kind", "unknown_word", detail))
                })
                .transpose()?,
            point_id: self.point,
            region: parse_region(self.region.as_deref())?,
            after: self
                .after
                .as_deref()
                .filter(|after| !after.is_empty())
                .map(|after| {
                    ExceedancePlace::parse(after).ok_or_else(|| {
                        let detail = "give `meta.next` of the page before";
                        ApiProblem::invalid("after", "invalid", detail)
                    })
                })
                .transpose()?,
            limit,
        })
    }
}

/// Lists values beyond a limit in force, in order of time.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/exceedances",
    tag = "alarms",
    params(ExceedancesQuery),
    responses(
        (status = 200, body = ExceedancesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_exceedances(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ExceedancesQuery>,
) -> Result<Json<ExceedancesBody>, ApiProblem> {
    let filter = query.filter(state.now(), page_size(query.limit))?;
    let rows = alarms::list_exceedances(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&rows, filter.limit, |row| {
        ExceedancePlace::of(row).to_string()
    });
    let directory = state.directory.current();
    let exceedances = rows
        .into_iter()
        .map(|row| ExceedanceBody::of(&directory, row))
        .collect();
    Ok(Json(ExceedancesBody { exceedances, meta }))
}

/// Gives the report of exceedances as a workbook: of a day, a month or any other time.
///
/// *Permissions*: `alarms.read`, `data.export`.
#[utoipa::path(
    get,
    path = "/reports/exceedances.xlsx",
    tag = "reports",
    params(ExceedancesQuery),
    responses(
        (status = 200, description = "The workbook",
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_exceedances(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ExceedancesQuery>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ExportData)?;
    let now = state.now();
    let filter = query.filter(now, MOST_LINES)?;
    let rows = alarms::list_exceedances(&state.database, &actor, &filter).await?;
    if rows.len() >= usize::try_from(MOST_LINES).unwrap_or(usize::MAX) {
        let detail = format!("more than {MOST_LINES} lines: choose a shorter time");
        return Err(ApiProblem::invalid("from", "too_many", detail));
    }
    let name_of_factor = |code: &str| Some(factor_names(code).0);
    let period = (filter.from, filter.to);
    let workbook = alarms::write_exceedance_report(&rows, period, now, &name_of_factor)?;
    let day = filter.from.stat_day().date();
    let what = serde_json::json!({
        "from": filter.from.to_string(),
        "to": filter.to.to_string(),
    });
    let subject = ("alarms.export_exceedances", "exceedances".to_owned());
    crate::audit::record_file(&state, &actor, subject, &what).await?;
    Ok(workbook_answer(
        &format!("exceedances-{day}.xlsx"),
        workbook,
    ))
}

/// A workbook to be saved under a name.
pub(crate) fn workbook_answer(name: &str, workbook: Vec<u8>) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        ),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, workbook).into_response()
}
