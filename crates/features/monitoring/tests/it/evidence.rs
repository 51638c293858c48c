//! Evidence that is carried away proves itself, and every change of it shows.

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};

use access::{Actor, Permission, Scope};
use database::Database;
use monitoring::evidence::{
    EvidenceBundle, EvidenceFault, EvidenceReport, EvidenceRequest, export_evidence,
    verify_evidence,
};
use monitoring::layers::{Mark, NewMark, Subject, record_mark};
use monitoring::{MonitoringError, RecordKind};
use serde_json::Value;
use sm3::{Digest, Sm3};
use test_support::test_on_both_databases;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::city::{self, City, at, clock, code, frame};
use crate::interpreter::{count, feed};
use crate::vault::{pack_all, readers_have_read, receive};

type Files = Vec<(String, Vec<u8>)>;

/// Three days of hours, interpreted, some of them marked.
async fn fill(database: &Database) -> (City, i64) {
    let city = city::build(database).await;
    let packets = receive(database, &city).await;
    // one more, whose record is waited for
    let area = "DataTime=20160505110000;a21026-Rtd=1";
    feed(
        database,
        &city,
        &[frame("20160505110000000", "2011", area)],
        1,
    )
    .await;
    let new = NewMark {
        subject: Subject {
            point_id: city.gas,
            kind: Some(RecordKind::Hour),
            factor_code: Some("a21026".to_owned()),
            from: at("2016-05-03T06:00:00+08:00"),
            to: at("2016-05-03T08:00:00+08:00"),
        },
        mark: Mark::Maintenance,
        reason: "<probe> cleaned".to_owned(),
    };
    let actor = Actor::built_in_operator();
    record_mark(database, &city.directory.current(), &clock(), &actor, new)
        .await
        .unwrap();
    (city, packets.last().unwrap().id.batch_id() + 1)
}

fn request(city: &City) -> EvidenceRequest {
    EvidenceRequest {
        point_id: city.gas,
        kind: RecordKind::Hour,
        factor_code: Some("a21026".to_owned()),
        from: at("2016-05-03T04:00:00+08:00"),
        to: at("2016-05-04T02:00:00+08:00"),
    }
}

async fn export(
    database: &Database,
    city: &City,
    actor: &Actor,
    request: &EvidenceRequest,
) -> Result<EvidenceBundle, MonitoringError> {
    export_evidence(
        database,
        &city.directory.current(),
        &clock(),
        actor,
        request,
    )
    .await
}

fn verify(content: &[u8]) -> EvidenceReport {
    verify_evidence(Cursor::new(content)).unwrap()
}

fn unpack(content: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(content)).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut entry = archive.by_index(place).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn pack(files: &Files) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Makes the list fit the files again, as a careful forger would.
fn list_anew(files: &mut Files) {
    let sums: Vec<(String, String)> = files
        .iter()
        .map(|(name, content)| (name.clone(), hex(&Sm3::digest(content))))
        .collect();
    let (_, manifest) = files
        .iter_mut()
        .find(|(name, _)| name == "manifest.json")
        .unwrap();
    let mut list: Value = serde_json::from_slice(manifest).unwrap();
    for entry in list["files"].as_array_mut().unwrap() {
        let (_, sum) = sums
            .iter()
            .find(|(name, _)| entry["name"] == name.as_str())
            .unwrap();
        entry["sm3"] = sum.as_str().into();
    }
    *manifest = serde_json::to_vec(&list).unwrap();
}

fn file<'f>(files: &'f mut Files, name: &str) -> &'f mut Vec<u8> {
    &mut files.iter_mut().find(|(of, _)| of == name).unwrap().1
}

