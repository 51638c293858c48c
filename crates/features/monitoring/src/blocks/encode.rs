//! From records to the bytes of a block.

use std::collections::HashMap;
use std::hash::Hash;

use super::columns::put_column;
use super::decode::{Selection, decode_block};
use super::values::put_values;
use super::{RESENT_BIT, VERSION, mark};
use crate::bytecode::{put_bytes, put_unsigned};
use crate::store::records::RecordRow;
use crate::{FactorReading, Field, MonitoringError, Payload, Value};

/// How hard zstd tries: what remains after the columns is names and small remainders.
const LEVEL: i32 = 6;

/// A block ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedBlock {
    pub(crate) row_count: i64,
    pub(crate) value_count: i64,
    pub(crate) content: Vec<u8>,
}

/// Encodes records of one point, sorted as readers want them, and reads them back.
pub(crate) fn encode_block(rows: &[RecordRow]) -> Result<EncodedBlock, MonitoringError> {
    let (plain, value_count) = write_block(rows);
    let content = zstd::bulk::compress(&plain, LEVEL)
        .map_err(|error| MonitoringError::damaged("block", error))?;
    let point_id = rows.first().map_or(0, |row| row.point_id);
    let kept = decode_block(point_id, &content, &Selection::EVERYTHING);
    if !kept.is_some_and(|kept| is_same(&kept, rows)) {
        return Err(MonitoringError::damaged(
            "block",
            format!("records of point {point_id} do not come back as they were"),
        ));
    }
    Ok(EncodedBlock {
        row_count: rows.len().try_into().unwrap_or(i64::MAX),
        value_count: value_count.try_into().unwrap_or(i64::MAX),
        content,
    })
}

fn is_same(kept: &[RecordRow], rows: &[RecordRow]) -> bool {
    kept.len() == rows.len()
        && kept.iter().zip(rows).all(|(kept, row)| {
            kept.key() == row.key()
                && kept.packet_id == row.packet_id
                && kept.received_ms == row.received_ms
                && kept.payload() == row.payload()
        })
}

/// Different things in the order in which they first came.
struct Dictionary<T> {
    places: HashMap<T, i64>,
    things: Vec<T>,
}

impl<T: Hash + Eq + Clone> Dictionary<T> {
    fn new() -> Self {
        Self {
            places: HashMap::new(),
            things: Vec::new(),
        }
    }

    fn place(&mut self, thing: &T) -> i64 {
        if let Some(place) = self.places.get(thing) {
            return *place;
        }
        let place = i64::try_from(self.things.len()).unwrap_or(i64::MAX);
        self.places.insert(thing.clone(), place);
        self.things.push(thing.clone());
        place
    }
}

/// Which factors a row has, each with its fields, by their places in the dictionaries.
type Shape = Vec<(i64, Vec<i64>)>;

/// What the rows say of one factor.
#[derive(Default)]
struct FactorColumns<'r> {
    flags: Vec<i64>,
    /// By the field's place.
    values: Vec<(i64, Vec<&'r Value>)>,
}

fn write_block(rows: &[RecordRow]) -> (Vec<u8>, usize) {
    let readings: Vec<Option<Vec<FactorReading>>> = rows.iter().map(read_exactly).collect();
    let mut out = vec![VERSION];
    put_unsigned(&mut out, rows.len() as u64);
    put_rows(&mut out, rows, &readings);
    let mut codes: Dictionary<Box<str>> = Dictionary::new();
    let mut fields: Dictionary<Field> = Dictionary::new();
    let mut flags: Dictionary<Option<Box<str>>> = Dictionary::new();
    let mut shapes: Dictionary<Shape> = Dictionary::new();
    let mut factors: Vec<FactorColumns<'_>> = Vec::new();
    let mut shape_column = Vec::with_capacity(rows.len());
    let mut value_count = 0;
    for readings in readings.iter().flatten() {
        let mut shape: Shape = Vec::with_capacity(readings.len());
        for reading in readings {
            let code = codes.place(&reading.code);
            let place = usize::try_from(code).unwrap_or_default();
            if factors.len() <= place {
                factors.resize_with(place + 1, FactorColumns::default);
            }
            let Some(factor) = factors.get_mut(place) else {
                continue;
            };
            factor.flags.push(flags.place(&reading.flag));
            let mut own = Vec::with_capacity(reading.values.len());
            for (field, value) in &reading.values {
                let field = fields.place(field);
                own.push(field);
                value_count += 1;
                match factor.values.iter_mut().find(|(of, _)| *of == field) {
                    Some((_, values)) => values.push(value),
                    None => factor.values.push((field, vec![value])),
                }
            }
            shape.push((code, own));
        }
        shape_column.push(shapes.place(&shape));
    }
    put_dictionaries(&mut out, &codes.things, &fields.things, &flags.things);
    put_shapes(&mut out, &shapes.things);
    put_column(&mut out, &shape_column);
    for factor in &factors {
        put_factor(&mut out, factor);
    }
    (out, value_count)
}

