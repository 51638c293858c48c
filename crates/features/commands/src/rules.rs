//! How a command goes on: pure decisions on what was sent, what came and what time it is.

use beijing_time::Timestamp;
use hj212::{ExecutionResult, Frame, RequestResult, encryption::Key, parse_message};

use crate::model::{Command, CommandSettings, CommandState, NewStep, Progress, StepKind};
use crate::order::{Course, Order, Secret};

/// What a device said, as far as commands go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// The command code.
    pub cn: String,
    /// The request number it answers or bears.
    pub qn: Option<String>,
    /// `QnRtn`, `ExeRtn`.
    pub result: Option<u16>,
    /// `DataTime`.
    pub data_time: Option<Timestamp>,
    /// The password it bears.
    pub password: Option<Secret>,
    /// The packet as text, masked.
    pub packet: String,
}

impl Saying {
    /// Reads a packet. `keys` decrypt it if need be.
    pub fn read(frame: &Frame, keys: &[Key]) -> Self {
        let decrypted = frame
            .looks_encrypted()
            .then(|| keys.iter().find_map(|key| frame.decrypt(key)))
            .flatten();
        let frame = decrypted.as_ref().unwrap_or(frame);
        let text = frame.text();
        let (message, _defects) = parse_message(&text, &hj212::ParseSettings::default());
        let number = |name| {
            message
                .value(name)
                .and_then(|text| text.trim().parse().ok())
        };
        // In 2005 the request number stands in the data area.
        let qn = message.value("QN").or(message.qn).map(str::to_owned);
        Self {
            cn: message.cn.unwrap_or_default().to_owned(),
            qn,
            result: number("QnRtn").or_else(|| number("ExeRtn")),
            data_time: message.value("DataTime").and_then(parse_time),
            password: message.pw.map(Secret::new),
            packet: mask(&String::from_utf8_lossy(frame.raw())),
        }
    }
}

/// `YYYYMMDDhhmmss` of Beijing.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let digits = text.get(..14)?;
    let part = |range: std::ops::Range<usize>, between: &str| {
        digits.get(range).map(|part| format!("{part}{between}"))
    };
    let text = [
        part(0..4, "-")?,
        part(4..6, "-")?,
        part(6..8, "T")?,
        part(8..10, ":")?,
        part(10..12, ":")?,
        part(12..14, "")?,
    ]
    .concat();
    text.parse().ok()
}

/// A packet's text with the values of `PW`, `NewPW` and `NewSK` hidden.
pub fn mask(packet: &str) -> String {
    let mut out = packet.trim_end().to_owned();
    for name in ["PW=", "NewPW=", "NewSK="] {
        let mut from = 0;
        while let Some(at) = out.get(from..).and_then(|rest| rest.find(name)) {
            let at = from + at;
            let start = at + name.len();
            from = start;
            let is_name = at == 0
                || out
                    .as_bytes()
                    .get(at - 1)
                    .is_some_and(|before| !before.is_ascii_alphabetic());
            if !is_name {
                continue;
            }
            let end = out
                .get(start..)
                .and_then(|rest| rest.find([';', '&', ',']))
                .map_or(out.len(), |length| start + length);
            if end > start {
                out.replace_range(start..end, "******");
            }
        }
    }
    out
}

/// Whether what a device said belongs to a command.
pub fn concerns(command: &Command, saying: &Saying) -> bool {
    if !matches!(
        command.progress.state,
        CommandState::Sent | CommandState::Accepted
    ) {
        return false;
    }
    let has_qn = saying.qn.is_some() && saying.qn == command.progress.qn;
    match saying.cn.as_str() {
        "9011" | "9012" | "9013" => has_qn,
        cn if cn == command.order.cn() => match &command.order {
            Order::GetHistory { from, to, .. } => saying
                .data_time
                .is_some_and(|time| *from <= time && time <= *to),
            order => order.course() == Course::Get && has_qn,
        },
        _ => false,
    }
}

/// The command goes out under a request number.
pub fn after_sending(
    progress: &Progress,
    settings: &CommandSettings,
    qn: String,
    packet: &str,
    now: Timestamp,
) -> (Progress, NewStep) {
    let kind = if progress.attempts == 0 {
        StepKind::Sent
    } else {
        StepKind::Resent
    };
    let next = Progress {
        state: CommandState::Sent,
        qn: Some(qn),
        attempts: progress.attempts + 1,
        due_at: Some(now.plus_ms(i64::from(settings.over_time_s) * 1000)),
        ..progress.clone()
    };
    (next, step(now, kind, Some(mask(packet)), None))
}

fn step(at: Timestamp, kind: StepKind, packet: Option<String>, note: Option<String>) -> NewStep {
    NewStep {
        at,
        kind,
        packet,
        note,
    }
}

fn ended(progress: &Progress, state: CommandState, now: Timestamp) -> Progress {
    Progress {
        state,
        due_at: None,
        finished_at: Some(now),
        ..progress.clone()
    }
}

