//! The course of a command, step by step.

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_epoch_ms(ms)
}

fn command(order: Order) -> Command {
    Command {
        id: uuid::Uuid::nil(),
        device_id: 1,
        order,
        created_by: "operator".to_owned(),
        created_at: at(0),
        expires_at: at(1_000_000),
        progress: Progress::queued(),
        revision: 1,
    }
}

fn saying(cn: &str, qn: &str, result: Option<u16>) -> Saying {
    Saying {
        password: None,
        cn: cn.to_owned(),
        qn: Some(qn.to_owned()),
        result,
        data_time: None,
        packet: String::new(),
    }
}

fn sent(order: Order) -> Command {
    let mut command = command(order);
    let settings = CommandSettings::default();
    let (next, step) = after_sending(&command.progress, &settings, "Q".into(), "", at(0));
    assert_eq!(step.kind, StepKind::Sent);
    command.progress = next;
    command
}

#[test]
fn a_get_goes_through_9011_data_and_9012() {
    let settings = CommandSettings::default();
    let mut command = sent(Order::GetClock { factor: None });
    for (cn, result, expect) in [
        ("9011", Some(1), CommandState::Accepted),
        ("1011", None, CommandState::Accepted),
        ("9012", Some(1), CommandState::Done),
    ] {
        let said = saying(cn, "Q", result);
        assert!(concerns(&command, &said), "{cn}");
        command.progress = after_saying(&command, &settings, &said, at(5)).0;
        assert_eq!(command.progress.state, expect, "{cn}");
    }
    assert_eq!(command.progress.data_packets, 1);
    assert_eq!(command.progress.finished_at, Some(at(5)));
    assert!(!concerns(&command, &saying("9012", "Q", Some(1))));
}

#[test]
fn a_refusal_ends_the_command_and_another_number_does_not_touch_it() {
    let command = sent(Order::StartRealtime {});
    assert!(!concerns(&command, &saying("9011", "other", Some(2))));
    let said = saying("9011", "Q", Some(2));
    let (next, _step) = after_saying(&command, &CommandSettings::default(), &said, at(5));
    assert_eq!(next.state, CommandState::Failed);
    assert_eq!(next.request_result, Some(2));
}

#[test]
fn silence_is_met_by_three_resends_and_then_a_time_out() {
    let settings = CommandSettings::default();
    let mut command = sent(Order::GetClock { factor: None });
    let mut now = 0;
    for _ in 0..settings.resend_count {
        assert_eq!(when_due(&command, &settings, at(now + 9_999)), Due::Wait);
        now += 10_000;
        assert_eq!(when_due(&command, &settings, at(now)), Due::Resend);
        let (next, step) = after_sending(&command.progress, &settings, "Q".into(), "", at(now));
        assert_eq!(step.kind, StepKind::Resent);
        command.progress = next;
    }
    let Due::End(progress, _step) = when_due(&command, &settings, at(now + 10_000)) else {
        panic!("the command goes on");
    };
    assert_eq!(
        (progress.state, progress.attempts),
        (CommandState::TimedOut, 4)
    );
}

#[test]
fn a_queued_command_expires() {
    let waiting = command(Order::StartRealtime {});
    let settings = CommandSettings::default();
    assert_eq!(when_due(&waiting, &settings, at(999_999)), Due::Wait);
    let Due::End(progress, _step) = when_due(&waiting, &settings, at(1_000_000)) else {
        panic!("the command goes on");
    };
    assert_eq!(progress.state, CommandState::Expired);
}

#[test]
fn history_is_known_by_its_code_and_time() {
    let history = sent(Order::GetHistory {
        kind: crate::HistoryKind::Hour,
        from: at(1000),
        to: at(2000),
    });
    let mut said = saying("2061", "its own", None);
    said.data_time = Some(at(2000));
    assert!(concerns(&history, &said));
    said.data_time = Some(at(2001));
    assert!(!concerns(&history, &said));
}

#[test]
fn passwords_and_keys_are_masked() {
    assert_eq!(
        mask("QN=1;CN=1072;PW=123456;MN=2;CP=&&NewPW=654321&&ABCD\r\n"),
        "QN=1;CN=1072;PW=******;MN=2;CP=&&NewPW=******&&ABCD"
    );
    assert_eq!(
        mask("CP=&&SKCreateTime=1;NewSK=abcdefghijklmnop&&"),
        "CP=&&SKCreateTime=1;NewSK=******&&"
    );
}

#[test]
fn what_may_not_be_done_twice_is_not_sent_again_by_itself() {
    let calibrate = sent(Order::Clean {
        factor: "w01018".to_owned(),
    });
    for (progress, step) in [
        after_disconnect(&calibrate, at(5)).unwrap(),
        after_restart(&calibrate, at(5)).unwrap(),
    ] {
        assert_eq!(progress.state, CommandState::TimedOut);
        assert!(step.note.unwrap().contains("not known"));
    }
    let get = sent(Order::GetClock { factor: None });
    let (progress, _step) = after_disconnect(&get, at(5)).unwrap();
    assert_eq!(progress.state, CommandState::Queued);
    assert_eq!(after_restart(&get, at(5)), None);
}
