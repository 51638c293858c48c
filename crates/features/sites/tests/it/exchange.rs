//! Import and export of files.

use std::io::{Cursor, Write};

use access::Permission;
use database::{Database, audit};
use sites::{
    DeviceFilter, DirectoryHandle, ExportChoice, ImportReport, PointFilter, Sheet, SheetTables,
    SiteFilter, SitesError, SitesFile,
};
use test_support::test_on_both_databases;

use crate::city::{at, clock, officer, operator, sealing_key};

/// A small city as a person would write it.
fn tables() -> SheetTables {
    let mut tables = SheetTables::new();
    for (code, parent, name) in [
        // the county stands before the city: order within a sheet does not matter
        ("430421", "430400", "衡阳县"),
        ("430000", "", "湖南省"),
        ("430400", "430000", "衡阳市"),
    ] {
        let values = [("code", code), ("parent_code", parent), ("name_zh", name)];
        tables.push(Sheet::Regions, &values);
    }
    tables.push(
        Sheet::Organisations,
        &[
            ("code", "SIM-ORG"),
            ("name_zh", "模拟公司"),
            ("region_code", "430421"),
        ],
    );
    tables.push(
        Sheet::Sites,
        &[
            ("code", "SIM-E01"),
            ("name_zh", "模拟火电厂"),
            ("kind", "排污企业"),
            ("organisation_code", "SIM-ORG"),
            ("region_code", "430421"),
            ("longitude", "112.3701"),
            ("latitude", "26.97"),
            ("is_key", "是"),
            ("is_simulated", "yes"),
        ],
    );
    for code in ["DA001", "DA002"] {
        tables.push(
            Sheet::Points,
            &[
                ("site_code", "SIM-E01"),
                ("code", code),
                ("name_zh", "烟囱"),
                ("medium", "废气"),
                ("realtime_interval_s", "60"),
                ("minute_interval_min", "10"),
            ],
        );
    }
    tables.push(
        Sheet::Devices,
        &[
            ("mn", "SIM0000001"),
            ("name", "=cmd|' /C calc'!A0"),
            ("password", "123456"),
            ("edition", "2017"),
            ("system_type", "31"),
            ("quirks", r#"{"checksum":"modbus"}"#),
            ("valid_from", "2026-01-01"),
        ],
    );
    for (point, factor) in [("DA001", ""), ("DA002", "a21026")] {
        tables.push(
            Sheet::Channels,
            &[
                ("mn", "SIM0000001"),
                ("site_code", "SIM-E01"),
                ("point_code", point),
                ("factor_code", factor),
            ],
        );
    }
    tables.push(
        Sheet::Factors,
        &[
            ("site_code", "SIM-E01"),
            ("point_code", "DA001"),
            ("factor_code", "a21026"),
            ("unit", "mg/m3"),
            ("decimals", "1"),
        ],
    );
    for (upper, from, to) in [("35", "", "2026-07-01"), ("35.0", "2026-07-01", "")] {
        tables.push(
            Sheet::Limits,
            &[
                ("site_code", "SIM-E01"),
                ("point_code", "DA001"),
                ("factor_code", "a21026"),
                ("kind", "小时"),
                ("statistic", "折算平均值"),
                ("upper", upper),
                ("valid_from", from),
                ("valid_to", to),
                ("origin", "排放标准"),
                ("basis", "GB 13223-2011 表1"),
            ],
        );
    }
    tables
}

async fn import(database: &Database, file: &SitesFile) -> ImportReport {
    sites::import_sites(database, &clock(), &sealing_key(), &operator(), file)
        .await
        .unwrap()
}

async fn export(database: &Database) -> SheetTables {
    sites::export_sites(database, &clock(), &operator(), &ExportChoice::Everything)
        .await
        .unwrap()
}

fn totals(report: &ImportReport) -> [u32; 4] {
    report.sheets.iter().fold([0; 4], |sum, counts| {
        [
            sum[0] + counts.rows,
            sum[1] + counts.created,
            sum[2] + counts.updated,
            sum[3] + counts.unchanged,
        ]
    })
}

fn problems(report: &ImportReport) -> Vec<(&'static str, u32, &str, &'static str)> {
    report
        .problems
        .iter()
        .map(|problem| {
            (
                problem.sheet.name(),
                problem.row,
                problem.column.as_str(),
                problem.kind.code(),
            )
        })
        .collect()
}

test_on_both_databases!(what_is_exported_can_be_imported, |database| async move {
    let report = import(&database, &SitesFile::of_tables(tables())).await;
    assert_eq!(problems(&report), []);
    assert!(report.is_applied);
    assert_eq!(totals(&report), [13, 13, 0, 0]);
    let exported = export(&database).await;
    assert_eq!(exported.row_count(Sheet::Limits), 2);
    // every form holds the same, and importing it again changes nothing
    let workbook = SitesFile::read("a.xlsx", &exported.to_workbook().unwrap()).unwrap();
    let archive = SitesFile::read("a.zip", &exported.to_csv_zip().unwrap()).unwrap();
    for file in [&workbook, &archive] {
        let again = import(&database, file).await;
        assert_eq!(problems(&again), []);
        assert_eq!(totals(&again), [13, 0, 0, 13]);
    }
    assert_eq!(export(&database).await, exported);
    // so does importing the file of the first import, with its password
    let again = import(&database, &SitesFile::of_tables(tables())).await;
    assert_eq!(totals(&again), [13, 0, 0, 13]);
    // the password arrived, was never exported, and was kept when it was not given
    let directory = DirectoryHandle::open(&database, sealing_key())
        .await
        .unwrap();
    let directory = directory.current();
    let device = directory
        .find_device("SIM0000001", at("2026-02-01"))
        .unwrap();
    assert!(device.password.as_ref().unwrap().matches(b"123456"));
    let csv = String::from_utf8(exported.to_csv(Sheet::Devices).unwrap()).unwrap();
    assert!(!csv.contains("123456"), "{csv}");
    // a formula is text in a CSV file and comes back as it was
    assert!(csv.contains("'=cmd|"), "{csv}");
    assert_eq!(&*device.name, "=cmd|' /C calc'!A0");
    let actions: Vec<_> = audit::list(&database, 0, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert!(
        actions.contains(&"sites.import_sites".to_owned()),
        "{actions:?}"
    );
    assert_eq!(audit::find_break(&database).await.unwrap(), None);
});

test_on_both_databases!(an_export_fills_an_empty_database, |database| async move {
    import(&database, &SitesFile::of_tables(tables())).await;
    let exported = export(&database).await;
    let other = test_support::TestDatabase::sqlite().await;
    let file = SitesFile::read("a.xlsx", &exported.to_workbook().unwrap()).unwrap();
    let report = import(&other, &file).await;
    assert_eq!(totals(&report), [13, 13, 0, 0]);
    assert_eq!(export(&other).await, exported);
});

test_on_both_databases!(a_dry_run_changes_nothing, |database| async move {
    let file = SitesFile::of_tables(tables());
    let report = sites::check_import(&database, &sealing_key(), &operator(), &file)
        .await
        .unwrap();
    assert_eq!(totals(&report), [13, 13, 0, 0]);
    assert_eq!(report.change_count(), 13);
    assert!(!report.is_applied);
    assert_eq!(export(&database).await, SheetTables::new());
});

test_on_both_databases!(nothing_is_half_imported, |database| async move {
    let mut tables = tables();
    tables.push(
        Sheet::Sites,
        &[
            ("code", "SIM-E02"),
            ("name_zh", ""),
            ("kind", "工厂"),
            ("region_code", "430499"),
            ("longitude", "112,4"),
            ("latitude", "26.9"),
        ],
    );
    tables.push(
        Sheet::Sites,
        &[
            ("code", "SIM-E01"),
            ("name_zh", "又一个"),
            ("kind", "other"),
            ("region_code", "430421"),
        ],
    );
    tables.push(
        Sheet::Points,
        &[
            ("site_code", "SIM-E99"),
            ("code", "DA001"),
            ("name_zh", "x"),
            ("medium", "air"),
        ],
    );
    tables.push(
        Sheet::Channels,
        &[
            ("mn", "NOBODY"),
            ("site_code", "SIM-E01"),
            ("point_code", "DA009"),
        ],
    );
    tables.push(
        Sheet::Limits,
        &[
            ("site_code", "SIM-E01"),
            ("point_code", "DA001"),
            ("factor_code", "a21026"),
            ("kind", "hour"),
            ("statistic", "zs_avg"),
            ("upper", "50"),
            ("origin", "standard"),
            ("valid_from", "2026-08-01"),
        ],
    );
    let file = SitesFile::of_tables(tables);
    let report = import(&database, &file).await;
    assert!(!report.is_applied);
    assert_eq!(
        problems(&report),
        [
            ("sites", 3, "region_code", "unknown"),
            ("sites", 3, "kind", "unknown_word"),
            ("sites", 3, "longitude", "not_a_number"),
            ("sites", 3, "longitude", "half_a_position"),
            ("sites", 3, "name_zh", "missing"),
            ("sites", 4, "code", "duplicate"),
            ("points", 4, "site_code", "unknown"),
            ("channels", 4, "point_code", "unknown"),
            ("limits", 3, "valid_from", "overlap"),
            ("limits", 4, "valid_from", "overlap"),
        ]
    );
    let first = &report.problems[0];
    assert_eq!(
        first.chinese(),
        "站点 第 3 行 行政区划代码：430499 不存在。请先在相应的表中添加，或更正编码"
    );
    assert_eq!(
        first.english(),
        "sites row 3 region_code: names 430499, which does not exist. Add it on its own sheet or \
         correct the code"
    );
    assert_eq!(export(&database).await, SheetTables::new());
});

test_on_both_databases!(a_row_changes_what_its_columns_say, |database| async move {
    import(&database, &SitesFile::of_tables(tables())).await;
    let before = export(&database).await;
    let csv = "\u{feff}站点编码*,点位编码,点位名称,监测介质\r\nSIM-E01,DA001,一号烟囱,废气\r\n\r\n";
    let file = SitesFile::read("点位.csv", csv.as_bytes()).unwrap();
    let report = import(&database, &file).await;
    assert_eq!(problems(&report), []);
    assert_eq!(totals(&report), [1, 0, 1, 0]);
    let filter = PointFilter {
        limit: 10,
        ..PointFilter::default()
    };
    let points = sites::list_points(&database, &operator(), &filter)
        .await
        .unwrap();
    assert_eq!(points[0].details.name_zh, "一号烟囱");
    assert_eq!(points[0].details.timetable.realtime_interval_s, Some(60));
    // the same in GBK, as spreadsheets save it
    let gbk = b"\xd5\xbe\xb5\xe3\xb1\xe0\xc2\xeb,code,name_zh,medium\nSIM-E01,DA001,\xd1\xcc\xb4\xd1,air\n";
    let report = import(&database, &SitesFile::read("points.csv", gbk).unwrap()).await;
    assert_eq!(totals(&report), [1, 0, 1, 0]);
    let points = sites::list_points(&database, &operator(), &filter)
        .await
        .unwrap();
    assert_eq!(points[0].details.name_zh, "烟囱");
    assert_ne!(export(&database).await, before);
    // a limit is ended and followed in one file, in any order of rows
    let csv = "site_code,point_code,factor_code,kind,statistic,upper,valid_from,valid_to,origin\n\
        SIM-E01,DA001,a21026,hour,zs_avg,30,2027-01-01,,standard\n\
        SIM-E01,DA001,a21026,hour,zs_avg,35.0,2026/7/1,2027-1-1,standard\n";
    let report = import(
        &database,
        &SitesFile::read("limits.csv", csv.as_bytes()).unwrap(),
    )
    .await;
    assert_eq!(problems(&report), []);
    assert_eq!(totals(&report), [2, 1, 1, 0]);
    // a device is replaced: the old one ends, the new one has channels of its own
    let mut replaced = SheetTables::new();
    for (from, to, name) in [("2026-06-01", "", "新"), ("2026-01-01", "2026-06-01", "旧")] {
        let values = [
            ("mn", "SIM0000001"),
            ("name", name),
            ("system_type", "31"),
            ("valid_from", from),
            ("valid_to", to),
        ];
        replaced.push(Sheet::Devices, &values);
    }
    let values = [
        ("mn", "SIM0000001"),
        ("device_valid_from", "2026-06-01"),
        ("site_code", "SIM-E01"),
        ("point_code", "DA001"),
    ];
    replaced.push(Sheet::Channels, &values);
    let report = import(&database, &SitesFile::of_tables(replaced)).await;
    assert_eq!(problems(&report), []);
    let filter = DeviceFilter {
        limit: 10,
        ..DeviceFilter::default()
    };
    let devices = sites::list_devices(&database, &operator(), &filter)
        .await
        .unwrap();
    let channels: Vec<_> = devices
        .iter()
        .map(|device| (device.details.name.as_str(), device.details.channels.len()))
        .collect();
    assert_eq!(channels, [("旧", 2), ("新", 1)]);
    assert!(devices[0].has_password && !devices[1].has_password);
});

test_on_both_databases!(
    a_file_is_held_to_the_region_of_its_actor,
    |database| async move {
        import(&database, &SitesFile::of_tables(tables())).await;
        let other = officer("430422");
        let mut tables = SheetTables::new();
        tables.push(
            Sheet::Points,
            &[
                ("site_code", "SIM-E01"),
                ("code", "DA003"),
                ("name_zh", "x"),
                ("medium", "air"),
            ],
        );
        let file = SitesFile::of_tables(tables);
        let report = sites::import_sites(&database, &clock(), &sealing_key(), &other, &file)
            .await
            .unwrap();
        assert_eq!(
            problems(&report),
            [("points", 2, "site_code", "outside_scope")]
        );
        let own = sites::export_sites(&database, &clock(), &other, &ExportChoice::Everything)
            .await
            .unwrap();
        assert_eq!(own, SheetTables::new());
        let mut reader = operator();
        reader.permissions.remove(&Permission::ManageSites);
        let result = sites::import_sites(&database, &clock(), &sealing_key(), &reader, &file).await;
        assert!(matches!(result, Err(SitesError::Refused(_))), "{result:?}");
        let filter = SiteFilter {
            limit: 10,
            ..SiteFilter::default()
        };
        let all = sites::list_sites(&database, &operator(), &filter)
            .await
            .unwrap();
        assert_eq!(all.len(), 1);
    }
);

#[test]
fn headings_that_say_nothing_are_named() {
    let csv = "code,name_zh,类型,name_zh\nSIM-E01,x,y,z\n";
    let file = SitesFile::read("sites.csv", csv.as_bytes()).unwrap();
    let text = format!("{file:?}");
    for wrong in [
        "类型",
        "kind",
        "region_code",
        "MissingColumn",
        "UnknownColumn",
    ] {
        assert!(text.contains(wrong), "{wrong}: {text}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_unpacked() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("sites.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    let zeros = vec![b'a'; 1 << 20];
    for _ in 0..201 {
        archive.write_all(&zeros).unwrap();
    }
    let bomb = archive.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let result = SitesFile::read("a.zip", &bomb);
    assert!(
        matches!(result, Err(SitesError::TooLarge { .. })),
        "{result:?}"
    );

    let mut workbook = rust_xlsxwriter::Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name("站点").unwrap();
    page.write_string(0, 0, "code").unwrap();
    page.write_string(1_048_575, 16_383, "x").unwrap();
    let huge = workbook.save_to_buffer().unwrap();
    let result = SitesFile::read("a.xlsx", &huge);
    assert!(
        matches!(result, Err(SitesError::TooLarge { .. })),
        "{result:?}"
    );
}

#[test]
fn what_is_no_file_of_sites_is_refused() {
    for (name, bytes) in [
        ("a.xlsx", &b"PK\x03\x04rubbish"[..]),
        ("a.csv", b"code\n1\n"),
        ("sites.csv", b""),
        ("sites.csv", b"\xff\xff\xff"),
    ] {
        let result = SitesFile::read(name, bytes);
        assert!(
            matches!(result, Err(SitesError::UnreadableFile { .. })),
            "{name} {result:?}"
        );
    }
}
