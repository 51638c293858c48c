//! Outlines of counties for the map of a report, read from GeoJSON.

use serde::Deserialize;

/// The outline of a county; or lines without one, such as rivers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountyOutline {
    /// The region's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its rings, longitude and latitude.
    pub rings: Vec<Vec<(f64, f64)>>,
    /// Where its name stands.
    pub label_at: (f64, f64),
    /// Lines to draw besides.
    pub lines: Vec<Vec<(f64, f64)>>,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name_zh: String,
    longitude: Option<f64>,
    latitude: Option<f64>,
}

type Position = (f64, f64);

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Vec<Position>>),
    MultiPolygon(Vec<Vec<Vec<Position>>>),
    LineString(Vec<Position>),
    MultiLineString(Vec<Vec<Position>>),
}

/// Reads the features of a collection; what is no area and no line is left out with the whole file.
///
/// # Errors
/// What is wrong with the file.
pub fn read_outlines(geojson: &str) -> Result<Vec<CountyOutline>, String> {
    let collection: Collection =
        serde_json::from_str(geojson).map_err(|error| error.to_string())?;
    Ok(collection
        .features
        .into_iter()
        .map(|feature| {
            let (rings, lines) = match feature.geometry {
                Geometry::Polygon(rings) => (rings, Vec::new()),
                Geometry::MultiPolygon(parts) => {
                    (parts.into_iter().flatten().collect(), Vec::new())
                }
                Geometry::LineString(line) => (Vec::new(), vec![line]),
                Geometry::MultiLineString(lines) => (Vec::new(), lines),
            };
            let first = rings.first().and_then(|ring| ring.first()).copied();
            let (x, y) = first.unwrap_or_default();
            CountyOutline {
                code: feature.properties.code,
                name: feature.properties.name_zh,
                label_at: (
                    feature.properties.longitude.unwrap_or(x),
                    feature.properties.latitude.unwrap_or(y),
                ),
                rings,
                lines,
            }
        })
        .collect())
}
