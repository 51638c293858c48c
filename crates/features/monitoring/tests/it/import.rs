//! Records of an older system: all of a file or nothing, marked, idempotent, below what devices
//! sent, and followed by what is derived.

use access::Actor;
use database::Database;
use monitoring::compaction::compact_records;
use monitoring::evidence::{EvidenceRequest, export_evidence};
use monitoring::import::{
    ImportFile, ImportOrigin, ImportProblemKind, ImportRow, ImportSummary, check_import,
    find_import_source, import_records, list_point_origins,
};
use monitoring::{
    Field, Record, RecordKind, RecordsRequest, compute_state_digest, load_derived, load_records,
};
use sites::{FactorDetails, PeriodLabel, PointId};
use test_support::{TestDatabase, test_on_both_databases};
use tokio::sync::mpsc;

use crate::city::{self, City, at, clock, frame};
use crate::interpreter::{count, feed};
use crate::statistics::derive_all;

const HEADING: [&str; 8] = [
    "site",
    "点位编码",
    "kind",
    "time",
    "factor",
    "flag",
    "avg",
    "cou",
];

async fn build(database: &Database) -> City {
    let city = city::build(database).await;
    let actor = Actor::built_in_operator();
    for code in ["a21026", "a21002"] {
        let details = FactorDetails {
            factor_code: code.to_owned(),
            unit: "mg/m³".to_owned(),
            decimals: 1,
            sort_order: 1,
            is_expected: true,
        };
        sites::create_factor(database, &clock(), &actor, PointId(city.gas), details)
            .await
            .unwrap();
    }
    city.directory.reload(database).await.unwrap();
    city
}

fn hours() -> Vec<String> {
    let mut rows = Vec::new();
    for hour in 0..24 {
        let time = format!("2016-05-03 {hour:02}:00:00");
        rows.push(format!("E1,DA001,hour,{time},a21026,N,{hour}.50,"));
        rows.push(format!("E1,DA001,小时,{time},a21002,N,1.0,0.25"));
    }
    rows
}

fn file(sm3: &str, label: PeriodLabel) -> ImportFile {
    ImportFile {
        name: "旧系统.csv".to_owned(),
        sm3: sm3.to_owned(),
        label,
        origin: ImportOrigin::OlderSystem,
        source: String::new(),
    }
}

fn send(rows: &[String]) -> mpsc::Receiver<ImportRow> {
    let (sender, receiver) = mpsc::channel(rows.len().max(1));
    for (number, row) in (2..).zip(rows) {
        let row = ImportRow {
            number,
            cells: row.split(',').map(str::to_owned).collect(),
            defect: None,
        };
        sender.try_send(row).unwrap();
    }
    receiver
}

async fn import(
    database: &Database,
    city: &City,
    file: &ImportFile,
    rows: &[String],
) -> ImportSummary {
    let heading = HEADING.map(str::to_owned);
    let (directory, actor) = (city.directory.current(), Actor::built_in_operator());
    let about = (file, &heading[..]);
    import_records(database, &directory, &clock(), &actor, about, send(rows))
        .await
        .unwrap()
}

async fn load(database: &Database, city: &City, kind: RecordKind) -> Vec<Record> {
    let (from, to) = (
        at("2016-05-01T00:00:00+08:00"),
        at("2016-05-06T00:00:00+08:00"),
    );
    let request = RecordsRequest::new(city.gas, kind, from, to);
    let directory = city.directory.current();
    load_records(database, &directory, &Actor::built_in_operator(), request)
        .await
        .unwrap()
}

