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
