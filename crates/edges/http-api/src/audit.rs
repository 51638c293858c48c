//! The audit trail: who did what to what, when and from where.

use access::Permission;
use axum::extract::State;
use beijing_time::Timestamp;
use database::audit::{self, AuditFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::alarms::parse_time;
use crate::extract::{Json, Query};
use crate::paging::{Meta, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_audit_entries))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what was done to one thing, such as `site:12`.
    subject: Option<String>,
    /// Part of the actor's name.
    actor: Option<String>,
    /// How the action begins, such as `accounts.`.
    action: Option<String>,
    /// Not before this time.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    /// `meta.next` of the page before.
    after: Option<i64>,
    /// Entries to answer with, 100 unless told, at most 1000.
    limit: Option<u32>,
}

/// One entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntryBody {
    /// Place in the chain, from 1.
    sequence: i64,
    /// When.
    at: String,
    /// Who.
    actor: String,
    /// From where.
    address: Option<String>,
    /// What was done.
    action: String,
    /// To what.
    subject: String,
    /// State before, as JSON text.
    before: Option<String>,
    /// State after, as JSON text.
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AuditEntriesBody {
    audit_entries: Vec<AuditEntryBody>,
    meta: Meta,
}

/// Lists the audit trail, newest first.
///
/// *Permissions*: `audit.read`.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "system",
    params(AuditQuery),
    responses(
        (status = 200, body = AuditEntriesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_audit_entries(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditEntriesBody>, ApiProblem> {
    actor.check(Permission::ReadAudit)?;
    let limit = page_size(query.limit);
    let filter = AuditFilter {
        before: query.after,
        subject: query.subject,
        actor: query.actor,
        action: query.action,
        since: parse_time("from", query.from.as_deref())?,
        until: parse_time("to", query.to.as_deref())?,
    };
    let entries = audit::search(&state.database, &filter, limit).await?;
    let meta = Meta::after(&entries, limit, |entry| entry.sequence.to_string());
    let audit_entries = entries
        .into_iter()
        .map(|entry| AuditEntryBody {
            sequence: entry.sequence,
            at: Timestamp::from_epoch_ms(entry.at_ms).to_string(),
            actor: entry.actor,
            address: entry.address,
            action: entry.action,
            subject: entry.subject,
            before: entry.before_json,
            after: entry.after_json,
        })
        .collect();
    Ok(Json(AuditEntriesBody {
        audit_entries,
        meta,
    }))
}
