//! Building undoes parsing: on the collected packets, on the standards' examples, on arbitrary ones.

use crate::support::{decode_chunks, frames, read_collected};
use hj212::{
    AlarmLimit, Body, CalibrationKind, DataArea, DataFlag, Edition, Envelope, Flag, FrameSettings,
    Message, ParseSettings, Request, RequestHead, Severity, Statistic, TimeSpan, UploadKind,
    UploadWriter, build_request, parse_body, parse_message, parse_message_strict, parse_upload,
};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn collected_packets_in_canonical_order_are_rebuilt_byte_for_byte() {
    let Some(file) = read_collected("hj212/packets.jsonl") else {
        return;
    };
    let (mut segments, mut areas, mut others) = (0, 0, Vec::new());
    for line in file.lines() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let raw = row.get("raw").and_then(Value::as_str).expect("raw");
        for frame in frames(decode_chunks(&[raw.as_bytes()], FrameSettings::standard())) {
            if !frame.is_valid() {
                continue;
            }
            let text = frame.text();
            let (message, defects) = parse_message(&text, &ParseSettings::default());
            let is_reordered = raw.contains("ST=32;CN=2051;QN=")
                || raw.contains("MN=aqms")
                || raw.contains("PNO=0002;PNUM")
                || raw.contains("PNO=1;PNUM");
            let is_recovered = defects.iter().any(|d| {
                matches!(
                    d.code(),
                    "head_separator" | "head_blank" | "head_field_unknown"
                )
            });
            if !is_reordered && !is_recovered {
                assert_eq!(message.encode_segment(), text);
                segments += 1;
            }
            let (body, _) = parse_body(&message);
            if body == Body::Other {
                others.push(text.clone().into_owned());
            }
            let rebuilt = body.encode_area(message.edition, message.value("QN"));
            areas += usize::from(rebuilt.as_deref() == Ok(message.data_area.text));
        }
    }
    // What is left has blanks, trailing semicolons, or fields in another order.
    assert!(
        segments > 230 && areas > 180,
        "{segments} segments, {areas} data areas"
    );
    assert!(
        others
            .iter()
            .all(|text| text.contains("CN=2000") || text.contains("...")),
        "{others:#?}"
    );
}

const HEAD_2017: &str = "MN=010000A8900016F000169DC0";

