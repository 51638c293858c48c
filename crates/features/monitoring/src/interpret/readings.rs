//! From fields of a data area to readings of factors, under the codes of today.

use std::borrow::Cow;

use beijing_time::Timestamp;
use hj212::catalogue::{find_code, find_new_code};
use hj212::{DataArea, DeviceTime, Upload};

use super::times;
use crate::{FactorReading, Field, RecordKind, Value};

/// The factors of an upload.
pub(super) fn read_factors(upload: &Upload<'_>, kind: RecordKind) -> Vec<FactorReading> {
    let mut readings: Vec<FactorReading> = Vec::with_capacity(upload.factors().len());
    for factor in upload.factors() {
        let code = map_code(factor.code, kind);
        let reading = find_or_add(&mut readings, &code, factor.values.len());
        if reading.flag.is_none() {
            reading.flag = upload
                .flag_of(&factor)
                .map(|flag| flag.letter().to_string().into_boxed_str());
        }
        for value in factor.values {
            put(reading, Field::from_name(value.suffix), value.text);
        }
        for (field, text) in [
            (Field::VendorFlag, factor.vendor_flag),
            (Field::SampleTime, factor.sample_time),
            (Field::CompleteTime, factor.complete_time),
        ] {
            if let Some(text) = text {
                put(reading, field, text);
            }
        }
    }
    readings
}

/// Fields that belong to no factor, as the reading of an empty code; with the command, if it tells
/// what happened.
pub(super) fn read_plain(fields: &[hj212::Field<'_>], command: Option<&str>) -> FactorReading {
    let mut reading = FactorReading {
        code: "".into(),
        flag: None,
        values: Vec::with_capacity(fields.len() + 1),
    };
    if let Some(command) = command {
        put(&mut reading, Field::from_name("CN"), command);
    }
    for field in fields {
        put(&mut reading, Field::from_name(field.name), field.value);
    }
    reading
}

/// Factors, plain fields and the time of a data area whose form is not fixed.
pub(super) fn read_fields<'a>(
    area: &DataArea<'a>,
) -> (Vec<FactorReading>, Vec<hj212::Field<'a>>, Option<Timestamp>) {
    let mut readings = Vec::new();
    let mut plain = Vec::new();
    let mut time = None;
    for field in &area.fields {
        match field.split_name() {
            Some((code, "Flag")) => {
                let reading = find_or_add(&mut readings, code, 2);
                if reading.flag.is_none() && !field.value.is_empty() {
                    reading.flag = Some(field.value.into());
                }
            }
            Some((code, suffix)) => {
                let code = map_code(code, RecordKind::Event);
                let reading = find_or_add(&mut readings, &code, 2);
                put(reading, Field::from_name(suffix), field.value);
            }
            None if field.name == "DataTime" && time.is_none() => {
                time = DeviceTime::parse(field.value).and_then(|time| times::read_time(&time));
            }
            None => plain.push(*field),
        }
    }
    (readings, plain, time)
}

fn find_or_add<'r>(
    readings: &'r mut Vec<FactorReading>,
    code: &str,
    values: usize,
) -> &'r mut FactorReading {
    let at = readings
        .iter()
        .rposition(|reading| &*reading.code == code)
        .unwrap_or_else(|| {
            readings.push(FactorReading {
                code: code.into(),
                flag: None,
                values: Vec::with_capacity(values),
            });
            readings.len() - 1
        });
    readings.get_mut(at).expect("found or just added")
}

/// Adds a value unless the field is there already: the first one counts.
fn put(reading: &mut FactorReading, field: Field, text: &str) {
    if reading.values.iter().all(|(known, _)| *known != field) {
        reading.values.push((field, Value::parse(text)));
    }
}

/// The code of today: that of 2017 for one of 2005 or a plain name, else the code as it came.
/// Devices (`SB1`) have no codes in the catalogue.
fn map_code(code: &str, kind: RecordKind) -> Cow<'_, str> {
    let is_device = matches!(kind, RecordKind::DeviceState | RecordKind::RunningTime);
    let is_new_form = matches!(code.as_bytes(), [b'a'..=b'z', b'0'..=b'9', _, _, _, _]);
    if is_device || is_new_form || find_new_code(code).is_some() {
        return Cow::Borrowed(code);
    }
    match find_code(code) {
        // a pattern such as e102xx names no single device
        Some(entry) if !entry.code.is_empty() && !entry.code.ends_with('x') => {
            Cow::Borrowed(entry.code)
        }
        _ => Cow::Borrowed(code),
    }
}
