//! Alarms: list, detail, acknowledge, close; in the modules below rules, the duty desk, planned
//! stops, exceedances and their report.

mod backtest;
mod duty;
mod exceedances;
mod exemptions;
mod report;
mod rules;

use access::RegionCode;
use alarms::{Alarm, AlarmEvent, AlarmFilter, AlarmKind, AlarmState, Severity};
use axum::extract::State;
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, PointId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::data::read_time;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) use exceedances::workbook_answer;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_alarms))
        .routes(routes!(load_alarm))
        .routes(routes!(acknowledge_alarm))
        .routes(routes!(close_alarm))
        .merge(rules::routes())
        .merge(backtest::routes())
        .merge(duty::routes())
        .merge(exemptions::routes())
        .merge(exceedances::routes())
        .merge(report::routes())
}

/// An alarm in a list.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmSummary {
    id: String,
    /// `open`, `acknowledged`, `recovered`, `closed`, `historical`.
    state: &'static str,
    /// `critical`, `major`, `minor`, `info`.
    severity: &'static str,
    /// `over_upper`, `offline`…
    kind: &'static str,
    rule_name_zh: String,
    rule_name_en: String,
    point_id: Option<i64>,
    point_name_zh: String,
    point_name_en: String,
    site_name_zh: String,
    site_name_en: String,
    region_code: Option<String>,
    device_id: Option<i64>,
    device_mn: Option<String>,
    /// Empty when it is not about one factor.
    factor_code: String,
    factor_name_zh: String,
    factor_name_en: String,
    /// The value that opened it, exact.
    value: Option<String>,
    limit_value: Option<String>,
    /// By how much it exceeded, as a multiple of the limit.
    multiple: Option<String>,
    unit: String,
    opened_at: String,
    recovered_at: Option<String>,
    is_simulated: bool,
    /// How many belong to it, when it is a group.
    member_count: i64,
    group_id: Option<String>,
}

/// One event of an alarm's timeline.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmTimelineEvent {
    at: String,
    /// `opened`, `escalated`, `acknowledged`, `recovered`, `closed`…
    kind: &'static str,
    actor: String,
    note: String,
    severity: &'static str,
    value: Option<String>,
    packet_id: Option<String>,
}

