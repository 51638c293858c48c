//! Rates as files: a workbook that is made to be printed, and a table of every figure.

use access::{Actor, Permission};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beijing_time::StatDay;
use monitoring::rates::{RATE_BASES, RateFilter, RateLevel, RatePeriod};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{RateBody, RatesQuery, load_bodies};
use crate::actor::CurrentActor;
use crate::alarms::workbook_answer;
use crate::extract::Query;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(export_rates))
        .routes(routes!(export_rates_csv))
}

/// Names of the rates in reports.
fn name_of_rate(rate: &str) -> &'static str {
    match rate {
        "operation" => "运行率",
        "networking" => "联网率",
        "transmission" => "传输率",
        "effective" => "有效率",
        _ => "传输有效率",
    }
}

/// The report of rates: a sheet each for counties, enterprises and points, the whole time added up
/// when it lies in one month, by month otherwise.
pub(crate) async fn load_rate_report(
    state: &ApiState,
    actor: &Actor,
    filter: &RateFilter,
) -> Result<alarms::RateReport, ApiProblem> {
    let today = state.now().stat_day();
    let (from, to) = filter.days.unwrap_or((today, today));
    let is_one_month = from.month() == to.month();
    let mut sheets = Vec::new();
    for (name, level) in [
        ("县市区", RateLevel::County),
        ("企业", RateLevel::Organisation),
        ("监测点", RateLevel::Point),
    ] {
        let filter = RateFilter {
            level,
            period: RatePeriod::Month,
            ..filter.clone()
        };
        let rows = load_bodies(state, actor, &filter).await?;
        let rows = rows.into_iter().map(|body| report_row(body, is_one_month));
        sheets.push((name.to_owned(), rows.collect()));
    }
    let bases = RATE_BASES.iter().map(|basis| {
        let mark = if basis.is_from_memory {
            "（口径待与原文核对）"
        } else {
            ""
        };
        [
            name_of_rate(basis.rate).to_owned(),
            basis.formula_zh.to_owned(),
            format!("{}{mark}", basis.reference),
        ]
    });
    Ok(alarms::RateReport {
        sheets,
        bases: bases.collect(),
        period: format!("{} 至 {}", from.date(), to.date()),
    })
}

fn report_row(body: RateBody, is_one_month: bool) -> alarms::RateReportRow {
    let figures = body.figures;
    alarms::RateReportRow {
        name_zh: if is_one_month {
            body.name_zh
        } else {
            let month = body.day.get(..7).unwrap_or_default();
            format!("{}（{month}）", body.name_zh)
        },
        points: body.points,
        operation: figures.operation,
        networking: figures.networking,
        transmission: figures.transmission,
        effective: figures.effective,
        transmission_effectiveness: figures.transmission_effectiveness,
        due_values: figures.due_values,
        received_values: figures.received_values,
        valid_values: figures.valid_values,
        exempt_values: figures.exempt_values,
        is_simulated: body.simulated,
    }
}

/// Gives the report of rates as a workbook: a sheet each for counties, enterprises and points, the
/// whole time added up when it lies in one month, by month otherwise, and how they are computed.
///
/// *Permissions*: `data.read`, `sites.read`, `data.export`.
#[utoipa::path(
    get,
    path = "/reports/rates.xlsx",
    tag = "reports",
    params(RatesQuery),
    responses(
        (status = 200, description = "The workbook",
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_rates(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<RatesQuery>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ExportData)?;
    let now = state.now();
    let today = now.stat_day();
    let filter = query.filter(today)?;
    let report = load_rate_report(&state, &actor, &filter).await?;
    let workbook = alarms::write_rate_report(&report, now)?;
    let name = format!("rates-{}.xlsx", file_span(&filter, today));
    record(&state, &actor, &filter, today).await?;
    Ok(workbook_answer(&name, workbook))
}

async fn record(
    state: &ApiState,
    actor: &Actor,
    filter: &RateFilter,
    today: StatDay,
) -> Result<(), ApiProblem> {
    let what = serde_json::json!({ "span": file_span(filter, today) });
    let subject = ("monitoring.export_rates", "rates".to_owned());
    crate::audit::record_file(state, actor, subject, &what).await
}

fn file_span(filter: &RateFilter, today: StatDay) -> String {
    let (from, to) = filter.days.unwrap_or((today, today));
    format!("{}-{}", from.date(), to.date())
}

const HEADINGS: &str = "日期 day,级别 level,编号 id,名称 name,点位数 points,\
    运行率 operation %,联网率 networking %,传输率 transmission %,有效率 effective %,\
    传输有效率 transmission effectiveness %,应运行小时 due hours,豁免小时 exempt hours,\
    联网小时 networked hours,运转小时 running hours,应收 due values,豁免 exempt values,\
    实收 received values,有效 valid values,模拟 simulated";

/// Gives rates as a CSV file: a row for each period and subject with all figures.
///
/// *Permissions*: `data.read`, `sites.read`, `data.export`.
#[utoipa::path(
    get,
    path = "/reports/rates.csv",
    tag = "reports",
    params(RatesQuery),
    responses(
        (status = 200, description = "The table", content_type = "text/csv"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_rates_csv(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<RatesQuery>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ExportData)?;
    let today = state.now().stat_day();
    let filter = query.filter(today)?;
    record(&state, &actor, &filter, today).await?;
    let mut out = String::from('\u{feff}');
    out.push_str(HEADINGS);
    out.push_str("\r\n");
    for body in load_bodies(&state, &actor, &filter).await? {
        let figures = &body.figures;
        let rate = |rate: &Option<String>| rate.clone().unwrap_or_default();
        let row = [
            body.day.clone(),
            body.subject_kind.clone(),
            body.subject_id.clone(),
            crate::data::cell(&body.name_zh),
            body.points.to_string(),
            rate(&figures.operation),
            rate(&figures.networking),
            rate(&figures.transmission),
            rate(&figures.effective),
            rate(&figures.transmission_effectiveness),
            figures.due_hours.to_string(),
            figures.exempt_hours.to_string(),
            figures.networked_hours.to_string(),
            figures.running_hours.to_string(),
            figures.due_values.to_string(),
            figures.exempt_values.to_string(),
            figures.received_values.to_string(),
            figures.valid_values.to_string(),
            if body.simulated { "是 yes" } else { "" }.to_owned(),
        ];
        out.push_str(&row.join(","));
        out.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!(
                "attachment; filename=\"rates-{}.csv\"",
                file_span(&filter, today)
            ),
        ),
    ];
    Ok((headers, out).into_response())
}
