//! The data area: fields in items, in the order they came, values verbatim.

use crate::defect::{Defect, DefectList, excerpt};

/// One `name=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, without blanks around it.
    pub name: &'a str,
    /// Its value, verbatim.
    pub value: &'a str,
    /// Which item it belongs to: fields of one item are joined by commas, items by semicolons.
    pub item: u32,
}

impl<'a> Field<'a> {
    /// The name before the first `-` and what follows it: `("w01018", "Rtd")`.
    pub fn split_name(&self) -> Option<(&'a str, &'a str)> {
        self.name.split_once('-')
    }
}

/// The data area of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataArea<'a> {
    /// The text between the two `&&`, as it stands.
    pub text: &'a str,
    /// The fields in order. Names may repeat: this is a list, not a map.
    pub fields: Vec<Field<'a>>,
}

impl<'a> DataArea<'a> {
    /// A data area without fields.
    pub const fn empty() -> Self {
        Self {
            text: "",
            fields: Vec::new(),
        }
    }

    /// Reads the text between `CP=&&` and the closing `&&`.
    pub fn parse(text: &'a str) -> (Self, Vec<Defect>) {
        let mut defects = DefectList::default();
        let area = Self::read(text, usize::MAX, &mut defects);
        (area, defects.into_vec())
    }

    /// The items: the fields that are joined by commas.
    pub fn items(&self) -> impl Iterator<Item = &[Field<'a>]> {
        self.fields.chunk_by(|a, b| a.item == b.item)
    }

    /// The first value of that exact name.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// All values of that exact name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.value)
    }

    pub(crate) fn read(text: &'a str, most_fields: usize, defects: &mut DefectList) -> Self {
        // A field of a factor takes about sixteen bytes; a small area gets one allocation.
        let mut fields = Vec::with_capacity((text.len() / 14 + 2).min(256));
        let mut reader = Reader { text, at: 0 };
        let mut item = 0;
        let mut has_empty = false;
        while let Some(piece) = reader.next_piece() {
            if piece.is_empty() {
                has_empty = true;
            } else if fields.len() < most_fields {
                push_field(&mut fields, &piece, item, defects);
            }
            if piece.separator == b';' {
                item += 1;
            }
        }
        if has_empty || text.ends_with([';', ',']) {
            defects.push(Defect::EmptyItem);
        }
        Self { text, fields }
    }
}

fn push_field<'a>(
    fields: &mut Vec<Field<'a>>,
    piece: &Piece<'a>,
    item: u32,
    defects: &mut DefectList,
) {
    let name = piece.name.trim_ascii();
    if name.len() != piece.name.len() {
        if name.is_empty() && piece.value.is_none() {
            return;
        }
        defects.push(Defect::FieldBlank {
            field: excerpt(name),
        });
    }
    let Some(value) = piece.value else {
        defects.push(Defect::FieldWithoutValue {
            text: excerpt(name),
        });
        fields.push(Field {
            name,
            value: "",
            item,
        });
        return;
    };
    let is_repeated = fields
        .iter()
        .rev()
        .take(16)
        .take_while(|field| field.item == item)
        .any(|field| field.name == name);
    // 2005 sends the hours of sampling as `CTime=04,CTime=10` (3014).
    if is_repeated && name != "CTime" {
        defects.push(Defect::FieldRepeated {
            field: excerpt(name),
        });
    }
    fields.push(Field { name, value, item });
}

/// A field as it stands.
struct Piece<'a> {
    name: &'a str,
    value: Option<&'a str>,
    /// `,`, `;`, or 0 at the end.
    separator: u8,
}

impl Piece<'_> {
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.value.is_none()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next_piece(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let mut equals = None;
        let mut end = rest.len();
        let mut separator = 0;
        for (at, byte) in rest.iter().enumerate() {
            if matches!(byte, b';' | b',') {
                end = at;
                separator = *byte;
                break;
            }
            if *byte == b'=' {
                equals = Some(at);
                break;
            }
        }
        if let Some(equals) = equals {
            let value = rest.get(equals + 1..).unwrap_or_default();
            let from = quoted_length(value);
            let length = value
                .get(from..)
                .unwrap_or_default()
                .iter()
                .position(|b| matches!(b, b';' | b','));
            if let Some(length) = length {
                end = equals + 1 + from + length;
                separator = rest.get(end).copied().unwrap_or_default();
            }
        }
        self.at = start + end + usize::from(separator != 0);
        let slice =
            |from: usize, to: usize| self.text.get(start + from..start + to).unwrap_or_default();
        Some(match equals {
            Some(equals) => Piece {
                name: slice(0, equals),
                value: Some(slice(equals + 1, end)),
                separator,
            },
            None => Piece {
                name: slice(0, end),
                value: None,
                separator,
            },
        })
    }
}

/// The length of a log text between `//` and `//`, which may hold separators; 0 if there is none.
fn quoted_length(value: &[u8]) -> usize {
    let Some(inner) = value.strip_prefix(b"//") else {
        return 0;
    };
    memchr::memmem::find(inner, b"//").map_or(0, |at| at + 4)
}
