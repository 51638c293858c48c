//! From the bytes of a block to records, all of them or what is asked for.

use super::columns::read_column;
use super::values::read_values;
use super::{MOST_ROWS, MOST_VALUES, RESENT_BIT, VERSION, mark};
use crate::bytecode::Reader;
use crate::journal::batch::decompress;
use crate::store::records::{RecordRow, RowContent};
use crate::{FactorReading, Field, Payload, Value};

/// Which records of a block are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selection<'a> {
    /// From this time.
    pub(crate) from_ms: i64,
    /// Up to, not including, this time.
    pub(crate) to_ms: i64,
    /// The factors; all when absent.
    pub(crate) factors: Option<&'a [String]>,
}

impl Selection<'_> {
    pub(crate) const EVERYTHING: Self = Self {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        factors: None,
    };

    fn wants(&self, code: &str) -> bool {
        self.factors
            .is_none_or(|factors| factors.iter().any(|wanted| wanted == code))
    }
}

/// Reads records of a block, sorted as they were written; `None` when it is damaged.
pub(crate) fn decode_block(
    point_id: i64,
    content: &[u8],
    selection: &Selection<'_>,
) -> Option<Vec<RecordRow>> {
    let plain = decompress(content)?;
    let mut reader = Reader::new(&plain);
    if reader.byte()? != VERSION {
        return None;
    }
    let count = reader.length().filter(|count| *count <= MOST_ROWS)?;
    let mut rows = read_rows(&mut reader, point_id, count)?;
    let codes = read_list(&mut reader, |reader| Some(reader.text()?.to_owned()))?;
    let fields = read_list(&mut reader, |reader| match reader.byte()? {
        255 => Some(Field::Other(reader.text()?.into())),
        code => Field::from_code(code),
    })?;
    let flags = read_list(&mut reader, |reader| match reader.byte()? {
        0 => Some(None),
        _ => Some(Some(Box::<str>::from(reader.text()?))),
    })?;
    let shapes = read_list(&mut reader, |reader| {
        read_list(reader, |reader| {
            let code = reader.length()?;
            Some((code, read_list(reader, Reader::length)?))
        })
    })?;
    let opened = rows.iter().filter(|(_, is_open)| *is_open).count();
    let mut shape_of_row = read_column(&mut reader, opened)?.into_iter();
    let mut factors = Vec::with_capacity(codes.len());
    for code in &codes {
        let section = reader.bytes()?;
        factors.push(if selection.wants(code) {
            Some(Factor::read(section)?)
        } else {
            None
        });
    }
    let mut kept = Vec::new();
    for (mut row, is_open) in rows.drain(..) {
        let is_wanted = selection.from_ms <= row.time_ms && row.time_ms < selection.to_ms;
        if is_open {
            let shape = shapes.get(usize::try_from(shape_of_row.next()?).ok()?)?;
            let mut readings = Vec::with_capacity(if is_wanted { shape.len() } else { 0 });
            for (place, names) in shape {
                let Some(factor) = factors.get_mut(*place)? else {
                    continue;
                };
                if !is_wanted {
                    factor.pass(names)?;
                    continue;
                }
                let flag = factor.next_flag()?;
                readings.push(FactorReading {
                    code: codes.get(*place)?.as_str().into(),
                    flag: flags.get(flag)?.clone(),
                    values: names
                        .iter()
                        .map(|name| Some((fields.get(*name)?.clone(), factor.next_value(*name)?)))
                        .collect::<Option<_>>()?,
                });
            }
            row.content = RowContent::Read(readings);
        }
        if is_wanted {
            kept.push(row);
        }
    }
    Some(kept)
}

/// The rows without their readings; those whose payload is kept as it is are complete.
fn read_rows(
    reader: &mut Reader<'_>,
    point_id: i64,
    count: usize,
) -> Option<Vec<(RecordRow, bool)>> {
    let times = read_column(reader, count)?;
    let delays = read_column(reader, count)?;
    let packets = read_column(reader, count)?;
    let marks = read_column(reader, count)?;
    let numbered = marks
        .iter()
        .filter(|marks| **marks & mark::UNNUMBERED == 0)
        .count();
    let mut numbers = read_column(reader, numbered)?.into_iter();
    let mut rows = Vec::with_capacity(count);
    for (((time_ms, delay), packet_id), marks) in
        times.into_iter().zip(delays).zip(packets).zip(marks)
    {
        let received_ms = time_ms.wrapping_add(delay);
        let number = if marks & mark::UNNUMBERED == 0 {
            numbers.next()?.wrapping_add(received_ms)
        } else {
            0
        };
        let is_open = marks & mark::OPAQUE == 0;
        let content = if is_open {
            RowContent::Read(Vec::new())
        } else {
            let bytes = reader.bytes()?.to_vec();
            RowContent::Stored(Payload::from_stored(bytes))
        };
        let resent = if marks & mark::RESENT == 0 {
            0
        } else {
            RESENT_BIT
        };
        let row = RecordRow {
            point_id,
            time_ms,
            version: number | resent,
            packet_id,
            received_ms,
            content,
        };
        rows.push((row, is_open));
    }
    Some(rows)
}

fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    mut one: impl FnMut(&mut Reader<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = reader.length().filter(|count| *count <= MOST_ROWS)?;
    let mut list = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        list.push(one(reader)?);
    }
    Some(list)
}

/// One factor's columns, read from front to back.
struct Factor {
    flags: std::vec::IntoIter<i64>,
    values: Vec<(usize, std::vec::IntoIter<Value>)>,
}

impl Factor {
    fn read(section: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(section);
        let count = reader.length().filter(|count| *count <= MOST_VALUES)?;
        let flags = read_column(&mut reader, count)?.into_iter();
        let values = read_list(&mut reader, |reader| {
            let field = reader.length()?;
            let count = reader.length().filter(|count| *count <= MOST_VALUES)?;
            Some((field, read_values(reader, count)?.into_iter()))
        })?;
        Some(Self { flags, values })
    }

    fn next_flag(&mut self) -> Option<usize> {
        usize::try_from(self.flags.next()?).ok()
    }

    fn next_value(&mut self, field: usize) -> Option<Value> {
        let (_, values) = self.values.iter_mut().find(|(of, _)| *of == field)?;
        values.next()
    }

    /// Passes over what a row that is not wanted says.
    fn pass(&mut self, fields: &[usize]) -> Option<()> {
        self.next_flag()?;
        for field in fields {
            self.next_value(*field)?;
        }
        Some(())
    }
}