async fn takes_all_and_marks_it(database: TestDatabase) {
    let city = build(&database).await;
    let rows = hours();
    let summary = import(&database, &city, &file("a", PeriodLabel::Start), &rows).await;
    assert_eq!(summary.problems, []);
    assert_eq!(
        (summary.rows, summary.records, summary.new_records),
        (48, 24, 24)
    );
    let id = summary.import_id.unwrap();
    let check = async |database: &Database| {
        let records = load(database, &city, RecordKind::Hour).await;
        assert_eq!(records.len(), 24);
        for record in &records {
            assert_eq!(record.packet_id.import_id(), Some(id));
            assert!(record.is_late);
            assert_eq!(record.readings.len(), 2);
            for reading in &record.readings {
                assert_eq!(reading.packet_id.import_id(), Some(id));
            }
        }
        let value = records[7].readings[1].reading.value(&Field::Avg).unwrap();
        assert_eq!(value.text(), "7.50", "as it stands in the file");
    };
    check(&database).await;
    derive_all(&database).await;
    let (from, to) = (
        at("2016-05-03T00:00:00+08:00"),
        at("2016-05-04T00:00:00+08:00"),
    );
    let request = RecordsRequest::new(city.gas, RecordKind::Day, from, to);
    let directory = city.directory.current();
    let days = load_derived(&database, &directory, &Actor::built_in_operator(), request)
        .await
        .unwrap();
    assert!(format!("{days:?}").contains("a21026"), "{days:?}");
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM rate_dirty WHERE day > 0").await,
        1
    );
    assert_eq!(
        count(
            &database,
            "SELECT COUNT(*) FROM audit_entry WHERE action = 'monitoring.import_records'"
        )
        .await,
        1
    );
    // the very same file, and the same rows in another file, change nothing
    let digest = compute_state_digest(&database).await.unwrap();
    let again = import(&database, &city, &file("a", PeriodLabel::Start), &rows).await;
    assert!(again.imported_before.is_some());
    assert_eq!(again.import_id, Some(id));
    let other = import(&database, &city, &file("b", PeriodLabel::Start), &rows).await;
    assert_eq!((other.records, other.new_records), (24, 0));
    compact_records(&database, at("2016-06-01T00:00:00+08:00"))
        .await
        .unwrap();
    check(&database).await;
    assert_eq!(compute_state_digest(&database).await.unwrap(), digest);
}
test_on_both_databases!(an_import_is_taken_and_marked, |database| {
    takes_all_and_marks_it(database)
});

async fn tells_the_row(database: TestDatabase) {
    let city = build(&database).await;
    let published = ImportFile {
        origin: ImportOrigin::Official,
        source: "公开发布".to_owned(),
        ..file("a", PeriodLabel::Start)
    };
    let summary = import(&database, &city, &published, &hours()).await;
    let id = summary.import_id.unwrap();
    let directory = city.directory.current();
    let find = async |import: i64, actor: &Actor, time: &str| {
        let about = (import, city.gas);
        let of = (RecordKind::Hour, at(time));
        find_import_source(&database, &directory, actor, about, of).await
    };
    let operator = Actor::built_in_operator();
    // two rows for each hour, behind the heading
    let found = find(id, &operator, "2016-05-03T07:00:00+08:00").await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.row, Some(2 + 14));
    assert_eq!(found.record.readings.len(), 2);
    let entry = found.entry;
    assert_eq!(entry.file_name, "旧系统.csv");
    assert_eq!(
        (entry.origin, entry.source.as_str()),
        (ImportOrigin::Official, "公开发布")
    );
    assert_eq!((entry.rows, entry.records), (48, 24));
    // of an hour that is not in it, of another import, and to somebody elsewhere, nothing is told
    let found = find(id, &operator, "2016-05-04T07:00:00+08:00").await;
    assert!(found.unwrap().is_none());
    let found = find(id + 1, &operator, "2016-05-03T07:00:00+08:00").await;
    assert!(found.unwrap().is_none());
    let elsewhere = Actor {
        scope: access::Scope::Region("430422".parse().unwrap()),
        ..Actor::built_in_operator()
    };
    assert!(
        find(id, &elsewhere, "2016-05-03T07:00:00+08:00")
            .await
            .is_err()
    );
    let origins = list_point_origins(&database).await.unwrap();
    assert_eq!(origins.len(), 1);
    assert_eq!(origins[0].origin, ImportOrigin::Official);
    assert_eq!(origins[0].last, at("2016-05-03T23:00:00+08:00"));
}
test_on_both_databases!(an_imported_record_tells_its_file_and_row, |database| {
    tells_the_row(database)
});

