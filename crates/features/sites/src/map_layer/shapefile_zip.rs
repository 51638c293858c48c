//! Zipped Shapefiles: `.shp` with its `.dbf`, `.prj` and `.cpg`.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use encoding_rs::{Encoding, GB18030, UTF_8};
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject, Position};
use shapefile::dbase::encoding::EncodingRs;
use shapefile::dbase::{FieldValue, ReaderBuilder, Record};
use shapefile::{PolygonRing, Shape, ShapeReader};
use zip::ZipArchive;

use super::geometry::is_within;
use super::problem::{MapFileProblem, MapFileWarning};
use super::{MOST_FEATURES, MOST_UNPACKED_BYTES};
use crate::SitesError;

/// The files of one Shapefile.
#[derive(Debug, Default)]
struct Parts {
    shapes: Vec<u8>,
    table: Option<Vec<u8>>,
    projection: Option<Vec<u8>>,
    code_page: Option<Vec<u8>>,
}

/// Reads a ZIP with one Shapefile.
pub(super) fn read(bytes: &[u8]) -> Result<(FeatureCollection, Vec<MapFileWarning>), SitesError> {
    let parts = unpack(bytes)?;
    let mut warnings = Vec::new();
    match &parts.projection {
        Some(text) => check_projection(&String::from_utf8_lossy(text))?,
        None => warnings.push(MapFileWarning::NoProjection),
    }
    if parts.table.is_none() {
        warnings.push(MapFileWarning::NoTable);
    }
    // the readers are written for sound files: whatever a damaged one does to them is contained
    let read = catch_unwind(AssertUnwindSafe(|| read_parts(&parts)));
    let collection = read.unwrap_or_else(|_panic| Err(bad("it is damaged")))?;
    Ok((collection, warnings))
}

fn bad(reason: impl core::fmt::Display) -> SitesError {
    let reason = reason.to_string();
    MapFileProblem::BadShapefile { reason }.into()
}

fn unpack(bytes: &[u8]) -> Result<Parts, SitesError> {
    let not_a_map = |error: zip::result::ZipError| {
        let reason = error.to_string();
        SitesError::from(MapFileProblem::NotAMap { reason })
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(not_a_map)?;
    if archive.len() > 1_000 {
        return Err(SitesError::TooLarge {
            what: "files in the ZIP",
            most: 1_000,
        });
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(not_a_map)?;
        let raw = entry.name_raw();
        // Windows writes names in GBK without saying so
        let name = String::from_utf8(raw.to_vec())
            .unwrap_or_else(|_not_utf8| GB18030.decode(raw).0.into_owned());
        if entry.is_file() && !name.starts_with("__MACOSX/") {
            found.push((index, name));
        }
    }
    let is_shape = |name: &str| name.to_lowercase().ends_with(".shp");
    let shapes: Vec<&str> = found
        .iter()
        .map(|(_index, name)| name.as_str())
        .filter(|name| is_shape(name))
        .collect();
    let stem = match shapes.as_slice() {
        [] => return Err(MapFileProblem::NoShapefile.into()),
        [one] => one.get(..one.len() - 4).unwrap_or_default().to_lowercase(),
        several => {
            let names = several.join(", ");
            return Err(MapFileProblem::SeveralShapefiles { names }.into());
        }
    };
    let mut room = MOST_UNPACKED_BYTES;
    let mut parts = Parts::default();
    for (index, name) in &found {
        let lower = name.to_lowercase();
        let Some(extension) = lower.strip_prefix(&stem) else {
            continue;
        };
        if !matches!(extension, ".shp" | ".dbf" | ".prj" | ".cpg") {
            continue;
        }
        let entry = archive.by_index(*index).map_err(not_a_map)?;
        let mut content = Vec::new();
        // the size that the ZIP says can be a lie: what comes out is counted
        let read = entry
            .take(room + 1)
            .read_to_end(&mut content)
            .map_err(bad)? as u64;
        if read > room {
            return Err(SitesError::TooLarge {
                what: "bytes when unpacked",
                most: MOST_UNPACKED_BYTES,
            });
        }
        room -= read;
        match extension {
            ".shp" => parts.shapes = content,
            ".dbf" => parts.table = Some(content),
            ".prj" => parts.projection = Some(content),
            _ => parts.code_page = Some(content),
        }
    }
    Ok(parts)
}

/// A `.prj` holds well-known text: `PROJCS["CGCS2000_3_Degree_GK_Zone_38",…` is in metres.
fn check_projection(text: &str) -> Result<(), MapFileProblem> {
    let upper = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_uppercase();
    if !upper.starts_with("PROJCS") && !upper.starts_with("PROJCRS") {
        return Ok(());
    }
    let system = text.split('"').nth(1).unwrap_or("PROJCS").to_owned();
    Err(MapFileProblem::Projected { system })
}

fn read_parts(parts: &Parts) -> Result<FeatureCollection, SitesError> {
    let mut reader = ShapeReader::new(Cursor::new(&*parts.shapes)).map_err(bad)?;
    let mut records = read_records(parts)?.into_iter();
    let mut features = Vec::new();
    for shape in reader.iter_shapes() {
        if features.len() == MOST_FEATURES {
            return Err(SitesError::TooLarge {
                what: "features of the layer",
                most: MOST_FEATURES as u64,
            });
        }
        let geometry = geometry_of(shape.map_err(bad)?)?;
        features.push(Feature {
            bbox: None,
            geometry: geometry.map(Geometry::new),
            id: None,
            properties: records.next(),
            foreign_members: None,
        });
    }
    Ok(FeatureCollection {
        bbox: None,
        features,
        foreign_members: None,
    })
}

fn read_records(parts: &Parts) -> Result<Vec<JsonObject>, SitesError> {
    let Some(table) = &parts.table else {
        return Ok(Vec::new());
    };
    let encoding = EncodingRs::from(encoding_of(table, parts.code_page.as_deref()));
    let mut reader = ReaderBuilder::new()
        .with_encoding(encoding)
        .build(Cursor::new(&**table))
        .map_err(bad)?;
    let mut records = Vec::new();
    for record in reader.iter_records().take(MOST_FEATURES) {
        records.push(properties_of(record.map_err(bad)?));
    }
    Ok(records)
}

/// What the `.cpg` says; else the mark in the table's head; else UTF-8 where it is that, and GB
/// 18030, which holds GBK, where it is not.
fn encoding_of(table: &[u8], code_page: Option<&[u8]>) -> &'static Encoding {
    let said = code_page.map(|bytes| String::from_utf8_lossy(bytes).trim().to_uppercase());
    if let Some(said) = said {
        if said.contains("UTF") || said.contains("65001") {
            return UTF_8;
        }
        if said.contains("936") || said.contains("GB") {
            return GB18030;
        }
    }
    // the language driver of Simplified Chinese
    if matches!(table.get(29), Some(0x4d | 0x7a)) {
        return GB18030;
    }
    let head = table.get(8..10).map_or(0, |size| {
        usize::from(size.first().copied().unwrap_or(0))
            + 256 * usize::from(size.get(1).copied().unwrap_or(0))
    });
    let body = table.get(head..).unwrap_or_default();
    let text = body.strip_suffix(&[0x1a]).unwrap_or(body);
    match core::str::from_utf8(text) {
        Ok(_text) => UTF_8,
        Err(_other) => GB18030,
    }
}

