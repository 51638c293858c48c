//! A target with its device map opened: which packets go out, and under which name.

use std::collections::HashMap;

use beijing_time::Timestamp;
use bytes::{BufMut, Bytes, BytesMut};
use hj212::encryption::Key;
use hj212::{
    Decoded, Envelope, Frame, FrameDecoder, FrameSettings, Input, NewHead, Scanned, encode_frame,
    readdress, scan_frame,
};
use monitoring::StoredPacket;
use sites::{DeviceDirectory, DeviceId, DevicePassword, DirectoryDevice};

use crate::model::{Encoding, FailureReason, MappingDetails, Target};
use crate::queue::Expected;
use crate::rules::{is_upload, wants_answer};

/// A target with its devices, as the sender needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The target.
    pub target: Target,
    pub(crate) devices: HashMap<i64, PlannedDevice>,
}

/// A device's row in the map, with its password opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedDevice {
    pub(crate) mapping: MappingDetails,
    pub(crate) password: Option<DevicePassword>,
    /// Why the password could not be opened.
    pub(crate) sealing_error: Option<String>,
}

/// A packet as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// All of it, from `##` to CR LF.
    pub bytes: Bytes,
    /// By what its acknowledgement is known, if one is waited for.
    pub expected: Option<Expected>,
}

impl Plan {
    /// Whether a device goes to this target.
    pub fn is_forwarded(&self, device_id: i64) -> bool {
        self.devices
            .get(&device_id)
            .map_or(self.target.details.forwards_all_devices, |device| {
                device.mapping.is_enabled
            })
    }

    /// Whether a packet goes out: its device goes to this target, and its command is wanted.
    pub fn goes_out(&self, packet: &StoredPacket) -> bool {
        if !self.is_forwarded(packet.device_id) {
            return false;
        }
        let envelope = Envelope::scan(find_segment(&packet.bytes));
        let Some(cn) = envelope.cn else { return false };
        let wanted = &self.target.details.commands;
        if wanted.is_empty() {
            is_upload(cn)
        } else {
            wanted.iter().any(|wanted| wanted == cn)
        }
    }

    /// The MN under which the superior knows a device.
    pub fn superior_mn<'a>(&'a self, device: &'a DirectoryDevice) -> &'a str {
        self.devices
            .get(&device.id.0)
            .and_then(|planned| planned.mapping.superior_mn.as_deref())
            .unwrap_or(&device.mn)
    }

    /// The password under which the superior knows a device.
    pub fn superior_password<'a>(
        &'a self,
        device: &'a DirectoryDevice,
    ) -> Option<&'a DevicePassword> {
        self.devices
            .get(&device.id.0)
            .and_then(|planned| planned.password.as_ref())
            .or(device.password.as_ref())
    }

    /// The device that the superior knows by an MN at present.
    pub fn find_device<'a>(
        &self,
        directory: &'a DeviceDirectory,
        superior_mn: &str,
        now: Timestamp,
    ) -> Option<&'a DirectoryDevice> {
        directory
            .devices()
            .map(AsRef::as_ref)
            .find(|device: &&DirectoryDevice| {
                device.validity.contains(now)
                    && self.is_forwarded(device.id.0)
                    && self.superior_mn(device) == superior_mn
            })
    }

    /// Writes a packet as it goes out.
    ///
    /// # Errors
    /// Why it cannot be written under the MN and password of the map.
    pub fn encode(
        &self,
        packet: &StoredPacket,
        directory: &DeviceDirectory,
    ) -> Result<Outgoing, (FailureReason, String)> {
        let details = &self.target.details;
        let bytes = match details.encoding {
            Encoding::Original => with_terminator(&packet.bytes),
            Encoding::ReEncoded => self.re_encode(packet, directory)?,
        };
        let envelope = Envelope::scan(find_segment(&bytes));
        let expected =
            (details.waits_for_acknowledgement && wants_answer(&envelope)).then(|| Expected {
                qn: envelope.qn.map(str::to_owned),
                mn: envelope.mn.unwrap_or_default().to_owned(),
                cn: envelope.cn.unwrap_or_default().to_owned(),
                pno: envelope.pno.map(str::to_owned),
            });
        Ok(Outgoing { bytes, expected })
    }

    fn re_encode(
        &self,
        packet: &StoredPacket,
        directory: &DeviceDirectory,
    ) -> Result<Bytes, (FailureReason, String)> {
        let not_encodable = |why: &str| (FailureReason::NotEncodable, why.to_owned());
        let planned = self.devices.get(&packet.device_id);
        if let Some(error) = planned.and_then(|planned| planned.sealing_error.as_deref()) {
            return Err(not_encodable(error));
        }
        let frame =
            decode(&packet.bytes).ok_or_else(|| not_encodable("no frame is found in it"))?;
        let plain = if frame.looks_encrypted() {
            let device = directory.device(DeviceId(packet.device_id));
            let keys = device
                .into_iter()
                .flat_map(|device| [&device.key, &device.previous_key])
                .flatten();
            keys.map(|key| Key::new(key.reveal()))
                .find_map(|key| frame.decrypt(&key))
                .ok_or_else(|| not_encodable("no key of the device opens it"))?
        } else {
            frame
        };
        let head = NewHead {
            qn: None,
            pw: planned
                .and_then(|planned| planned.password.as_ref())
                .map(DevicePassword::reveal),
            mn: planned.and_then(|planned| planned.mapping.superior_mn.as_deref()),
            asks_answer: self.target.details.waits_for_acknowledgement,
        };
        readdress(plain.segment(), &head)
            .map(|segment| encode_frame(&segment))
            .ok_or_else(|| not_encodable("it has no data area"))
    }
}

fn with_terminator(frame: &Bytes) -> Bytes {
    let mut out = BytesMut::with_capacity(frame.len() + 2);
    out.put_slice(frame.trim_ascii_end());
    out.put_slice(b"\r\n");
    out.freeze()
}

/// The data segment of a kept frame; all of it when no frame is found.
pub(crate) fn find_segment(bytes: &[u8]) -> &[u8] {
    match scan_frame(bytes, &FrameSettings::tolerant(), Input::Ended) {
        Scanned::Frame(span) => bytes.get(span.segment).unwrap_or(bytes),
        _ => bytes,
    }
}

fn decode(bytes: &[u8]) -> Option<Frame> {
    let mut buffer = BytesMut::from(bytes);
    let mut decoder = FrameDecoder::new(FrameSettings::tolerant());
    match decoder.finish(&mut buffer)? {
        Decoded::Frame(frame) => Some(frame),
        Decoded::Garbage(_) => None,
    }
}