async fn refuses_all_of_a_file(database: TestDatabase) {
    let city = build(&database).await;
    let before = compute_state_digest(&database).await.unwrap();
    let wrong = [
        ("E1,DA009,hour,2016-05-03 00:00,a21026,N,1,", "point"),
        (",DA001,hour,2016-05-03 00:00,a21026,N,1,", "site"),
        ("E1,DA001,week,2016-05-03 00:00,a21026,N,1,", "kind"),
        ("E1,DA001,hour,yesterday,a21026,N,1,", "time"),
        ("E1,DA001,hour,2016-05-03 00:30,a21026,N,1,", "time"),
        ("E1,DA001,day,2016-05-03 01:00,a21026,N,1,", "time"),
        ("E1,DA001,hour,2016-05-05 00:00,a21026,N,1,", "time"),
        ("E1,DA001,hour,2016-05-03 00:00,a01001,N,1,", "factor"),
        ("E1,DA001,hour,2016-05-03 00:00,a21026,N,1e3x,", "avg"),
        ("E1,DA001,hour,2016-05-03 00:00,a21026,N,,", ""),
        ("E1,DA001,hour,2016-05-03 00:00,a21026,N!,1,", "flag"),
        ("E1,DA001,hour,2016-05-03 07:00,a21026,N,2,", "time"),
    ];
    let mut rows = hours();
    rows.extend(wrong.iter().map(|(row, _)| (*row).to_owned()));
    let heading = HEADING.map(str::to_owned);
    let (directory, actor) = (city.directory.current(), Actor::built_in_operator());
    let the_file = file("a", PeriodLabel::Start);
    let about = (&the_file, &heading[..]);
    let checked = check_import(&database, &directory, &clock(), &actor, about, send(&rows))
        .await
        .unwrap();
    let imported = import(&database, &city, about.0, &rows).await;
    assert_eq!(checked.problems, imported.problems);
    assert_eq!(checked.problem_count, wrong.len() as u64);
    for (at, (problem, (row, column))) in checked.problems.iter().zip(wrong).enumerate() {
        assert_eq!(problem.column, column, "{row}: {}", problem.english());
        assert_eq!(problem.row, 50 + at as u64, "{row}");
        assert!(
            problem
                .chinese()
                .starts_with(&format!("第 {} 行", problem.row))
        );
    }
    assert_eq!(checked.problems[11].kind, ImportProblemKind::Twice);
    assert_eq!(compute_state_digest(&database).await.unwrap(), before);
    for statement in [
        "SELECT COUNT(*) FROM record",
        "SELECT COUNT(*) FROM record_import",
        "SELECT COUNT(*) FROM dirty_period",
    ] {
        assert_eq!(count(&database, statement).await, 0, "{statement}");
    }
    // an account of another county does not even learn that the point is there
    let elsewhere = Actor {
        scope: access::Scope::Region("430422".parse().unwrap()),
        ..Actor::built_in_operator()
    };
    let rows = hours();
    let checked = check_import(
        &database,
        &directory,
        &clock(),
        &elsewhere,
        about,
        send(&rows),
    )
    .await
    .unwrap();
    assert_eq!(checked.problem_count, 48);
    for heading in [
        vec!["site", "point", "kind", "time", "factor"],
        vec!["site", "point", "kind", "time", "avg"],
        vec!["site", "point", "kind", "time", "factor", "avg", "avg"],
        vec!["site", "point", "kind", "time", "factor", "avg", "wind"],
    ] {
        let heading: Vec<String> = heading.into_iter().map(str::to_owned).collect();
        let about = (about.0, &heading[..]);
        let refused = check_import(&database, &directory, &clock(), &actor, about, send(&rows))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("heading"), "{refused}");
    }
}
test_on_both_databases!(one_wrong_row_keeps_all_of_a_file_out, |database| {
    refuses_all_of_a_file(database)
});

async fn devices_come_first(database: TestDatabase) {
    let city = build(&database).await;
    let sent = [frame(
        "20160504080000000",
        "2061",
        "DataTime=20160503070000;a21026-Avg=99.9,a21026-Flag=N",
    )];
    // an end label of 08:00 is the hour that begins at 07:00
    let rows = ["E1,DA001,hour,2016-05-03 08:00,a21026,N,1.0,".to_owned()];
    import(&database, &city, &file("a", PeriodLabel::End), &rows).await;
    feed(&database, &city, &sent, 1).await;
    let records = load(&database, &city, RecordKind::Hour).await;
    assert_eq!(records.len(), 1);
    let reading = &records[0].readings[0];
    assert_eq!(reading.reading.value(&Field::Avg).unwrap().text(), "99.9");
    assert_eq!(reading.packet_id.import_id(), None);
    assert_eq!(records[0].packet_count, 2, "both stay");
    // what never came from a device is no evidence, and in nobody's way
    let request = EvidenceRequest {
        point_id: city.gas,
        kind: RecordKind::Hour,
        from: at("2016-05-03T00:00:00+08:00"),
        to: at("2016-05-04T00:00:00+08:00"),
        factor_code: None,
    };
    let (directory, actor) = (city.directory.current(), Actor::built_in_operator());
    let bundle = export_evidence(&database, &directory, &clock(), &actor, &request)
        .await
        .unwrap();
    assert_eq!(bundle.packets, 1);
}
test_on_both_databases!(what_a_device_sent_counts_more_than_an_import, |database| {
    devices_come_first(database)
});