fn properties_of(record: Record) -> JsonObject {
    let text = |value: FieldValue| match value {
        FieldValue::Character(text) => text,
        FieldValue::Memo(text) => Some(text),
        FieldValue::Numeric(number) => number.map(|number| number.to_string()),
        FieldValue::Float(number) => number.map(|number| number.to_string()),
        FieldValue::Integer(number) => Some(number.to_string()),
        FieldValue::Double(number) | FieldValue::Currency(number) => Some(number.to_string()),
        FieldValue::Logical(_) | FieldValue::Date(_) | FieldValue::DateTime(_) => None,
    };
    record
        .into_iter()
        .filter_map(|(name, value)| Some((name, text(value)?.into())))
        .collect()
}

fn place(x: f64, y: f64) -> Position {
    Position::from([x, y])
}

fn geometry_of(shape: Shape) -> Result<Option<GeometryValue>, SitesError> {
    macro_rules! rings {
        ($polygon:expr) => {
            areas_of(
                $polygon
                    .rings()
                    .iter()
                    .map(|ring| {
                        let is_outer = matches!(ring, PolygonRing::Outer(_));
                        let points = ring.points().iter();
                        (is_outer, points.map(|at| place(at.x, at.y)).collect())
                    })
                    .collect(),
            )
        };
    }
    macro_rules! lines {
        ($polyline:expr) => {
            GeometryValue::MultiLineString {
                coordinates: $polyline
                    .parts()
                    .iter()
                    .map(|part| part.iter().map(|at| place(at.x, at.y)).collect())
                    .collect(),
            }
        };
    }
    macro_rules! points {
        ($points:expr) => {
            GeometryValue::MultiPoint {
                coordinates: $points
                    .points()
                    .iter()
                    .map(|at| place(at.x, at.y))
                    .collect(),
            }
        };
    }
    let point = |x, y| GeometryValue::Point {
        coordinates: place(x, y),
    };
    Ok(Some(match shape {
        Shape::NullShape => return Ok(None),
        Shape::Point(at) => point(at.x, at.y),
        Shape::PointM(at) => point(at.x, at.y),
        Shape::PointZ(at) => point(at.x, at.y),
        Shape::Polyline(line) => lines!(line),
        Shape::PolylineM(line) => lines!(line),
        Shape::PolylineZ(line) => lines!(line),
        Shape::Polygon(polygon) => rings!(polygon),
        Shape::PolygonM(polygon) => rings!(polygon),
        Shape::PolygonZ(polygon) => rings!(polygon),
        Shape::Multipoint(points) => points!(points),
        Shape::MultipointM(points) => points!(points),
        Shape::MultipointZ(points) => points!(points),
        Shape::Multipatch(_) => return Err(bad("it holds surfaces in space (Multipatch)")),
    }))
}

/// Puts each hole into the outer ring that holds it.
fn areas_of(rings: Vec<(bool, Vec<Position>)>) -> GeometryValue {
    let (outers, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|(is_outer, _)| *is_outer);
    let mut polygons: Vec<Vec<Vec<Position>>> =
        outers.into_iter().map(|(_, ring)| vec![ring]).collect();
    for (_, hole) in holes {
        let first = hole.first().and_then(|at| {
            let at = at.as_slice();
            Some((*at.first()?, *at.get(1)?))
        });
        let holder = polygons.iter_mut().find(|polygon| {
            let outer = polygon.first();
            first
                .zip(outer)
                .is_some_and(|(at, outer)| is_within(at, outer))
        });
        match holder {
            Some(polygon) => polygon.push(hole),
            // a ring drawn the wrong way round is an area of its own
            None => polygons.push(vec![hole]),
        }
    }
    GeometryValue::MultiPolygon {
        coordinates: polygons,
    }
}
