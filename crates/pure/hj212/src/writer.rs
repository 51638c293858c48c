//! Writing data areas.

use crate::number::Number;
use crate::upload::{DataFlag, Statistic};

/// Writes a data area field by field: items are separated by `;`, fields of one item by `,`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataAreaWriter {
    text: String,
}

impl DataAreaWriter {
    /// An empty data area.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a new item with a field.
    pub fn item(&mut self, name: &str, value: &str) -> &mut Self {
        self.put(';', &[name], value)
    }

    /// Adds a field to the item begun last.
    pub fn join(&mut self, name: &str, value: &str) -> &mut Self {
        self.put(',', &[name], value)
    }

    /// Begins a new item with a field of a factor, `code-suffix=value`.
    pub fn factor_item(&mut self, code: &str, suffix: &str, value: &str) -> &mut Self {
        self.put(';', &[code, "-", suffix], value)
    }

    /// Adds a field of a factor to the item begun last.
    pub fn factor_join(&mut self, code: &str, suffix: &str, value: &str) -> &mut Self {
        self.put(',', &[code, "-", suffix], value)
    }

    /// The text between `CP=&&` and `&&`.
    pub fn finish(self) -> String {
        self.text
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn put(&mut self, separator: char, name: &[&str], value: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push(separator);
        }
        for part in name {
            self.text.push_str(part);
        }
        self.text.push('=');
        self.text.push_str(value);
        self
    }
}

/// Writes the data area of an upload.
///
/// ```
/// use hj212::{DataFlag, Statistic, UploadWriter};
///
/// let mut upload = UploadWriter::new("20160801085857");
/// upload.factor("w01018").value(Statistic::Rtd, "50.1").flag(DataFlag::Normal);
/// assert_eq!(upload.finish(), "DataTime=20160801085857;w01018-Rtd=50.1,w01018-Flag=N");
/// ```
#[derive(Debug, Clone)]
pub struct UploadWriter {
    area: DataAreaWriter,
}

impl UploadWriter {
    /// An upload of that `DataTime` (fourteen digits).
    pub fn new(data_time: &str) -> Self {
        let mut area = DataAreaWriter::new();
        area.item("DataTime", data_time);
        Self { area }
    }

    /// Begins a factor; its values follow.
    pub fn factor<'w>(&'w mut self, code: &'w str) -> FactorWriter<'w> {
        FactorWriter {
            area: &mut self.area,
            code,
            has_field: false,
        }
    }

    /// A field that belongs to no factor.
    pub fn other(&mut self, name: &str, value: &str) -> &mut Self {
        self.area.item(name, value);
        self
    }

    /// The text between `CP=&&` and `&&`.
    pub fn finish(self) -> String {
        self.area.finish()
    }
}

/// Writes the fields of one factor.
#[derive(Debug)]
pub struct FactorWriter<'w> {
    area: &'w mut DataAreaWriter,
    code: &'w str,
    has_field: bool,
}

impl FactorWriter<'_> {
    /// A value.
    pub fn value(&mut self, statistic: Statistic, text: &str) -> &mut Self {
        self.field(statistic.suffix(), text)
    }

    /// A value given as a decimal.
    pub fn number(&mut self, statistic: Statistic, number: Number) -> &mut Self {
        self.field(statistic.suffix(), &number.to_string())
    }

    /// The data flag.
    pub fn flag(&mut self, flag: DataFlag) -> &mut Self {
        self.field("Flag", flag.letter().encode_utf8(&mut [0; 4]))
    }

    /// Any field, for instance `SampleTime` or a vendor's own.
    pub fn field(&mut self, suffix: &str, value: &str) -> &mut Self {
        if self.has_field {
            self.area.factor_join(self.code, suffix, value);
        } else {
            self.area.factor_item(self.code, suffix, value);
            self.has_field = true;
        }
        self
    }
}
