//! What a connection says: whose packet it is, where it goes, how it is answered.

use std::collections::HashMap;
use std::sync::Arc;

use beijing_time::{CivilTime, Timestamp};
use commands::{Connection, Counter, DevicePresence};
use hj212::encryption::Key;
use hj212::{Decoded, DeviceTime, Edition, Envelope, Frame, Garbage, Reply, RequestResult};
use monitoring::{ArrivedPacket, CommitSink, PacketOrigin, QuarantineReason};
use sites::DirectoryDevice;

use crate::acceptance::is_acceptable;
use crate::answers::answer;
use crate::dispatch;
use crate::events::{EndReason, Event, TurnedAway};
use crate::gateway::Shared;
use crate::link::Link;

/// The decisions of one connection.
pub(crate) struct Session {
    shared: Arc<Shared>,
    link: Arc<Link>,
    /// The other end as text, made when it is first needed.
    peer: Option<Arc<str>>,
    /// Its address without the port, by which the quarantine counts.
    address: Option<Arc<str>>,
    /// The devices that have shown their password here.
    known: HashMap<Box<str>, Known>,
    /// The state of the directory that `known` was taken from.
    version: i64,
    has_progress: bool,
}

struct Known {
    device: Arc<DirectoryDevice>,
    keys: Arc<[Key]>,
    presence: Arc<DevicePresence>,
    last_at: Timestamp,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, link: Arc<Link>) -> Self {
        Self {
            shared,
            link,
            peer: None,
            address: None,
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
            Decoded::Garbage(garbage) => {
                self.handle_garbage(&garbage, received_at)?;
                Ok(None)
            }
        }
    }

    fn handle_frame(&mut self, frame: &Frame, received_at: Timestamp) -> Option<ArrivedPacket> {
        let envelope = frame.envelope();
        let mn = envelope.mn.unwrap_or_default();
        if !self.is_known(mn, &envelope, received_at)
            && let Err(reason) = self.admit(mn, frame, &envelope, received_at)
        {
            match reason {
                Refusal::BadFrame => self.reject(frame, &envelope, received_at),
                Refusal::Stranger(reason) => {
                    self.turn_away(frame, &envelope, reason, received_at);
                }
            }
            return None;
        }
        let known = self.known.get_mut(mn)?;
        if !is_acceptable(frame, &known.device.quirks, &known.keys) {
            self.reject(frame, &envelope, received_at);
            return None;
        }
        known.last_at = received_at;
        let skew = compute_skew(&envelope, received_at);
        known.presence.note_packet(received_at, skew);
        self.link.note_packet(received_at);
        self.shared.live.counters.count(Counter::PacketsReceived);
        dispatch::tell(
            &self.shared,
            &self.link,
            &known.presence,
            &known.keys,
            (frame, &envelope),
            received_at,
        );
        let bytes = frame.raw().clone();
        let tag = self
            .link
            .expect(answer(&envelope, &known.device.quirks), bytes.len());
        Some(ArrivedPacket {
            bytes,
            received_at,
            device_id: known.device.id.0,
            origin: PacketOrigin::Live,
            peer: Arc::clone(
                self.peer
                    .get_or_insert_with(|| self.link.peer.to_string().into()),
            ),
            tag,
            sink: Arc::clone(&self.link) as Arc<dyn CommitSink>,
        })
    }

    /// Forgets who is who when the directory has changed. Called before each run of packets.
    pub(crate) fn refresh(&mut self, now: Timestamp) {
        if self.known.is_empty() {
            return;
        }
        let directory = self.shared.directory.current();
        if directory.version() == self.version {
            return;
        }
        self.version = directory.version();
        // Who still is who he was stays known, with the settings and the password of now.
        self.known
            .retain(|mn, known| match directory.find_device(mn, now) {
                Some(device) if device.id == known.device.id => {
                    known.keys = keys_of(device);
                    known.device = Arc::clone(device);
                    true
                }
                _ => {
                    self.shared
                        .live
                        .forget(self.link.id(), &known.presence, now);
                    false
                }
            });
    }

    fn is_known(&self, mn: &str, envelope: &Envelope<'_>, now: Timestamp) -> bool {
        self.known.get(mn).is_some_and(|known| {
            // The answers of a 2005 device need not carry the password.
            let is_exempt = envelope.pw.is_none()
                && envelope.st == Some("91")
                && envelope.edition() == Edition::Hjt2005;
            known.device.is_enabled
                && known.device.validity.contains(now)
                && (is_exempt || self.has_password(&known.device, envelope))
        })
    }

    /// Lets a device that shows its password in a sound frame speak on this connection, and gives
    /// it its commands here from now on.
    fn admit(
        &mut self,
        mn: &str,
        frame: &Frame,
        envelope: &Envelope<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let directory = self.shared.directory.current();
        let stranger = |reason| Err(Refusal::Stranger(reason));
        let Some(device) = directory.find_device(mn, now) else {
            return stranger(if mn.is_empty() {
                QuarantineReason::NoDevice
            } else if directory.devices_of_mn(mn).is_empty() {
                QuarantineReason::UnknownDevice
            } else {
                QuarantineReason::DeviceDisabled
            });
        };
        let keys = keys_of(device);
        if !is_acceptable(frame, &device.quirks, &keys) {
            return Err(Refusal::BadFrame);
        }
        if !device.is_enabled {
            return stranger(QuarantineReason::DeviceDisabled);
        }
        if !self.has_password(device, envelope) {
            return stranger(QuarantineReason::WrongPassword);
        }
        if self.known.is_empty() {
            self.version = directory.version();
        }
        self.make_room(now);
        let connection = Arc::clone(&self.link) as Arc<dyn Connection>;
        let presence = self.shared.live.authenticate(device.id.0, &connection, now);
        let known = Known {
            device: Arc::clone(device),
            keys,
            presence,
            last_at: now,
        };
        self.known.insert(mn.into(), known);
        Ok(())
    }

    /// Whether a packet bears the device's password, or the one that it is being given.
    fn has_password(&self, device: &DirectoryDevice, envelope: &Envelope<'_>) -> bool {
        let sent = envelope.pw.unwrap_or_default().as_bytes();
        device.accepts_password(sent)
            || self
                .shared
                .live
                .find(device.id.0)
                .is_some_and(|presence| presence.accepts_pending(sent))
    }

    /// Forgets the device that was silent the longest when there are too many.
    fn make_room(&mut self, now: Timestamp) {
        if self.known.len() < self.shared.settings.max_devices_per_connection.max(1) {
            return;
        }
        let oldest = self
            .known
            .iter()
            .min_by_key(|(_mn, known)| known.last_at)
            .map(|(mn, _known)| mn.clone());
        if let Some(known) = oldest.and_then(|mn| self.known.remove(&mn)) {
            self.shared
                .live
                .forget(self.link.id(), &known.presence, now);
        }
    }

    /// The connection has ended: returns the devices that were heard on it.
    pub(crate) fn end(self) -> Vec<Arc<DevicePresence>> {
        self.known
            .into_values()
            .map(|known| known.presence)
            .collect()
    }

    /// A packet of nobody we know: into quarantine if it is at least a sound frame.
    fn turn_away(
        &mut self,
        frame: &Frame,
        envelope: &Envelope<'_>,
        reason: QuarantineReason,
        received_at: Timestamp,
    ) {
        if !frame.is_accepted() && !frame.looks_encrypted() {
            return self.reject(frame, envelope, received_at);
        }
        let mn = envelope.mn.unwrap_or_default();
        let event = TurnedAway {
            mn,
            peer: self.link.peer,
            reason,
        };
        event.emit(&self.shared.live.counters);
        let address = self.address();
        let quarantine = &self.shared.quarantine;
        quarantine.put_packet(mn, &address, reason, received_at, frame.raw());
    }

    fn reject(&mut self, frame: &Frame, envelope: &Envelope<'_>, received_at: Timestamp) {
        let counters = &self.shared.live.counters;
        counters.count(Counter::FramesRejected);
        if frame.looks_encrypted() {
            counters.count(Counter::PacketsNotDecrypted);
        }
        if self.shared.settings.answer_wrong_checksum
            && !frame.is_checksum_right()
            && envelope.wants_answer()
        {
            let reply = Reply::Request(RequestResult::WrongChecksum);
            self.link.push(&hj212::build_reply(envelope, reply));
        }
        let code = frame
            .defects()
            .iter()
            .max_by_key(|defect| defect.severity())
            .map_or("not_as_the_device_is_set", hj212::Defect::code);
        let address = self.address();
        let quarantine = &self.shared.quarantine;
        quarantine.put_defect(&address, code, received_at, frame.raw());
    }

    fn handle_garbage(
        &mut self,
        garbage: &Garbage,
        received_at: Timestamp,
    ) -> Result<(), EndReason> {
        let counters = &self.shared.live.counters;
        counters.count(Counter::GarbageRuns);
        counters.add(Counter::GarbageBytes, garbage.count);
        let address = self.address();
        let quarantine = &self.shared.quarantine;
        let code = garbage.defect.code();
        quarantine.put_defect(&address, code, received_at, &garbage.sample);
        if garbage.can_continue() {
            Ok(())
        } else {
            Err(EndReason::NotSpeaking)
        }
    }

    fn address(&mut self) -> Arc<str> {
        let address = self
            .address
            .get_or_insert_with(|| self.link.peer.ip().to_canonical().to_string().into());
        Arc::clone(address)
    }
}

/// Why a packet does not go to the journal.
enum Refusal {
    BadFrame,
    Stranger(QuarantineReason),
}

fn keys_of(device: &DirectoryDevice) -> Arc<[Key]> {
    [&device.key, &device.previous_key]
        .into_iter()
        .flatten()
        .map(|key| Key::new(key.reveal()))
        .collect()
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
    let time = (
        small(civil.hour)?,
        small(civil.minute)?,
        small(civil.second)?,
    );
    let sent = CivilTime::new(date, time, i16::try_from(civil.millisecond).ok()?)
        .ok()?
        .to_timestamp()
        .ok()?;
    Some(sent.ms_since(received_at))
}