/// Everything about an alarm.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmDetail {
    #[serde(flatten)]
    summary: AlarmSummary,
    trace_id: String,
    /// `realtime`, `minute`, `hour`, `day`, or empty.
    record_kind: &'static str,
    /// Statistic and origin of the limit, the part of the platform, or the cause of a group.
    detail: String,
    flag: Option<String>,
    /// The first reading of the run that opened it.
    since: String,
    peak_value: Option<String>,
    peak_multiple: Option<String>,
    peak_packet_id: Option<String>,
    packet_id: Option<String>,
    /// `manual`, `standard`, `permit`, `rule`, or empty.
    limit_origin: String,
    limit_basis: String,
    acknowledged_at: Option<String>,
    acknowledged_by: Option<String>,
    acknowledge_note: Option<String>,
    closed_at: Option<String>,
    closed_by: Option<String>,
    close_reason: Option<String>,
    rule_id: i64,
    rule_version: i64,
    /// How many late exceedances it counts, when it is historical.
    late_count: i64,
    events: Vec<AlarmTimelineEvent>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlarmsBody {
    alarms: Vec<AlarmSummary>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlarmBody {
    alarm: AlarmDetail,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AlarmsQuery {
    /// States, separated by commas.
    state: Option<String>,
    /// Severities, separated by commas.
    severity: Option<String>,
    /// Kinds, separated by commas.
    kind: Option<String>,
    /// A region and all below it.
    region: Option<String>,
    /// One point.
    point: Option<i64>,
    /// The members of one group.
    group: Option<String>,
    /// Opened at or after.
    from: Option<String>,
    /// Opened before.
    to: Option<String>,
    /// Alarms at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcknowledgeBody {
    /// What was done or will be; may be empty.
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    /// Why it is closed.
    reason: String,
}

impl AlarmSummary {
    fn of(directory: &DeviceDirectory, alarm: &Alarm) -> Self {
        let place = &alarm.place;
        let (site_name_zh, site_name_en) = place.site_name.clone().unwrap_or_default();
        let (point_name_zh, point_name_en) = place.point_name.clone().unwrap_or_default();
        let (factor_name_zh, factor_name_en) = names_of_factor(&alarm.factor_code);
        Self {
            id: alarm.id.to_string(),
            state: alarm.state.as_str(),
            severity: alarm.severity.as_str(),
            kind: alarm.kind.as_str(),
            rule_name_zh: alarm.rule_name.0.clone(),
            rule_name_en: alarm.rule_name.1.clone(),
            point_id: place.point_id,
            point_name_zh,
            point_name_en,
            site_name_zh,
            site_name_en,
            region_code: place.region_code.clone(),
            device_id: place.device_id,
            device_mn: place.device_mn.clone(),
            factor_name_zh,
            factor_name_en,
            value: alarm.value.clone(),
            limit_value: alarm.limit.as_ref().map(|limit| limit.value.clone()),
            multiple: alarm.multiple.clone(),
            unit: unit_of(directory, place.point_id, &alarm.factor_code),
            factor_code: alarm.factor_code.clone(),
            opened_at: alarm.opened_at.to_string(),
            recovered_at: text_of(alarm.recovered_at),
            is_simulated: alarm.is_simulated,
            member_count: alarm.member_count,
            group_id: alarm.group_id.map(|id| id.to_string()),
        }
    }
}

impl AlarmTimelineEvent {
    fn of(event: AlarmEvent) -> Self {
        Self {
            at: event.at.to_string(),
            kind: event.kind.as_str(),
            actor: event.actor,
            note: event.note,
            severity: event.severity.as_str(),
            value: event.value,
            packet_id: event.packet_id.map(|id| id.to_string()),
        }
    }
}

impl AlarmBody {
    fn of(directory: &DeviceDirectory, alarm: &Alarm, events: Vec<AlarmEvent>) -> Self {
        let noted = |text: &Option<alarms::Noted>| text.clone();
        let (acknowledged, closed) = (noted(&alarm.acknowledged), noted(&alarm.closed));
        let limit = alarm.limit.clone();
        let alarm = AlarmDetail {
            summary: AlarmSummary::of(directory, alarm),
            trace_id: alarm.trace_id.to_string(),
            record_kind: alarm.record_kind.map_or("", alarms::RecordKind::as_str),
            detail: alarm.detail.clone(),
            flag: alarm.flag.clone(),
            since: alarm.since.to_string(),
            peak_value: alarm.peak_value.clone(),
            peak_multiple: alarm.peak_multiple.clone(),
            peak_packet_id: alarm.peak_packet_id.map(|id| id.to_string()),
            packet_id: alarm.packet_id.map(|id| id.to_string()),
            limit_origin: limit
                .as_ref()
                .map_or_else(String::new, |limit| limit.origin.clone()),
            limit_basis: limit.map_or_else(String::new, |limit| limit.basis),
            acknowledged_at: text_of(acknowledged.as_ref().map(|noted| noted.at)),
            acknowledged_by: acknowledged.as_ref().map(|noted| noted.by.clone()),
            acknowledge_note: acknowledged.map(|noted| noted.text),
            closed_at: text_of(closed.as_ref().map(|noted| noted.at)),
            closed_by: closed.as_ref().map(|noted| noted.by.clone()),
            close_reason: closed.map(|noted| noted.text),
            rule_id: alarm.rule_id,
            rule_version: alarm.rule_version,
            late_count: alarm.late_count,
            events: events.into_iter().map(AlarmTimelineEvent::of).collect(),
        };
        Self { alarm }
    }
}

impl AlarmsQuery {
    fn filter(&self) -> Result<AlarmFilter, ApiProblem> {
        Ok(AlarmFilter {
            states: parse_words("state", self.state.as_deref(), AlarmState::parse)?,
            severities: parse_words("severity", self.severity.as_deref(), Severity::parse)?,
            kinds: parse_words("kind", self.kind.as_deref(), AlarmKind::parse)?,
            point_id: self.point,
            region: parse_region(self.region.as_deref())?,
            from: parse_time("from", self.from.as_deref())?,
            to: parse_time("to", self.to.as_deref())?,
            group_id: self
                .group
                .as_deref()
                .map(|text| parse_id("group", text))
                .transpose()?,
            after: parse_place(self.after.as_deref())?,
            limit: page_size(self.limit),
        })
    }
}

/// Names of a factor; none when there is no factor.
fn names_of_factor(code: &str) -> (String, String) {
    if code.is_empty() {
        (String::new(), String::new())
    } else {
        factor_names(code)
    }
}

/// The unit a factor has at a point; empty when it is not known.
fn unit_of(directory: &DeviceDirectory, point_id: Option<i64>, factor_code: &str) -> String {
    point_id
        .and_then(|id| directory.point(PointId(id)))
        .and_then(|point| point.factor(factor_code))
        .map_or_else(String::new, |factor| factor.unit.clone())
}

fn text_of(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Words separated by commas; empty text is no word.
fn parse_words<T>(
    field: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, ApiProblem> {
    let words = text.unwrap_or_default().split(',');
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            let detail = format!("`{word}` is not known");
            parse(word).ok_or_else(|| ApiProblem::invalid(field, "unknown_word", detail))
        })
        .collect()
}

/// A region and all below it.
pub(crate) fn parse_region(text: Option<&str>) -> Result<Option<RegionCode>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| {
            text.parse().map_err(|_code| {
                ApiProblem::invalid("region", "invalid", format!("`{text}` is no region code"))
            })
        })
        .transpose()
}

