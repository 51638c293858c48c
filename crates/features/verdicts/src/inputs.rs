//! What of the records takes part in a judgement, and what does not and why.

use beijing_time::{HOUR_MS, StatDay, Timestamp};
use exact_decimal::Decimal;
use monitoring::layers::Validity;
use monitoring::{Field, Record, RecordReading, Value};
use sites::DirectoryPoint;
use sm3::{Digest, Sm3};

use crate::LeftOut;

/// The greatest value that any monitor can mean.
const MOST: i32 = 1_000_000_000;

/// A value that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictInput {
    /// The hour, day or month it is of.
    pub time: Timestamp,
    /// The factor, or the item of a shorter period's verdict.
    pub key: String,
    /// The value as received or as judged.
    pub value: String,
    /// The data flag.
    pub flag: Option<String>,
    /// The packet of an hour's value.
    pub packet_id: Option<i64>,
    /// Why it takes no part.
    pub left_out: Option<LeftOut>,
}

/// Gathers the inputs of one verdict: their digest always, the list itself when it is told.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    hasher: Sm3,
    list: Option<Vec<VerdictInput>>,
}

impl Inputs {
    pub(crate) fn new(is_told: bool) -> Self {
        Self {
            hasher: Sm3::new(),
            list: is_told.then(Vec::new),
        }
    }

    fn hash(&mut self, time: Timestamp, key: &str, value: Decimal) {
        self.hasher.update(time.epoch_ms().to_be_bytes());
        self.hasher.update(key);
        self.hasher.update([0]);
        self.hasher.update(value.normalized().to_string());
        self.hasher.update([0]);
    }

    /// Takes in an hour's value.
    pub(crate) fn take(&mut self, time: Timestamp, read: &Read<'_>) {
        if let Ok(value) = read.value {
            self.hash(time, &read.won.reading.code, value);
        }
        if let Some(list) = &mut self.list {
            let value = read
                .won
                .reading
                .main_value()
                .map_or_else(String::new, |(_, value)| value.text().into_owned());
            list.push(VerdictInput {
                time,
                key: read.won.reading.code.to_string(),
                value,
                flag: read.won.reading.flag.as_deref().map(str::to_owned),
                packet_id: Some(read.won.packet_id.0),
                left_out: read.value.err(),
            });
        }
    }

    /// Takes in the weight of the value before.
    pub(crate) fn weigh(&mut self, weight: Decimal) {
        self.hasher.update(weight.normalized().to_string());
        self.hasher.update([1]);
    }

    /// Takes in an item of a shorter period's verdict.
    pub(crate) fn take_item(&mut self, time: Timestamp, key: &str, value: Decimal) {
        self.hash(time, key, value);
        if let Some(list) = &mut self.list {
            list.push(VerdictInput {
                time,
                key: key.to_owned(),
                value: value.to_string(),
                flag: None,
                packet_id: None,
                left_out: None,
            });
        }
    }

    pub(crate) fn finish(self) -> (i64, Vec<VerdictInput>) {
        let hash: [u8; 32] = self.hasher.finalize().into();
        let digest = i64::from_be_bytes(hash.first_chunk::<8>().copied().unwrap_or_default());
        (digest, self.list.unwrap_or_default())
    }
}

/// A value of an hour as it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'a> {
    pub(crate) won: &'a RecordReading,
    pub(crate) value: Result<Decimal, LeftOut>,
}

/// Reads a value of an hour record in the layer that counts. None when there is nothing of it.
pub(crate) fn read<'a>(record: &'a Record, code: &str, field: &Field) -> Option<Read<'a>> {
    let won = record
        .readings
        .iter()
        .find(|won| &*won.reading.code == code)?;
    Some(Read {
        won,
        value: check(won, field),
    })
}

/// Whether a value of a minute record counts as measured.
pub(crate) fn is_counted(won: &RecordReading) -> bool {
    let is_valid = match won.validity {
        Some(Validity::Invalid | Validity::AmountReplaced) => false,
        Some(Validity::Replaced) => true,
        Some(Validity::Received) | None => {
            (won.reading.flag.as_deref()).is_none_or(|flag| flag == "N")
        }
    };
    let mut values = won.reading.values.iter();
    is_valid && values.any(|(_, value)| value.decimal().is_some())
}

