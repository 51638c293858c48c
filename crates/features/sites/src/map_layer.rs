//! Layers of the map: outlines of counties, rivers.

use beijing_time::Timestamp;
use geojson::{FeatureCollection, GeoJson, GeometryValue, Position};

use crate::SitesError;
use crate::error::{FieldProblem, ProblemKind};

/// The largest GeoJSON text that is kept.
const MOST_BYTES: u64 = 20 << 20;
/// The most features of a layer.
const MOST_FEATURES: usize = 20_000;

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
    /// Checks a GeoJSON feature collection in WGS-84 degrees, longitude first.
    ///
    /// # Errors
    /// [`SitesError::UnreadableFile`] when it is no such thing or its coordinates are no degrees,
    /// [`SitesError::TooLarge`], [`SitesError::Invalid`] for the name.
    pub fn read(
        name: &str,
        bytes: &[u8],
        source: &str,
        is_schematic: bool,
    ) -> Result<Self, SitesError> {
        check_name(name)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(SitesError::TooLarge {
                what: "bytes of the layer",
                most: MOST_BYTES,
            });
        }
        let text = core::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
            .map_err(|_error| unreadable("it is no text in UTF-8"))?;
        let collection = match text.parse::<GeoJson>().map_err(unreadable)? {
            GeoJson::FeatureCollection(collection) => collection,
            GeoJson::Feature(_) | GeoJson::Geometry(_) => {
                return Err(unreadable("it is no feature collection"));
            }
        };
        Self::of_features(name, collection, source, is_schematic)
    }

    fn of_features(
        name: &str,
        mut collection: FeatureCollection,
        source: &str,
        is_schematic: bool,
    ) -> Result<Self, SitesError> {
        if collection.features.len() > MOST_FEATURES {
            return Err(SitesError::TooLarge {
                what: "features of the layer",
                most: MOST_FEATURES as u64,
            });
        }
        if collection.features.is_empty() {
            return Err(unreadable("it has no features"));
        }
        for feature in &collection.features {
            if let Some(geometry) = &feature.geometry {
                check_geometry(&geometry.value, 0)?;
            }
        }
        collection.foreign_members = None;
        Ok(Self {
            name: name.to_owned(),
            feature_count: i64::try_from(collection.features.len()).unwrap_or(i64::MAX),
            geojson: collection.to_string(),
            source: source.chars().take(300).collect(),
            is_schematic,
        })
    }

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

fn unreadable(reason: impl core::fmt::Display) -> SitesError {
    SitesError::UnreadableFile {
        reason: reason.to_string(),
    }
}

fn check_name(name: &str) -> Result<(), SitesError> {
    let is_good = (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_good {
        return Ok(());
    }
    Err(SitesError::Invalid {
        problems: vec![FieldProblem::new("name", ProblemKind::ForbiddenCharacters)],
    })
}

/// Coordinates of an official map are often metres: those are refused and not drawn in the sea.
fn check_geometry(value: &GeometryValue, depth: u32) -> Result<(), SitesError> {
    match value {
        GeometryValue::Point { coordinates } => check_positions(std::slice::from_ref(coordinates)),
        GeometryValue::MultiPoint { coordinates } | GeometryValue::LineString { coordinates } => {
            check_positions(coordinates)
        }
        GeometryValue::MultiLineString { coordinates } | GeometryValue::Polygon { coordinates } => {
            coordinates
                .iter()
                .try_for_each(|line| check_positions(line))
        }
        GeometryValue::MultiPolygon { coordinates } => coordinates
            .iter()
            .flatten()
            .try_for_each(|line| check_positions(line)),
        GeometryValue::GeometryCollection { geometries } if depth < 3 => geometries
            .iter()
            .try_for_each(|geometry| check_geometry(&geometry.value, depth + 1)),
        GeometryValue::GeometryCollection { .. } => {
            Err(unreadable("its geometries are nested too deep"))
        }
    }
}

fn check_positions(positions: &[Position]) -> Result<(), SitesError> {
    for position in positions {
        let (Some(longitude), Some(latitude)) =
            (position.as_slice().first(), position.as_slice().get(1))
        else {
            return Err(unreadable("a position lacks a coordinate"));
        };
        if !(-180.0..=180.0).contains(longitude) || !(-90.0..=90.0).contains(latitude) {
            return Err(unreadable(format!(
                "({longitude}, {latitude}) is no longitude and latitude in degrees: convert the \
                 map to WGS-84 or CGCS2000 degrees"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NewMapLayer, SitesError> {
        NewMapLayer::read("counties", text.as_bytes(), "test", true)
    }

    #[test]
    fn the_map_of_hengyang_can_be_read() {
        for (text, count) in [
            (
                include_str!("../../../../cities/hengyang/map/counties.geojson"),
                12,
            ),
            (
                include_str!("../../../../cities/hengyang/map/rivers.geojson"),
                5,
            ),
        ] {
            assert_eq!(read(text).unwrap().feature_count, count);
        }
    }

    #[test]
    fn what_is_no_map_in_degrees_is_refused() {
        let point = |coordinates: &str| {
            format!(
                r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":null,
                "geometry":{{"type":"Point","coordinates":{coordinates}}}}}]}}"#
            )
        };
        assert_eq!(read(&point("[112.6,26.9]")).unwrap().feature_count, 1);
        for wrong in [
            point("[38461234.5,2981234.5]"),
            point("[112.6]"),
            r#"{"type":"FeatureCollection","features":[]}"#.to_owned(),
            r#"{"type":"Point","coordinates":[112.6,26.9]}"#.to_owned(),
            "{".to_owned(),
        ] {
            assert!(
                matches!(read(&wrong), Err(SitesError::UnreadableFile { .. })),
                "{wrong}"
            );
        }
        let result = NewMapLayer::read("../x", point("[1,2]").as_bytes(), "", false);
        assert!(
            matches!(result, Err(SitesError::Invalid { .. })),
            "{result:?}"
        );
    }
}
