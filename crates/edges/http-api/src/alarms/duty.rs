//! The duty desk: the present shift, its log, hand-over.

use alarms::{Shift, ShiftEntry};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{id_of_path, parse_id, parse_place, place_text, text_of};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_present_shift))
        .routes(routes!(list_shifts, start_shift))
        .routes(routes!(list_shift_entries))
        .routes(routes!(create_shift_entry))
        .routes(routes!(hand_over_shift))
}

/// A turn at the duty desk.
#[derive(Debug, Serialize, ToSchema)]
struct ShiftBody {
    id: String,
    officer: String,
    started_at: String,
    ended_at: Option<String>,
    handed_to: Option<String>,
    hand_over_text: Option<String>,
    /// Open alarms that were handed over.
    carried: Vec<String>,
}

/// One entry of the shift log.
#[derive(Debug, Serialize, ToSchema)]
struct ShiftEntryBody {
    id: String,
    shift_id: String,
    at: String,
    author: String,
    text: String,
    alarm_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PresentShiftBody {
    /// Null when nobody has begun a shift.
    shift: Option<ShiftBody>,
    entries: Vec<ShiftEntryBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShiftsBody {
    shifts: Vec<ShiftBody>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShiftEntriesBody {
    entries: Vec<ShiftEntryBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShiftEntryAnswer {
    entry: ShiftEntryBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneShiftBody {
    shift: ShiftBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct HandOverAnswer {
    /// The shift that ended.
    ended: ShiftBody,
    /// The shift that began.
    shift: ShiftBody,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ShiftsQuery {
    /// Shifts at the most, 100 unless given.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartShiftBody {
    /// Who is on duty.
    officer: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewShiftEntryBody {
    /// The creator's own identifier, so that a retry is no second entry.
    id: Option<String>,
    text: String,
    /// The alarm it is about.
    alarm_id: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOverBody {
    /// Who takes over.
    to_officer: String,
    /// What is handed over in words; may be empty.
    #[serde(default)]
    text: String,
}

impl ShiftBody {
    fn of(shift: Shift) -> Self {
        Self {
            id: shift.id.to_string(),
            officer: shift.officer,
            started_at: shift.started_at.to_string(),
            ended_at: text_of(shift.ended_at),
            handed_to: shift.handed_to,
            hand_over_text: shift.hand_over_text,
            carried: shift.carried.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ShiftEntryBody {
    fn of(entry: ShiftEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            shift_id: entry.shift_id.to_string(),
            at: entry.at.to_string(),
            author: entry.author,
            text: entry.text,
            alarm_id: entry.alarm_id.map(|id| id.to_string()),
        }
    }
}

/// Shows the present shift with its log.
///
/// *Permissions*: `alarms.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/duty/present",
    tag = "duty",
    responses(
        (status = 200, body = PresentShiftBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_present_shift(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<PresentShiftBody>, ApiProblem> {
    let present = alarms::find_present_shift(&state.database, &actor).await?;
    let (shift, entries) = present.map_or((None, Vec::new()), |(shift, entries)| {
        (Some(ShiftBody::of(shift)), entries)
    });
    let entries = entries.into_iter().map(ShiftEntryBody::of).collect();
    Ok(Json(PresentShiftBody { shift, entries }))
}

/// Lists shifts, newest first.
///
/// *Permissions*: `alarms.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/duty/shifts",
    tag = "duty",
    params(ShiftsQuery),
    responses(
        (status = 200, body = ShiftsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_shifts(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ShiftsQuery>,
) -> Result<Json<ShiftsBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let after = parse_place(query.after.as_deref())?;
    let shifts = alarms::list_shifts(&state.database, &actor, after, limit).await?;
    let meta = Meta::after(&shifts, limit, |shift| {
        place_text(shift.started_at, shift.id)
    });
    let shifts = shifts.into_iter().map(ShiftBody::of).collect();
    Ok(Json(ShiftsBody { shifts, meta }))
}

/// Begins the first shift; later ones begin by hand-over.
///
/// *Permissions*: `duty.keep`, for the whole city.
#[utoipa::path(
    post,
    path = "/duty/shifts",
    tag = "duty",
    request_body = StartShiftBody,
    responses(
        (status = 200, body = OneShiftBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn start_shift(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<StartShiftBody>,
) -> Result<Json<OneShiftBody>, ApiProblem> {
    let shift = alarms::start_shift(&state.database, &*state.clock, &actor, &body.officer).await?;
    let shift = ShiftBody::of(shift);
    Ok(Json(OneShiftBody { shift }))
}

/// Lists the log of a shift, in order.
///
/// *Permissions*: `alarms.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/duty/shifts/{id}/entries",
    tag = "duty",
    responses(
        (status = 200, body = ShiftEntriesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_shift_entries(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
) -> Result<Json<ShiftEntriesBody>, ApiProblem> {
    let id = id_of_path("shift", &id)?;
    let entries = alarms::list_shift_entries(&state.database, &actor, id).await?;
    let entries = entries.into_iter().map(ShiftEntryBody::of).collect();
    Ok(Json(ShiftEntriesBody { entries }))
}

/// Writes into the log of the present shift.
///
/// *Permissions*: `duty.keep`, for the whole city.
#[utoipa::path(
    post,
    path = "/duty/entries",
    tag = "duty",
    request_body = NewShiftEntryBody,
    responses(
        (status = 200, body = ShiftEntryAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_shift_entry(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewShiftEntryBody>,
) -> Result<Json<ShiftEntryAnswer>, ApiProblem> {
    let id = body.id.as_deref().map(|id| parse_id("/id", id));
    let alarm_id = body.alarm_id.as_deref().map(|id| parse_id("/alarm_id", id));
    let entry = alarms::add_shift_entry(
        &state.database,
        &*state.clock,
        &actor,
        id.transpose()?,
        &body.text,
        alarm_id.transpose()?,
    );
    let entry = ShiftEntryBody::of(entry.await?);
    Ok(Json(ShiftEntryAnswer { entry }))
}

/// Hands the desk over with the list of open alarms.
///
/// *Permissions*: `duty.keep`, for the whole city.
#[utoipa::path(
    post,
    path = "/duty/hand-over",
    tag = "duty",
    request_body = HandOverBody,
    responses(
        (status = 200, body = HandOverAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn hand_over_shift(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<HandOverBody>,
) -> Result<Json<HandOverAnswer>, ApiProblem> {
    let (database, clock) = (&state.database, &*state.clock);
    let handed = alarms::hand_over_shift(database, clock, &actor, &body.to_officer, &body.text);
    let (ended, begun) = handed.await?;
    Ok(Json(HandOverAnswer {
        ended: ShiftBody::of(ended),
        shift: ShiftBody::of(begun),
    }))
}
