//! Layers of the map: outlines of counties, rivers. They come as GeoJSON or as a zipped Shapefile,
//! and are checked before they are drawn.

mod geometry;
mod names;
mod problem;
mod shapefile_zip;

use beijing_time::Timestamp;
use geojson::{FeatureCollection, GeoJson};

pub use geometry::MapBounds;
pub use problem::{MapFileProblem, MapFileWarning};

use crate::model::Region;

use crate::SitesError;
use crate::error::{FieldProblem, ProblemKind};

/// The largest GeoJSON text that is kept.
const MOST_BYTES: u64 = 20 << 20;
/// The most features of a layer.
const MOST_FEATURES: usize = 20_000;
/// The most that a zipped Shapefile may unpack to.
const MOST_UNPACKED_BYTES: u64 = 100 << 20;
/// How far from the register's regions a map may lie without a warning, degrees.
const FAR_DEGREES: f64 = 1.0;
/// The most names in a report.
const MOST_NAMES: usize = 200;

/// A layer as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapLayer {
    /// `counties` and `rivers` are ours; `official_counties` and `official_rivers` are the
    /// bureau's and are shown in their place; others are shown besides.
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

/// What a map file is to become.
#[derive(Debug, Clone, Default)]
pub struct MapLayerOptions {
    /// The layer's name.
    pub name: String,
    /// Where it comes from, for people.
    pub source: String,
    /// Whether it is a schematic drawing (示意图).
    pub is_schematic: bool,
    /// The attribute that holds the names, where it is not found by itself.
    pub name_field: Option<String>,
}

/// A map file that was read and whose geometry is sound.
#[derive(Debug, Clone)]
pub struct MapFile {
    collection: FeatureCollection,
    report: MapFileReport,
}

/// What a map file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct MapFileReport {
    /// Every attribute of its features.
    pub fields: Vec<String>,
    /// The attribute that holds the names.
    pub name_field: Option<String>,
    /// Names found, at most two hundred.
    pub names: Vec<String>,
    /// Names that no region of the register bears, at most two hundred.
    pub unknown_names: Vec<String>,
    /// What is worth a look.
    pub warnings: Vec<MapFileWarning>,
    /// Where it lies.
    pub bounds: MapBounds,
    /// How many corners it has.
    pub positions: usize,
    /// How many features are points.
    pub points: usize,
    /// How many are lines.
    pub lines: usize,
    /// How many are areas.
    pub areas: usize,
}

impl MapFile {
    /// Reads GeoJSON or a zipped Shapefile and checks its geometry.
    ///
    /// # Errors
    /// [`SitesError::BadMapFile`], [`SitesError::TooLarge`].
    pub fn read(bytes: &[u8]) -> Result<Self, SitesError> {
        if bytes.len() as u64 > MOST_BYTES {
            return Err(SitesError::TooLarge {
                what: "bytes of the layer",
                most: MOST_BYTES,
            });
        }
        let (collection, warnings) = if bytes.starts_with(b"PK") {
            shapefile_zip::read(bytes)?
        } else {
            (read_geojson(bytes)?, Vec::new())
        };
        Self::survey(collection, warnings)
    }

    fn survey(
        mut collection: FeatureCollection,
        mut warnings: Vec<MapFileWarning>,
    ) -> Result<Self, SitesError> {
        if collection.features.len() > MOST_FEATURES {
            return Err(SitesError::TooLarge {
                what: "features of the layer",
                most: MOST_FEATURES as u64,
            });
        }
        let mut survey = geometry::Survey::new();
        for (number, feature) in (1..).zip(&mut collection.features) {
            if let Some(geometry) = &mut feature.geometry {
                survey.take(&mut geometry.value, number, 0)?;
                geometry.bbox = None;
            }
            feature.bbox = None;
            feature.foreign_members = None;
        }
        let all = collection.features.len();
        collection
            .features
            .retain(|feature| feature.geometry.is_some());
        if collection.features.is_empty() || survey.positions == 0 {
            return Err(MapFileProblem::Empty.into());
        }
        if collection.features.len() < all {
            warnings.push(MapFileWarning::WithoutGeometry);
        }
        collection.foreign_members = None;
        collection.bbox = None;
        let fields = names::list_fields(&collection);
        Ok(Self {
            report: MapFileReport {
                name_field: names::find_name_field(&fields, None),
                fields,
                names: Vec::new(),
                unknown_names: Vec::new(),
                warnings,
                bounds: survey.bounds,
                positions: survey.positions,
                points: survey.shapes.points,
                lines: survey.shapes.lines,
                areas: survey.shapes.areas,
            },
            collection,
        })
    }

