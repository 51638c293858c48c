//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;

use background_jobs::JobBoard;
use beijing_time::{Clock, Timestamp};
use database::Database;

/// Shared by all handlers; cloning is cheap.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// The two stores.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The last runs of the background jobs.
    pub jobs: JobBoard,
    /// Settings of the API.
    pub settings: Arc<ApiSettings>,
}

/// Settings of the API, passed in by the product.
#[derive(Debug, Clone, Default)]
pub struct ApiSettings {
    /// The folder whose disk is watched; none for a database elsewhere.
    pub data_folder: Option<PathBuf>,
    /// An optional source of map tiles.
    pub map_tiles: Option<MapTiles>,
    /// Whether this installation shows a simulated city.
    pub is_demo: bool,
}

/// A source of raster map tiles.
#[derive(Debug, Clone)]
pub struct MapTiles {
    /// URL with `{z}`, `{x}`, `{y}`; a key, where one is needed, is part of it.
    pub url: String,
    /// What the source wants to be named beside the map.
    pub attribution: String,
}

impl ApiState {
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
