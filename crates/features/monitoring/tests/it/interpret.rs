//! What packets say.

use monitoring::{Field, PacketDefect, PacketOrigin, RecordKind, RecordMarks, interpret_packet};
use test_support::TestDatabase;

use crate::city::{self, at, frame, stored};

fn values(record: &monitoring::InterpretedRecord, factor: &str) -> Vec<String> {
    let reading = record.payload.find_reading(factor).unwrap();
    let mut texts: Vec<String> = reading
        .values
        .iter()
        .map(|(field, value)| format!("{}={}", field.as_str(), value.text()))
        .collect();
    texts.extend(reading.flag.map(|flag| format!("Flag={flag}")));
    texts
}

#[tokio::test]
async fn factors_go_to_their_points_under_the_codes_of_today() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let packet = stored(
        city.logger,
        "2016-05-04T15:00:02+08:00",
        frame(
            "20160504150001123",
            "2011",
            "DataTime=20160504150000;a21026-Rtd=0.10,a21026-ZsRtd=0.2,a21026-Flag=N;\
             011-Rtd=50.10,011-Flag=T;02-Rtd=7;e10203-RS=1",
        ),
    );
    let found = interpret_packet(&packet, &city.directory.current());
    assert_eq!(
        found.version,
        at("2016-05-04T15:00:01.123+08:00").epoch_ms()
    );
    let [gas, water] = &found.records[..] else {
        panic!("two records: {found:?}");
    };
    assert_eq!((gas.point_id, water.point_id), (city.gas, city.water));
    assert_eq!(gas.kind, RecordKind::Realtime);
    assert_eq!(gas.time, at("2016-05-04T15:00:00+08:00"));
    assert_eq!(gas.marks, RecordMarks::default());
    // the factor came under two codes: the first value counts
    assert_eq!(values(gas, "a21026"), ["Rtd=0.10", "ZsRtd=0.2", "Flag=N"]);
    assert_eq!(values(gas, "e10203"), ["RS=1"]);
    assert_eq!(values(water, "w01018"), ["Rtd=50.10", "Flag=T"]);
    assert!(!found.sign.is_historical);
    assert_eq!(found.sign.data_time, Some(gas.time));
    assert_eq!(found, interpret_packet(&packet, &city.directory.current()));
}

#[tokio::test]
async fn each_command_makes_its_kind_of_record() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let directory = city.directory.current();
    for (command, area, kind, time) in [
        ("2051", "a21026-Avg=1", RecordKind::Minute, "15:10:00"),
        ("2061", "a21026-Avg=1", RecordKind::Hour, "15:00:00"),
        ("2031", "a21026-Avg=1", RecordKind::Day, "00:00:00"),
        ("2021", "SB1-RS=1", RecordKind::DeviceState, "15:10:05"),
        ("2041", "SB1-RT=2.5", RecordKind::RunningTime, "00:00:00"),
        (
            "2062",
            "a21026-SampleRd=1.02",
            RecordKind::Check,
            "15:10:05",
        ),
        (
            "2063",
            "a21026-SampleRd=1.02",
            RecordKind::Check,
            "15:10:05",
        ),
        ("2111", "i33301-Avg=851", RecordKind::Furnace, "15:10:00"),
        ("2052", "Leq-Data=61", RecordKind::NoiseEvent, "15:10:05"),
        ("2013", "a24088-Rtd=1", RecordKind::Periodic, "15:10:05"),
        (
            "2081",
            "RestartTime=20160504150000",
            RecordKind::Event,
            "15:10:05",
        ),
        (
            "3020",
            "PolId=a21026,i11001-Info=7",
            RecordKind::Event,
            "15:10:05",
        ),
        ("3015", "VaseNo=1", RecordKind::Event, "15:10:05"),
    ] {
        let area = format!("DataTime=20160504151005;{area}");
        let packet = stored(
            city.logger,
            "2016-05-04T15:10:06+08:00",
            frame("20160504151006000", command, &area),
        );
        let found = interpret_packet(&packet, &directory);
        let record = found
            .records
            .first()
            .unwrap_or_else(|| panic!("{command}: {found:?}"));
        assert_eq!(record.kind, kind, "{command}");
        assert_eq!(
            record.time,
            at(&format!("2016-05-04T{time}+08:00")),
            "{command}"
        );
        assert!(!record.payload.readings().is_empty(), "{command}");
        assert!(
            !found.defects.iter().any(PacketDefect::loses_values),
            "{command}: {found:?}"
        );
    }
    // an event says which command it was, for each point of its device
    let packet = stored(
        city.logger,
        "2016-05-04T15:10:06+08:00",
        frame(
            "20160504151006000",
            "2081",
            "DataTime=20160504151005;RestartTime=20160504150000",
        ),
    );
    let found = interpret_packet(&packet, &directory);
    assert_eq!(found.records.len(), 2);
    assert_eq!(
        values(&found.records[1], ""),
        ["CN=2081", "RestartTime=20160504150000"]
    );
    for command in ["9014", "9015", "1011", "4711"] {
        let area = "QnRtn=1;SystemTime=20160504150000";
        let bytes = frame("20160504151006000", command, area);
        let packet = stored(city.logger, "2016-05-04T15:10:06+08:00", bytes);
        let found = interpret_packet(&packet, &directory);
        assert_eq!(found.records, [], "{command}");
        assert_eq!(found.sign.device_id, city.logger);
    }
}

