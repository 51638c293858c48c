//! Back-testing a rule before it is switched on.

use std::collections::BTreeMap;

use alarms::{BacktestAlarm, BacktestRequest, RecordKind};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sites::{DeviceDirectory, PointId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::parse_definition;
use super::{names_of_factor, parse_time, text_of, unit_of};
use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Alarms that are listed at the most; all are counted.
const MOST_LISTED: usize = 500;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(backtest_alarm_rule))
}

/// A rule and the time on which it is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BacktestBody {
    /// The rule as it would be.
    #[schema(value_type = Object)]
    definition: Value,
    /// Its number, for a rule that exists.
    rule_id: Option<i64>,
    from: String,
    to: String,
}

/// An alarm that would have been.
#[derive(Debug, Serialize, ToSchema)]
struct BacktestAlarmBody {
    id: String,
    point_id: Option<i64>,
    point_name_zh: String,
    point_name_en: String,
    site_name_zh: String,
    site_name_en: String,
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    unit: String,
    record_kind: &'static str,
    severity: &'static str,
    opened_at: String,
    /// Null when it would still stand at the end.
    recovered_at: Option<String>,
    reopened: u32,
    value: Option<String>,
    limit_value: Option<String>,
    multiple: Option<String>,
    packet_id: Option<String>,
}

/// Alarms of one day.
#[derive(Debug, Serialize, ToSchema)]
struct BacktestDay {
    day: String,
    count: u64,
}

/// What the rule would have done.
#[derive(Debug, Serialize, ToSchema)]
struct BacktestResult {
    /// Records looked at.
    records: usize,
    /// Alarms it would have raised.
    total: usize,
    by_day: Vec<BacktestDay>,
    /// The first 500 of them.
    alarms: Vec<BacktestAlarmBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BacktestAnswer {
    backtest: BacktestResult,
}

impl BacktestAlarmBody {
    fn of(directory: &DeviceDirectory, alarm: &BacktestAlarm) -> Self {
        let factor_code = alarm.factor.as_deref().unwrap_or_default().to_owned();
        let (factor_name_zh, factor_name_en) = names_of_factor(&factor_code);
        let point = alarm.point_id.and_then(|id| directory.point(PointId(id)));
        let names = |name: &dyn Fn(&sites::DirectoryPoint) -> String| {
            point.map_or_else(String::new, |point| name(point))
        };
        let seen = &alarm.seen;
        Self {
            id: alarm.id.to_string(),
            point_id: alarm.point_id,
            point_name_zh: names(&|point| point.details.name_zh.clone()),
            point_name_en: names(&|point| point.details.name_en.clone()),
            site_name_zh: names(&|point| point.site.name_zh.clone()),
            site_name_en: names(&|point| point.site.name_en.clone()),
            factor_name_zh,
            factor_name_en,
            unit: unit_of(directory, alarm.point_id, &factor_code),
            factor_code,
            record_kind: alarm.record_kind.map_or("", RecordKind::as_str),
            severity: alarm.severity.as_str(),
            opened_at: alarm.opened_at.to_string(),
            recovered_at: text_of(alarm.recovered_at),
            reopened: alarm.reopened,
            value: seen.value.map(|value| value.to_string()),
            limit_value: seen.limit.as_ref().map(|limit| limit.bound.to_string()),
            multiple: seen.multiple.map(|multiple| multiple.to_string()),
            packet_id: seen.packet_id.map(|id| id.to_string()),
        }
    }
}

/// Runs a rule over the past: how many alarms it would have raised, and which.
///
/// *Permissions*: `alarms.rules`, `data.read`.
#[utoipa::path(
    post,
    path = "/alarm-rules/backtest",
    tag = "alarm rules",
    request_body = BacktestBody,
    responses(
        (status = 200, body = BacktestAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn backtest_alarm_rule(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<BacktestBody>,
) -> Result<Json<BacktestAnswer>, ApiProblem> {
    let missing = |field: &str| ApiProblem::invalid(field, "required", "a time is needed");
    let request = BacktestRequest {
        definition: parse_definition(&body.definition)?,
        rule_id: body.rule_id.unwrap_or(0),
        from: parse_time("/from", Some(&body.from))?.ok_or_else(|| missing("/from"))?,
        to: parse_time("/to", Some(&body.to))?.ok_or_else(|| missing("/to"))?,
    };
    let directory = state.directory.current();
    let tested = alarms::run_backtest(&state.database, &directory, &actor, request).await?;
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    for alarm in &tested.alarms {
        let day = alarm.opened_at.stat_day().date().to_string();
        *days.entry(day).or_default() += 1;
    }
    let backtest = BacktestResult {
        records: tested.records,
        total: tested.alarms.len(),
        by_day: days
            .into_iter()
            .map(|(day, count)| BacktestDay { day, count })
            .collect(),
        alarms: tested
            .alarms
            .iter()
            .take(MOST_LISTED)
            .map(|alarm| BacktestAlarmBody::of(&directory, alarm))
            .collect(),
    };
    Ok(Json(BacktestAnswer { backtest }))
}