/// The readings of a row, if its payload follows from them bit for bit.
fn read_exactly(row: &RecordRow) -> Option<Vec<FactorReading>> {
    let payload = row.payload();
    let readings = payload.decode()?;
    (Payload::encode(readings.clone()) == payload).then_some(readings)
}

fn put_rows(out: &mut Vec<u8>, rows: &[RecordRow], readings: &[Option<Vec<FactorReading>>]) {
    let column = |of: &dyn Fn(&RecordRow) -> i64| rows.iter().map(of).collect::<Vec<_>>();
    put_column(out, &column(&|row| row.time_ms));
    put_column(
        out,
        &column(&|row| row.received_ms.wrapping_sub(row.time_ms)),
    );
    put_column(out, &column(&|row| row.packet_id));
    let marks: Vec<i64> = rows
        .iter()
        .zip(readings)
        .map(|(row, readings)| {
            let mut marks = 0;
            if row.version & RESENT_BIT != 0 {
                marks |= mark::RESENT;
            }
            if row.version & !RESENT_BIT == 0 {
                marks |= mark::UNNUMBERED;
            }
            if readings.is_none() {
                marks |= mark::OPAQUE;
            }
            marks
        })
        .collect();
    put_column(out, &marks);
    // a packet's number is the time at which it was made: a little before it was received
    let numbers: Vec<i64> = rows
        .iter()
        .filter(|row| row.version & !RESENT_BIT != 0)
        .map(|row| (row.version & !RESENT_BIT).wrapping_sub(row.received_ms))
        .collect();
    put_column(out, &numbers);
    for (row, readings) in rows.iter().zip(readings) {
        if readings.is_none() {
            put_bytes(out, row.payload().as_bytes());
        }
    }
}

fn put_dictionaries(
    out: &mut Vec<u8>,
    codes: &[Box<str>],
    fields: &[Field],
    flags: &[Option<Box<str>>],
) {
    put_unsigned(out, codes.len() as u64);
    for code in codes {
        put_bytes(out, code.as_bytes());
    }
    put_unsigned(out, fields.len() as u64);
    for field in fields {
        out.push(field.code());
        if let Field::Other(name) = field {
            put_bytes(out, name.as_bytes());
        }
    }
    put_unsigned(out, flags.len() as u64);
    for flag in flags {
        out.push(u8::from(flag.is_some()));
        if let Some(flag) = flag {
            put_bytes(out, flag.as_bytes());
        }
    }
}

fn put_shapes(out: &mut Vec<u8>, shapes: &[Shape]) {
    put_unsigned(out, shapes.len() as u64);
    for shape in shapes {
        put_unsigned(out, shape.len() as u64);
        for (code, fields) in shape {
            put_unsigned(out, code.unsigned_abs());
            put_unsigned(out, fields.len() as u64);
            for field in fields {
                put_unsigned(out, field.unsigned_abs());
            }
        }
    }
}

/// One factor's columns with their length in front, so that readers may pass them over.
fn put_factor(out: &mut Vec<u8>, factor: &FactorColumns<'_>) {
    let mut section = Vec::new();
    put_unsigned(&mut section, factor.flags.len() as u64);
    put_column(&mut section, &factor.flags);
    put_unsigned(&mut section, factor.values.len() as u64);
    for (field, values) in &factor.values {
        put_unsigned(&mut section, field.unsigned_abs());
        put_unsigned(&mut section, values.len() as u64);
        put_values(&mut section, values);
    }
    put_bytes(out, &section);
}
