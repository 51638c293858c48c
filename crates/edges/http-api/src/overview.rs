//! The figures of the overview.

use std::collections::{BTreeMap, BTreeSet};

use access::Permission;
use alarms::{AlarmFilter, AlarmState, Severity};
use axum::extract::State;
use beijing_time::Timestamp;
use monitoring::quarantine;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::points::{PointState, Present};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(load_overview))
}

/// Points of one part: a county, a medium.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "flattened into bodies under these names"
)]
struct Tally {
    points_total: u64,
    /// Points from which data come.
    points_online: u64,
    /// Points with a value over its limit.
    points_alarm: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct CountyFigures {
    region_code: String,
    name_zh: String,
    name_en: String,
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Debug, Serialize, ToSchema)]
struct MediumFigures {
    medium: String,
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Debug, Serialize, ToSchema)]
struct SeverityFigures {
    severity: String,
    alarms: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct StateFigures {
    state: String,
    points: u64,
}

/// What a duty officer looks at first.
#[derive(Debug, Serialize, ToSchema)]
struct Overview {
    #[serde(flatten)]
    tally: Tally,
    devices_total: u64,
    devices_online: u64,
    /// Packets committed since the server started.
    packets_since_start: u64,
    /// How long the oldest packet without records has been waiting, milliseconds.
    interpretation_lag_ms: i64,
    /// Alarms that are open or acknowledged.
    alarms_open: i64,
    /// Those by severity, the worst first.
    alarms_by_severity: Vec<SeverityFigures>,
    /// Alarms of more than information that nobody has acknowledged, up to a thousand.
    alarms_unacknowledged: u64,
    /// When the oldest of them opened.
    oldest_unacknowledged_at: Option<String>,
    /// Points by state.
    by_state: Vec<StateFigures>,
    /// Unknown senders of the last day that are neither registered nor ignored; null for those who
    /// may not see the quarantine.
    strangers: Option<u64>,
    /// Who is on duty.
    officer: Option<String>,
    by_county: Vec<CountyFigures>,
    by_medium: Vec<MediumFigures>,
    /// Whether any point is simulated.
    simulated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct OverviewBody {
    overview: Overview,
}

impl Tally {
    fn count(&mut self, state: PointState) {
        self.points_total += 1;
        self.points_online += u64::from(state.is_online());
        self.points_alarm += u64::from(state == PointState::Alarm);
    }
}

/// Shows the figures of the overview.
///
/// *Permissions*: `sites.read`, `data.read`, `alarms.read`.
#[utoipa::path(
    get,
    path = "/overview",
    tag = "overview",
    responses(
        (status = 200, body = OverviewBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_overview(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<OverviewBody>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let present = Present::load(&state, &actor).await?;
    let mut all = Tally::default();
    let mut counties: BTreeMap<String, Tally> = BTreeMap::new();
    let mut media: BTreeMap<&'static str, Tally> = BTreeMap::new();
    let mut states: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut devices: BTreeMap<i64, bool> = BTreeMap::new();
    let mut simulated = false;
    for point in present.points() {
        let point_state = present.state_of(&point);
        let code = point.site.region_code.as_str();
        let county = code.get(..6).unwrap_or(code).to_owned();
        all.count(point_state);
        *states.entry(point_state.as_str()).or_default() += 1;
        counties.entry(county).or_default().count(point_state);
        media
            .entry(point.details.medium.as_str())
            .or_default()
            .count(point_state);
        simulated |= point.site.is_simulated;
        for (device, is_online) in present.devices_of(&point) {
            devices.insert(device.id.0, is_online);
        }
    }
    let names = region_names(&state, &actor).await?;
    let by_county = counties
        .into_iter()
        .map(|(region_code, tally)| {
            let (name_zh, name_en) = names
                .get(&region_code)
                .cloned()
                .unwrap_or_else(|| (region_code.clone(), region_code.clone()));
            CountyFigures {
                region_code,
                name_zh,
                name_en,
                tally,
            }
        })
        .collect();
    let mut open = alarms::count_open_alarms(&state.database, &actor).await?;
    open.sort_by_key(|(severity, _count)| std::cmp::Reverse(*severity));
    let (alarms_unacknowledged, oldest) = count_unacknowledged(&state, &actor).await?;
    let officer = alarms::find_officer(&state.database, &actor).await?;
    let overview = Overview {
        tally: all,
        devices_total: devices.len() as u64,
        devices_online: devices.values().filter(|is_online| **is_online).count() as u64,
        packets_since_start: state.journal.figures().packets,
        interpretation_lag_ms: state.interpreter.figures().lag_ms,
        alarms_open: open.iter().map(|(_severity, count)| count).sum(),
        alarms_by_severity: open
            .iter()
            .map(|(severity, alarms)| SeverityFigures {
                severity: severity.as_str().to_owned(),
                alarms: *alarms,
            })
            .collect(),
        alarms_unacknowledged,
        oldest_unacknowledged_at: oldest.map(|at| at.to_string()),
        by_state: states
            .into_iter()
            .map(|(state, points)| StateFigures {
                state: state.to_owned(),
                points,
            })
            .collect(),
        strangers: count_strangers(&state, &actor).await?,
        officer,
        by_county,
        by_medium: media
            .into_iter()
            .map(|(medium, tally)| MediumFigures {
                medium: medium.to_owned(),
                tally,
            })
            .collect(),
        simulated,
    };
    Ok(Json(OverviewBody { overview }))
}

/// Alarms of more than information that nobody has acknowledged, and when the oldest opened.
async fn count_unacknowledged(
    state: &ApiState,
    actor: &access::Actor,
) -> Result<(u64, Option<Timestamp>), ApiProblem> {
    let filter = AlarmFilter {
        states: vec![AlarmState::Open],
        severities: vec![Severity::Critical, Severity::Major, Severity::Minor],
        limit: 1_000,
        ..AlarmFilter::default()
    };
    let found = alarms::list_alarms(&state.database, actor, &filter).await?;
    Ok((
        found.len() as u64,
        found.last().map(|alarm| alarm.opened_at),
    ))
}

/// Unknown senders of the last day that wait for somebody to decide.
async fn count_strangers(
    state: &ApiState,
    actor: &access::Actor,
) -> Result<Option<u64>, ApiProblem> {
    if actor.check_everywhere(Permission::ReadQuarantine).is_err() {
        return Ok(None);
    }
    let database = &state.database;
    let (directory, now) = (state.directory.current(), state.now());
    let since = now.plus_ms(-beijing_time::DAY_MS).epoch_ms();
    let ignored: BTreeSet<String> = quarantine::list_ignored_senders(database, actor)
        .await?
        .into_iter()
        .map(|sender| sender.mn)
        .collect();
    let entries = quarantine::list_quarantine(database, actor, 1_000).await?;
    let waiting: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| entry.last_ms >= since && !ignored.contains(&entry.mn))
        .map(|entry| entry.mn.as_str())
        .filter(|mn| directory.find_device(mn, now).is_none())
        .collect();
    Ok(Some(waiting.len() as u64))
}

/// Chinese and English names of the counties, by their six digits.
async fn region_names(
    state: &ApiState,
    actor: &access::Actor,
) -> Result<BTreeMap<String, (String, String)>, ApiProblem> {
    let regions = sites::list_regions(&state.database, actor, None, 1_000).await?;
    Ok(regions
        .into_iter()
        .map(|region| {
            let details = region.details;
            let name_en = if details.name_en.is_empty() {
                details.name_zh.clone()
            } else {
                details.name_en
            };
            let code = region.code.as_str();
            let code = code.get(..6).unwrap_or(code).to_owned();
            (code, (details.name_zh, name_en))
        })
        .collect())
}