    /// Makes a layer of the file, its names compared with the regions of the register where they
    /// are given, and says what was found.
    ///
    /// # Errors
    /// [`SitesError::Invalid`] for the name, [`SitesError::BadMapFile`] when the layer needs other
    /// shapes.
    pub fn into_layer(
        self,
        options: &MapLayerOptions,
        regions: Option<&[Region]>,
    ) -> Result<(NewMapLayer, MapFileReport), SitesError> {
        check_name(&options.name)?;
        let Self {
            mut collection,
            mut report,
        } = self;
        check_shapes(&options.name, &report)?;
        report.name_field = names::find_name_field(&report.fields, options.name_field.as_deref());
        let is_of_counties = options.name.ends_with("counties");
        let fields = &report.fields;
        let compared = regions.filter(|_regions| is_of_counties);
        let name_field = report.name_field.as_ref();
        let named = names::settle(&mut collection, fields, name_field, compared);
        let warn = |report: &mut MapFileReport, is_so: bool, warning| {
            if is_so {
                report.warnings.push(warning);
            }
        };
        warn(&mut report, named.names.is_empty(), MapFileWarning::NoNames);
        let has_unknown = !named.unknown.is_empty();
        warn(&mut report, has_unknown, MapFileWarning::UnknownNames);
        let is_far = regions.is_some_and(|regions| {
            let mut places = regions
                .iter()
                .filter_map(|region| region.details.position)
                .map(|at| (at.longitude, at.latitude))
                .peekable();
            let bounds = report.bounds;
            places.peek().is_some() && !places.any(|place| bounds.is_near(place, FAR_DEGREES))
        });
        warn(&mut report, is_far, MapFileWarning::FarAway);
        let first = |names: Vec<String>| names.into_iter().take(MOST_NAMES).collect();
        report.names = first(named.names);
        report.unknown_names = first(named.unknown);
        let layer = NewMapLayer {
            name: options.name.clone(),
            feature_count: i64::try_from(collection.features.len()).unwrap_or(i64::MAX),
            geojson: collection.to_string(),
            source: options.source.trim().chars().take(300).collect(),
            is_schematic: options.is_schematic,
        };
        Ok((layer, report))
    }
}

fn read_geojson(bytes: &[u8]) -> Result<FeatureCollection, SitesError> {
    let not_a_map = |reason: String| SitesError::from(MapFileProblem::NotAMap { reason });
    let text = core::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|_error| not_a_map("it is no text in UTF-8".to_owned()))?;
    match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => Ok(collection),
        Ok(GeoJson::Feature(_) | GeoJson::Geometry(_)) => {
            Err(MapFileProblem::NotACollection.into())
        }
        Err(error) => Err(not_a_map(error.to_string().chars().take(200).collect())),
    }
}

/// Counties are areas, rivers are lines or areas.
fn check_shapes(name: &str, report: &MapFileReport) -> Result<(), MapFileProblem> {
    let found = match (report.areas, report.lines) {
        (0, 0) => "points",
        (0, _) => "lines",
        (_, _) => "areas",
    };
    if name.ends_with("counties") && report.areas == 0 {
        return Err(MapFileProblem::WrongShape {
            wanted: "areas",
            found,
        });
    }
    if name.ends_with("rivers") && report.areas == 0 && report.lines == 0 {
        return Err(MapFileProblem::WrongShape {
            wanted: "lines",
            found,
        });
    }
    Ok(())
}

impl NewMapLayer {
    /// Reads a map that comes with the program: nothing is compared with the register.
    ///
    /// # Errors
    /// As [`MapFile::read`] and [`MapFile::into_layer`].
    pub fn read(
        name: &str,
        bytes: &[u8],
        source: &str,
        is_schematic: bool,
    ) -> Result<Self, SitesError> {
        let options = MapLayerOptions {
            name: name.to_owned(),
            source: source.to_owned(),
            is_schematic,
            name_field: None,
        };
        let (layer, _report) = MapFile::read(bytes)?.into_layer(&options, None)?;
        Ok(layer)
    }

    /// Its GeoJSON.
    pub fn geojson(&self) -> &str {
        &self.geojson
    }

    /// How many features it has.
    pub const fn feature_count(&self) -> i64 {
        self.feature_count
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

#[cfg(test)]
mod tests;
