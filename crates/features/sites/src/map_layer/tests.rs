//! Map files: those of the city, zipped Shapefiles as GIS programs write them, and wrong ones.

use std::io::{Cursor, Write as _};

use geojson::{FeatureCollection, GeoJson, JsonValue};
use shapefile::dbase::encoding::EncodingRs;
use shapefile::dbase::{FieldValue, Record, TableWriterBuilder};
use shapefile::{Point, Polygon, PolygonRing, ShapeWriter, Writer};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::model::{Position, RegionDetails};

fn read(text: &str) -> Result<NewMapLayer, SitesError> {
    NewMapLayer::read("counties", text.as_bytes(), "test", true)
}

fn feature(geometry: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":null,
        "geometry":{geometry}}}]}}"#
    )
}

fn problem(bytes: &[u8]) -> &'static str {
    match MapFile::read(bytes) {
        Err(SitesError::BadMapFile(problem)) => problem.code(),
        other => panic!("{other:?}"),
    }
}

fn region(code: &str, name_zh: &str, name_en: &str, at: (f64, f64)) -> Region {
    Region {
        code: code.parse().unwrap(),
        revision: 1,
        details: RegionDetails {
            parent_code: None,
            name_zh: name_zh.to_owned(),
            name_en: name_en.to_owned(),
            position: Some(Position {
                longitude: at.0,
                latitude: at.1,
            }),
            is_simulated: false,
        },
    }
}

