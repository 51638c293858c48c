//! Layers of the map: outlines of counties, rivers.

use beijing_time::Timestamp;

/// A layer as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapLayer {
    /// `counties`, `rivers` or another of the bureau's own.
    pub name: String,
    /// A GeoJSON feature collection, WGS-84.
    pub geojson: String,
    /// How many features it has.
    pub feature_count: i64,
    /// Where it comes from, for people.
    pub source: String,
    /// Whether it is a schematic drawing (示意图) and no official boundary.
    pub is_schematic: bool,
    /// When it was put.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub revision: i64,
}

/// A layer that was checked and can be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMapLayer {
    name: String,
    geojson: String,
    feature_count: i64,
    source: String,
    is_schematic: bool,
}

impl NewMapLayer {
    /// The layer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn into_layer(self, updated_at: Timestamp) -> MapLayer {
        MapLayer {
            name: self.name,
            geojson: self.geojson,
            feature_count: self.feature_count,
            source: self.source,
            is_schematic: self.is_schematic,
            updated_at,
            revision: 0,
        }
    }
}
