//! What one packet says of one point at one time: factors, their values as sent, their flags.
//!
//! [`Payload`] is the stored form: compact bytes that keep every value's text ("0.10" stays
//! "0.10"). The same readings always give the same bytes, whatever the order in the packet, so the
//! bytes' digest tells whether two packets say the same.

mod codec;
mod field;
mod value;

pub use field::Field;
pub use value::Value;

use bytes::Bytes;
use sm3::{Digest, Sm3};

/// Readings in their stored form.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Payload(pub(crate) Bytes);

/// What a packet says of one factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorReading {
    /// The factor's code, such as `w01018`; empty for fields that belong to no factor.
    pub code: Box<str>,
    /// The data flag (数据标记), as sent.
    pub flag: Option<Box<str>>,
    /// The values, each field once, in the order of [`Field`].
    pub values: Vec<(Field, Value)>,
}

impl FactorReading {
    /// The value of a field.
    pub fn value(&self, field: &Field) -> Option<&Value> {
        self.values
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value)
    }

    /// The value a chart or a limit looks at first: the real-time value, else the mean, else the
    /// measured noise or running time.
    pub fn main_value(&self) -> Option<(&Field, &Value)> {
        [
            Field::Rtd,
            Field::Avg,
            Field::Data,
            Field::RunningTime,
            Field::RunState,
        ]
        .iter()
        .find_map(|field| self.values.iter().find(|(name, _)| name == field))
        .map(|(field, value)| (field, value))
    }
}

impl Payload {
    /// The stored form of readings.
    pub fn encode(readings: Vec<FactorReading>) -> Self {
        codec::encode(readings)
    }

    /// The stored bytes as they are; whether they can be read shows in [`Payload::decode`].
    pub fn from_stored(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The stored bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The readings; what is damaged gives `None`.
    pub fn decode(&self) -> Option<Vec<FactorReading>> {
        codec::decode(&self.0)
    }

    /// The readings; none if the bytes are damaged.
    pub fn readings(&self) -> Vec<FactorReading> {
        self.decode().unwrap_or_default()
    }

    /// The reading of one factor.
    pub fn find_reading(&self, code: &str) -> Option<FactorReading> {
        self.readings()
            .into_iter()
            .find(|reading| &*reading.code == code)
    }

    /// A number that tells readings apart, the same wherever and whenever they came.
    ///
    /// # Panics
    /// Never: SM3 gives 32 bytes.
    pub fn digest(&self) -> i64 {
        let hash: [u8; 32] = Sm3::digest(&self.0).into();
        let first = hash.first_chunk::<8>().expect("SM3 gives 32 bytes");
        i64::from_be_bytes(*first)
    }
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.readings()).finish()
    }
}
