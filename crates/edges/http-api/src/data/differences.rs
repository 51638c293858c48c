//! Values that are not the same now as they were known at an instant.

use axum::extract::State;
use monitoring::Layer;
use monitoring::knowledge::{Cause, Difference, DifferencesRequest, list_differences};
use serde::{Deserialize, Serialize};
use sites::{DirectoryPoint, PointId};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{SeriesPointBody, point_body, unit_of};
use super::{read_kind, read_known_at, read_layer, read_statistic, read_time};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DifferencesAnswer {
    differences: Vec<DifferenceBody>,
    meta: Meta,
}

/// A value that is not the same now as it was then.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceBody {
    time: String,
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    /// What was known then; null when no packet had come.
    then: Option<SeriesPointBody>,
    /// What is known now.
    now: Option<SeriesPointBody>,
    /// What came in between and changed it.
    causes: Vec<CauseBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CauseBody {
    /// `packet`, `mark` or `review`.
    cause: &'static str,
    /// When the packet was received, or the mark or review made.
    at: String,
    /// The packet that wins now.
    #[serde(skip_serializing_if = "Option::is_none")]
    packet_id: Option<String>,
    /// What was marked or decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DifferencesQuery {
    /// `realtime`, `minute`, `hour`, `day`…
    kind: String,
    /// Factor codes, as often as wanted; all when absent.
    #[serde(default)]
    factor: Vec<String>,
    /// From this time; input without an offset is Beijing time.
    from: String,
    /// Up to, not including, this time.
    to: String,
    /// The instant with which today is compared.
    known_at: String,
    /// `received`, `marked`, `effective` (default).
    layer: Option<String>,
    /// `measured` (default), `converted`, `amount`.
    statistic: Option<String>,
    /// Differences at the most, 100 unless given; those of one time come together.
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<String>,
}

/// Lists the values that are not the same now as they were known at an instant, oldest first, with
/// the packet, mark or review that changed each.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/differences",
    tag = "data",
    params(DifferencesQuery),
    responses(
        (status = 200, body = DifferencesAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_point_differences(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<DifferencesQuery>,
) -> Result<Json<DifferencesAnswer>, ApiProblem> {
    let request = DifferencesRequest {
        point_id: id,
        kind: read_kind(&query.kind)?,
        factors: query.factor,
        from: read_time("from", &query.from)?,
        to: read_time("to", &query.to)?,
        layer: read_layer(query.layer.as_deref(), Layer::Effective)?,
        statistic: read_statistic(query.statistic.as_deref())?,
        known_at: read_known_at(&state, &query.known_at)?,
    };
    let after = query.after.as_deref();
    let after = after.map(|text| read_time("after", text)).transpose()?;
    let limit = usize::try_from(page_size(query.limit)).unwrap_or(1);
    let directory = state.directory.current();
    let page = list_differences(
        &state.database,
        &directory,
        &actor,
        &request,
        (after, limit),
    )
    .await?;
    let point = directory.point(PointId(id)).map(|point| &**point);
    let differences = page.differences.into_iter();
    Ok(Json(DifferencesAnswer {
        differences: differences.map(|one| difference_body(one, point)).collect(),
        meta: Meta {
            next: page.next.map(|time| time.to_string()),
        },
    }))
}

fn difference_body(difference: Difference, point: Option<&DirectoryPoint>) -> DifferenceBody {
    let (name_zh, name_en) = factor_names(&difference.factor_code);
    DifferenceBody {
        time: difference.time.to_string(),
        unit: unit_of(point, &difference.factor_code),
        factor_code: difference.factor_code,
        name_zh,
        name_en,
        then: difference.then.as_ref().map(point_body),
        now: difference.now.as_ref().map(point_body),
        causes: difference.causes.into_iter().map(cause_body).collect(),
    }
}

fn cause_body(cause: Cause) -> CauseBody {
    let plain = |cause, at: beijing_time::Timestamp| CauseBody {
        cause,
        at: at.to_string(),
        packet_id: None,
        word: None,
        author: None,
        reason: None,
    };
    match cause {
        Cause::Packet {
            packet_id,
            received_at,
        } => CauseBody {
            // what was imported came in no packet
            packet_id: packet_id
                .import_id()
                .is_none()
                .then(|| packet_id.to_string()),
            ..plain("packet", received_at)
        },
        Cause::Mark {
            mark,
            reason,
            author,
            at,
        } => CauseBody {
            word: Some(mark.as_str()),
            author: Some(author),
            reason: Some(reason),
            ..plain("mark", at)
        },
        Cause::Review {
            decision,
            reason,
            author,
            at,
        } => CauseBody {
            word: Some(decision.as_str()),
            author: Some(author),
            reason: Some(reason),
            ..plain("review", at)
        },
    }
}