/// Examples of HJ 212-2017 appendix C and HJ/T 212-2005, and what they say.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of examples")]
fn the_standards_examples_are_read_as_what_they_say() {
    let check = |segment: &str, expect: &dyn Fn(&Body<'_>) -> bool| {
        let (message, _) = parse_message(segment, &ParseSettings::default());
        let (body, defects) = parse_body(&message);
        assert!(expect(&body), "{segment}: {body:?} {defects:?}");
        let rebuilt = body
            .encode_area(message.edition, message.value("QN"))
            .expect("buildable");
        if !matches!(body, Body::Answer(_)) {
            assert_eq!(rebuilt, message.data_area.text);
        }
    };
    let requests: [(&str, &str, Request<'_>); 24] = [
        (
            "5",
            "1000;OverTime=5;ReCount=3",
            Request::SetTimeouts {
                over_time_s: 5,
                resend_count: 3,
            },
        ),
        (
            "5",
            "1011;PolId=w01018",
            Request::GetTime {
                factor: Some("w01018"),
            },
        ),
        (
            "5",
            "1012;PolId=w01018;SystemTime=20160801085857",
            Request::SetTime {
                factor: Some("w01018"),
                time: "20160801085857",
            },
        ),
        ("5", "1061", Request::GetRealtimeInterval),
        (
            "5",
            "1062;RtdInterval=30",
            Request::SetRealtimeInterval { interval_s: 30 },
        ),
        ("5", "1063", Request::GetMinuteInterval),
        (
            "5",
            "1064;MinInterval=10",
            Request::SetMinuteInterval { interval_min: 10 },
        ),
        (
            "5",
            "1072;NewPW=654321",
            Request::SetPassword { password: "654321" },
        ),
        ("5", "2011", Request::StartRealtime),
        ("5", "2012", Request::StopRealtime),
        ("5", "2021", Request::StartDeviceState),
        ("5", "2022", Request::StopDeviceState),
        (
            "5",
            "2051;BeginTime=20160801084000;EndTime=20160801084000",
            Request::History {
                kind: UploadKind::Minute,
                span: TimeSpan {
                    begin: "20160801084000",
                    end: "20160801084000",
                },
            },
        ),
        (
            "5",
            "3011;PolId=w01018",
            Request::Calibrate {
                factor: "w01018",
                kind: None,
            },
        ),
        (
            "9",
            "3011;PolId=w01018,CalibrationType=0",
            Request::Calibrate {
                factor: "w01018",
                kind: Some(CalibrationKind::Zero),
            },
        ),
        (
            "5",
            "3014;PolId=w01018",
            Request::CompareSample { factor: "w01018" },
        ),
        ("5", "3015", Request::KeepSampleOnExceedance),
        (
            "5",
            "3016;PolId=w01018;CstartTime=000000;CTime=2",
            Request::SetSamplePeriod {
                factor: "w01018",
                start: "000000",
                hours: 2,
            },
        ),
        (
            "5",
            "3020;PolId=w01018;InfoId=i11001;BeginTime=20160801010522,EndTime=20160801085857",
            Request::GetInformation {
                factor: "w01018",
                information: "i11001",
                span: Some(TimeSpan {
                    begin: "20160801010522",
                    end: "20160801085857",
                }),
            },
        ),
        (
            "5",
            "3021;PolId=w01018;InfoId=i13004;i13004-Info=168.0",
            Request::SetInformation {
                factor: "w01018",
                information: "i13004",
                value: "168.0",
            },
        ),
        (
            "9",
            "1002;i23005-Info=6970000000001ABCDEFG1234",
            Request::SetIdentifier {
                identifier: "6970000000001ABCDEFG1234",
            },
        ),
        (
            "9",
            "1014;SKCreateTime=20240601085857223,NewSK=0000000000000000",
            Request::SetKey {
                created: "20240601085857223",
                key: "0000000000000000",
            },
        ),
        (
            "9",
            "3022;PolId=w01018",
            Request::KeepSampleNow { factor: "w01018" },
        ),
        (
            "9",
            "3024;PolId=w01018",
            Request::StartStandardCheck { factor: "w01018" },
        ),
    ];
    for (flag, command, request) in requests {
        let (cn, area) = command.split_once(';').unwrap_or((command, ""));
        let segment = format!(
            "QN=20160801085857223;ST=32;CN={cn};PW=123456;{HEAD_2017};Flag={flag};CP=&&{area}&&"
        );
        check(&segment, &|body| *body == Body::Request(request.clone()));
        let edition = if flag == "9" {
            Edition::Hj2025
        } else {
            Edition::Hj2017
        };
        let head = RequestHead {
            edition,
            qn: "20160801085857223",
            st: "32",
            pw: "123456",
            mn: &HEAD_2017[3..],
        };
        let built = build_request(&head, &request).expect("buildable");
        assert_eq!(built, hj212::encode_frame(segment.as_bytes()));
    }
    let old = |cn: &str, area: &str| {
        format!(
            "QN=20040516010101001;ST=32;CN={cn};PW=123456;MN=88888880000001;Flag=3;CP=&&{area}&&"
        )
    };
    let is =
        |request: Request<'static>| move |body: &Body<'_>| *body == Body::Request(request.clone());
    check(
        &old("1072", "PW=654321"),
        &is(Request::SetPassword { password: "654321" }),
    );
    check(
        &old("1021", "PolId=101;PolId=102"),
        &is(Request::GetAlarmLimits {
            factors: vec!["101", "102"],
        }),
    );
    check(
        &old(
            "1022",
            "101-LowValue=1.1,101-UpValue=9.9;102-LowValue=1.1,102-UpValue=9.9",
        ),
        &is(Request::SetAlarmLimits {
            limits: vec![
                AlarmLimit {
                    factor: "101",
                    low: Some("1.1"),
                    high: Some("9.9"),
                },
                AlarmLimit {
                    factor: "102",
                    low: Some("1.1"),
                    high: Some("9.9"),
                },
            ],
        }),
    );
    check(
        &old("1032", "AlarmTarget=3882566"),
        &is(Request::SetReportTarget { target: "3882566" }),
    );
    check(
        &old("1042", "ReportTime=0101"),
        &is(Request::SetReportTime { time: "0101" }),
    );
    check(
        &old("3014", "PolID=101,CTime=04,CTime=10,CTime=14,CTime=16"),
        &is(Request::SetSampleHours {
            factor: "101",
            hours: vec!["04", "10", "14", "16"],
        }),
    );
    check(
        &old("2031", "BeginTime=20040506000000,EndTime=20040510000000"),
        &is(Request::History {
            kind: UploadKind::Day,
            span: TimeSpan {
                begin: "20040506000000",
                end: "20040510000000",
            },
        }),
    );
    for (cn, area) in [
        ("1011", "PolId=w01018;SystemTime=20160801085857"),
        ("1061", "RtdInterval=30"),
        ("3015", "DataTime=20160801085857;VaseNo=1"),
        ("3018", "PolId=w01018;Stime=40"),
        (
            "3019",
            "DataTime=20160801085857;PolId=w01018;w01018-SN=010000A8900016F000169DC1",
        ),
        (
            "3020",
            "DataTime=20160801062035;PolId=w01018;i11001-Info=//清洗,管路;换液//",
        ),
    ] {
        let segment = format!(
            "QN=20160801085857223;ST=32;CN={cn};PW=123456;{HEAD_2017};Flag=4;CP=&&{area}&&"
        );
        check(&segment, &|body| matches!(body, Body::Report(_)));
    }
    for area in [
        "DataTime=20160801085857;SB1-RS=1;SB2-RS=0",
        "DataTime=20160801000000;SB1-RS=1",
    ] {
        let segment = format!(
            "QN=20160801085857223;ST=32;CN=2021;PW=123456;{HEAD_2017};Flag=5;CP=&&{area}&&"
        );
        check(&segment, &|body| matches!(body, Body::Upload(_)));
    }
    check(
        "ST=32;CN=1011;PW=123456;MN=88888880000001;CP=&&QN=20040516010101001;SystemTime=20040516010101&&",
        &|body| matches!(body, Body::Report(_)),
    );
}

#[test]
fn an_hour_upload_gives_every_value_with_its_text() {
    let segment = "QN=20160801090000001;ST=31;CN=2061;PW=123456;MN=1;Flag=5;CP=&&DataTime=20160801080000;a21026-Cou=0.10,a21026-Min=1.1,a21026-Avg=1.10,a21026-Max=2,a21026-ZsAvg=3.30,a21026-Flag=N;a19001-Avg=20.9,a19001-Flag=X,a19001-Weird=7&&";
    let (message, _) = parse_message(segment, &ParseSettings::default());
    let (upload, defects) = parse_upload(&message).expect("an upload");
    assert_eq!(upload.kind, UploadKind::Hour);
    let factor = upload.factor("a21026").expect("SO2");
    assert_eq!(factor.cou().map(|v| v.text), Some("0.10"));
    assert_eq!(
        factor
            .avg()
            .and_then(|v| v.number)
            .map(|n| (n.mantissa, n.scale)),
        Some((110, 2))
    );
    assert_eq!(factor.value(Statistic::ZsAvg).map(|v| v.text), Some("3.30"));
    assert_eq!(factor.flag, Some(DataFlag::Normal));
    let oxygen = upload.factor("a19001").expect("O2");
    assert_eq!(oxygen.flag, Some(DataFlag::Other(b'X')));
    assert_eq!(
        oxygen.extra().map(|v| v.suffix).collect::<Vec<_>>(),
        ["Weird"]
    );
    let codes: Vec<_> = defects.iter().map(hj212::Defect::code).collect();
    assert_eq!(codes, ["data_flag_unknown", "suffix_unknown"]);
}

#[test]
fn strict_reading_rejects_what_tolerant_reading_forgives() {
    let good =
        "QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=1;Flag=5;CP=&&DataTime=20160801085857&&";
    assert!(parse_message_strict(good, &ParseSettings::default()).is_ok());
    for bad in [
        good.replace(";ST", ",ST"),
        good.replace(";MN", "; MN"),
        good.replace("&&Data", "&Data"),
    ] {
        let defects = parse_message_strict(&bad, &ParseSettings::default()).expect_err(&bad);
        assert!(defects.iter().any(|d| d.severity() >= Severity::Blemish));
        let (message, _) = parse_message(&bad, &ParseSettings::default());
        assert_eq!(message.mn, Some("1"));
    }
}

fn field_name() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9]{0,7}(-[A-Z][a-zA-Z]{1,6})?"
}