#[tokio::test]
async fn a_label_of_the_end_is_moved_to_the_start() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let directory = city.directory.current();
    for (command, label, start) in [
        ("2061", "20160505000000", "2016-05-04T23:00:00+08:00"),
        ("2061", "20160504155959", "2016-05-04T15:00:00+08:00"),
        ("2031", "20160505000000", "2016-05-04T00:00:00+08:00"),
        ("2051", "20160504151000", "2016-05-04T15:00:00+08:00"),
        ("2011", "20160504151000", "2016-05-04T15:10:00+08:00"),
    ] {
        let bytes = frame(
            "20160505000001000",
            command,
            &format!("DataTime={label};a34004-Avg=35"),
        );
        let packet = stored(city.station, "2016-05-05T00:00:02+08:00", bytes);
        let found = interpret_packet(&packet, &directory);
        assert_eq!(found.records[0].time, at(start), "{command} {label}");
        assert_eq!(found.records[0].point_id, city.air);
    }
}

#[tokio::test]
async fn late_replayed_resent_and_future_packets_are_marked() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let directory = city.directory.current();
    let hour = |received: &str, flag: &str| {
        let segment = format!(
            "QN=20160504160001000;ST=31;CN=2061;PW=123456;MN=010000A8900016F000169DC0;{flag};\
             CP=&&DataTime=20160504150000;a21026-Avg=1&&"
        );
        stored(
            city.logger,
            received,
            hj212::encode_frame(segment.as_bytes()),
        )
    };
    let marks = |packet| interpret_packet(&packet, &directory).records[0].marks;
    let none = RecordMarks::default();
    let in_time = hour("2016-05-04T16:00:05+08:00", "Flag=5");
    assert_eq!(marks(in_time.clone()), none);
    let late = marks(hour("2016-05-04T20:00:00+08:00", "Flag=5"));
    assert_eq!(
        late,
        RecordMarks {
            is_late: true,
            ..none
        }
    );
    let future = marks(hour("2016-05-04T14:00:00+08:00", "Flag=5"));
    assert_eq!(
        future,
        RecordMarks {
            is_future: true,
            ..none
        }
    );
    let resent = hour("2016-05-04T16:00:05+08:00", "Flag=9;RF=1");
    let found = interpret_packet(&resent, &directory);
    assert_eq!(
        found.records[0].marks,
        RecordMarks {
            is_resent: true,
            ..none
        }
    );
    assert!(found.sign.is_historical);
    // re-sent data wins over any QN
    let sent = interpret_packet(&in_time, &directory);
    assert!(found.version > sent.version + 1_000_000_000_000);
    let replayed = marks(monitoring::StoredPacket {
        origin: PacketOrigin::Replayed,
        ..in_time
    });
    assert_eq!(
        replayed,
        RecordMarks {
            is_replayed: true,
            ..none
        }
    );
}

#[tokio::test]
async fn an_encrypted_packet_is_opened_with_its_devices_key() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let head =
        "QN=20240501150000000;ST=22;CN=2011;PW=123456;MN=010000A8900016F000169DC1;Flag=9;CP=&&";
    let area = "DataTime=20240501150000;a34004-Rtd=35,a34004-Flag=N";
    let plain = hj212::encode_frame(format!("{head}{area}&&").as_bytes());
    // length and checksum are those of the plain text
    let key = hj212::encryption::Key::new(&city::KEY);
    let mut bytes = plain.to_vec();
    let from = 6 + head.len();
    bytes[from..from + area.len()].copy_from_slice(&key.encrypt(area.as_bytes()));
    let packet = |device| stored(device, "2024-05-01T15:00:01+08:00", bytes.clone().into());
    let found = interpret_packet(&packet(city.station), &city.directory.current());
    assert_eq!(
        values(&found.records[0], "a34004"),
        ["Rtd=35", "Flag=N"],
        "{found:?}"
    );
    let wrong = interpret_packet(&packet(city.logger), &city.directory.current());
    assert_eq!(wrong.records, [], "another device has not the key");
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let database = TestDatabase::sqlite().await;
    let city = city::build(&database).await;
    let directory = city.directory.current();
    let received = "2016-05-04T15:00:02+08:00";
    let interpret = |device, bytes| interpret_packet(&stored(device, received, bytes), &directory);
    let found = interpret(
        99,
        frame("1", "2011", "DataTime=20160504150000;a21026-Rtd=1"),
    );
    assert_eq!(
        found.defects,
        [PacketDefect::UnknownDevice { device_id: 99 }]
    );
    let found = interpret(city.logger, "no packet".into());
    assert_eq!(found.defects, [PacketDefect::NotAPacket]);
    let found = interpret(
        city.logger,
        frame("1", "2061", "DataTime=2016;a21026-Avg=1"),
    );
    assert!(found.defects.contains(&PacketDefect::NoTime));
    assert_eq!(found.version, 0, "a QN that is no time says nothing");
    // a value that is no number stays what it was
    let found = interpret(
        city.logger,
        frame(
            "20160504150000000",
            "2011",
            "DataTime=20160504150000;a21026-Rtd=--",
        ),
    );
    let reading = found.records[0].payload.find_reading("a21026").unwrap();
    assert_eq!(reading.value(&Field::Rtd).unwrap().text(), "--");
}
