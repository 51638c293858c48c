//! What the engine is told.

use std::sync::Arc;

use beijing_time::Timestamp;
use exact_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::gathering::code;
use crate::words::{PlatformMeasure, RecordKind, Statistic};

/// One thing observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// A measured record.
    Record(RecordObservation),
    /// A sign of life of a device.
    Device(DeviceObservation),
    /// A reading of the platform's own state.
    Platform(PlatformObservation),
}

/// A measured record of one point, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordObservation {
    /// The point.
    pub point_id: i64,
    /// The kind.
    pub kind: RecordKind,
    /// The start of its period.
    pub time: Timestamp,
    /// When the packet came.
    pub received_at: Timestamp,
    /// The packet it came in.
    pub packet_id: Option<i64>,
    /// Whether it tells of the past by its own account: re-sent, or replayed from the quarantine.
    pub is_history: bool,
    /// Its factors.
    pub factors: Vec<FactorObservation>,
}

/// One factor of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorObservation {
    /// The factor's code.
    #[serde(with = "code")]
    pub code: Arc<str>,
    /// Its flag, if it carries one.
    pub flag: Option<char>,
    /// Whether the value is valid.
    pub is_valid: bool,
    /// Its values.
    pub values: Vec<(Statistic, Decimal)>,
    /// The packet it came in, when parts from several packets make up the record.
    pub packet_id: Option<i64>,
}

/// A packet of a device came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceObservation {
    /// The device.
    pub device_id: i64,
    /// When.
    pub at: Timestamp,
    /// The network address it came from, without the port.
    pub peer: Option<String>,
    /// How far its clock is ahead, when the packet tells.
    pub skew_ms: Option<i64>,
}

/// A reading of the platform's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformObservation {
    /// What is measured.
    pub measure: PlatformMeasure,
    /// Of which part, such as the name of a forwarding target; empty when there is only one.
    pub part: String,
    /// When.
    pub at: Timestamp,
    /// The reading.
    pub value: Decimal,
}

impl FactorObservation {
    /// The value of a statistic.
    pub fn value(&self, statistic: Statistic) -> Option<Decimal> {
        self.values
            .iter()
            .find(|(own, _)| *own == statistic)
            .map(|(_, value)| *value)
    }

    /// Whether the flag says that the value was measured normally. A missing flag counts as
    /// normal: many devices send none.
    pub fn is_normal(&self) -> bool {
        self.is_valid && self.flag.is_none_or(|flag| flag == 'N')
    }

    /// Whether it carries one of the flags.
    pub fn has_flag(&self, flags: &std::collections::BTreeSet<String>) -> bool {
        self.flag.is_some_and(|flag| {
            let mut buffer = [0; 4];
            flags.contains(&*flag.encode_utf8(&mut buffer))
        })
    }
}

impl RecordObservation {
    /// A factor by code.
    pub fn factor(&self, code: &str) -> Option<&FactorObservation> {
        self.factors.iter().find(|factor| &*factor.code == code)
    }

    /// The packet that brought a factor.
    pub(crate) fn packet_of(&self, factor: &FactorObservation) -> Option<i64> {
        factor.packet_id.or(self.packet_id)
    }

    /// Adds the factors of another part of the same record.
    pub(crate) fn merge(&mut self, mut other: Self) {
        for record in [&mut *self, &mut other] {
            for factor in &mut record.factors {
                factor.packet_id = factor.packet_id.or(record.packet_id);
            }
        }
        self.packet_id = self.packet_id.min(other.packet_id);
        self.received_at = self.received_at.min(other.received_at);
        self.is_history &= other.is_history;
        for factor in other.factors {
            match self.factors.iter_mut().find(|own| own.code == factor.code) {
                // two parts that disagree: the greater one stays, whatever came first
                Some(own) => {
                    if (factor.flag, &factor.values) > (own.flag, &own.values) {
                        *own = factor;
                    }
                }
                None => self.factors.push(factor),
            }
        }
        self.factors.sort_by(|a, b| a.code.cmp(&b.code));
    }
}
