//! The layers of the map: outlines of counties, rivers, and the bureau's own.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use sites::{MapLayer, NewMapLayer};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    let most = usize::try_from(sites::MOST_FILE_BYTES).unwrap_or(usize::MAX);
    OpenApiRouter::new().routes(routes!(list_map_layers)).merge(
        OpenApiRouter::new()
            .routes(routes!(update_map_layer))
            .layer(DefaultBodyLimit::max(most)),
    )
}

/// A layer of the map.
#[derive(Debug, Serialize, ToSchema)]
struct MapLayerBody {
    /// `counties`, `rivers` or another.
    name: String,
    /// A GeoJSON feature collection, WGS-84.
    #[schema(value_type = Object)]
    geojson: serde_json::Value,
    feature_count: i64,
    /// Where it comes from.
    source: String,
    /// Whether it is a schematic drawing (示意图) and no official boundary.
    is_schematic: bool,
    updated_at: String,
    revision: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct MapLayersBody {
    layers: Vec<MapLayerBody>,
}

/// A layer that was put, without its geometry.
#[derive(Debug, Serialize, ToSchema)]
struct KeptLayerBody {
    name: String,
    feature_count: i64,
    revision: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneLayer {
    layer: KeptLayerBody,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LayerQuery {
    /// Where it comes from, shown beside the map.
    #[serde(default)]
    source: String,
    /// Whether it is a schematic drawing (示意图).
    #[serde(default)]
    is_schematic: bool,
}

impl MapLayerBody {
    fn of(layer: MapLayer) -> Result<Self, ApiProblem> {
        let geojson =
            serde_json::from_str(&layer.geojson).map_err(|error| ApiProblem::internal(&error))?;
        Ok(Self {
            name: layer.name,
            geojson,
            feature_count: layer.feature_count,
            source: layer.source,
            is_schematic: layer.is_schematic,
            updated_at: layer.updated_at.to_string(),
            revision: layer.revision,
        })
    }
}

/// Lists the layers of the map with their geometry.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/map/layers",
    tag = "map",
    responses(
        (status = 200, body = MapLayersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_map_layers(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<MapLayersBody>, ApiProblem> {
    let found = sites::list_map_layers(&state.database, &actor).await?;
    let layers: Result<Vec<MapLayerBody>, ApiProblem> =
        found.into_iter().map(MapLayerBody::of).collect();
    Ok(Json(MapLayersBody { layers: layers? }))
}

/// Puts a layer (GeoJSON) in the place of the one of its name.
///
/// *Permissions*: `sites.manage`, everywhere.
#[utoipa::path(
    put,
    path = "/map/layers/{name}",
    tag = "map",
    params(LayerQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = OneLayer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_map_layer(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(name): Path<String>,
    Query(query): Query<LayerQuery>,
    body: Bytes,
) -> Result<Json<OneLayer>, ApiProblem> {
    let layer = tokio::task::spawn_blocking(move || {
        NewMapLayer::read(&name, &body, &query.source, query.is_schematic)
    })
    .await
    .map_err(|error| ApiProblem::internal(&error))??;
    let put = sites::update_map_layer(&state.database, &*state.clock, &actor, layer).await?;
    Ok(Json(OneLayer {
        layer: KeptLayerBody {
            name: put.name,
            feature_count: put.feature_count,
            revision: put.revision,
        },
    }))
}
