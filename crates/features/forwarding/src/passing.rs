//! A superior's requests on their way down to devices, and the answers on their way up.

use std::sync::Arc;

use access::{Actor, Permission, Scope};
use beijing_time::{Clock, Timestamp};
use bytes::Bytes;
use commands::{
    Command, CommandState, CommandStep, CommandsError, CommandsHandle, Course, NewCommand, Order,
    StepKind,
};
use database::Database;
use hj212::{
    Body, Envelope, ExecutionResult, Frame, NewHead, Reply, RequestResult, build_reply,
    encode_frame, parse_body, parse_message, readdress,
};
use sites::{DeviceDirectory, DevicePassword, DirectoryDevice, DirectoryHandle};
use uuid::Uuid;

use crate::model::{Target, TargetId};
use crate::plan::{Plan, find_segment};
use crate::{ForwardingError, store};

/// A passed command is given up when it could not be sent for so long: the superior waits no
/// longer, either.
const EXPIRES_AFTER_S: u32 = 60;

/// What passing down works with.
#[derive(Debug, Clone)]
pub struct PassingParts {
    /// The main store.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Devices with their passwords.
    pub directory: DirectoryHandle,
    /// The way to the dispatcher of commands.
    pub commands: CommandsHandle,
}

/// A superior's request that was passed down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedCommand {
    /// The command to the device.
    pub command_id: Uuid,
    /// Which superior asked.
    pub target: TargetId,
    /// The request number it asked under.
    pub superior_qn: String,
    /// The MN it asked for.
    pub superior_mn: String,
    /// The Flag of its request.
    pub superior_flag: String,
    /// When.
    pub ordered_at: Timestamp,
    /// Whether 9011 (or 9013) has gone up.
    pub is_request_answered: bool,
    /// How many packets of data have gone up.
    pub data_sent: i64,
    /// Whether nothing more is to go up.
    pub is_finished: bool,
}

/// What became of a superior's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It goes down.
    Passed,
    /// It was asked before: its answers go up again.
    Repeated,
    /// It is refused, and this says so.
    Refused(RequestResult, Bytes),
}

/// What goes up for a passed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upward {
    /// 9011, 9012 or 9013.
    Answer(Reply),
    /// A packet of the device that answers the request, as it is kept.
    Data(String),
}

/// The actor on whose behalf a superior's commands run: it may send commands and nothing else.
pub(crate) fn superior(target: &Target) -> Actor {
    Actor {
        name: format!("superior:{}", target.id),
        permissions: [
            Permission::SendCommands,
            Permission::ReadCommands,
            Permission::ReadSites,
        ]
        .into(),
        scope: Scope::Everything,
        address: Some(target.details.host.clone()),
    }
}

/// Judges a superior's request: for which device it is and what it orders, or with which result
/// it is refused (HJ 212-2017, 6.6.3).
pub(crate) fn judge_request<'a>(
    plan: &Plan,
    directory: &'a DeviceDirectory,
    frame: &Frame,
    now: Timestamp,
) -> Result<(&'a DirectoryDevice, Order), RequestResult> {
    if !frame.is_accepted() {
        return Err(if frame.is_checksum_right() {
            RequestResult::Unknown
        } else {
            RequestResult::WrongChecksum
        });
    }
    let details = &plan.target.details;
    if !details.passes_commands_down {
        return Err(RequestResult::Refused);
    }
    let envelope = frame.envelope();
    let mn = envelope.mn.unwrap_or_default();
    let device = plan
        .find_device(directory, mn, now)
        .ok_or(RequestResult::WrongIdentifier)?;
    let sent = envelope.pw.unwrap_or_default();
    let is_right = plan.superior_password(device).map_or_else(
        || sent.is_empty(),
        |password| password.matches(sent.as_bytes()),
    );
    if !is_right {
        return Err(RequestResult::WrongPassword);
    }
    if envelope.st.is_none_or(|st| st != device.system_type) {
        return Err(RequestResult::WrongSystem);
    }
    if envelope.flag.is_some() && envelope.parsed_flag().is_none() {
        return Err(RequestResult::WrongFlag);
    }
    if !envelope
        .qn
        .is_some_and(|qn| qn.len() == 17 && qn.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(RequestResult::WrongRequestNumber);
    }
    let cn = envelope.cn.unwrap_or_default();
    let text = frame.text();
    let (message, _defects) = parse_message(&text, &hj212::ParseSettings::default());
    let (Body::Request(request), _defects) = parse_body(&message) else {
        return Err(RequestResult::WrongCommand);
    };
    let allowed = &details.allowed_commands;
    if !allowed.is_empty() && !allowed.iter().any(|allowed| allowed == cn) {
        return Err(RequestResult::Refused);
    }
    let order = Order::from_request(&request).ok_or(RequestResult::Refused)?;
    Ok((device, order))
}

