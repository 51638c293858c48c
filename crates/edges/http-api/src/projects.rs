//! The project pool: list, one project, its milestones, money and steps, totals, reconciliation.

mod bodies;
mod files;
mod input;
mod totals;

use axum::extract::State;
use axum::http::StatusCode;
use projects::{
    Dossier, NewStep, ProjectFilter, ProjectState, create_project, list_projects, load_project,
    put_funds, put_milestones, step_project, step_projects, update_project,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

use bodies::{
    OutcomesBody, ProjectAnswer, ProjectDossierBody, ProjectOutcomeBody, ProjectSummaryBody,
    ProjectsBody,
};
use input::{FundsInput, MilestonesInput, ProjectInput, StepInput, StepsInput, read_day};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_projects_of_pool, create_project_of_pool))
        .routes(routes!(load_project_of_pool, update_project_of_pool))
        .routes(routes!(put_project_milestones))
        .routes(routes!(put_project_funds))
        .routes(routes!(create_project_step))
        .routes(routes!(create_project_steps))
        .merge(totals::routes())
        .merge(files::routes())
}

/// Which projects.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProjectsQuery {
    /// Part of name, number or owner.
    q: Option<String>,
    /// Of this kind of the plan's investment table.
    kind: Option<String>,
    /// `reserve`, `approved`, `under_construction`, `built`, `accepted` or `removed`.
    state: Option<String>,
    /// In this region and below.
    region: Option<String>,
    /// Serving this task of the plan.
    task: Option<String>,
    /// Serving this indicator of the plan.
    indicator: Option<String>,
    /// Only those that the plan names.
    named: Option<bool>,
    /// Only those that somebody should look at.
    attention: Option<bool>,
    /// `meta.next` of the page before.
    after: Option<String>,
    /// At most so many, 1 to 1000; 100 when absent.
    limit: Option<PageSize>,
}

impl ProjectsQuery {
    fn read(self) -> Result<ProjectFilter, ApiProblem> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let state = given(self.state).map(|name| read_state("state", &name));
        let region = given(self.region).map(|code| {
            code.parse().map_err(|_unreadable| {
                ApiProblem::invalid("region", "invalid", "not a region code")
            })
        });
        Ok(ProjectFilter {
            search: given(self.q),
            kind: given(self.kind),
            state: state.transpose()?,
            region: region.transpose()?,
            task: given(self.task),
            indicator: given(self.indicator),
            only_named: self.named.unwrap_or_default(),
            only_attention: self.attention.unwrap_or_default(),
            after: given(self.after),
            limit: page_size(self.limit),
        })
    }
}

fn read_state(pointer: &str, name: &str) -> Result<ProjectState, ApiProblem> {
    ProjectState::ALL
        .iter()
        .copied()
        .find(|state| state.as_str() == name)
        .ok_or_else(|| ApiProblem::invalid(pointer, "unknown_word", "not one of the states"))
}

fn answer(state: &ApiState, dossier: Dossier) -> Json<ProjectAnswer> {
    let today = state.now().civil().date();
    let project = ProjectDossierBody::new(dossier, &state.plan, today);
    Json(ProjectAnswer { project })
}

