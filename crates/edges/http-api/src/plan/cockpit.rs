//! The plan at a glance.

use axum::extract::State;
use plan::{Cockpit, load_cockpit};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::states::MarkBody;
use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(load_plan_cockpit))
}

/// The plan at a glance.
#[derive(Debug, Serialize, ToSchema)]
struct CockpitBody {
    /// The year that is looked at: the present one, or the last of the plan when that is over.
    year: i32,
    first_year: i32,
    last_year: i32,
    /// Whether the plan's period is over.
    is_over: bool,
    /// Every indicator in each of its regions and years, in the plan's order.
    marks: Vec<MarkBody>,
    /// Those of the year that fall short, the worst first.
    falling_short: Vec<MarkBody>,
    /// Reported values that wait for a second person.
    waiting_to_check: i64,
    /// Checked values that wait to be accepted.
    waiting_to_accept: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct CockpitAnswer {
    cockpit: CockpitBody,
}

/// Shows every indicator over all years and what needs attention now.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/cockpit",
    tag = "plan",
    responses(
        (status = 200, body = CockpitAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_cockpit(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<CockpitAnswer>, ApiProblem> {
    let clock = state.clock.as_ref();
    let cockpit = load_cockpit(&state.database, clock, &actor, &state.plan).await?;
    let (_, first_year, last_year) = state.plan.years();
    Ok(Json(CockpitAnswer {
        cockpit: body(&cockpit, (first_year, last_year)),
    }))
}

fn body(cockpit: &Cockpit, (first_year, last_year): (i32, i32)) -> CockpitBody {
    let falling_short = cockpit.falling_short();
    CockpitBody {
        year: cockpit.year,
        first_year,
        last_year,
        is_over: cockpit.is_over,
        marks: cockpit.states.iter().map(MarkBody::from).collect(),
        falling_short: falling_short.into_iter().map(MarkBody::from).collect(),
        waiting_to_check: cockpit.waiting_to_check,
        waiting_to_accept: cockpit.waiting_to_accept,
    }
}
