//! The other traffic of a connection to a superior: heartbeats, requests that come down, and the
//! answers that go up.

use std::collections::HashMap;
use std::time::Duration;

use beijing_time::Timestamp;
use commands::Course;
use forwarding::{
    ForwardingError, Plan, RequestOutcome, TargetTrouble, Upward, find_journal_head,
    list_open_commands, load_answers, pass_request, save_answers,
};
use hj212::{Frame, encode_frame};
use monitoring::PacketId;
use sites::{DeviceDirectory, DevicePassword};
use tokio::time::Instant;
use uuid::Uuid;

use super::sender::{Ended, Sender};
use super::superior::Superior;

/// Open commands are looked at so often.
const LOOK: Duration = Duration::from_millis(300);
/// The result of a request for history waits so long for its data to go up first.
const MOST_HOLD: Duration = Duration::from_secs(30);

/// What is known of the commands that were passed down.
#[derive(Debug, Default)]
pub(super) struct Upwards {
    /// Whether none is open, until one comes.
    is_idle: bool,
    looked: Option<Instant>,
    /// Finished requests for history: the data that must go up before the result.
    held: HashMap<Uuid, (PacketId, Instant)>,
}

impl Upwards {
    pub(super) fn look_again(&mut self) {
        self.is_idle = false;
        self.looked = None;
    }
}

/// A heartbeat (9015, HJ 212-2025) where the target asks for one.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    pending: Option<(String, Instant)>,
}

impl Heartbeat {
    /// Sends one when nothing else went out for long; ends the connection when the last one was
    /// not answered.
    pub(super) fn keep(
        &mut self,
        plan: &Plan,
        directory: &DeviceDirectory,
        now: Timestamp,
        timeout: Duration,
        superior: &mut Superior,
    ) -> Result<(), Ended> {
        let interval_s = u64::from(plan.target.details.heartbeat_interval_s);
        if let Some((_qn, sent)) = &self.pending {
            if sent.elapsed() > timeout {
                return Err((TargetTrouble::NoHeartbeat, String::new()));
            }
            return Ok(());
        }
        if interval_s == 0 || superior.idle() < Duration::from_secs(interval_s) {
            return Ok(());
        }
        let device = directory
            .devices()
            .filter(|device| {
                device.is_enabled && device.validity.contains(now) && plan.is_forwarded(device.id.0)
            })
            .min_by_key(|device| device.id);
        let Some(device) = device else { return Ok(()) };
        let qn = now.civil().to_compact_milliseconds();
        let segment = format!(
            "QN={qn};ST={};CN=9015;PW={};MN={};Flag=9;CP=&&&&",
            device.system_type,
            plan.superior_password(device)
                .map_or("", DevicePassword::reveal),
            plan.superior_mn(device),
        );
        superior.put(&encode_frame(segment.as_bytes()));
        self.pending = Some((qn, Instant::now()));
        Ok(())
    }

    /// Whether an answer is for the heartbeat.
    pub(super) fn take(&mut self, qn: Option<&str>) -> bool {
        let is_ours = matches!((&self.pending, qn), (Some((sent, _)), Some(qn)) if sent == qn);
        if is_ours {
            self.pending = None;
        }
        is_ours
    }
}

impl Sender {
    /// Something other than an answer came from the superior: a request to be passed down.
    pub(super) async fn hear_request(&mut self, superior: &mut Superior, frame: &Frame) {
        let envelope = frame.envelope();
        let cn = envelope.cn.unwrap_or_default();
        if matches!(cn, "" | "9011" | "9012" | "9013" | "9014" | "9015") {
            return;
        }
        let name = &self.plan.target.details.name;
        match pass_request(&self.parts.passing(), &self.plan, frame).await {
            Ok(RequestOutcome::Passed) => {
                tracing::info!(cn, "request {cn} of {name} passed down");
                self.upwards.look_again();
            }
            Ok(RequestOutcome::Repeated) => self.upwards.look_again(),
            Ok(RequestOutcome::Refused(result, packet)) => {
                tracing::info!(
                    cn,
                    result = result.code(),
                    "request {cn} of {name} refused: {}",
                    result.name_en()
                );
                superior.put(&packet);
            }
            Err(error) => {
                tracing::error!(%error, cn, "request {cn} of {name} could not be passed down: {error}");
            }
        }
    }

    /// Sends what devices have answered since.
    pub(super) async fn send_answers(&mut self, superior: &mut Superior) {
        let is_early = self
            .upwards
            .looked
            .is_some_and(|looked| looked.elapsed() < LOOK);
        if self.upwards.is_idle || is_early {
            return;
        }
        self.upwards.looked = Some(Instant::now());
        if let Err(error) = self.try_send_answers(superior).await {
            tracing::error!(%error, "answers could not go up: {error}");
        }
    }

    async fn try_send_answers(&mut self, superior: &mut Superior) -> Result<(), ForwardingError> {
        let database = self.parts.database.clone();
        let open = list_open_commands(&database, self.plan.target.id).await?;
        self.upwards.is_idle = open.is_empty();
        let directory = self.directory();
        for mut passed in open {
            let before = passed.clone();
            let (command, mut upward) = load_answers(&database, &self.plan, &mut passed).await?;
            if passed.is_finished
                && command.order.course() == Course::History
                && self.holds_result(passed.command_id).await?
            {
                passed.is_finished = false;
                upward.retain(|it| !matches!(it, Upward::Answer(hj212::Reply::Execution(_))));
            }
            for upward in &upward {
                if let Some(packet) =
                    passed.build(&self.plan, &directory, command.device_id, upward)
                {
                    superior.put(&packet);
                }
            }
            if passed != before {
                save_answers(&database, &passed).await?;
            }
        }
        Ok(())
    }

    /// Whether the data of a finished request for history have still to go up.
    async fn holds_result(&mut self, id: Uuid) -> Result<bool, ForwardingError> {
        let (last, since) = if let Some(known) = self.upwards.held.get(&id) {
            *known
        } else {
            let last = find_journal_head(&self.parts.database).await?;
            let begun = (last, Instant::now());
            self.upwards.held.insert(id, begun);
            begun
        };
        if self.done() >= last || since.elapsed() > MOST_HOLD {
            self.upwards.held.remove(&id);
            return Ok(false);
        }
        Ok(true)
    }
}