test_on_both_databases!(
    evidence_proves_itself_before_and_after_packing,
    |database| async move {
        let (city, last_batch) = fill(&database).await;
        let actor = Actor::built_in_operator();
        let fresh = export(&database, &city, &actor, &request(&city))
            .await
            .unwrap();
        let report = verify(&fresh.content);
        assert_eq!(report.faults, []);
        assert_eq!(
            (report.packets, report.proved, report.seals.len()),
            (22, 22, 0)
        );
        assert_eq!(report.digest, fresh.digest);

        readers_have_read(&database, last_batch).await;
        pack_all(&database).await;
        let bundle = export(&database, &city, &actor, &request(&city))
            .await
            .unwrap();
        let report = verify(&bundle.content);
        assert_eq!(report.faults, []);
        assert_eq!((report.packets, report.proved), (22, 22));
        assert!(!report.seals.is_empty());
        let mut files = unpack(&bundle.content);
        let records: Value = serde_json::from_slice(file(&mut files, "records.json")).unwrap();
        let values = records["values"].as_array().unwrap();
        assert_eq!(values.len(), 22);
        assert_eq!(values[2]["received"], serde_json::json!([["Avg", "6.10"]]));
        assert_eq!(values[2]["mark"], "maintenance");
        assert_eq!(values[2]["effective"], "6.10");
        assert_eq!(records["marks"].as_array().unwrap().len(), 1);
        let page = String::from_utf8(file(&mut files, "index.html").clone()).unwrap();
        assert!(
            page.contains("监测数据证据包") && page.contains("模拟数据"),
            "{page}"
        );
        assert!(page.contains("&lt;probe&gt; cleaned") && !page.contains("<probe>"));
        // the bytes as they came, password and all
        let id = values[2]["packet_id"].as_i64().unwrap();
        let raw = file(&mut files, &format!("packets/{id}.txt"));
        assert!(String::from_utf8_lossy(raw).contains("PW=123456"));
        let trail = "SELECT COUNT(*) FROM audit_entry WHERE action = 'monitoring.export_evidence'";
        assert_eq!(count(&database, trail).await, 2);

        // who sees a county takes no other devices' packets along
        let county = Actor {
            scope: Scope::Region(code("430421")),
            ..Actor::built_in_operator()
        };
        let bundle = export(&database, &city, &county, &request(&city))
            .await
            .unwrap();
        let report = verify(&bundle.content);
        assert_eq!(
            (report.faults.len(), report.proved, report.seals.len()),
            (0, 22, 0)
        );
        let text = String::from_utf8(file(&mut unpack(&bundle.content), "proof.json").clone());
        assert!(!text.unwrap().contains("169DC1"), "another device is named");
    }
);