pub(crate) fn parse_time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| read_time(field, text))
        .transpose()
}

/// An identifier in the query or the body.
fn parse_id(field: &str, text: &str) -> Result<Uuid, ApiProblem> {
    text.parse()
        .map_err(|_id| ApiProblem::invalid(field, "invalid", format!("`{text}` is no identifier")))
}

/// The identifier in a path: what is none names nothing.
fn id_of_path(what: &str, text: &str) -> Result<Uuid, ApiProblem> {
    text.parse()
        .map_err(|_id| ApiProblem::not_found(format!("There is no {what} {text}.")))
}

/// The place to go on from: an instant and an identifier.
fn parse_place(text: Option<&str>) -> Result<Option<(Timestamp, Uuid)>, ApiProblem> {
    text.filter(|text| !text.is_empty())
        .map(|text| {
            text.split_once('_')
                .and_then(|(at, id)| {
                    Some((Timestamp::from_epoch_ms(at.parse().ok()?), id.parse().ok()?))
                })
                .ok_or_else(|| {
                    ApiProblem::invalid("after", "invalid", "give `meta.next` of the page before")
                })
        })
        .transpose()
}

fn place_text(at: Timestamp, id: Uuid) -> String {
    format!("{}_{id}", at.epoch_ms())
}

/// Lists alarms, newest first.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/alarms",
    tag = "alarms",
    params(AlarmsQuery),
    responses(
        (status = 200, body = AlarmsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_alarms(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AlarmsQuery>,
) -> Result<Json<AlarmsBody>, ApiProblem> {
    let filter = query.filter()?;
    let listed = alarms::list_alarms(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&listed, filter.limit, |alarm| {
        place_text(alarm.opened_at, alarm.id)
    });
    let directory = state.directory.current();
    let alarms = listed
        .iter()
        .map(|alarm| AlarmSummary::of(&directory, alarm))
        .collect();
    Ok(Json(AlarmsBody { alarms, meta }))
}

/// Shows an alarm with its timeline.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/alarms/{id}",
    tag = "alarms",
    responses(
        (status = 200, body = AlarmBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_alarm(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
) -> Result<Json<AlarmBody>, ApiProblem> {
    show_alarm(&state, &actor, id_of_path("alarm", &id)?).await
}

async fn show_alarm(
    state: &ApiState,
    actor: &CurrentActor,
    id: Uuid,
) -> Result<Json<AlarmBody>, ApiProblem> {
    let (alarm, events) = alarms::load_alarm(&state.database, actor, id).await?;
    let directory = state.directory.current();
    Ok(Json(AlarmBody::of(&directory, &alarm, events)))
}

/// Takes note of an alarm.
///
/// *Permissions*: `alarms.handle`.
#[utoipa::path(
    post,
    path = "/alarms/{id}/acknowledge",
    tag = "alarms",
    request_body = AcknowledgeBody,
    responses(
        (status = 200, body = AlarmBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn acknowledge_alarm(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<AcknowledgeBody>,
) -> Result<Json<AlarmBody>, ApiProblem> {
    let id = id_of_path("alarm", &id)?;
    alarms::acknowledge_alarm(&state.database, &*state.clock, &actor, id, &body.note).await?;
    show_alarm(&state, &actor, id).await
}

/// Closes an alarm with a reason.
///
/// *Permissions*: `alarms.handle`.
#[utoipa::path(
    post,
    path = "/alarms/{id}/close",
    tag = "alarms",
    request_body = CloseBody,
    responses(
        (status = 200, body = AlarmBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn close_alarm(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<CloseBody>,
) -> Result<Json<AlarmBody>, ApiProblem> {
    let id = id_of_path("alarm", &id)?;
    alarms::close_alarm(&state.database, &*state.clock, &actor, id, &body.reason).await?;
    show_alarm(&state, &actor, id).await
}
