//! From a stored packet to records: what it says of which point at which time. The same packet and
//! the same directory always give the same records.

mod chunk;
mod figures;
mod open;
mod readings;
mod reinterpret;
mod task;
mod times;

use beijing_time::Timestamp;
use hj212::{Message, ParseSettings, Upload};
use sites::{DeviceDirectory, DirectoryDevice, PointId};

pub use figures::{InterpreterFigures, InterpreterHealth};
pub use reinterpret::{reinterpret, reinterpret_next};
pub use task::{Interpreter, InterpreterSettings, InterpreterTask};

pub(crate) use times::{compute_late, compute_period_ms, is_resent_version, read_number_ms};

use crate::model::{PacketOrigin, StoredPacket};
use crate::{DeviceSign, FactorReading, InterpretedRecord, Payload, RecordKind, RecordMarks};

/// What a packet says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpretation {
    /// Its records, one for each point, in the order in which the points come in the packet.
    pub records: Vec<InterpretedRecord>,
    /// Which of several packets on the same thing wins: re-send mark, then QN. The greatest wins;
    /// of equal ones, the greatest digest of the payload.
    pub version: i64,
    /// The sign of life that it is.
    pub sign: DeviceSign,
    /// What is wrong with it.
    pub defects: Vec<PacketDefect>,
}

/// What can be wrong with a packet that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketDefect {
    /// Its device has been deleted since.
    #[error("device {device_id} is not known any more")]
    UnknownDevice {
        /// The device.
        device_id: i64,
    },
    /// The bytes are no packet.
    #[error("no packet of HJ 212")]
    NotAPacket,
    /// The data area is encrypted, and none of the device's keys opens it.
    #[error("encrypted, and no key of the device opens it")]
    NotDecrypted,
    /// A data packet without a readable time: its values belong nowhere.
    #[error("no readable DataTime")]
    NoTime,
    /// A factor that no channel of the device leads to a point.
    #[error("factor {factor_code} belongs to no point")]
    NoPoint {
        /// The factor.
        factor_code: Box<str>,
    },
    /// Reading it failed in a way that we did not foresee; the packet stays as it is.
    #[error("could not be interpreted: a fault of ours")]
    Fault,
    /// A departure from the standard.
    #[error("{0}")]
    Protocol(hj212::Defect),
}

impl PacketDefect {
    /// Whether values of the packet are missing from the records because of it.
    pub const fn loses_values(&self) -> bool {
        !matches!(self, Self::Protocol(_))
    }
}

/// Reads what a packet says.
pub fn interpret_packet(packet: &StoredPacket, directory: &DeviceDirectory) -> Interpretation {
    let mut interpretation = Interpretation {
        records: Vec::new(),
        version: 0,
        sign: DeviceSign {
            device_id: packet.device_id,
            received_at: packet.received_at,
            peer: std::sync::Arc::clone(&packet.peer),
            data_time: None,
            is_historical: packet.origin == PacketOrigin::Replayed,
        },
        defects: Vec::new(),
    };
    let Some(device) = directory.device(packet.device_id.into()) else {
        interpretation.defects.push(PacketDefect::UnknownDevice {
            device_id: packet.device_id,
        });
        return interpretation;
    };
    let segment = match open::open_segment(&packet.bytes, device) {
        Ok(segment) => segment,
        Err(defect) => {
            interpretation.defects.push(defect);
            return interpretation;
        }
    };
    let (text, _) = hj212::decode_text(&segment);
    let (message, defects) = hj212::parse_message(&text, &ParseSettings::default());
    let protocol = |defect| PacketDefect::Protocol(defect);
    interpretation
        .defects
        .extend(defects.into_iter().map(protocol));
    interpretation.version = times::compute_version(&message);
    let Some(kind) = find_kind(&message) else {
        return interpretation;
    };
    let mut reader = PacketReader {
        packet,
        directory,
        device,
        kind,
        message: &message,
        into: &mut interpretation,
    };
    match hj212::parse_upload(&message) {
        Some((upload, defects)) => {
            reader
                .into
                .defects
                .extend(defects.into_iter().map(protocol));
            reader.read_upload(&upload);
        }
        None if hj212::UploadKind::from_command(message.cn.unwrap_or_default()).is_none() => {
            reader.read_fields();
        }
        None => {}
    }
    interpretation
}