test_on_both_databases!(every_change_of_evidence_is_named, |database| async move {
    let (city, last_batch) = fill(&database).await;
    readers_have_read(&database, last_batch).await;
    pack_all(&database).await;
    let actor = Actor::built_in_operator();
    let bundle = export(&database, &city, &actor, &request(&city))
        .await
        .unwrap();
    let whole = unpack(&bundle.content);
    for (place, (name, _)) in whole.iter().enumerate() {
        if name == "manifest.json" {
            continue;
        }
        let mut files = whole.clone();
        let middle = files[place].1.len() / 2;
        files[place].1[middle] ^= 1;
        let faults = verify(&pack(&files)).faults;
        assert!(
            faults.contains(&EvidenceFault::Altered(name.clone())),
            "{name}: {faults:?}"
        );
        let mut files = whole.clone();
        files.remove(place);
        let faults = verify(&pack(&files)).faults;
        assert!(
            faults.contains(&EvidenceFault::Unreadable(name.clone())),
            "{name}: {faults:?}"
        );
    }
    let mut files = whole.clone();
    files.push(("packets/1.txt".to_owned(), b"made up".to_vec()));
    let unlisted = EvidenceFault::Unlisted("packets/1.txt".to_owned());
    assert_eq!(verify(&pack(&files)).faults, [unlisted]);

    // who makes the list fit again meets the chain, then the seal
    let name = whole
        .iter()
        .map(|(name, _)| name)
        .find(|name| name.starts_with("packets/"));
    let name = name.unwrap().clone();
    let id: i64 = name["packets/".len()..name.len() - 4].parse().unwrap();
    let mut files = whole.clone();
    let packet = file(&mut files, &name);
    let at = packet.iter().position(|byte| *byte == b'.').unwrap();
    packet[at + 1] = b'9';
    list_anew(&mut files);
    let report = verify(&pack(&files));
    assert_eq!(report.faults, [EvidenceFault::Packet(id)]);
    assert_ne!(report.digest, bundle.digest);
    let change = |change: &dyn Fn(&mut Value)| {
        let mut files = whole.clone();
        let proof = file(&mut files, "proof.json");
        let mut json: Value = serde_json::from_slice(proof).unwrap();
        change(&mut json);
        *proof = serde_json::to_vec(&json).unwrap();
        list_anew(&mut files);
        verify(&pack(&files)).faults
    };
    let received = change(&|proof| proof["packets"][0]["received_ms"] = 1.into());
    assert_eq!(received.len(), 1);
    let unproved = change(&|proof| proof["packets"][0]["proved_by"] = "vault/99.block".into());
    assert_eq!(unproved.len(), 1);
    let chain = change(&|proof| proof["blocks"][0]["chain_after"] = "00".into());
    assert!(
        chain.contains(&EvidenceFault::Chain("vault/1.block".to_owned())),
        "{chain:?}"
    );
    assert!(
        chain
            .iter()
            .any(|fault| matches!(fault, EvidenceFault::Seal(_))),
        "{chain:?}"
    );
    let seal = change(&|proof| proof["windows"][0]["journal_hash"] = "00".into());
    assert!(matches!(seal[..], [EvidenceFault::Seal(_)]), "{seal:?}");
    // garbage is no bundle, and nothing of it makes the check fall over
    for length in (0..bundle.content.len()).step_by(997) {
        let cut = verify_evidence(Cursor::new(&bundle.content[..length]));
        assert!(
            matches!(cut, Err(MonitoringError::Damaged { .. })),
            "{length}"
        );
        let mut bent = bundle.content.clone();
        bent[length] ^= 0x55;
        if let Ok(report) = verify_evidence(Cursor::new(&bent))
            && report.faults.is_empty()
        {
            // a byte of the ZIP file itself that says nothing, such as a time
            assert_eq!(report.digest, bundle.digest);
        }
    }
});

test_on_both_databases!(who_may_not_takes_nothing_along, |database| async move {
    let (city, _) = fill(&database).await;
    for missing in [
        Permission::ExportEvidence,
        Permission::ReadPackets,
        Permission::ReadData,
    ] {
        let mut actor = Actor::built_in_operator();
        actor.permissions.remove(&missing);
        let refused = export(&database, &city, &actor, &request(&city)).await;
        assert!(
            matches!(refused, Err(MonitoringError::Refused(_))),
            "{missing:?}"
        );
    }
    let neighbour = Actor {
        scope: Scope::Region(code("430422")),
        ..Actor::built_in_operator()
    };
    let refused = export(&database, &city, &neighbour, &request(&city)).await;
    assert!(matches!(refused, Err(MonitoringError::NoSuchPoint { .. })));
    let actor = Actor::built_in_operator();
    for (from, to) in [
        ("2016-05-04T00:00:00+08:00", "2016-05-04T00:00:00+08:00"),
        ("2016-05-01T00:00:00+08:00", "2016-06-02T00:00:00+08:00"),
    ] {
        let wrong = EvidenceRequest {
            from: at(from),
            to: at(to),
            ..request(&city)
        };
        let refused = export(&database, &city, &actor, &wrong).await;
        assert!(matches!(
            refused,
            Err(MonitoringError::Invalid { field: "to", .. })
        ));
    }
    // nothing there is an empty bundle, not a fault
    let empty = EvidenceRequest {
        factor_code: Some("a99999".to_owned()),
        ..request(&city)
    };
    let bundle = export(&database, &city, &actor, &empty).await.unwrap();
    assert_eq!(
        (bundle.packets, verify(&bundle.content).faults.len()),
        (0, 0)
    );
    let trail = "SELECT COUNT(*) FROM audit_entry WHERE action = 'monitoring.export_evidence'";
    assert_eq!(count(&database, trail).await, 1);
});
