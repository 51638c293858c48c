//! Gaps in the received data and what becomes of asking for them again (补传).

use access::RegionCode;
use axum::extract::State;
use beijing_time::{DAY_MS, Timestamp};
use monitoring::RecordKind;
use monitoring::gaps::{
    GAP_KINDS, Gap, GapFilter, GapState, count_gaps, list_gaps, request_gap_again,
};
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, DeviceId, PointId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::data::read_time;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Gaps are counted so far back.
const COUNTED_MS: i64 = 31 * DAY_MS;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_data_gaps))
        .routes(routes!(count_data_gaps))
        .routes(routes!(request_data_gap))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GapsQuery {
    /// `open`, `requested`, `filled`, `given_up`, `excused`; as often as wanted, all when absent.
    #[serde(default)]
    state: Vec<String>,
    /// `minute`, `hour` or `day`.
    kind: Option<String>,
    /// Of this point.
    point_id: Option<i64>,
    /// Of this device.
    device_id: Option<i64>,
    /// Region code: in it and below.
    region: Option<String>,
    /// Gaps that end after this time.
    from: Option<String>,
    /// Gaps that begin before this time.
    to: Option<String>,
    /// `meta.next` of the page before.
    after: Option<String>,
    /// Rows at the most, 100 unless given.
    limit: Option<PageSize>,
}

