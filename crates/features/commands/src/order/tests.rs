//! Orders are checked and become packets.

use super::*;
use serde_json::json;

#[test]
fn an_order_is_read_back_as_it_was_written() {
    let order = Order::parse("set_realtime_interval", json!({ "interval_s": 30 })).unwrap();
    assert_eq!(order, Order::SetRealtimeInterval { interval_s: 30 });
    let (name, parameters) = order.to_parts();
    let parameters = serde_json::from_str(&parameters).unwrap();
    assert_eq!(Order::parse(&name, parameters).unwrap(), order);
    assert_eq!(order.cn(), "1062");
}

#[test]
fn unknown_commands_and_parameters_are_refused() {
    assert!(Order::parse("explode", json!({})).is_err());
    assert!(Order::parse("start_realtime", json!({ "interval": 1 })).is_err());
    assert!(Order::parse("start_realtime", json!(null)).is_ok());
}

#[test]
fn parameters_outside_their_range_are_refused() {
    let check = |order: Order, secret: Option<&str>| {
        let secret = secret.map(Secret::new);
        order.check(Edition::Hj2017, secret.as_ref()).is_ok()
    };
    assert!(check(Order::SetRealtimeInterval { interval_s: 30 }, None));
    assert!(!check(Order::SetRealtimeInterval { interval_s: 29 }, None));
    assert!(check(Order::SetMinuteInterval { interval_min: 12 }, None));
    assert!(!check(Order::SetMinuteInterval { interval_min: 7 }, None));
    assert!(check(Order::SetPassword {}, Some("abc123")));
    assert!(!check(Order::SetPassword {}, Some("abc12")));
    assert!(!check(Order::SetPassword {}, None));
    assert!(!check(Order::StartRealtime {}, Some("abc123")));
    let factor = "w01018".to_owned();
    assert!(
        !check(Order::KeepSampleNow { factor }, None),
        "only 2025 has it"
    );
    let factor = "w;1".to_owned();
    assert!(!check(Order::SampleNow { factor }, None));
}

#[test]
fn a_request_of_a_superior_becomes_the_order_that_sends_it_again() {
    use hj212::{Body, Edition, RequestHead, parse_body, parse_message};
    let head = RequestHead {
        edition: Edition::Hj2017,
        qn: "20260801085857223",
        st: "32",
        pw: "123456",
        mn: "A1",
    };
    let from: beijing_time::Timestamp = "2026-08-01T00:00:00+08:00".parse().unwrap();
    let orders = [
        Order::GetClock { factor: None },
        Order::SetClock {
            factor: None,
            time: Some(from),
        },
        Order::StartRealtime {},
        Order::StopRealtime {},
        Order::GetHistory {
            kind: HistoryKind::Minute,
            from,
            to: from.plus_ms(3_600_000),
        },
        Order::Calibrate {
            factor: "w01018".to_owned(),
            calibration: None,
        },
        Order::KeepSample {},
        Order::GetInformation {
            factor: "w01018".to_owned(),
            information: "i11001".to_owned(),
            from: Some(from),
            to: Some(from.plus_ms(60_000)),
        },
    ];
    for order in orders {
        let packet = order.build(&head, from, None).unwrap();
        let segment = std::str::from_utf8(&packet).unwrap();
        let segment = &segment[6..segment.rfind("&&").unwrap() + 2];
        let (message, _defects) = parse_message(segment, &hj212::ParseSettings::default());
        let (Body::Request(request), _defects) = parse_body(&message) else {
            panic!("{segment} is no request");
        };
        assert_eq!(Order::from_request(&request), Some(order), "{segment}");
    }
    let secret = hj212::Request::SetPassword { password: "1" };
    assert_eq!(Order::from_request(&secret), None);
}
