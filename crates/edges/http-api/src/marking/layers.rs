//! As received, as marked, as reviewed: one table.

use axum::extract::State;
use marking::{LayerTable, load_layer_table};
use monitoring::layers::{RecordMark, RecordReview};
use monitoring::{FactorReading, Field, RecordKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::unknown;
use crate::actor::CurrentActor;
use crate::data::{packet_text, read_time};
use crate::extract::{Json, Path, Query};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_point_layers))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LayersQuery {
    /// `minute`, `hour` or `day`.
    kind: String,
    /// One factor; all when absent.
    factor: Option<String>,
    /// From this time.
    from: String,
    /// Up to, not including, this time; at most 31 days.
    to: String,
}

/// What a device sent of a factor, or what counts of it.
#[derive(Debug, Serialize, ToSchema)]
struct LayerValueBody {
    /// Real-time value or mean.
    value: Option<String>,
    /// Converted (折算) value.
    converted: Option<String>,
    /// Amount over the period.
    amount: Option<String>,
    flag: Option<String>,
}

impl LayerValueBody {
    fn of(reading: &FactorReading) -> Self {
        let text = |field: &Field| reading.value(field).map(|value| value.text().into_owned());
        Self {
            value: reading
                .main_value()
                .map(|(_, value)| value.text().into_owned()),
            converted: text(&Field::ZsRtd).or_else(|| text(&Field::ZsAvg)),
            amount: text(&Field::Cou),
            flag: reading.flag.as_deref().map(str::to_owned),
        }
    }
}

/// One value in its layers.
#[derive(Debug, Serialize, ToSchema)]
struct LayerRowBody {
    time: String,
    factor_code: String,
    name_zh: String,
    name_en: String,
    received: LayerValueBody,
    /// The packet it came in; null when it was imported.
    packet_id: Option<String>,
    /// The import of an older system's records that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<i64>,
    /// The number in `marks` of the mark that stands.
    mark: Option<usize>,
    /// The number in `reviews` of the review that stands.
    review: Option<usize>,
    /// `received`, `replaced`, `amount_replaced` or `invalid`.
    validity: String,
    /// What counts; null where nothing does.
    effective: Option<LayerValueBody>,
}

/// A mark: what the enterprise says.
#[derive(Debug, Serialize, ToSchema)]
struct LayerMarkBody {
    id: i64,
    code: String,
    factor_code: Option<String>,
    kind: Option<String>,
    from: String,
    to: String,
    author: String,
    at: String,
    reason: String,
    /// When it was taken back, if it was.
    withdrawn_at: Option<String>,
}

impl From<&RecordMark> for LayerMarkBody {
    fn from(mark: &RecordMark) -> Self {
        Self {
            id: mark.id,
            code: mark.mark.as_str().to_owned(),
            factor_code: mark.subject.factor_code.clone(),
            kind: mark.subject.kind.map(|kind| kind.as_str().to_owned()),
            from: mark.subject.from.to_string(),
            to: mark.subject.to.to_string(),
            author: mark.author.clone(),
            at: mark.at.to_string(),
            reason: mark.reason.clone(),
            withdrawn_at: mark.withdrawn_at.map(|at| at.to_string()),
        }
    }
}

/// A review: what the bureau decided.
#[derive(Debug, Serialize, ToSchema)]
struct LayerReviewBody {
    id: i64,
    mark_id: Option<i64>,
    decision: String,
    value: Option<String>,
    factor_code: Option<String>,
    kind: Option<String>,
    from: String,
    to: String,
    author: String,
    at: String,
    reason: String,
}

impl From<&RecordReview> for LayerReviewBody {
    fn from(review: &RecordReview) -> Self {
        Self {
            id: review.id,
            mark_id: review.mark_id,
            decision: review.decision.as_str().to_owned(),
            value: review.value.map(|value| value.to_string()),
            factor_code: review.subject.factor_code.clone(),
            kind: review.subject.kind.map(|kind| kind.as_str().to_owned()),
            from: review.subject.from.to_string(),
            to: review.subject.to.to_string(),
            author: review.author.clone(),
            at: review.at.to_string(),
            reason: review.reason.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct LayersBody {
    rows: Vec<LayerRowBody>,
    /// The marks of the time, the latest last, withdrawn ones too.
    marks: Vec<LayerMarkBody>,
    /// The reviews of the time, the latest last.
    reviews: Vec<LayerReviewBody>,
}

impl From<LayerTable> for LayersBody {
    fn from(table: LayerTable) -> Self {
        let rows = table.rows.iter().map(|row| {
            let (name_zh, name_en) = factor_names(&row.factor_code);
            LayerRowBody {
                time: row.time.to_string(),
                factor_code: row.factor_code.clone(),
                name_zh,
                name_en,
                received: LayerValueBody::of(&row.received),
                packet_id: packet_text(row.packet_id),
                import_id: row.packet_id.import_id(),
                mark: row.mark,
                review: row.review,
                validity: row.validity.as_str().to_owned(),
                effective: row.effective.as_ref().map(LayerValueBody::of),
            }
        });
        Self {
            rows: rows.collect(),
            marks: table.marks.iter().map(LayerMarkBody::from).collect(),
            reviews: table.reviews.iter().map(LayerReviewBody::from).collect(),
        }
    }
}

/// Shows values of a point as received, as marked and as reviewed, with who, when and why.
///
/// *Permissions*: `data.read`, in the region.
#[utoipa::path(
    get,
    path = "/points/{id}/layers",
    tag = "marking",
    params(LayersQuery),
    responses(
        (status = 200, body = LayersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_point_layers(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<LayersQuery>,
) -> Result<Json<LayersBody>, ApiProblem> {
    let kind = RecordKind::from_name(&query.kind).ok_or_else(|| unknown("kind", &query.kind))?;
    let span = (read_time("from", &query.from)?, read_time("to", &query.to)?);
    let directory = state.directory.current();
    let factor = query.factor.as_deref().filter(|code| !code.is_empty());
    let table = load_layer_table(
        &state.database,
        &directory,
        &actor,
        (id, kind),
        span,
        factor,
    )
    .await?;
    Ok(Json(table.into()))
}