fn field_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,5}(\\.[0-9]{1,4})?",
        "[NFMSDCTB]",
        "[a-zA-Z0-9 _.=:+-]{0,12}",
        "[一-龥]{0,4}"
    ]
}

proptest! {
    #[test]
    fn building_undoes_parsing_of_canonical_segments(
        edition in prop_oneof![Just(Edition::Hjt2005), Just(Edition::Hj2017), Just(Edition::Hj2025)],
        qn in "[0-9]{17}", st in "3[1-9]", cn in "[0-9]{4}", pw in "[0-9a-zA-Z]{6}", mn in "[0-9A-F]{24}",
        bits in 0_u8..4,
        items in proptest::collection::vec(proptest::collection::vec((field_name(), field_value()), 1..4), 0..6),
    ) {
        let area: Vec<String> = items.iter().map(|item| {
            let fields: Vec<String> = item.iter().map(|(name, value)| format!("{name}={value}")).collect();
            fields.join(",")
        }).collect();
        let area = area.join(";");
        let (data_area, _) = DataArea::parse(&area);
        let numbers = bits & 2 == 2;
        let message = Message {
            qn: Some(&qn), st: Some(&st), cn: Some(&cn), pw: Some(&pw), mn: Some(&mn),
            flag: Some(Flag(edition.version_bits() << 2 | bits)),
            pnum: numbers.then_some("3"), pno: numbers.then_some("2"),
            data_area, ..Message::new(edition)
        };
        let packet = message.encode();
        let found = frames(decode_chunks(&[&packet], FrameSettings::strict()));
        prop_assert_eq!(found.len(), 1);
        prop_assert!(found[0].is_strictly_valid());
        let text = found[0].text();
        let (parsed, _) = parse_message(&text, &ParseSettings::default());
        prop_assert_eq!(&parsed, &message);
        prop_assert_eq!(parsed.encode(), packet);
        prop_assert_eq!(parsed.data_area.items().count(), items.len());
        let sent: Vec<(&str, &str)> = items.iter().flatten().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let read: Vec<(&str, &str)> = parsed.data_area.fields.iter().map(|f| (f.name, f.value)).collect();
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn uploads_survive_the_round_trip(
        factors in proptest::collection::vec(("[aw][0-9]{5}", "-?[1-9][0-9]{0,5}(\\.[0-9]{1,6})?", "[NFMSDCTB]"), 1..20),
    ) {
        let mut writer = UploadWriter::new("20160801085857");
        let mut last = String::new();
        let mut count = 0;
        for (code, value, flag) in &factors {
            if *code == last { continue; }
            last.clone_from(code);
            count += 1;
            let flag = DataFlag::parse(flag).expect("a flag");
            writer.factor(code).value(Statistic::Avg, value).value(Statistic::Max, value).flag(flag);
        }
        let area = writer.finish();
        let segment = format!("QN=20160801085857223;ST=31;CN=2051;PW=123456;MN=1;Flag=5;CP=&&{area}&&");
        let (message, defects) = parse_message(&segment, &ParseSettings::default());
        prop_assert!(defects.is_empty());
        let (upload, _) = parse_upload(&message).expect("an upload");
        prop_assert_eq!(upload.factors().len(), count);
        prop_assert_eq!(upload.encode_area(), area);
        for factor in upload.factors() {
            let value = factor.avg().expect("a mean");
            let written = value.number.map(|n| n.to_string());
            prop_assert_eq!(written.as_deref(), Some(value.text));
        }
    }

    #[test]
    fn nothing_that_arrives_makes_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        for settings in [FrameSettings::strict(), FrameSettings::standard(), FrameSettings::tolerant()] {
            for frame in frames(decode_chunks(&[first, second], settings)) {
                let text = frame.text();
                let (message, _) = parse_message(&text, &ParseSettings::default());
                let _ = parse_body(&message);
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let (message, _) = parse_message(&text, &ParseSettings::default());
        let _ = parse_body(&message);
        let _ = Envelope::scan(&bytes);
    }
}