/// Passes a superior's request down as a command, in one transaction with the audit trail, or
/// says why not.
///
/// # Errors
/// When the database cannot be used; the superior asks again.
pub async fn pass_request(
    parts: &PassingParts,
    plan: &Plan,
    frame: &Frame,
) -> Result<RequestOutcome, ForwardingError> {
    let now = parts.clock.now();
    let directory = parts.directory.current();
    let envelope = frame.envelope();
    let refuse = |result| {
        let packet = build_reply(&envelope, Reply::Request(result));
        RequestOutcome::Refused(result, packet)
    };
    let (device, order) = match judge_request(plan, &directory, frame, now) {
        Ok(judged) => judged,
        Err(result) => return Ok(refuse(result)),
    };
    let mut passed = PassedCommand {
        command_id: Uuid::now_v7(),
        target: plan.target.id,
        superior_qn: envelope.qn.unwrap_or_default().to_owned(),
        superior_mn: envelope.mn.unwrap_or_default().to_owned(),
        superior_flag: envelope.flag.unwrap_or_default().to_owned(),
        ordered_at: now,
        is_request_answered: false,
        data_sent: 0,
        is_finished: false,
    };
    let database = &parts.database;
    if let Some(known) = store::command::find(database, &passed).await? {
        passed.command_id = known;
        save_answers(database, &passed).await?;
        return Ok(RequestOutcome::Repeated);
    }
    let actor = superior(&plan.target);
    let new = NewCommand {
        id: passed.command_id,
        device_id: device.id.0,
        order,
        secret: None,
        expires_after_s: Some(EXPIRES_AFTER_S),
    };
    let prepared = commands::prepare_command(
        database,
        parts.clock.as_ref(),
        parts.directory.sealing_key(),
        &parts.commands,
        &actor,
        new,
    )
    .await;
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(CommandsError::Invalid { .. }) => return Ok(refuse(RequestResult::Refused)),
        Err(CommandsError::NoDevice { .. }) => return Ok(refuse(RequestResult::WrongIdentifier)),
        Err(error) => return Err(error.into()),
    };
    let mut transaction = database.begin().await?;
    commands::insert_command(&mut transaction, &actor, &prepared).await?;
    store::command::insert(&mut transaction, &passed).await?;
    transaction.commit().await?;
    parts.commands.wake();
    Ok(RequestOutcome::Passed)
}

/// The passed commands of a target whose answers have not all gone up, oldest first.
///
/// # Errors
/// [`ForwardingError::Database`].
pub async fn list_open_commands(
    database: &Database,
    target: TargetId,
) -> Result<Vec<PassedCommand>, ForwardingError> {
    store::command::list_open(database, target).await
}

/// What is to go up for a passed command at present; the command is changed to what it will be
/// when that has gone out.
///
/// # Errors
/// [`ForwardingError::Commands`].
pub async fn load_answers(
    database: &Database,
    plan: &Plan,
    passed: &mut PassedCommand,
) -> Result<(Command, Vec<Upward>), ForwardingError> {
    let actor = superior(&plan.target);
    let (command, steps) = commands::load_command(database, &actor, passed.command_id).await?;
    let upward = answers_due(passed, &command, &steps);
    Ok((command, upward))
}

