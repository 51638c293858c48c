//! What a connection says: whose packet it is, where it goes, how it is answered.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::{CivilTime, Timestamp};
use commands::{Connection, Counter, DevicePresence, SessionBegan, SessionEnded};
use hj212::{Decoded, DeviceTime, Edition, Envelope, Frame, Garbage, Reply, RequestResult};
use monitoring::{ArrivedPacket, PacketOrigin};
use sites::{DirectoryDevice, PasswordCheck};

use crate::acceptance::is_acceptable;
use crate::answers::answer;
use crate::dispatch::DeviceSaying;
use crate::events::{EndReason, Event, UnknownDevice, WrongPassword};
use crate::gateway::Shared;
use crate::link::Link;
use crate::records::{DefectRecord, GatewayRecord, Kept, Stranger, StrangerReason};

/// The decisions of one connection.
pub(crate) struct Session {
    shared: Arc<Shared>,
    link: Arc<Link>,
    /// The other end as text, made when the first device is known.
    peer: Option<Arc<str>>,
    /// The devices that have shown their password here.
    known: HashMap<Box<str>, Known>,
    /// The state of the directory that `known` was taken from.
    version: u64,
    has_progress: bool,
}

struct Known {
    device: Arc<DirectoryDevice>,
    presence: Arc<DevicePresence>,
    began_at: Timestamp,
    last_at: Timestamp,
    packets: u64,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, link: Arc<Link>) -> Self {
        Self {
            shared,
            link,
            peer: None,
            known: HashMap::new(),
            version: 0,
            has_progress: false,
        }
    }

    /// Whether a packet was completed since this was asked last.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.has_progress)
    }

    /// Decides about what the decoder found. A packet of a known device comes back, to be offered
    /// to the journal.
    pub(crate) fn handle(
        &mut self,
        decoded: Decoded,
        received_at: Timestamp,
    ) -> Result<Option<ArrivedPacket>, EndReason> {
        self.has_progress = true;
        match decoded {
            Decoded::Frame(frame) => Ok(self.handle_frame(&frame, received_at)),
            Decoded::Garbage(garbage) => self.handle_garbage(&garbage, received_at).map(|()| None),
        }
    }

    fn handle_frame(&mut self, frame: &Frame, received_at: Timestamp) -> Option<ArrivedPacket> {
        let envelope = frame.envelope();
        let mn = envelope.mn.unwrap_or_default();
        self.refresh(received_at);
        let is_known = self.is_password_right(mn, &envelope, received_at);
        if !is_known {
            match self.identify(mn, &envelope, received_at) {
                Ok(device) if is_acceptable(frame, &device.quirks, &device.keys) => {
                    self.admit(mn, device, received_at);
                }
                Ok(_device) => {
                    self.reject(frame, &envelope, received_at);
                    return None;
                }
                Err(reason) => {
                    self.turn_away(frame, mn, reason, received_at);
                    return None;
                }
            }
        }
        let known = self.known.get_mut(mn)?;
        if is_known && !is_acceptable(frame, &known.device.quirks, &known.device.keys) {
            self.reject(frame, &envelope, received_at);
            return None;
        }
        known.packets += 1;
        known.last_at = received_at;
        self.link.note_packet(received_at);
        known
            .presence
            .note_packet(received_at, compute_skew(&envelope, received_at));
        self.shared.live.counters.count(Counter::PacketsReceived);
        let command = envelope.cn.unwrap_or_default();
        if known.presence.is_expecting()
            || matches!(command, "9011" | "9012" | "9013" | "1013" | "1014")
        {
            // A full queue loses the answer to a command; its time-out takes care of it.
            let _ = self.shared.sayings.try_send(DeviceSaying {
                device_id: known.device.id.0,
                received_at,
                frame: frame.clone(),
                keys: known.device.keys.clone(),
            });
        }
        let answer = answer(&envelope, &known.device.quirks);
        let bytes = frame.raw().clone();
        let tag = self.link.expect(answer, bytes.len());
        let device_id = known.device.id.0;
        let peer = self
            .peer
            .get_or_insert_with(|| self.link.peer.to_string().into());
        Some(ArrivedPacket {
            bytes,
            received_at,
            device_id,
            origin: PacketOrigin::Live,
            peer: Arc::clone(peer),
            tag,
            sink: Arc::clone(&self.link) as Arc<dyn monitoring::CommitSink>,
        })
    }

    /// Forgets who is who when the directory has changed, or a device's time here is over.
    fn refresh(&mut self, now: Timestamp) {
        let version = self.shared.directory.version();
        if version == self.version {
            return;
        }
        self.version = version;
        let directory = self.shared.directory.current();
        // Who still is who he was stays known, with the settings of now.
        self.known.retain(|mn, known| {
            let found = directory.find(mn, now);
            match found {
                Some(device) if device.id == known.device.id => {
                    known.device = Arc::clone(device);
                    true
                }
                _ => false,
            }
        });
    }

    fn is_password_right(&self, mn: &str, envelope: &Envelope<'_>, now: Timestamp) -> bool {
        self.known.get(mn).is_some_and(|known| {
            // The answers of a 2005 device need not carry the password.
            let is_exempt = envelope.pw.is_none()
                && envelope.edition() == Edition::Hjt2005
                && envelope.st == Some("91");
            known.device.validity.contains(now)
                && (is_exempt || matches_password(&known.device, envelope))
        })
    }

    fn identify(
        &self,
        mn: &str,
        envelope: &Envelope<'_>,
        now: Timestamp,
    ) -> Result<Arc<DirectoryDevice>, StrangerReason> {
        let directory = self.shared.directory.current();
        let device = directory
            .find(mn, now)
            .ok_or(StrangerReason::UnknownDevice)?;
        if matches_password(device, envelope) {
            Ok(Arc::clone(device))
        } else {
            Err(StrangerReason::WrongPassword)
        }
    }

    /// A device has shown its password here for the first time: from now on this connection gets
    /// its commands.
    fn admit(&mut self, mn: &str, device: Arc<DirectoryDevice>, now: Timestamp) {
        let connection = Arc::clone(&self.link) as Arc<dyn Connection>;
        let known = Known {
            presence: self.shared.live.authenticate(device.id.0, &connection, now),
            device,
            began_at: now,
            last_at: now,
            packets: 0,
        };
        self.record(GatewayRecord::SessionBegan(SessionBegan {
            device_id: known.device.id.0,
            connection_id: self.link.id,
            peer: self.link.peer,
            at: now,
        }));
        if self.known.len() >= self.shared.settings.max_devices_per_connection {
            let oldest = self
                .known
                .iter()
                .min_by_key(|(_mn, known)| known.last_at)
                .map(|(mn, _known)| mn.clone());
            if let Some(known) = oldest.and_then(|mn| self.known.remove(&mn)) {
                self.bid_farewell(&known);
            }
        }
        if let Some(before) = self.known.insert(mn.into(), known) {
            self.bid_farewell(&before);
        }
    }

    fn bid_farewell(&self, known: &Known) {
        self.record(GatewayRecord::SessionEnded(SessionEnded {
            device_id: known.device.id.0,
            connection_id: self.link.id,
            peer: self.link.peer,
            began_at: known.began_at,
            ended_at: known.last_at,
            last_packet_at: known.last_at,
            packets: known.packets,
            reason: "replaced",
        }));
    }

    /// The connection has ended: writes the sessions of its devices down and returns them.
    pub(crate) fn end(self, reason: EndReason, now: Timestamp) -> Vec<Arc<DevicePresence>> {
        let mut devices = Vec::with_capacity(self.known.len());
        for known in self.known.values() {
            self.record(GatewayRecord::SessionEnded(SessionEnded {
                device_id: known.device.id.0,
                connection_id: self.link.id,
                peer: self.link.peer,
                began_at: known.began_at,
                ended_at: now,
                last_packet_at: known.last_at,
                packets: known.packets,
                reason: reason.name(),
            }));
            devices.push(Arc::clone(&known.presence));
        }
        devices
    }

    fn record(&self, record: GatewayRecord) {
        let _ = self.shared.records.try_send(record);
    }

    /// A packet of nobody we know: into quarantine if it is at least a sound frame.
    fn turn_away(
        &mut self,
        frame: &Frame,
        mn: &str,
        reason: StrangerReason,
        received_at: Timestamp,
    ) {
        let envelope = frame.envelope();
        if !frame.is_accepted() && !frame.looks_encrypted() {
            return self.reject(frame, &envelope, received_at);
        }
        let counters = &self.shared.live.counters;
        let peer = self.link.peer;
        match reason {
            StrangerReason::UnknownDevice => UnknownDevice { mn, peer }.emit(counters),
            StrangerReason::WrongPassword => WrongPassword { mn, peer }.emit(counters),
        }
        let answer = if self.shared.settings.acknowledge_quarantined {
            answer(&envelope, &sites::DeviceQuirks::default())
        } else {
            None
        };
        let tag = self.link.expect(answer, frame.raw().len());
        let stranger = Stranger {
            mn: mn.chars().take(64).collect(),
            bytes: frame.raw().clone(),
            received_at,
            peer,
            reason,
            kept: Kept {
                link: Arc::clone(&self.link),
                tag,
                is_done: false,
            },
        };
        if self
            .shared
            .records
            .try_send(GatewayRecord::Stranger(stranger))
            .is_err()
        {
            counters.count(Counter::PacketsQuarantineFull);
        }
    }

    fn reject(&self, frame: &Frame, envelope: &Envelope<'_>, received_at: Timestamp) {
        self.shared.live.counters.count(Counter::FramesRejected);
        if self.shared.settings.answer_wrong_checksum
            && !frame.is_checksum_right()
            && envelope.wants_answer()
        {
            let reply = Reply::Request(RequestResult::WrongChecksum);
            self.link.push(&hj212::build_reply(envelope, reply));
        }
        let code = frame.defects().first().map_or("frame_rejected", |defect| defect.code());
        self.record(GatewayRecord::Defect(DefectRecord {
            code,
            mn: envelope.mn.map(|mn| mn.chars().take(64).collect()),
            sample: frame.raw().clone(),
            size_bytes: frame.raw().len() as u64,
            peer: self.link.peer,
            received_at,
        }));
    }

    fn handle_garbage(
        &self,
        garbage: &Garbage,
        received_at: Timestamp,
    ) -> Result<(), EndReason> {
        let counters = &self.shared.live.counters;
        counters.count(Counter::GarbageRuns);
        counters.add(Counter::GarbageBytes, garbage.count);
        self.record(GatewayRecord::Defect(DefectRecord {
            code: garbage.defect.code(),
            mn: None,
            sample: garbage.sample.clone().into(),
            size_bytes: garbage.count,
            peer: self.link.peer,
            received_at,
        }));
        if garbage.can_continue() {
            Ok(())
        } else {
            Err(EndReason::NotSpeaking)
        }
    }
}

fn matches_password(device: &DirectoryDevice, envelope: &Envelope<'_>) -> bool {
    match device.quirks.password_check {
        PasswordCheck::Ignored => true,
        PasswordCheck::Required => device
            .password
            .as_ref()
            .is_some_and(|password| password.matches(envelope.pw.unwrap_or_default().as_bytes())),
    }
}

/// By how much the device's clock is ahead, from the request number it made just now. Answers
/// carry the number of our own request and tell nothing.
fn compute_skew(envelope: &Envelope<'_>, received_at: Timestamp) -> Option<i64> {
    if envelope.st == Some("91") || envelope.rf == Some("1") {
        return None;
    }
    let civil = DeviceTime::parse(envelope.qn.filter(|qn| qn.len() == 17)?)?.civil;
    let small = |value: u8| i8::try_from(value).ok();
    let date = (
        i16::try_from(civil.year).ok()?,
        small(civil.month)?,
        small(civil.day)?,
    );
    let time = (small(civil.hour)?, small(civil.minute)?, small(civil.second)?);
    let sent = CivilTime::new(date, time, i16::try_from(civil.millisecond).ok()?)
        .ok()?
        .to_timestamp()
        .ok()?;
    Some(sent.ms_since(received_at))
}