/// Periods of one point and kind that are due and missing.
#[derive(Debug, Serialize, ToSchema)]
struct DataGapBody {
    #[schema(value_type = String)]
    id: Uuid,
    point_id: i64,
    point_name_zh: String,
    point_name_en: String,
    site_id: Option<i64>,
    site_name_zh: String,
    site_name_en: String,
    is_simulated: bool,
    device_id: i64,
    device_mn: String,
    /// `minute`, `hour` or `day`.
    kind: String,
    /// The start of the first missing period.
    from: String,
    /// The end of the last.
    to: String,
    /// Periods that were missing at the most.
    periods: i64,
    /// Periods that are missing still.
    missing: i64,
    /// `open`, `requested`, `filled`, `given_up`, `excused`.
    state: String,
    /// Why it stands so: `found`, `growing`, `not_connected`, `settling`, `device_resends`,
    /// `in_turn`, `budget`, `history_off`, `requests_off`, `asked`, `filled_on_request`,
    /// `filled_by_device`, `no_data`, `refused`, `no_answer`, `still_missing`, `cannot_ask`,
    /// `expired`, `planned_stop`, `not_expected`, `removed`.
    reason: String,
    /// Requests that went out for it.
    attempts: u32,
    /// Not asked for before this moment, while it is open.
    next_at: Option<String>,
    /// The last request: a command to the device.
    #[schema(value_type = Option<String>)]
    command_id: Option<Uuid>,
    found_at: String,
    changed_at: String,
    closed_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct GapsBody {
    gaps: Vec<DataGapBody>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct GapAnswer {
    gap: DataGapBody,
}

/// How many gaps there are of a kind and state.
#[derive(Debug, Serialize, ToSchema)]
struct GapCountBody {
    /// `minute`, `hour` or `day`.
    kind: String,
    /// `open`, `requested`, `filled`, `given_up`, `excused`.
    state: String,
    gaps: i64,
    /// Periods that are missing still.
    missing: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct GapCountsBody {
    counts: Vec<GapCountBody>,
    /// Of gaps that end after this time.
    since: String,
}

fn gap_body(gap: &Gap, directory: &DeviceDirectory) -> DataGapBody {
    let point = directory.point(PointId(gap.point_id));
    let device = directory.device(DeviceId(gap.device_id));
    let text = |read: fn(&sites::DirectoryPoint) -> &str| {
        point.map_or_else(String::new, |point| read(point).to_owned())
    };
    DataGapBody {
        id: gap.id,
        point_id: gap.point_id,
        point_name_zh: text(|point| &point.details.name_zh),
        point_name_en: text(|point| &point.details.name_en),
        site_id: point.map(|point| point.site_id.0),
        site_name_zh: text(|point| &point.site.name_zh),
        site_name_en: text(|point| &point.site.name_en),
        is_simulated: point.is_some_and(|point| point.is_simulated()),
        device_id: gap.device_id,
        device_mn: device.map_or_else(String::new, |device| device.mn.to_string()),
        kind: gap.kind.as_str().to_owned(),
        from: gap.from.to_string(),
        to: gap.to.to_string(),
        periods: gap.periods,
        missing: gap.missing,
        state: gap.state.as_str().to_owned(),
        reason: gap.reason.as_str().to_owned(),
        attempts: gap.attempts,
        next_at: (gap.state == GapState::Open).then(|| gap.next_at.to_string()),
        command_id: gap.command_id,
        found_at: gap.found_at.to_string(),
        changed_at: gap.changed_at.to_string(),
        closed_at: gap.closed_at.map(|at| at.to_string()),
    }
}

fn unknown(field: &'static str, text: &str) -> ApiProblem {
    ApiProblem::invalid(field, "unknown", format!("There is no {field} {text:?}."))
}

impl GapsQuery {
    fn filter(&self) -> Result<GapFilter, ApiProblem> {
        let states = self
            .state
            .iter()
            .map(|name| GapState::from_name(name).ok_or_else(|| unknown("state", name)))
            .collect::<Result<_, _>>()?;
        let kind = match &self.kind {
            None => None,
            Some(name) => Some(
                RecordKind::from_name(name)
                    .filter(|kind| GAP_KINDS.contains(kind))
                    .ok_or_else(|| unknown("kind", name))?,
            ),
        };
        let region = match &self.region {
            None => None,
            Some(code) => Some(
                code.parse::<RegionCode>()
                    .map_err(|_wrong| unknown("region", code))?,
            ),
        };
        let time = |field: &'static str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => read_time(field, text).map(Some),
        };
        let after = match &self.after {
            None => None,
            Some(text) => Some(parse_place(text).ok_or_else(|| unknown("after", text))?),
        };
        Ok(GapFilter {
            states,
            kind,
            point_id: self.point_id,
            device_id: self.device_id,
            region,
            from: time("from", &self.from)?,
            to: time("to", &self.to)?,
            after,
            limit: page_size(self.limit),
        })
    }
}

fn parse_place(text: &str) -> Option<(Timestamp, Uuid)> {
    let (from, id) = text.split_once('~')?;
    Some((
        Timestamp::from_epoch_ms(from.parse().ok()?),
        id.parse().ok()?,
    ))
}

/// Lists gaps in the received data, the latest first.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/gaps",
    tag = "gaps",
    params(GapsQuery),
    responses(
        (status = 200, body = GapsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_data_gaps(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<GapsQuery>,
) -> Result<Json<GapsBody>, ApiProblem> {
    let filter = query.filter()?;
    let gaps = list_gaps(&state.database, &actor, &filter).await?;
    let meta = Meta::after(&gaps, filter.limit, |gap| {
        format!("{}~{}", gap.from.epoch_ms(), gap.id)
    });
    let directory = state.directory.current();
    let gaps = gaps.iter().map(|gap| gap_body(gap, &directory)).collect();
    Ok(Json(GapsBody { gaps, meta }))
}

/// Counts gaps of the last 31 days by kind and state.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/gaps/counts",
    tag = "gaps",
    responses(
        (status = 200, body = GapCountsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn count_data_gaps(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<GapCountsBody>, ApiProblem> {
    let since = state.now().plus_ms(-COUNTED_MS);
    let counts = count_gaps(&state.database, &actor, since).await?;
    let counts = counts
        .into_iter()
        .map(|count| GapCountBody {
            kind: count.kind.as_str().to_owned(),
            state: count.state.as_str().to_owned(),
            gaps: count.gaps,
            missing: count.missing,
        })
        .collect();
    Ok(Json(GapCountsBody {
        counts,
        since: since.to_string(),
    }))
}

/// Lets a gap be asked for again, from the first attempt on; also one that was given up. The
/// device is asked when it is connected and has been for a while.
///
/// *Permissions*: `commands.send`.
#[utoipa::path(
    post,
    path = "/gaps/{id}/request",
    tag = "gaps",
    params(("id" = String, Path, description = "UUID of the gap.")),
    responses(
        (status = 200, body = GapAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn request_data_gap(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<GapAnswer>, ApiProblem> {
    let gap = request_gap_again(&state.database, &*state.clock, &actor, id).await?;
    let gap = gap_body(&gap, &state.directory.current());
    Ok(Json(GapAnswer { gap }))
}
