//! The audit trail: who did what to what, when and from where.

use access::{Actor, Permission};
use accounts::AuditExport;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beijing_time::Timestamp;
use database::audit::{self, AuditFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::alarms::parse_time;
use crate::extract::{Json, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_entries))
        .routes(routes!(export_audit_entries))
        .routes(routes!(load_audit_chain))
        .routes(routes!(verify_audit_chain))
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
    limit: Option<PageSize>,
}

/// Which entries a file is to have.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditExportQuery {
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
}

/// What is known of the chain of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
struct AuditChainBody {
    /// How many entries there are.
    entries: i64,
    /// Place of the last entry that was found to follow from the one before; 0 for none yet.
    whole_up_to: i64,
    /// When that was found.
    verified_at: Option<String>,
    /// When the chain was last walked from its beginning.
    walked_whole_at: Option<String>,
    /// The first entry that is missing or does not follow from the one before.
    broken_at: Option<i64>,
    /// Whether the chain is about to be walked from its beginning.
    is_being_verified: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct AuditChainAnswer {
    audit_chain: AuditChainBody,
}

/// Writes into the trail that a file was taken, before it is given.
pub(crate) async fn record_file(
    state: &ApiState,
    actor: &Actor,
    (action, subject): (&'static str, String),
    what: &serde_json::Value,
) -> Result<(), ApiProblem> {
    let now = state.now();
    accounts::record_export(&state.database, now, actor, (action, subject), what).await?;
    Ok(())
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

/// The audit trail as a CSV file, oldest entry first, with the hash of each. That it was taken is
/// its last entry, when the filter lets it through.
///
/// *Permissions*: `audit.read`.
#[utoipa::path(
    get,
    path = "/audit/entries.csv",
    tag = "system",
    params(AuditExportQuery),
    responses(
        (status = 200, description = "CSV with a byte order mark, UTF-8.",
            body = String, content_type = "text/csv"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn export_audit_entries(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<AuditExportQuery>,
) -> Result<Response, ApiProblem> {
    let filter = AuditFilter {
        before: None,
        subject: query.subject,
        actor: query.actor,
        action: query.action,
        since: parse_time("from", query.from.as_deref())?,
        until: parse_time("to", query.to.as_deref())?,
    };
    let export = AuditExport::begin(&state.database, state.now(), &actor, filter).await?;
    // a failure on the way breaks the connection off, so that half a file is not taken for a whole
    let parts = futures_util::stream::try_unfold(export, |mut export| async move {
        let part = export.next_part().await?;
        Ok::<_, accounts::AccountsError>(part.map(|part| (part, export)))
    });
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"qingshan-audit.csv\"",
            ),
        ],
        Body::from_stream(parts),
    )
        .into_response())
}

async fn chain_body(state: &ApiState) -> Result<Json<AuditChainAnswer>, ApiProblem> {
    let verdict = state.audit.verdict();
    Ok(Json(AuditChainAnswer {
        audit_chain: AuditChainBody {
            entries: audit::find_end(&state.database).await?,
            whole_up_to: verdict.whole_up_to,
            verified_at: verdict.verified_at.map(|at| at.to_string()),
            walked_whole_at: verdict.walked_whole_at.map(|at| at.to_string()),
            broken_at: verdict.broken_at,
            is_being_verified: verdict.is_asked_for || verdict.verified_at.is_none(),
        },
    }))
}

/// What is known of the chain: how far it was found whole, and when. New entries are walked every
/// five minutes, all of it every day.
///
/// *Permissions*: `audit.read`.
#[utoipa::path(
    get,
    path = "/audit/chain",
    tag = "system",
    responses(
        (status = 200, body = AuditChainAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_audit_chain(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<AuditChainAnswer>, ApiProblem> {
    actor.check(Permission::ReadAudit)?;
    chain_body(&state).await
}

/// Has the whole chain walked from its beginning, beside what else the server does; ask for
/// `/audit/chain` until `is_being_verified` is no more.
///
/// *Permissions*: `audit.read`.
#[utoipa::path(
    post,
    path = "/audit/chain/verification",
    tag = "system",
    responses(
        (status = 200, body = AuditChainAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn verify_audit_chain(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<AuditChainAnswer>, ApiProblem> {
    actor.check(Permission::ReadAudit)?;
    state.audit.ask();
    chain_body(&state).await
}
