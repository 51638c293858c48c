//! Map tiles: which sources there are, and a `PMTiles` file served in ranges.

use access::Permission;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState, TileKind};

/// Where a `PMTiles` file is served.
const PMTILES_PATH: &str = "/api/v1/map/tiles.pmtiles";

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_map_configuration))
        .routes(routes!(load_map_tiles))
}

/// What the map page needs to know.
#[derive(Debug, Serialize, ToSchema)]
struct MapConfigurationBody {
    map_configuration: MapConfiguration,
}

#[derive(Debug, Serialize, ToSchema)]
struct MapConfiguration {
    /// Sources of tiles, drawn one above the other; none for the built-in map.
    tile_layers: Vec<TileLayer>,
}

/// A source of map tiles.
#[derive(Debug, Serialize, ToSchema)]
struct TileLayer {
    /// `xyz` or `pmtiles`.
    kind: &'static str,
    /// A URL with `{z}`, `{x}`, `{y}`, or that of the `PMTiles` file.
    url: String,
    /// What the source wants to be named beside the map.
    attribution: String,
    /// The largest zoom it has tiles for.
    max_zoom: u8,
}

/// Shows the settings of the map.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/map/configuration",
    tag = "map",
    responses(
        (status = 200, body = MapConfigurationBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_map_configuration(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<MapConfigurationBody>, ApiProblem> {
    actor.check(Permission::ReadSites)?;
    let tiles = state.settings.map_tiles.iter();
    let tile_layers = tiles.map(|tiles| {
        let (kind, url) = match &tiles.kind {
            TileKind::Url(url) => ("xyz", url.clone()),
            TileKind::PmtilesFile(_) => ("pmtiles", PMTILES_PATH.to_owned()),
        };
        TileLayer {
            kind,
            url,
            attribution: tiles.attribution.clone(),
            max_zoom: tiles.max_zoom,
        }
    });
    let map_configuration = MapConfiguration {
        tile_layers: tile_layers.collect(),
    };
    Ok(Json(MapConfigurationBody { map_configuration }))
}

/// Gives the `PMTiles` file of the configuration, whole or in ranges.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/map/tiles.pmtiles",
    tag = "map",
    responses(
        (status = 200, description = "The file", content_type = "application/vnd.pmtiles"),
        (status = 206, description = "The range asked for",
            content_type = "application/vnd.pmtiles"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_map_tiles(
    State(state): State<ApiState>,
    actor: CurrentActor,
    request: Request<Body>,
) -> Result<Response, ApiProblem> {
    actor.check(Permission::ReadSites)?;
    let tiles = state.settings.map_tiles.iter();
    let mut file = tiles.filter_map(|tiles| match &tiles.kind {
        TileKind::PmtilesFile(path) => Some(path),
        TileKind::Url(_) => None,
    });
    let Some(path) = file.next() else {
        return Err(ApiProblem::not_found(
            "The configuration names no PMTiles file (map.pmtiles_file).",
        ));
    };
    let mut served = match ServeFile::new(path).oneshot(request).await {
        Ok(served) => served,
        Err(never) => match never {},
    };
    if served.status().is_success() {
        let kind = HeaderValue::from_static("application/vnd.pmtiles");
        served.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(served.into_response())
}