/// Writes down what has gone up.
///
/// # Errors
/// [`ForwardingError::Database`].
pub async fn save_answers(
    database: &Database,
    passed: &PassedCommand,
) -> Result<(), ForwardingError> {
    let mut transaction = database.begin().await?;
    store::command::save(&mut transaction, passed).await?;
    transaction.commit().await?;
    Ok(())
}

/// Decides what is to go up for a passed command: the device's 9011, its data, its 9012; or, when
/// the device is silent, what the superior must know instead.
pub fn answers_due(
    passed: &mut PassedCommand,
    command: &Command,
    steps: &[CommandStep],
) -> Vec<Upward> {
    let mut upward = Vec::new();
    let progress = &command.progress;
    let course = command.order.course();
    let is_ended = progress.state.is_ended();
    let mut was_refused = false;
    if !passed.is_request_answered && course != Course::Notice {
        let result = match progress.request_result.map(RequestResult::from_code) {
            Some(result) => Some(result),
            // data show that the request was taken, even when 9011 was lost
            None if progress.data_packets > 0 || progress.execution_result.is_some() => {
                Some(RequestResult::Ready)
            }
            None if progress.state == CommandState::Cancelled => Some(RequestResult::Refused),
            None if is_ended => Some(RequestResult::Unknown),
            None => None,
        };
        if let Some(result) = result {
            upward.push(Upward::Answer(Reply::Request(result)));
            passed.is_request_answered = true;
            was_refused = result != RequestResult::Ready;
        }
    }
    if progress
        .request_result
        .is_some_and(|code| RequestResult::from_code(code) != RequestResult::Ready)
    {
        was_refused = true;
    }
    // history goes up with all other packets of the device, through the queue
    if course == Course::Get {
        let data: Vec<&str> = steps
            .iter()
            .filter(|step| step.kind == StepKind::Data)
            .filter_map(|step| step.packet.as_deref())
            .collect();
        let sent = usize::try_from(passed.data_sent).unwrap_or(usize::MAX);
        for packet in data.iter().skip(sent) {
            upward.push(Upward::Data((*packet).to_owned()));
            passed.data_sent += 1;
        }
    }
    if !is_ended {
        return upward;
    }
    passed.is_finished = true;
    if course == Course::Notice {
        if progress.state == CommandState::Done {
            upward.push(Upward::Answer(Reply::Notice));
        }
    } else if !was_refused {
        let result = match (progress.execution_result, progress.state) {
            (Some(code), _) => ExecutionResult::from_code(code),
            (None, CommandState::Done) => ExecutionResult::Done,
            (None, CommandState::TimedOut | CommandState::Expired) => ExecutionResult::TimedOut,
            (None, _) => ExecutionResult::Failed,
        };
        upward.push(Upward::Answer(Reply::Execution(result)));
    }
    upward
}

impl PassedCommand {
    /// Writes what goes up as a packet, under the MN and password the superior knows the device by.
    /// `None` for data that is no packet.
    pub fn build(
        &self,
        plan: &Plan,
        directory: &DeviceDirectory,
        device_id: i64,
        upward: &Upward,
    ) -> Option<Bytes> {
        let device = directory.device(sites::DeviceId(device_id));
        let password = device
            .and_then(|device| plan.superior_password(device))
            .map_or("", DevicePassword::reveal);
        let request = Envelope {
            qn: Some(&self.superior_qn),
            pw: Some(password),
            mn: Some(&self.superior_mn),
            flag: (!self.superior_flag.is_empty()).then_some(self.superior_flag.as_str()),
            ..Envelope::default()
        };
        match upward {
            Upward::Answer(reply) => Some(build_reply(&request, *reply)),
            Upward::Data(packet) => {
                let head = NewHead {
                    qn: Some(&self.superior_qn),
                    pw: Some(password),
                    mn: Some(&self.superior_mn),
                    asks_answer: false,
                };
                let segment = readdress(find_segment(packet.as_bytes()), &head)?;
                Some(encode_frame(&segment))
            }
        }
    }
}

#[cfg(test)]
mod tests;
