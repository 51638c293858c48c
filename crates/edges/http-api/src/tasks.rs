//! The plan's tasks at work: how they stand, one task, its breakdown, who has it, reminders.

mod bodies;
mod reports;

use axum::extract::State;
use serde::Deserialize;
use tasks::{
    Goal, Level, Stage, TaskQuery, assign_task, hand_over_task, list_reminders, list_tasks,
    load_task, mark_seen, put_goals,
};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

use bodies::{
    AssignmentInput, GoalBody, GoalsAnswer, GoalsInput, HandOverInput, ReminderBody, RemindersBody,
    SeenInput, TaskAnswer, TaskDossierBody, TaskStateBody, TasksBody, WorkAnswer, WorkBody,
};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_plan_tasks))
        .routes(routes!(load_plan_task))
        .routes(routes!(put_task_goals))
        .routes(routes!(put_task_assignment))
        .routes(routes!(create_task_hand_over))
        .routes(routes!(list_task_reminders))
        .routes(routes!(see_task_reminder))
        .merge(reports::routes())
}

/// A day of a body or a query.
fn read_day(pointer: &str, text: &str) -> Result<beijing_time::CivilDate, ApiProblem> {
    text.parse()
        .map_err(|_syntax| ApiProblem::invalid(pointer, "not_a_day", "not a day: 2018-03-01"))
}

/// As of which day, and by whose reports.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TasksQuery {
    /// As it stood at the end of this day; today when absent.
    on: Option<String>,
    /// The region whose reports count; one's own, or the plan's, when absent.
    region: Option<String>,
}

impl TasksQuery {
    fn read(self) -> Result<TaskQuery, ApiProblem> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let on = given(self.on)
            .map(|text| read_day("on", &text))
            .transpose()?;
        let region = given(self.region)
            .map(|code| {
                code.parse().map_err(|_unreadable| {
                    ApiProblem::invalid("region", "invalid", "not a region code")
                })
            })
            .transpose()?;
        Ok(TaskQuery { on, region })
    }
}

/// How every task of the plan stands on a day, in the plan's order.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/tasks",
    tag = "tasks",
    params(TasksQuery),
    responses(
        (status = 200, body = TasksBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_tasks(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<TasksQuery>,
) -> Result<Json<TasksBody>, ApiProblem> {
    let query = query.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let states = list_tasks(database, clock, &state.plan, &actor, &query).await?;
    let on = query.on.unwrap_or_else(|| state.now().civil().date());
    Ok(Json(TasksBody {
        on: on.to_string(),
        tasks: states
            .iter()
            .filter_map(|one| TaskStateBody::new(one, &state.plan))
            .collect(),
    }))
}

/// Everything about one task: periods, breakdown, reports with their files, hand-overs, reminders.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's identifier in the plan."), TasksQuery),
    responses(
        (status = 200, body = TaskAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_task(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Query(query): Query<TasksQuery>,
) -> Result<Json<TaskAnswer>, ApiProblem> {
    let query = query.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let dossier = load_task(database, clock, &state.plan, &actor, (&id, &query)).await?;
    let task = TaskDossierBody::new(dossier, &state.plan)
        .ok_or_else(|| ApiProblem::not_found("There is no such task."))?;
    Ok(Json(TaskAnswer { task }))
}

/// Puts the yearly breakdown of a task in the place of the one there was.
///
/// *Permissions*: `tasks.check`, for the whole city.
#[utoipa::path(
    put,
    path = "/tasks/{id}/goals",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's identifier in the plan.")),
    request_body = GoalsInput,
    responses(
        (status = 200, body = GoalsAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn put_task_goals(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<GoalsInput>,
) -> Result<Json<GoalsAnswer>, ApiProblem> {
    let goals: Vec<Goal> = body.goals.into_iter().map(Goal::from).collect();
    let who = (state.plan.as_ref(), &*actor);
    let goals = put_goals(&state.database, &*state.clock, who, &id, &goals).await?;
    let goals = goals.into_iter().map(GoalBody::from).collect();
    Ok(Json(GoalsAnswer { goals }))
}

/// Names the unit and the person responsible for a task.
///
/// *Permissions*: `tasks.check`, for the whole city.
#[utoipa::path(
    put,
    path = "/tasks/{id}/assignment",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's identifier in the plan.")),
    request_body = AssignmentInput,
    responses(
        (status = 200, body = WorkAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn put_task_assignment(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<AssignmentInput>,
) -> Result<Json<WorkAnswer>, ApiProblem> {
    let who = (state.plan.as_ref(), &*actor);
    let of = (id.as_str(), body.revision);
    let names = (body.unit.as_deref(), body.officer.as_deref());
    let work = assign_task(&state.database, &*state.clock, who, of, names).await?;
    Ok(Json(WorkAnswer {
        work: WorkBody::from(&work),
    }))
}

/// Hands a task up the line: from the unit to the county or the bureau.
///
/// *Permissions*: `tasks.check`, for the whole city.
#[utoipa::path(
    post,
    path = "/tasks/{id}/hand-overs",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's identifier in the plan.")),
    request_body = HandOverInput,
    responses(
        (status = 200, body = WorkAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_task_hand_over(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Json(body): Json<HandOverInput>,
) -> Result<Json<WorkAnswer>, ApiProblem> {
    let to = Level::from_name(&body.to)
        .ok_or_else(|| ApiProblem::invalid("/to", "unknown_word", "county or bureau"))?;
    let who = (state.plan.as_ref(), &*actor);
    let of = (id.as_str(), body.revision);
    let said = (to, body.recipient.as_str(), body.reason.as_str());
    let work = hand_over_task(&state.database, &*state.clock, who, of, said).await?;
    Ok(Json(WorkAnswer {
        work: WorkBody::from(&work),
    }))
}

/// Lists reminders that nobody took note of, the newest first.
///
/// *Permissions*: `plan.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/task-reminders",
    tag = "tasks",
    responses(
        (status = 200, body = RemindersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_task_reminders(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<RemindersBody>, ApiProblem> {
    let reminders = list_reminders(&state.database, &actor).await?;
    let reminders = reminders
        .iter()
        .map(|one| ReminderBody::new(one, &state.plan))
        .collect();
    Ok(Json(RemindersBody { reminders }))
}

/// Takes note of a reminder; it leaves the list.
///
/// *Permissions*: `tasks.check`, for the whole city.
#[utoipa::path(
    post,
    path = "/task-reminders/seen",
    tag = "tasks",
    request_body = SeenInput,
    responses(
        (status = 200, body = RemindersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn see_task_reminder(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<SeenInput>,
) -> Result<Json<RemindersBody>, ApiProblem> {
    let wanted = Stage::from_name(&body.stage)
        .ok_or_else(|| ApiProblem::invalid("/stage", "unknown_word", "not one of the stages"))?;
    let due_on = read_day("/due_on", &body.due_on)?;
    let of = (body.task.as_str(), due_on, wanted);
    mark_seen(&state.database, &*state.clock, &actor, of).await?;
    list_task_reminders(State(state), actor).await
}
