//! How long records of each kind are kept (保存期限).

use axum::extract::State;
use monitoring::RecordKind;
use monitoring::retention::{
    Amount, LEAST_DAYS, MOST_DAYS, Retention, list_retention, preview_retention, set_retention,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_record_retention))
        .routes(routes!(set_record_retention))
        .routes(routes!(preview_record_retention))
}

#[derive(Debug, Serialize, ToSchema)]
struct RetentionAnswer {
    retention: Vec<RetentionBody>,
    /// The shortest time that may be set.
    least_days: i64,
    /// The longest time that may be set; longer is for ever.
    most_days: i64,
}

/// How long records of a kind are kept, and what of them there is.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionBody {
    kind: String,
    /// Days for which they are kept; null for ever.
    keep_days: Option<i64>,
    /// To be given back with a change.
    revision: i64,
    /// What is kept.
    kept: AmountBody,
    /// The day of the first record that is kept, or a little before.
    first: Option<String>,
    /// Records of earlier times were removed; their packets are kept.
    removed_before: Option<String>,
    /// What was removed in all.
    removed: AmountBody,
    /// Records that came afterwards for the time that is gone; their packets are kept.
    late_records: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct AmountBody {
    /// Records, each packet's counted.
    records: u64,
    /// Bytes of their contents, without what the database adds.
    bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct PreviewAnswer {
    preview: PreviewBody,
}

/// What would be removed; nothing is changed by asking.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewBody {
    kind: String,
    keep_days: Option<i64>,
    /// Records of earlier times would go; null when all are kept.
    before: Option<String>,
    amount: AmountBody,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetentionInput {
    /// Days for which records are kept; null for ever.
    keep_days: Option<i64>,
    /// The revision of the setting as it was seen.
    revision: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PreviewQuery {
    /// Days for which records would be kept; for ever when absent.
    keep_days: Option<i64>,
}

/// Lists how long records of each kind are kept, what of them there is and what was removed.
///
/// *Permissions*: `system.read`.
#[utoipa::path(
    get,
    path = "/retention",
    tag = "retention",
    responses(
        (status = 200, body = RetentionAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_record_retention(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<RetentionAnswer>, ApiProblem> {
    let all = list_retention(&state.database, &actor).await?;
    Ok(Json(RetentionAnswer {
        retention: all.iter().map(retention_body).collect(),
        least_days: LEAST_DAYS,
        most_days: MOST_DAYS,
    }))
}

/// Sets how long records of a kind are kept. What is older is removed within the hour; raw packets
/// and derived figures stay.
///
/// *Permissions*: `retention.manage`, for the whole city.
#[utoipa::path(
    put,
    path = "/retention/{kind}",
    tag = "retention",
    request_body = RetentionInput,
    responses(
        (status = 200, body = RetentionAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn set_record_retention(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(kind): Path<String>,
    Json(input): Json<RetentionInput>,
) -> Result<Json<RetentionAnswer>, ApiProblem> {
    let of = (find_kind(&kind)?, input.revision);
    set_retention(&state.database, &*state.clock, &actor, of, input.keep_days).await?;
    list_record_retention(State(state), actor).await
}

/// Says what would be removed if records of a kind were kept for so many days; changes nothing.
///
/// *Permissions*: `system.read`.
#[utoipa::path(
    get,
    path = "/retention/{kind}/preview",
    tag = "retention",
    params(PreviewQuery),
    responses(
        (status = 200, body = PreviewAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn preview_record_retention(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(kind): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<PreviewAnswer>, ApiProblem> {
    let kind = find_kind(&kind)?;
    let clock = &*state.clock;
    let preview = preview_retention(&state.database, clock, &actor, kind, query.keep_days).await?;
    Ok(Json(PreviewAnswer {
        preview: PreviewBody {
            kind: kind.as_str().to_owned(),
            keep_days: query.keep_days,
            before: preview.before.map(|before| before.to_string()),
            amount: amount_body(preview.amount),
        },
    }))
}

fn find_kind(name: &str) -> Result<RecordKind, ApiProblem> {
    RecordKind::from_name(name)
        .ok_or_else(|| ApiProblem::not_found(format!("There is no kind of record `{name}`.")))
}

fn amount_body(amount: Amount) -> AmountBody {
    AmountBody {
        records: amount.records,
        bytes: amount.bytes,
    }
}

fn retention_body(of: &Retention) -> RetentionBody {
    RetentionBody {
        kind: of.kind.as_str().to_owned(),
        keep_days: of.keep_days,
        revision: of.revision,
        kept: amount_body(of.kept),
        first: of.first.map(|first| first.to_string()),
        removed_before: of.removed_before.map(|before| before.to_string()),
        removed: amount_body(of.removed),
        late_records: of.late_records,
    }
}
