//! What goes up for a passed command.

use super::*;
use commands::Progress;

fn passed() -> PassedCommand {
    PassedCommand {
        command_id: Uuid::nil(),
        target: TargetId(1),
        superior_qn: "20260801085857223".to_owned(),
        superior_mn: "UP1".to_owned(),
        superior_flag: "5".to_owned(),
        ordered_at: Timestamp::default(),
        is_request_answered: false,
        data_sent: 0,
        is_finished: false,
    }
}

fn command(order: Order, state: CommandState, change: impl FnOnce(&mut Progress)) -> Command {
    let mut progress = Progress {
        state,
        ..Progress::queued()
    };
    change(&mut progress);
    Command {
        id: Uuid::nil(),
        device_id: 1,
        order,
        created_by: String::new(),
        created_at: Timestamp::default(),
        expires_at: Timestamp::default(),
        progress,
        revision: 1,
    }
}

fn data(packet: &str) -> CommandStep {
    CommandStep {
        sequence: 1,
        at: Timestamp::default(),
        kind: StepKind::Data,
        packet: Some(packet.to_owned()),
        note: None,
    }
}

const CLOCK: Order = Order::GetClock { factor: None };

fn check(passed: &mut PassedCommand, command: &Command, steps: &[CommandStep], expect: &[Upward]) {
    assert_eq!(answers_due(passed, command, steps), expect);
}

fn answer(reply: Reply) -> Upward {
    Upward::Answer(reply)
}

#[test]
fn the_device_s_answers_go_up_each_once() {
    let mut passed = passed();
    let waiting = command(CLOCK, CommandState::Sent, |_| {});
    check(&mut passed, &waiting, &[], &[]);
    let accepted = command(CLOCK, CommandState::Accepted, |it| {
        it.request_result = Some(1);
    });
    let ready = answer(Reply::Request(RequestResult::Ready));
    check(&mut passed, &accepted, &[], &[ready]);
    let steps = [data("a packet")];
    let packet = Upward::Data("a packet".to_owned());
    check(&mut passed, &accepted, &steps, &[packet]);
    check(&mut passed, &accepted, &steps, &[]);
    let done = command(CLOCK, CommandState::Done, |it| {
        it.request_result = Some(1);
        it.execution_result = Some(1);
    });
    let result = answer(Reply::Execution(ExecutionResult::Done));
    check(&mut passed, &done, &steps, &[result]);
    assert!(passed.is_finished);
}

#[test]
fn a_refusal_goes_up_and_ends_it() {
    let mut passed = passed();
    let refused = command(CLOCK, CommandState::Failed, |it| {
        it.request_result = Some(8);
    });
    let answer = answer(Reply::Request(RequestResult::WrongCommand));
    check(&mut passed, &refused, &[], &[answer]);
    assert!(passed.is_finished);
}

#[test]
fn a_silent_device_is_told_of() {
    let expired = command(CLOCK, CommandState::Expired, |_| {});
    let unknown = answer(Reply::Request(RequestResult::Unknown));
    check(&mut passed(), &expired, &[], &[unknown]);
    let timed_out = command(CLOCK, CommandState::TimedOut, |it| {
        it.request_result = Some(1);
    });
    let expect = [
        answer(Reply::Request(RequestResult::Ready)),
        answer(Reply::Execution(ExecutionResult::TimedOut)),
    ];
    check(&mut passed(), &timed_out, &[], &expect);
}

#[test]
fn a_stop_is_answered_by_9013_only_and_history_only_by_its_frame() {
    let stopped = command(Order::StopRealtime {}, CommandState::Done, |_| {});
    check(&mut passed(), &stopped, &[], &[answer(Reply::Notice)]);
    let history = Order::GetHistory {
        kind: commands::HistoryKind::Minute,
        from: Timestamp::default(),
        to: Timestamp::default(),
    };
    let done = command(history, CommandState::Done, |it| it.data_packets = 2);
    let expect = [
        answer(Reply::Request(RequestResult::Ready)),
        answer(Reply::Execution(ExecutionResult::Done)),
    ];
    check(&mut passed(), &done, &[data("x"), data("y")], &expect);
}
