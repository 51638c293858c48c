//! Every family of commands over a real socket: dispatcher, gateway, logger and back.

use beijing_time::Timestamp;
use commands::{Calibration, CommandState, Counter, HistoryKind, Order, StepKind};
use hj212::Edition;
use sites::DeviceId;
use test_support::{TestDatabase, test_on_both_databases};

use crate::logger::Manner;
use crate::station::{Station, at};
use crate::world::{MN, wait_until};

fn factor() -> String {
    "w01018".to_owned()
}

fn history(kind: HistoryKind, from: &str, to: &str) -> Order {
    Order::GetHistory {
        kind,
        from: at(from),
        to: at(to),
    }
}

/// Commands that all three editions have.
fn old_orders() -> Vec<(Order, &'static str)> {
    vec![
        (
            Order::SetTimeouts {
                over_time_s: 5,
                resend_count: 2,
            },
            "1000",
        ),
        (Order::GetClock { factor: None }, "1011"),
        (
            Order::SetClock {
                factor: None,
                time: None,
            },
            "1012",
        ),
        (Order::GetRealtimeInterval {}, "1061"),
        (Order::SetRealtimeInterval { interval_s: 60 }, "1062"),
        (Order::StartRealtime {}, "2011"),
        (Order::StopRealtime {}, "2012"),
        (Order::StartDeviceState {}, "2021"),
        (Order::StopDeviceState {}, "2022"),
        (
            Order::Calibrate {
                factor: factor(),
                calibration: None,
            },
            "3011",
        ),
        (Order::SampleNow { factor: factor() }, "3012"),
    ]
}

fn new_orders() -> Vec<(Order, &'static str)> {
    vec![
        (Order::GetMinuteInterval {}, "1063"),
        (Order::SetMinuteInterval { interval_min: 10 }, "1064"),
        (Order::Clean { factor: factor() }, "3013"),
        (Order::KeepSample {}, "3015"),
        (Order::GetResultDelay { factor: factor() }, "3018"),
        (Order::GetSerialNumber { factor: factor() }, "3019"),
        (
            Order::GetInformation {
                factor: factor(),
                information: "i12001".to_owned(),
                from: None,
                to: None,
            },
            "3020",
        ),
        (
            Order::SetInformation {
                factor: factor(),
                information: "i13004".to_owned(),
                value: "1.5".to_owned(),
            },
            "3021",
        ),
    ]
}

fn orders_of(edition: Edition) -> Vec<(Order, &'static str)> {
    let mut orders = old_orders();
    if edition != Edition::Hjt2005 {
        orders.extend(new_orders());
    }
    if edition == Edition::Hj2017 {
        orders.extend([
            (Order::CompareSample { factor: factor() }, "3014"),
            (
                Order::SetSamplePeriod {
                    factor: factor(),
                    start: "000000".to_owned(),
                    hours: 2,
                },
                "3016",
            ),
            (Order::GetSamplePeriod { factor: factor() }, "3017"),
        ]);
    }
    if edition == Edition::Hj2025 {
        orders.extend([
            (
                Order::Calibrate {
                    factor: factor(),
                    calibration: Some(Calibration::Span),
                },
                "3011",
            ),
            (Order::KeepSampleNow { factor: factor() }, "3022"),
            (Order::StartStandardCheck { factor: factor() }, "3024"),
        ]);
    }
    orders
}

async fn run_all(database: TestDatabase, edition: Edition) {
    let station = Station::start(database, edition).await;
    let logger = station.dial(Manner::Obedient).await;
    for (place, (order, cn)) in orders_of(edition).into_iter().enumerate() {
        let course = order.course();
        let id = station.order(order.clone(), None).await;
        let (command, steps) = station.wait_for(id, CommandState::Done).await;
        let heard = logger.heard();
        assert_eq!(heard.len(), place + 1, "{order:?} was sent once");
        let has = |part: String| heard[place].contains(&part);
        assert!(
            has(format!("CN={cn};PW=123456;MN={MN}")),
            "{}",
            heard[place]
        );
        let answers = match course {
            commands::Course::Notice => vec![StepKind::NoticeAnswer],
            commands::Course::Get => {
                vec![StepKind::RequestAnswer, StepKind::Data, StepKind::Result]
            }
            _ => vec![StepKind::RequestAnswer, StepKind::Result],
        };
        let kinds: Vec<_> = steps.iter().skip(2).map(|step| step.kind).collect();
        assert_eq!(kinds, answers, "{edition:?} {order:?}");
        if course != commands::Course::Notice {
            assert_eq!(command.progress.execution_result, Some(1), "{order:?}");
        }
    }
    assert_eq!(station.live.counters.get(Counter::FramesRejected), 0);
}