/// Lists projects by their number, with their money.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/projects",
    tag = "projects",
    params(ProjectsQuery),
    responses(
        (status = 200, body = ProjectsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_projects_of_pool(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ProjectsQuery>,
) -> Result<Json<ProjectsBody>, ApiProblem> {
    let filter = query.read()?;
    let found = list_projects(&state.database, &*state.clock, &actor, &filter).await?;
    let meta = Meta::after(&found, filter.limit, |one| one.project.details.code.clone());
    Ok(Json(ProjectsBody {
        projects: found.into_iter().map(ProjectSummaryBody::from).collect(),
        meta,
    }))
}

/// Enters a project into the reserve.
///
/// *Permissions*: `projects.manage`, in the region; also `sites.read`.
#[utoipa::path(
    post,
    path = "/projects",
    tag = "projects",
    request_body = ProjectInput,
    responses(
        (status = 201, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_project_of_pool(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<ProjectInput>,
) -> Result<(StatusCode, Json<ProjectAnswer>), ApiProblem> {
    let id = body.id.ok_or_else(|| {
        ApiProblem::invalid("/id", "missing", "a UUID v7 made by the caller is needed")
    })?;
    let new = (id, body.read()?);
    let (database, clock) = (&state.database, &*state.clock);
    let dossier = create_project(database, clock, &state.plan, &actor, new).await?;
    Ok((StatusCode::CREATED, answer(&state, dossier)))
}

/// Everything about one project: milestones, money, steps, what leads on and what is missing for it.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/projects/{id}",
    tag = "projects",
    params(("id" = String, Path, description = "The project.")),
    responses(
        (status = 200, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_project_of_pool(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
) -> Result<Json<ProjectAnswer>, ApiProblem> {
    let dossier = load_project(&state.database, &actor, id).await?;
    Ok(answer(&state, dossier))
}

/// Changes what was entered of a project.
///
/// *Permissions*: `projects.manage`, in the region; also `sites.read`.
#[utoipa::path(
    put,
    path = "/projects/{id}",
    tag = "projects",
    params(("id" = String, Path, description = "The project.")),
    request_body = ProjectInput,
    responses(
        (status = 200, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_project_of_pool(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<ProjectInput>,
) -> Result<Json<ProjectAnswer>, ApiProblem> {
    let revision = body.revision.ok_or_else(|| {
        ApiProblem::invalid(
            "/revision",
            "missing",
            "the revision that was read is needed",
        )
    })?;
    let change = (id, revision, body.read()?);
    let (database, clock) = (&state.database, &*state.clock);
    let dossier = update_project(database, clock, &state.plan, &actor, change).await?;
    Ok(answer(&state, dossier))
}

/// Puts the milestones of a project in the place of those there were.
///
/// *Permissions*: `projects.manage`, in the region.
#[utoipa::path(
    put,
    path = "/projects/{id}/milestones",
    tag = "projects",
    params(("id" = String, Path, description = "The project.")),
    request_body = MilestonesInput,
    responses(
        (status = 200, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn put_project_milestones(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<MilestonesInput>,
) -> Result<Json<ProjectAnswer>, ApiProblem> {
    let of = (id, body.revision);
    let milestones = body.read()?;
    let (database, clock) = (&state.database, &*state.clock);
    let dossier = put_milestones(database, clock, &actor, of, &milestones).await?;
    Ok(answer(&state, dossier))
}

/// Puts the money of a project, by source and year, in the place of what there was. More paid than
/// arrived is kept and told as a finding.
///
/// *Permissions*: `projects.manage`, in the region.
#[utoipa::path(
    put,
    path = "/projects/{id}/funds",
    tag = "projects",
    params(("id" = String, Path, description = "The project.")),
    request_body = FundsInput,
    responses(
        (status = 200, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn put_project_funds(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<FundsInput>,
) -> Result<Json<ProjectAnswer>, ApiProblem> {
    let of = (id, body.revision);
    let funds = body.read()?;
    let who = (state.plan.as_ref(), &*actor);
    let dossier = put_funds(&state.database, &*state.clock, who, of, &funds).await?;
    Ok(answer(&state, dossier))
}

fn read_step(to: &str, on: &str, texts: (String, String)) -> Result<NewStep, ApiProblem> {
    Ok(NewStep {
        to: read_state("/to", to)?,
        on: read_day("/on", on)?,
        document: texts.0,
        note: texts.1,
    })
}

/// Lets a project take a step of its life. Conditions that are not met are told one by one.
///
/// *Permissions*: `projects.decide`, in the region.
#[utoipa::path(
    post,
    path = "/projects/{id}/steps",
    tag = "projects",
    params(("id" = String, Path, description = "The project.")),
    request_body = StepInput,
    responses(
        (status = 200, body = ProjectAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_project_step(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<Uuid>,
    Json(body): Json<StepInput>,
) -> Result<Json<ProjectAnswer>, ApiProblem> {
    let step = read_step(&body.to, &body.on, (body.document, body.note))?;
    let of = (id, body.revision);
    let dossier = step_project(&state.database, &*state.clock, &actor, of, &step).await?;
    Ok(answer(&state, dossier))
}

/// Lets several projects take the same step, each on its own; the answer says what became of each.
///
/// *Permissions*: `projects.decide`, in the region.
#[utoipa::path(
    post,
    path = "/project-steps",
    tag = "projects",
    request_body = StepsInput,
    responses(
        (status = 200, body = OutcomesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_project_steps(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<StepsInput>,
) -> Result<Json<OutcomesBody>, ApiProblem> {
    let step = read_step(&body.to, &body.on, (body.document, body.note))?;
    let outcomes = step_projects(&state.database, &*state.clock, &actor, &body.ids, &step).await?;
    let outcomes = outcomes
        .into_iter()
        .map(ProjectOutcomeBody::try_from)
        .collect::<Result<_, _>>()?;
    Ok(Json(OutcomesBody { outcomes }))
}