/// What a device said brings a command further.
pub fn after_saying(
    command: &Command,
    settings: &CommandSettings,
    saying: &Saying,
    now: Timestamp,
) -> (Progress, NewStep) {
    let progress = &command.progress;
    let wait = Some(now.plus_ms(i64::from(settings.execution_timeout_s) * 1000));
    let packet = Some(saying.packet.clone());
    match saying.cn.as_str() {
        "9011" => {
            let result = RequestResult::from_code(saying.result.unwrap_or(100));
            let answered = Progress {
                request_result: Some(result.code()),
                ..progress.clone()
            };
            let next = if result == RequestResult::Ready {
                Progress {
                    state: CommandState::Accepted,
                    due_at: wait,
                    ..answered
                }
            } else {
                ended(&answered, CommandState::Failed, now)
            };
            let note = Some(result.name_en().to_owned());
            (next, step(now, StepKind::RequestAnswer, packet, note))
        }
        "9012" => {
            let result = ExecutionResult::from_code(saying.result.unwrap_or(2));
            let state = if result == ExecutionResult::Done {
                CommandState::Done
            } else {
                CommandState::Failed
            };
            let answered = Progress {
                execution_result: Some(result.code()),
                ..ended(progress, state, now)
            };
            let note = Some(result.name_en().to_owned());
            (answered, step(now, StepKind::Result, packet, note))
        }
        "9013" => {
            let next = if command.order.course() == Course::Notice {
                ended(progress, CommandState::Done, now)
            } else {
                Progress {
                    due_at: wait,
                    ..progress.clone()
                }
            };
            (next, step(now, StepKind::NoticeAnswer, packet, None))
        }
        _ => {
            let next = Progress {
                // Data show that the command was taken, even when 9011 was lost.
                state: CommandState::Accepted,
                due_at: wait,
                data_packets: progress.data_packets + 1,
                ..progress.clone()
            };
            (next, step(now, StepKind::Data, packet, None))
        }
    }
}

/// What to do when a command's time is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Wait,
    /// Send it again under the same request number.
    Resend,
    /// It has ended.
    End(Progress, NewStep),
}

/// Looks whether a command's time is up.
pub fn when_due(command: &Command, settings: &CommandSettings, now: Timestamp) -> Due {
    let progress = &command.progress;
    let is_due = progress.due_at.is_some_and(|due| due <= now);
    match progress.state {
        CommandState::Queued if command.expires_at <= now => Due::End(
            ended(progress, CommandState::Expired, now),
            step(now, StepKind::Expired, None, None),
        ),
        CommandState::Sent if is_due && progress.attempts <= settings.resend_count => Due::Resend,
        CommandState::Sent if is_due => Due::End(
            ended(progress, CommandState::TimedOut, now),
            step(
                now,
                StepKind::TimedOut,
                None,
                Some("no answer to the request (9011)".to_owned()),
            ),
        ),
        // The data came; only the closing 9012 did not.
        CommandState::Accepted if is_due && progress.data_packets > 0 => Due::End(
            ended(progress, CommandState::Done, now),
            step(
                now,
                StepKind::TimedOut,
                None,
                Some("data came, but no result (9012)".to_owned()),
            ),
        ),
        CommandState::Accepted if is_due => Due::End(
            ended(progress, CommandState::TimedOut, now),
            step(
                now,
                StepKind::TimedOut,
                None,
                Some("no result (9012)".to_owned()),
            ),
        ),
        _ => Due::Wait,
    }
}

/// The device went away while a command was under way: one that was not taken yet waits for the
/// device and is sent again if doing it twice does no harm; otherwise it ends, and nobody knows
/// whether it was done.
pub fn after_disconnect(command: &Command, now: Timestamp) -> Option<(Progress, NewStep)> {
    (command.progress.state == CommandState::Sent).then(|| {
        if !command.order.is_repeatable() {
            let note = "the connection went before an answer: whether it was done is not known";
            return (
                ended(&command.progress, CommandState::TimedOut, now),
                step(now, StepKind::Disconnected, None, Some(note.to_owned())),
            );
        }
        (
            requeued(&command.progress),
            step(now, StepKind::Disconnected, None, None),
        )
    })
}

/// No connection took the packet: the command waits on, as if it had not been sent.
pub fn after_refused_packet(command: &Command, now: Timestamp) -> (Progress, NewStep) {
    let note = Some("no connection took the packet".to_owned());
    (
        requeued(&command.progress),
        step(now, StepKind::Disconnected, None, note),
    )
}

fn requeued(progress: &Progress) -> Progress {
    Progress {
        state: CommandState::Queued,
        attempts: 0,
        due_at: None,
        ..progress.clone()
    }
}

/// The platform was started anew while a command was sent and not answered. Its answer may have
/// come while nobody listened: what may be done twice waits for its time and is sent again; what
/// may not ends, and nobody knows whether it was done.
pub fn after_restart(command: &Command, now: Timestamp) -> Option<(Progress, NewStep)> {
    if command.progress.state != CommandState::Sent || command.order.is_repeatable() {
        return None;
    }
    let note = "the platform was restarted before an answer: whether it was done is not known";
    Some((
        ended(&command.progress, CommandState::TimedOut, now),
        step(now, StepKind::TimedOut, None, Some(note.to_owned())),
    ))
}

/// A command that cannot be built or sent ends.
pub fn after_failure(command: &Command, reason: String, now: Timestamp) -> (Progress, NewStep) {
    (
        ended(&command.progress, CommandState::Failed, now),
        step(now, StepKind::Result, None, Some(reason)),
    )
}

/// The device speaks with the password that it was to be given: it has taken it, whatever became
/// of its 9012.
pub fn after_new_password(
    command: &Command,
    saying: &Saying,
    now: Timestamp,
) -> (Progress, NewStep) {
    let note = "the device speaks with the new password";
    (
        ended(&command.progress, CommandState::Done, now),
        step(
            now,
            StepKind::Result,
            Some(saying.packet.clone()),
            Some(note.to_owned()),
        ),
    )
}

/// The next thing to look at a command for.
pub fn next_look(command: &Command) -> Option<Timestamp> {
    match command.progress.state {
        CommandState::Queued => Some(command.expires_at),
        _ => command.progress.due_at,
    }
}

/// Whether two commands to one device may be under way together: a history may run beside one
/// other command, for it can take long.
pub fn may_run_beside(command: &Command, other: &Command) -> bool {
    let is_history = |command: &Command| command.order.course() == Course::History;
    is_history(command) != is_history(other)
}

#[cfg(test)]
mod tests;
