//! Hours and days of our own, computed from the minutes and hours that were received.

use axum::extract::State;
use monitoring::retention::Removals;
use monitoring::{DerivedFactor, Layer, RecordKind, RecordsRequest, load_derived};
use serde::{Deserialize, Serialize};
use sites::{DirectoryPoint, PointId};
use utoipa::{IntoParams, ToSchema};

use super::bodies::unit_of;
use super::{read_known_at, read_time};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DerivedAnswer {
    periods: Vec<DerivedPeriodBody>,
    /// How the figures came about: `stored`, as they follow from what is held today, or
    /// `recomputed`, in the same way from what was known at `known_at`.
    computed: &'static str,
    /// The kind of record that they are computed from: `minute` or `hour`.
    computed_from: &'static str,
    known_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DerivedPeriodBody {
    /// The start of the hour or day.
    time: String,
    /// Whether the records that it was computed from were removed by retention since: it stays as
    /// it was and does not follow late data and reviews any more.
    are_sources_removed: bool,
    factors: Vec<DerivedFactorBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DerivedFactorBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
    /// The exact sum of the values that count; the mean is `sum` ÷ `count`.
    sum: String,
    /// How many count.
    count: u64,
    /// How many there are, whatever their flag.
    received: u64,
    min: Option<String>,
    max: Option<String>,
    /// The sum of the amounts (`Cou`).
    amount: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DerivedQuery {
    /// `hour` (from minutes) or `day` (from hours).
    kind: String,
    /// Periods that begin at or after this time.
    from: String,
    /// And before this time.
    to: String,
    /// As known at this time: only what was received and reviewed up to it; at most 400 days.
    known_at: Option<String>,
}

/// Lists hours and days that are computed from received minutes and hours, a cross-check of those
/// that the device sent.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/derived",
    tag = "data",
    params(DerivedQuery),
    responses(
        (status = 200, body = DerivedAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_point_derived(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<DerivedQuery>,
) -> Result<Json<DerivedAnswer>, ApiProblem> {
    let (kind, source) = match query.kind.as_str() {
        "hour" => (RecordKind::Hour, RecordKind::Minute),
        "day" => (RecordKind::Day, RecordKind::Hour),
        other => {
            let detail = format!("`{other}` is none of: hour, day");
            return Err(ApiProblem::invalid("kind", "unknown_word", detail));
        }
    };
    let known_at = query.known_at.as_deref();
    let request = RecordsRequest {
        point_id: id,
        kind,
        from: read_time("from", &query.from)?,
        to: read_time("to", &query.to)?,
        layer: Layer::Effective,
        known_at: known_at
            .map(|text| read_known_at(&state, text))
            .transpose()?,
    };
    let removals = Removals::load(&state.database).await?;
    let directory = state.directory.current();
    let derived = load_derived(&state.database, &directory, &actor, request).await?;
    let point = directory.point(PointId(id)).map(|point| &**point);
    Ok(Json(DerivedAnswer {
        periods: derived
            .iter()
            .map(|(time, factors)| DerivedPeriodBody {
                time: time.to_string(),
                are_sources_removed: removals.has(source, *time),
                factors: factors.iter().map(|one| factor_body(one, point)).collect(),
            })
            .collect(),
        computed: if request.known_at.is_some() {
            "recomputed"
        } else {
            "stored"
        },
        computed_from: source.as_str(),
        known_at: request.known_at.map(|known_at| known_at.to_string()),
    }))
}

fn factor_body(factor: &DerivedFactor, point: Option<&DirectoryPoint>) -> DerivedFactorBody {
    let (name_zh, name_en) = factor_names(&factor.factor_code);
    DerivedFactorBody {
        unit: unit_of(point, &factor.factor_code),
        factor_code: factor.factor_code.clone(),
        name_zh,
        name_en,
        sum: factor.sum.to_string(),
        count: factor.count,
        received: factor.received,
        min: factor.min.map(|value| value.to_string()),
        max: factor.max.map(|value| value.to_string()),
        amount: factor.amount.map(|value| value.to_string()),
    }
}
