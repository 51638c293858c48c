//! From records to sums and counts, and their stored form.

use exact_decimal::Decimal;
use std::collections::BTreeMap;

use super::DerivedFactor;
use crate::layers::{RecordReview, Validity, apply_reviews};
use crate::records::Record;
use crate::{FactorReading, Field, Payload, Value};

/// What the effective values of records, all of one point, come to.
pub(super) fn derive(records: Vec<Record>, reviews: &[RecordReview]) -> Vec<DerivedFactor> {
    let mut factors: BTreeMap<Box<str>, DerivedFactor> = BTreeMap::new();
    for record in records {
        let own: Vec<_> = reviews
            .iter()
            .filter(|review| review.subject.point_id == record.point_id)
            .cloned()
            .collect();
        for won in record.readings {
            let mut reading = won.reading;
            if reading.code.is_empty() {
                continue;
            }
            let validity = apply_reviews(&own, record.kind, record.time, &mut reading);
            let factor = factors
                .entry(reading.code.clone())
                .or_insert_with(|| DerivedFactor {
                    factor_code: reading.code.to_string(),
                    sum: Decimal::default(),
                    count: 0,
                    received: 0,
                    min: None,
                    max: None,
                    amount: None,
                });
            factor.received += 1;
            add(factor, &reading, validity);
        }
    }
    factors.into_values().collect()
}

fn add(factor: &mut DerivedFactor, reading: &FactorReading, validity: Validity) {
    let is_counted = match validity {
        Validity::Invalid => false,
        // of a replaced amount there is no main value: only the amount is summed
        Validity::Replaced | Validity::AmountReplaced => true,
        Validity::Received => reading.flag.as_deref().is_none_or(|flag| flag == "N"),
    };
    if !is_counted {
        return;
    }
    if let Some(amount) = reading.value(&Field::Cou).and_then(Value::decimal) {
        factor.amount = match factor.amount {
            Some(sum) => sum.checked_add(amount).ok(),
            None => Some(amount),
        };
    }
    let Some(value) = reading.main_value().and_then(|(_, value)| value.decimal()) else {
        return;
    };
    // a sum beyond 28 digits is none that a device measured: such a value does not count
    let Ok(sum) = factor.sum.checked_add(value) else {
        return;
    };
    factor.sum = sum;
    factor.count += 1;
    factor.min = Some(factor.min.map_or(value, |min| min.min(value)));
    factor.max = Some(factor.max.map_or(value, |max| max.max(value)));
}

fn field(name: &str) -> Field {
    Field::from_name(name)
}

/// The stored form.
pub(crate) fn write(factors: &[DerivedFactor]) -> Payload {
    let readings = factors
        .iter()
        .map(|factor| {
            let number = |value: Decimal| Value::parse(&value.to_string());
            let mut values = vec![
                (field("Sum"), number(factor.sum)),
                (field("Count"), Value::parse(&factor.count.to_string())),
            ];
            if factor.received != factor.count {
                let received = Value::parse(&factor.received.to_string());
                values.push((field("Received"), received));
            }
            for (name, value) in [
                (Field::Min, factor.min),
                (Field::Max, factor.max),
                (Field::Cou, factor.amount),
            ] {
                values.extend(value.map(|value| (name, number(value))));
            }
            FactorReading {
                code: factor.factor_code.as_str().into(),
                flag: None,
                values,
            }
        })
        .collect();
    Payload::encode(readings)
}

/// The way back from [`write`].
pub(super) fn read(payload: &Payload) -> Option<Vec<DerivedFactor>> {
    payload
        .decode()?
        .into_iter()
        .map(|reading| {
            let number = |name: &Field| reading.value(name).and_then(Value::decimal);
            let count =
                |name: &str| -> Option<u64> { reading.value(&field(name))?.text().parse().ok() };
            let counted = count("Count")?;
            Some(DerivedFactor {
                factor_code: reading.code.to_string(),
                sum: number(&field("Sum"))?,
                count: counted,
                received: count("Received").unwrap_or(counted),
                min: number(&Field::Min),
                max: number(&Field::Max),
                amount: number(&Field::Cou),
            })
        })
        .collect()
}