/// The kind of record that a command carries.
fn find_kind(message: &Message<'_>) -> Option<RecordKind> {
    Some(match message.cn? {
        "2011" => match message.st {
            Some("45") => RecordKind::Production,
            Some("44") => RecordKind::Electricity,
            _ => RecordKind::Realtime,
        },
        "2013" => RecordKind::Periodic,
        "2021" => RecordKind::DeviceState,
        "2031" => RecordKind::Day,
        "2041" => RecordKind::RunningTime,
        "2051" => RecordKind::Minute,
        "2052" => RecordKind::NoiseEvent,
        "2061" => RecordKind::Hour,
        // 2063 to 2066 are the checks of the surface-water protocol
        "2062" | "2063" | "2064" | "2065" | "2066" => RecordKind::Check,
        "2071" | "2072" | "2081" | "3015" | "3019" | "3020" | "3023" => RecordKind::Event,
        "2111" => RecordKind::Furnace,
        _ => return None,
    })
}

/// One packet on its way to records.
struct PacketReader<'a, 'm> {
    packet: &'a StoredPacket,
    directory: &'a DeviceDirectory,
    device: &'a DirectoryDevice,
    kind: RecordKind,
    message: &'a Message<'m>,
    into: &'a mut Interpretation,
}

impl PacketReader<'_, '_> {
    fn read_upload(&mut self, upload: &Upload<'_>) {
        let readings = readings::read_factors(upload, self.kind);
        let others = self
            .keeps_others()
            .then(|| readings::read_plain(&upload.others, self.kind_command()));
        let label = upload.data_time.and_then(|time| times::read_time(&time));
        self.put(label, readings, others);
    }

    /// Data of commands whose form varies: any field with a dash belongs to a factor.
    fn read_fields(&mut self) {
        let (readings, plain, label) = readings::read_fields(&self.message.data_area);
        if readings.is_empty() && plain.is_empty() {
            return;
        }
        let others = readings::read_plain(&plain, self.kind_command());
        self.put(label, readings, Some(others));
    }

    /// Kinds of which fields outside factors are kept: they say what happened.
    const fn keeps_others(&self) -> bool {
        matches!(
            self.kind,
            RecordKind::Event | RecordKind::Check | RecordKind::NoiseEvent | RecordKind::Periodic
        )
    }

    /// The command, where one kind of record comes from several.
    fn kind_command(&self) -> Option<&str> {
        match self.kind {
            RecordKind::Event | RecordKind::Check => self.message.cn,
            _ => None,
        }
    }

    fn put(
        &mut self,
        label: Option<Timestamp>,
        readings: Vec<FactorReading>,
        others: Option<FactorReading>,
    ) {
        let label = match label {
            Some(label) => label.plus_ms(self.device.quirks.time_shift_ms()),
            // an event without a time happened when we were told of it
            None if self.kind == RecordKind::Event => self.packet.received_at,
            None => {
                self.into.defects.push(PacketDefect::NoTime);
                return;
            }
        };
        self.into.sign.data_time = Some(label);
        let mut groups: Vec<(PointId, Vec<FactorReading>)> = Vec::with_capacity(1);
        for reading in readings {
            let Some(point_id) = self.device.find_point_id(&reading.code, label) else {
                self.into.defects.push(PacketDefect::NoPoint {
                    factor_code: reading.code,
                });
                continue;
            };
            match groups.iter_mut().find(|(id, _)| *id == point_id) {
                Some((_, group)) => group.push(reading),
                None => groups.push((point_id, vec![reading])),
            }
        }
        if let Some(others) = others.filter(|others| !others.values.is_empty()) {
            if groups.is_empty() {
                groups.extend(
                    self.device
                        .point_ids(label)
                        .into_iter()
                        .map(|id| (id, vec![])),
                );
            }
            for (_, group) in &mut groups {
                group.push(others.clone());
            }
        }
        let is_resent = self.message.is_resent();
        for (point_id, group) in groups {
            self.put_record(label, is_resent, point_id, group);
        }
    }

    fn put_record(
        &mut self,
        label: Timestamp,
        is_resent: bool,
        point_id: PointId,
        readings: Vec<FactorReading>,
    ) {
        let point = self.directory.point(point_id);
        let (time, end) = times::compute_period(self.kind, label, self.device, point);
        let received_at = self.packet.received_at;
        let marks = RecordMarks {
            is_replayed: self.packet.origin == PacketOrigin::Replayed,
            is_resent,
            is_late: compute_late(self.kind, end, received_at),
            is_future: times::is_future(time, received_at),
        };
        self.into.sign.data_time = Some(time);
        self.into.sign.is_historical |= marks.is_historical();
        self.into.records.push(InterpretedRecord {
            point_id: point_id.0,
            device_id: self.packet.device_id,
            kind: self.kind,
            time,
            received_at,
            packet_id: self.packet.id,
            marks,
            payload: Payload::encode(readings),
        });
    }
}
