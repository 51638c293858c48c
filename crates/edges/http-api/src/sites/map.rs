//! The layers of the map: outlines of counties, rivers, and the bureau's own.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use sites::{MapFile, MapFileReport, MapLayer, MapLayerOptions, NewMapLayer};
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
            .routes(routes!(update_map_layer, delete_map_layer))
            .routes(routes!(preview_map_layer))
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
    /// The attribute that holds the names, where it is not found by itself.
    name_field: Option<String>,
}

/// What a map file holds.
#[derive(Debug, Serialize, ToSchema)]
struct MapPreviewBody {
    /// What it would be: a GeoJSON feature collection, WGS-84.
    #[schema(value_type = Object)]
    geojson: serde_json::Value,
    feature_count: i64,
    points: usize,
    lines: usize,
    areas: usize,
    /// How many corners it has.
    positions: usize,
    /// West, south, east and north end in degrees.
    bounds: [f64; 4],
    /// Every attribute of its features.
    fields: Vec<String>,
    /// The attribute that holds the names.
    name_field: Option<String>,
    names: Vec<String>,
    /// Names that no region of the register bears.
    unknown_names: Vec<String>,
    /// `far_away`, `no_names`, `unknown_names`, `no_projection`, `no_table`, `without_geometry`.
    warnings: Vec<String>,
    /// The size of what would be kept.
    size_bytes: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct OnePreview {
    preview: MapPreviewBody,
}

impl MapPreviewBody {
    fn of(layer: &NewMapLayer, report: MapFileReport) -> Result<Self, ApiProblem> {
        let geojson = serde_json::from_str(layer.geojson());
        let bounds = report.bounds;
        let warnings = report.warnings.iter();
        Ok(Self {
            geojson: geojson.map_err(|error| ApiProblem::internal(&error))?,
            feature_count: layer.feature_count(),
            points: report.points,
            lines: report.lines,
            areas: report.areas,
            positions: report.positions,
            bounds: [bounds.west, bounds.south, bounds.east, bounds.north],
            fields: report.fields,
            name_field: report.name_field,
            names: report.names,
            unknown_names: report.unknown_names,
            warnings: warnings.map(|warning| warning.code().to_owned()).collect(),
            size_bytes: layer.geojson().len(),
        })
    }
}

/// Reads a file away from the threads that answer requests.
async fn prepare(
    state: &ApiState,
    actor: &access::Actor,
    (name, query): (String, LayerQuery),
    body: Bytes,
) -> Result<(NewMapLayer, MapFileReport), ApiProblem> {
    actor.check(access::Permission::ManageSites)?;
    let file = tokio::task::spawn_blocking(move || MapFile::read(&body));
    let file = file.await.map_err(|error| ApiProblem::internal(&error))??;
    let options = MapLayerOptions {
        name,
        source: query.source,
        is_schematic: query.is_schematic,
        name_field: query.name_field.filter(|name| !name.is_empty()),
    };
    Ok(sites::prepare_map_layer(&state.database, actor, file, &options).await?)
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

/// Reads a map file (GeoJSON or a zipped Shapefile, in degrees of CGCS2000 or WGS-84) and says what
/// it would be as this layer. Nothing is kept.
///
/// *Permissions*: `sites.manage`, for the whole city.
#[utoipa::path(
    post,
    path = "/map/layers/{name}/preview",
    tag = "map",
    params(LayerQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = OnePreview),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn preview_map_layer(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(name): Path<String>,
    Query(query): Query<LayerQuery>,
    body: Bytes,
) -> Result<Json<OnePreview>, ApiProblem> {
    let (layer, report) = prepare(&state, &actor, (name, query), body).await?;
    let preview = MapPreviewBody::of(&layer, report)?;
    Ok(Json(OnePreview { preview }))
}

/// Puts a layer (GeoJSON or a zipped Shapefile) in the place of the one of its name.
/// `official_counties` and `official_rivers` are shown in the place of `counties` and `rivers`.
///
/// *Permissions*: `sites.manage`, for the whole city.
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
    let (layer, _report) = prepare(&state, &actor, (name, query), body).await?;
    let put = sites::update_map_layer(&state.database, &*state.clock, &actor, layer).await?;
    Ok(Json(OneLayer {
        layer: KeptLayerBody {
            name: put.name,
            feature_count: put.feature_count,
            revision: put.revision,
        },
    }))
}

/// Removes a layer. Without `official_counties` the schematic outlines are shown again.
///
/// *Permissions*: `sites.manage`, for the whole city.
#[utoipa::path(
    delete,
    path = "/map/layers/{name}",
    tag = "map",
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_map_layer(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(name): Path<String>,
) -> Result<(), ApiProblem> {
    sites::delete_map_layer(&state.database, &*state.clock, &actor, &name).await?;
    Ok(())
}
