//! What was done to one thing of the register, for whoever may read the thing itself: who changed
//! it, when, and from what to what. The whole trail, with addresses, is for auditors.

use axum::extract::State;
use beijing_time::Timestamp;
use database::audit::{self, AuditFilter};
use forwarding::{TargetId, load_target};
use serde::{Deserialize, Serialize};
use sites::{DeviceId, OrganisationId, PointId, SiteId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::Actor;

use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_changes))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// The thing: `site:12`, `point:34`, `device:5`, `organisation:6`, `region:430421`,
    /// `forwarding_target:7`, `marking:<uuid>`, `manual_sample:<uuid>`, `project:<uuid>` or
    /// `task:<id>`.
    subject: String,
    /// `meta.next` of the page before.
    after: Option<i64>,
    /// Changes to answer with, 100 unless told, at most 1000.
    limit: Option<PageSize>,
}

/// One change of one thing.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeBody {
    /// Place in the audit trail.
    sequence: i64,
    /// When.
    at: String,
    /// Who.
    actor: String,
    /// What was done.
    action: String,
    /// State before, as JSON text.
    before: Option<String>,
    /// State after, as JSON text.
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ChangesBody {
    changes: Vec<ChangeBody>,
    meta: Meta,
}

fn no_such_subject() -> ApiProblem {
    ApiProblem::invalid(
        "subject",
        "invalid",
        "not a thing whose changes can be read, such as site:12",
    )
}

/// Fails unless the actor may read the thing: its own use case says so.
async fn check_readable(state: &ApiState, actor: &Actor, subject: &str) -> Result<(), ApiProblem> {
    let (kind, key) = subject.split_once(':').ok_or_else(no_such_subject)?;
    let database = &state.database;
    let id = || key.parse::<i64>().map_err(|_unreadable| no_such_subject());
    match kind {
        "site" => drop(sites::load_site(database, actor, SiteId(id()?)).await?),
        "point" => drop(sites::load_point(database, actor, PointId(id()?)).await?),
        "device" => drop(sites::load_device(database, actor, DeviceId(id()?)).await?),
        "organisation" => {
            drop(sites::load_organisation(database, actor, OrganisationId(id()?)).await?);
        }
        "region" => {
            let code = key.parse().map_err(|_unreadable| no_such_subject())?;
            drop(sites::load_region(database, actor, &code).await?);
        }
        "marking" => {
            let id = key.parse().map_err(|_unreadable| no_such_subject())?;
            drop(::marking::load_marking(database, actor, id).await?);
        }
        "manual_sample" => {
            let id = key.parse().map_err(|_unreadable| no_such_subject())?;
            drop(::marking::load_sample(database, actor, id).await?);
        }
        "project" => {
            let id = key.parse().map_err(|_unreadable| no_such_subject())?;
            drop(::projects::load_project(database, actor, id).await?);
        }
        // what was done to a task tells of every county's reports
        "task" => actor.check_everywhere(access::Permission::ReadPlan)?,
        "forwarding_target" => drop(load_target(database, actor, TargetId(id()?)).await?),
        _ => return Err(no_such_subject()),
    }
    Ok(())
}

/// Lists what was done to one thing of the register, newest first.
///
/// *Permissions*: `sites.read`, in its region; of a forwarding target `forwarding.read`, of markings and
/// manual samples `data.read`, of projects and tasks `plan.read`.
#[utoipa::path(
    get,
    path = "/changes",
    tag = "sites",
    params(ChangesQuery),
    responses(
        (status = 200, body = ChangesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_changes(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<ChangesBody>, ApiProblem> {
    check_readable(&state, &actor, &query.subject).await?;
    let limit = page_size(query.limit);
    let filter = AuditFilter {
        before: query.after,
        subject: Some(query.subject),
        ..AuditFilter::default()
    };
    let entries = audit::search(&state.database, &filter, limit).await?;
    let meta = Meta::after(&entries, limit, |entry| entry.sequence.to_string());
    let changes = entries
        .into_iter()
        .map(|entry| ChangeBody {
            sequence: entry.sequence,
            at: Timestamp::from_epoch_ms(entry.at_ms).to_string(),
            actor: entry.actor,
            action: entry.action,
            before: entry.before_json,
            after: entry.after_json,
        })
        .collect();
    Ok(Json(ChangesBody { changes, meta }))
}
