//! The duty report of a day or a month as a workbook.

use access::{Actor, Permission};
use alarms::{AlarmFilter, DutyReport, ExceedanceFilter, RecordKind, Shift};
use axum::extract::State;
use axum::response::Response;
use beijing_time::{CivilDate, StatDay, Timestamp};
use monitoring::rates::RateFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::workbook_answer;
use crate::actor::CurrentActor;
use crate::extract::Query;
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::rates::load_rate_report;
use crate::{ApiProblem, ApiState};

/// The most lines of one sheet.
const MOST_LINES: usize = 20_000;
/// The longest time of a report, days.
const MOST_DAYS: i64 = 92;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export_duty_report))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DutyReportQuery {
    /// The first day, such as `2018-05-04`.
    from: String,
    /// The last day; the first day when absent.
    to: Option<String>,
}

fn parse_day(field: &'static str, text: &str) -> Result<StatDay, ApiProblem> {
    let date: CivilDate = text
        .parse()
        .map_err(|_unreadable| ApiProblem::invalid(field, "invalid", "not a day: YYYY-MM-DD"))?;
    Ok(StatDay::of(date))
}

/// Gives the duty report of days as a workbook: alarms, exceedances of hour and day values, rates,
/// shifts.
///
/// *Permissions*: `alarms.read`, `data.read`, `sites.read`, `data.export`.
#[utoipa::path(
    get,
    path = "/reports/duty.xlsx",
    tag = "reports",
    params(DutyReportQuery),
    responses(
        (status = 200, description = "The workbook",
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_duty_report(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<DutyReportQuery>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ExportData)?;
    let first = parse_day("from", &query.from)?;
    let last = match query.to.as_deref().filter(|to| !to.is_empty()) {
        Some(to) => parse_day("to", to)?,
        None => first,
    };
    let days = last.number() - first.number();
    if !(0..MOST_DAYS).contains(&days) {
        let detail = format!("the last day is before the first or more than {MOST_DAYS} days on");
        return Err(ApiProblem::invalid("to", "invalid", detail));
    }
    let span = (first.start(), last.plus(1).start());
    let rates = RateFilter {
        days: Some((first, last)),
        ..RateFilter::default()
    };
    let report = DutyReport {
        alarms: load_alarms(&state, &actor, span).await?,
        exceedances: load_exceedances(&state, &actor, span).await?,
        rates: load_rate_report(&state, &actor, &rates).await?,
        shifts: load_shifts(&state, &actor, span).await?,
    };
    let name_of_factor = |code: &str| Some(factor_names(code).0);
    let workbook = alarms::write_duty_report(&report, span, state.now(), &name_of_factor)?;
    let name = format!("duty-{}-{}.xlsx", first.date(), last.date());
    let what = serde_json::json!({
        "from": first.date().to_string(),
        "to": last.date().to_string(),
    });
    let subject = ("alarms.export_duty_report", "duty_report".to_owned());
    crate::audit::record_file(&state, &actor, subject, &what).await?;
    Ok(workbook_answer(&name, workbook))
}

fn too_many() -> ApiProblem {
    let detail = format!("more than {MOST_LINES} lines: choose a shorter time");
    ApiProblem::invalid("from", "too_many", detail)
}

/// Alarms that opened in the time, in order.
async fn load_alarms(
    state: &ApiState,
    actor: &Actor,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<alarms::Alarm>, ApiProblem> {
    let mut filter = AlarmFilter {
        from: Some(from),
        to: Some(to),
        limit: 1_000,
        ..AlarmFilter::default()
    };
    let mut found = Vec::new();
    loop {
        let page = alarms::list_alarms(&state.database, actor, &filter).await?;
        filter.after = page.last().map(|last| (last.opened_at, last.id));
        let is_last = page.len() < 1_000;
        found.extend(page);
        if is_last {
            found.reverse();
            return Ok(found);
        }
        if found.len() > MOST_LINES {
            return Err(too_many());
        }
    }
}

async fn load_exceedances(
    state: &ApiState,
    actor: &Actor,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<alarms::ExceedanceRow>, ApiProblem> {
    let mut found = Vec::new();
    for kind in [RecordKind::Day, RecordKind::Hour] {
        let filter = ExceedanceFilter {
            from,
            to,
            kind: Some(kind),
            point_id: None,
            region: None,
            after: None,
            limit: u32::try_from(MOST_LINES).unwrap_or(u32::MAX),
        };
        let rows = alarms::list_exceedances(&state.database, actor, &filter).await?;
        if rows.len() >= MOST_LINES {
            return Err(too_many());
        }
        found.extend(rows);
    }
    Ok(found)
}

/// Shifts that touch the time, in order.
async fn load_shifts(
    state: &ApiState,
    actor: &Actor,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Shift>, ApiProblem> {
    let mut found = Vec::new();
    let mut after = None;
    if actor.check_everywhere(Permission::ReadAlarms).is_err() {
        // the desk is the city's: a report of a part of it has no shifts
        return Ok(found);
    }
    loop {
        let page = alarms::list_shifts(&state.database, actor, after, 1_000).await?;
        after = page.last().map(|last| (last.started_at, last.id));
        // newest first: one that ended before the time is followed by none that touches it
        let is_last = page.len() < 1_000
            || page
                .last()
                .is_some_and(|last| last.ended_at.is_some_and(|ended| ended < from));
        let touches = |shift: &Shift| {
            shift.started_at < to && shift.ended_at.is_none_or(|ended| ended >= from)
        };
        found.extend(page.into_iter().filter(touches));
        if is_last {
            found.reverse();
            return Ok(found);
        }
        if found.len() > MOST_LINES {
            return Err(too_many());
        }
    }
}