fn check(won: &RecordReading, field: &Field) -> Result<Decimal, LeftOut> {
    let value = won.reading.value(field);
    let value = match won.validity {
        // only the amount counts, and no concentration
        Some(Validity::AmountReplaced) if *field == Field::Cou => value,
        Some(Validity::Invalid | Validity::AmountReplaced) => return Err(LeftOut::Reviewed),
        // a value put in its place stands under the field of the value that was there
        Some(Validity::Replaced) => value.or_else(|| won.reading.main_value().map(|(_, v)| v)),
        Some(Validity::Received) | None => {
            if won.reading.flag.as_deref().is_some_and(|flag| flag != "N") {
                return Err(LeftOut::Flagged);
            }
            value
        }
    };
    let number = value.and_then(Value::decimal).ok_or(LeftOut::NotANumber)?;
    if number.abs() >= MOST {
        return Err(LeftOut::OutOfRange);
    }
    Ok(number)
}

impl Read<'_> {
    /// The value in another unit, not below zero.
    pub(crate) fn into_unit(mut self, point: &DirectoryPoint, wanted: Unit) -> Self {
        let unit = point
            .factor(&self.won.reading.code)
            .map_or("", |factor| factor.unit.as_str());
        self.value = self.value.and_then(|value| {
            if value.is_negative() {
                return Err(LeftOut::OutOfRange);
            }
            wanted.convert(value, unit).ok_or(LeftOut::UnknownUnit)
        });
        self
    }
}

/// A unit that a standard's table is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// µg/m³.
    MicrogramsPerCubicMetre,
    /// mg/m³.
    MilligramsPerCubicMetre,
    /// mg/L.
    MilligramsPerLitre,
    /// A number without a unit, or whatever the point measures in.
    Any,
}

impl Unit {
    /// A value of a written unit in this one, exact.
    fn convert(self, value: Decimal, written: &str) -> Option<Decimal> {
        let written: String = written
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| match character {
                'µ' | 'μ' => 'u',
                '³' => '3',
                other => other.to_ascii_lowercase(),
            })
            .collect();
        let thousandth = Decimal::from_mantissa_and_scale(1, 3).ok()?;
        let times = |factor: Decimal| value.checked_multiply(factor).ok();
        match (self, written.as_str()) {
            (Self::Any, _)
            | (Self::MicrogramsPerCubicMetre, "ug/m3")
            | (Self::MilligramsPerCubicMetre, "mg/m3")
            | (Self::MilligramsPerLitre, "mg/l") => Some(value),
            (Self::MicrogramsPerCubicMetre, "mg/m3") => times(Decimal::from(1000)),
            (Self::MilligramsPerCubicMetre, "ug/m3") | (Self::MilligramsPerLitre, "ug/l") => {
                times(thousandth)
            }
            _ => None,
        }
        .map(Decimal::normalized)
    }
}

/// The place of an hour in its day, 0 to 23.
pub(crate) fn hour_of(day: StatDay, time: Timestamp) -> usize {
    usize::try_from(time.ms_since(day.start()) / HOUR_MS).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_exactly_and_unknown_ones_are_refused() {
        let value: Decimal = "0.035".parse().unwrap();
        let convert = |unit: Unit, written: &str| unit.convert(value, written);
        assert_eq!(
            convert(Unit::MicrogramsPerCubicMetre, "mg/m³"),
            Some(Decimal::from(35))
        );
        assert_eq!(
            convert(Unit::MicrogramsPerCubicMetre, " μg/m3"),
            Some(value)
        );
        assert_eq!(
            convert(Unit::MilligramsPerLitre, "ug/L").map(|value| value.to_string()),
            Some("0.000035".to_owned())
        );
        assert_eq!(convert(Unit::MilligramsPerCubicMetre, "ppm"), None);
        assert_eq!(convert(Unit::MicrogramsPerCubicMetre, ""), None);
    }
}