#[test]
fn the_map_of_hengyang_can_be_read() {
    let counties = include_str!("../../../../../cities/hengyang/map/counties.geojson");
    let layer = read(counties).unwrap();
    assert_eq!(layer.feature_count, 12);
    assert!(layer.geojson.contains(r#""name_zh":"珠晖区""#));
    assert!(layer.geojson.contains(r#""longitude":112.62"#));
    let rivers = include_str!("../../../../../cities/hengyang/map/rivers.geojson");
    let layer = NewMapLayer::read("rivers", rivers.as_bytes(), "", true).unwrap();
    assert_eq!(layer.feature_count, 5);
}

#[test]
fn what_is_no_map_in_degrees_is_refused() {
    let point = |coordinates: &str| {
        feature(&format!(
            r#"{{"type":"Point","coordinates":{coordinates}}}"#
        ))
    };
    let file = MapFile::read(point("[112.6,26.9,80]").as_bytes()).unwrap();
    assert_eq!(file.report.points, 1);
    assert_eq!(
        problem(point("[38461234.5,2981234.5]").as_bytes()),
        "not_degrees"
    );
    assert_eq!(problem(point("[112.6]").as_bytes()), "not_a_map");
    let ring = |ring: &str| feature(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
    assert_eq!(
        problem(ring("[[1,1],[2,1],[2,2],[1,2]]").as_bytes()),
        "open_ring"
    );
    assert_eq!(
        problem(ring("[[1,1],[2,1],[1,1]]").as_bytes()),
        "short_ring"
    );
    let line = feature(r#"{"type":"LineString","coordinates":[[1,1]]}"#);
    assert_eq!(problem(line.as_bytes()), "short_line");
    assert_eq!(
        problem(br#"{"type":"FeatureCollection","features":[]}"#),
        "empty"
    );
    assert_eq!(
        problem(br#"{"type":"Point","coordinates":[112.6,26.9]}"#),
        "not_a_collection"
    );
    assert_eq!(problem(b"{"), "not_a_map");
    assert_eq!(problem(b"\xff\xfe"), "not_a_map");
    assert_eq!(problem(b"PK\x03\x04damaged"), "not_a_map");

    let result = NewMapLayer::read("../x", point("[1,2]").as_bytes(), "", false);
    assert!(
        matches!(result, Err(SitesError::Invalid { .. })),
        "{result:?}"
    );
    let result = read(&point("[112.6,26.9]"));
    assert!(
        matches!(
            result,
            Err(SitesError::BadMapFile(MapFileProblem::WrongShape { .. }))
        ),
        "{result:?}"
    );
}

/// Two counties, the first with a hole.
fn shapes() -> Vec<(Polygon, &'static str, &'static str)> {
    let square = |left: f64, down: f64, size: f64| {
        vec![
            Point::new(left, down),
            Point::new(left, down + size),
            Point::new(left + size, down + size),
            Point::new(left + size, down),
            Point::new(left, down),
        ]
    };
    let first = Polygon::with_rings(vec![
        PolygonRing::Outer(square(112.0, 26.0, 0.5)),
        PolygonRing::Inner(square(112.1, 26.1, 0.1)),
    ]);
    let second = Polygon::new(PolygonRing::Outer(square(112.6, 26.0, 0.25)));
    vec![(first, "衡阳县", "430421"), (second, "某某县", "439999")]
}

struct Zipped {
    projection: Option<&'static str>,
    code_page: Option<&'static str>,
    encoding: &'static encoding_rs::Encoding,
}

fn zip_of(zipped: &Zipped) -> Vec<u8> {
    let (mut shp, mut shx, mut dbf) = (Vec::new(), Vec::new(), Vec::new());
    let table = TableWriterBuilder::new()
        .set_encoding(EncodingRs::from(zipped.encoding))
        .add_character_field("XZQMC".try_into().unwrap(), 40)
        .add_character_field("XZQDM".try_into().unwrap(), 12)
        .build_with_dest(Cursor::new(&mut dbf));
    {
        let shapes_writer = ShapeWriter::with_shx(Cursor::new(&mut shp), Cursor::new(&mut shx));
        let mut writer = Writer::new(shapes_writer, table);
        for (polygon, name, code) in shapes() {
            let mut record = Record::default();
            let text = |text: &str| FieldValue::Character(Some(text.to_owned()));
            record.insert("XZQMC".to_owned(), text(name));
            record.insert("XZQDM".to_owned(), text(code));
            writer.write_shape_and_record(&polygon, &record).unwrap();
        }
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    };
    add("边界/XIAN.shp", &shp);
    add("边界/XIAN.shx", &shx);
    add("边界/XIAN.dbf", &dbf);
    if let Some(text) = zipped.projection {
        add("边界/XIAN.prj", text.as_bytes());
    }
    if let Some(text) = zipped.code_page {
        add("边界/XIAN.cpg", text.as_bytes());
    }
    archive.finish().unwrap().into_inner()
}

/// Of the files in the ZIP, in order.
const EXTENSIONS: [&str; 4] = [".shp", ".shx", ".dbf", ".prj"];
const DEGREES: &str = r#"GEOGCS["China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000"]]"#;

fn prepare(bytes: &[u8]) -> (NewMapLayer, MapFileReport) {
    let options = MapLayerOptions {
        name: "official_counties".to_owned(),
        source: " 市自然资源局 ".to_owned(),
        ..MapLayerOptions::default()
    };
    let regions = [region(
        "430421",
        "衡阳县",
        "Hengyang County",
        (112.37, 26.97),
    )];
    MapFile::read(bytes)
        .unwrap()
        .into_layer(&options, Some(&regions))
        .unwrap()
}

#[test]
fn a_zipped_shapefile_of_chinese_names_is_read_in_gbk_and_utf_8() {
    for (code_page, encoding) in [
        (None, encoding_rs::GBK),
        (Some("GBK"), encoding_rs::GBK),
        (Some("UTF-8"), encoding_rs::UTF_8),
        (None, encoding_rs::UTF_8),
    ] {
        let bytes = zip_of(&Zipped {
            projection: Some(DEGREES),
            code_page,
            encoding,
        });
        let (layer, report) = prepare(&bytes);
        assert_eq!(report.name_field.as_deref(), Some("XZQMC"));
        assert_eq!(report.names, ["衡阳县", "某某县"], "{code_page:?}");
        assert_eq!(report.unknown_names, ["某某县"]);
        assert_eq!(report.warnings, [MapFileWarning::UnknownNames]);
        assert_eq!((report.areas, report.positions), (2, 15));
        assert_eq!(layer.source, "市自然资源局");
        let GeoJson::FeatureCollection(FeatureCollection { features, .. }) =
            layer.geojson.parse().unwrap()
        else {
            panic!("no collection");
        };
        let properties = features[0].properties.as_ref().unwrap();
        assert_eq!(properties["name_en"], "Hengyang County");
        // the register knows where the seat is; else the name stands in the middle
        assert_eq!(properties["longitude"], JsonValue::from(112.37));
        let other = features[1].properties.as_ref().unwrap();
        assert_eq!(other["longitude"], JsonValue::from(112.725));
        let geojson::GeometryValue::MultiPolygon { coordinates } =
            &features[0].geometry.as_ref().unwrap().value
        else {
            panic!("no areas");
        };
        assert_eq!((coordinates.len(), coordinates[0].len()), (1, 2));
    }
}

#[test]
fn a_projected_shapefile_is_refused_by_name_and_one_without_a_system_warned_of() {
    let mut zipped = Zipped {
        projection: Some(r#"PROJCS["CGCS2000_3_Degree_GK_Zone_38",GEOGCS["x"]]"#),
        code_page: None,
        encoding: encoding_rs::UTF_8,
    };
    match MapFile::read(&zip_of(&zipped)) {
        Err(SitesError::BadMapFile(MapFileProblem::Projected { system })) => {
            assert_eq!(system, "CGCS2000_3_Degree_GK_Zone_38");
        }
        other => panic!("{other:?}"),
    }
    zipped.projection = None;
    let (_layer, report) = prepare(&zip_of(&zipped));
    assert!(report.warnings.contains(&MapFileWarning::NoProjection));
}

#[test]
fn a_map_far_from_the_city_is_warned_of() {
    let far = feature(r#"{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}"#);
    let (_layer, report) = prepare(far.as_bytes());
    let warnings = [MapFileWarning::NoNames, MapFileWarning::FarAway];
    assert_eq!(report.warnings, warnings);
}

#[test]
fn damaged_shapefiles_are_refused_and_nothing_else_happens() {
    let bytes = zip_of(&Zipped {
        projection: Some(DEGREES),
        code_page: None,
        encoding: encoding_rs::UTF_8,
    });
    // the content is unpacked, so that the damage is in the Shapefile and not in the ZIP's checksum
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut files = Vec::new();
    for (index, extension) in EXTENSIONS.iter().enumerate() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).unwrap();
        files.push((format!("map{extension}"), content));
    }
    let mut outcomes = [0, 0];
    for step in 0..600 {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, (name, content)) in files.iter().enumerate() {
            let mut content = content.clone();
            let is_hit = number == step % files.len();
            let place = (step * 7919) % content.len().max(1);
            if is_hit && let Some(byte) = content.get_mut(place) {
                *byte = byte.wrapping_add(u8::try_from(1 + step % 255).unwrap());
            }
            writer
                .start_file(name.as_str(), SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&content).unwrap();
        }
        let damaged = writer.finish().unwrap().into_inner();
        outcomes[usize::from(MapFile::read(&damaged).is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

#[test]
fn a_zip_without_or_with_several_shapefiles_is_refused() {
    let zip_of_names = |names: &[&str]| {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    assert_eq!(problem(&zip_of_names(&["readme.txt"])), "no_shapefile");
    assert_eq!(
        problem(&zip_of_names(&["a.shp", "b.shp"])),
        "several_shapefiles"
    );
    assert_eq!(problem(&zip_of_names(&["a.shp"])), "bad_shapefile");
}