test_on_both_databases!(a_device_of_2005_takes_every_command, |database| {
    run_all(database, Edition::Hjt2005)
});
test_on_both_databases!(a_device_of_2017_takes_every_command, |database| {
    run_all(database, Edition::Hj2017)
});
test_on_both_databases!(a_device_of_2025_takes_every_command, |database| {
    run_all(database, Edition::Hj2025)
});

async fn ask_for_history(database: TestDatabase, edition: Edition) {
    let station = Station::start(database, edition).await;
    let logger = station.dial(Manner::Obedient).await;
    logger.keep_hours((8..14).map(|hour| at("2026-03-02").plus_ms(hour * 3_600_000)));
    let hours = history(
        HistoryKind::Hour,
        "2026-03-02T10:00:00+08:00",
        "2026-03-02T12:00:00+08:00",
    );
    let id = station.order(hours, None).await;
    let (command, _steps) = station.wait_for(id, CommandState::Done).await;
    // both ends belong to the span
    assert_eq!(command.progress.data_packets, 3);
    let minutes = history(
        HistoryKind::Minute,
        "2026-03-02T10:00:00+08:00",
        "2026-03-02T12:00:00+08:00",
    );
    let id = station.order(minutes, None).await;
    let (command, _steps) = station.wait_for(id, CommandState::Failed).await;
    assert_eq!(command.progress.execution_result, Some(100));
}

test_on_both_databases!(a_device_of_2005_sends_its_history, |database| {
    ask_for_history(database, Edition::Hjt2005)
});
test_on_both_databases!(a_device_of_2025_sends_its_history, |database| {
    ask_for_history(database, Edition::Hj2025)
});

async fn change_password(database: TestDatabase, edition: Edition) {
    let station = Station::start(database, edition).await;
    let logger = station.dial(Manner::Obedient).await;
    let id = station.order(Order::SetPassword {}, Some("abc123")).await;
    // its 9012 bears the new password already
    let (_command, steps) = station.wait_for(id, CommandState::Done).await;
    assert_eq!(logger.password(), "abc123");
    let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
    assert!(kinds.contains(&StepKind::SecretChanged), "{kinds:?}");
    let shown: String = steps
        .iter()
        .filter_map(|step| step.packet.clone())
        .collect();
    assert!(!shown.contains("abc123"), "{shown}");
    // the old password is a stranger's from now on, and the new one is the device's
    let count = |counter| station.live.counters.get(counter);
    let taken = count(Counter::PacketsReceived);
    logger.send_hour(at("2026-03-02T12:00:00+08:00"));
    wait_until("the packet with the new password", async || {
        count(Counter::PacketsReceived) == taken + 1
    })
    .await;
    let strangers = count(Counter::PacketsWrongPassword);
    logger.set_password("123456");
    logger.send_hour(at("2026-03-02T13:00:00+08:00"));
    wait_until("the packet with the old password", async || {
        count(Counter::PacketsWrongPassword) == strangers + 1
    })
    .await;
}

test_on_both_databases!(a_result_with_the_new_password_ends_its_change, |database| {
    change_password(database, Edition::Hj2017)
});
test_on_both_databases!(a_device_of_2005_changes_its_password, |database| {
    change_password(database, Edition::Hjt2005)
});

test_on_both_databases!(
    a_device_that_speaks_with_the_new_password_has_taken_it,
    |database| async move {
        let station = Station::start(database, Edition::Hj2017).await;
        let logger = station.dial(Manner::Vague).await;
        let id = station.order(Order::SetPassword {}, Some("abc123")).await;
        station.wait_for(id, CommandState::Accepted).await;
        // it never reports, but its next packet bears the new password
        logger.set_password("abc123");
        logger.send_hour(at("2026-03-02T13:00:00+08:00"));
        let (_command, steps) = station.wait_for(id, CommandState::Done).await;
        let note = steps.last().unwrap().note.clone().unwrap_or_default();
        let kinds: Vec<_> = steps.iter().map(|step| step.kind).collect();
        assert!(kinds.contains(&StepKind::SecretChanged), "{kinds:?} {note}");
        let directory = station.directory.current();
        let device = directory.device(DeviceId(station.device_id)).unwrap();
        assert_eq!(device.password.as_ref().unwrap().reveal(), "abc123");
    }
);

