//! The figures of the overview.

use std::collections::BTreeMap;

use access::Permission;
use axum::extract::State;
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
    let mut devices: BTreeMap<i64, bool> = BTreeMap::new();
    let mut simulated = false;
    for point in present.points() {
        let point_state = present.state_of(&point);
        let code = point.site.region_code.as_str();
        let county = code.get(..6).unwrap_or(code).to_owned();
        all.count(point_state);
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
    let open = alarms::count_open_alarms(&state.database, &actor).await?;
    let overview = Overview {
        tally: all,
        devices_total: devices.len() as u64,
        devices_online: devices.values().filter(|is_online| **is_online).count() as u64,
        packets_since_start: state.journal.figures().packets,
        interpretation_lag_ms: state.interpreter.figures().lag_ms,
        alarms_open: open.iter().map(|(_severity, count)| count).sum(),
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