test_on_both_databases!(
    a_password_that_was_not_taken_is_not_accepted,
    |database| async move {
        let station = Station::start(database, Edition::Hj2017).await;
        let logger = station.dial(Manner::Refusing).await;
        let id = station.order(Order::SetPassword {}, Some("abc123")).await;
        station.wait_for(id, CommandState::Failed).await;
        let count = |counter| station.live.counters.get(counter);
        let strangers = count(Counter::PacketsWrongPassword);
        logger.set_password("abc123");
        logger.send_hour(at("2026-03-02T13:00:00+08:00"));
        wait_until("a stranger", async || {
            count(Counter::PacketsWrongPassword) == strangers + 1
        })
        .await;
    }
);

test_on_both_databases!(a_renewed_key_is_in_force, |database| async move {
    let station = Station::start(database, Edition::Hj2025).await;
    let _logger = station.dial(Manner::Obedient).await;
    let id = station
        .order(Order::RenewKey {}, Some("q7Zk2Lm9Xw4Tn8Rb"))
        .await;
    station.wait_for(id, CommandState::Done).await;
    let directory = station.directory.current();
    let device = directory.device(DeviceId(station.device_id)).unwrap();
    assert_eq!(device.key.as_ref().unwrap().reveal(), b"q7Zk2Lm9Xw4Tn8Rb");
    // packets on their way are still encrypted with the one before
    assert_eq!(
        device.previous_key.as_ref().unwrap().reveal(),
        b"0123456789abcdef"
    );
});

test_on_both_databases!(
    a_silent_device_is_asked_as_often_as_it_was_told,
    |database| async move {
        let station = Station::start(database, Edition::Hj2017).await;
        let logger = station.dial(Manner::Silent).await;
        // 10 s and three times unless the device is set otherwise (HJ 212-2017, 6.7)
        let id = station.order(Order::GetClock { factor: None }, None).await;
        for sent in 1..=4 {
            let heard = logger.wait_for_requests(sent).await;
            assert_eq!(heard[0], heard[sent - 1], "the same request number");
            station.clock.advance_ms(9_999);
            station.wait_for(id, CommandState::Sent).await;
            assert_eq!(station.load(id).await.0.progress.attempts as usize, sent);
            station.clock.advance_ms(1);
        }
        station.wait_for(id, CommandState::TimedOut).await;
        // once it is told 5 s and no re-send, both sides keep to that
        drop(logger);
        station.wait_until_gone().await;
        let logger = station.dial(Manner::Obedient).await;
        let timeouts = Order::SetTimeouts {
            over_time_s: 5,
            resend_count: 0,
        };
        let id = station.order(timeouts, None).await;
        station.wait_for(id, CommandState::Done).await;
        drop(logger);
        station.wait_until_gone().await;
        let logger = station.dial(Manner::Silent).await;
        let id = station.order(Order::GetClock { factor: None }, None).await;
        logger.wait_for_requests(1).await;
        station.clock.advance_ms(5_000);
        station.wait_for(id, CommandState::TimedOut).await;
        assert_eq!(logger.heard().len(), 1);
    }
);

test_on_both_databases!(
    of_two_sockets_the_newer_gets_commands_and_either_may_answer,
    |database| async move {
        let station = Station::start(database, Edition::Hj2017).await;
        let older = station.dial(Manner::Silent).await;
        let newer = station.dial(Manner::Silent).await;
        let id = station.order(Order::GetClock { factor: None }, None).await;
        let request = newer.wait_for_requests(1).await.remove(0);
        assert!(older.heard().is_empty());
        let qn = request
            .split("QN=")
            .nth(1)
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        let answer = |cn: &str, area: &str| {
            format!("QN={qn};ST=91;CN={cn};PW=123456;MN={MN};Flag=4;CP=&&{area}&&")
        };
        older.send(&answer("9011", "QnRtn=1"));
        station.wait_for(id, CommandState::Accepted).await;
        newer.send(&answer("9012", "ExeRtn=1"));
        station.wait_for(id, CommandState::Done).await;
        // when the newer goes the older gets the next
        drop(newer);
        wait_until("one connection", async || {
            station.live.count_connections() == 1
        })
        .await;
        station.order(Order::GetMinuteInterval {}, None).await;
        let heard = older.wait_for_requests(1).await;
        assert!(heard[0].contains("CN=1063"), "{heard:?}");
    }
);

test_on_both_databases!(
    a_device_that_refuses_ends_the_command,
    |database| async move {
        let station = Station::start(database, Edition::Hj2017).await;
        let _logger = station.dial(Manner::Refusing).await;
        let id = station.order(Order::GetClock { factor: None }, None).await;
        let (command, _steps) = station.wait_for(id, CommandState::Failed).await;
        assert_eq!(command.progress.request_result, Some(2));
        let _: Option<Timestamp> = command.progress.finished_at;
    }
);
